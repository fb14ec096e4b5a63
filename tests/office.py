"""An office system that files invented documents: used by tests of the desk, its pages and its faces."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

from lantai.base.home import home
from lantai.desk.services import Brought, Filing, Stated

VALUES = {
    "title": "关于做好水库移民工作的通知",
    "date": "20260105",
    "author": "云岭区民政局",
    "doc_number": "云民〔2026〕3号",
    "security": "公开",
}
PROCESS = (
    {"agent_name": "沈文", "business_activity": "拟稿", "action_time": "2026-01-04T09:00:00+08:00"},
    {
        "agent_name": "陆局",
        "position_name": "局长",
        "business_activity": "签发",
        "action_time": "2026-01-05T10:00:00+08:00",
        "action_description": "同意印发",
    },
)


def brought(role: str, name: str, data: bytes, **stated: Any) -> Brought:
    """Return a file that lies in the inbox as if it had just arrived."""
    folder = home().inbox / "office"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid.uuid4().hex}{Path(name).suffix}"
    path.write_bytes(data)
    return Brought(role, name, path, Stated(**stated))


def letter(external: str = "OA-1", **changed: Any) -> Filing:
    """Return a letter of 区民政局 with an attachment and its process history."""
    main = f"正文 {external}".encode()
    components = (
        brought("正本", "正文.txt", main, sha512=hashlib.sha512(main).hexdigest()),
        brought("attachment", "附件.csv", "甲,乙\n1,2\n".encode()),
    )
    return replace(Filing("MZJ", external, "WS", VALUES, components, PROCESS), **changed)

"""Secrets of ours at somebody else's: each in a file of its own in the folder of keys."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from lantai.kernel.storage.medium import sync_file


def keep_secret(path: Path, *lines: str) -> None:
    """Keep ``lines`` in a file that only the site's own account can read; whole or not at all, durable on return."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "w", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in lines)
            out.flush()
            os.fsync(handle)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_file(str(path.parent))

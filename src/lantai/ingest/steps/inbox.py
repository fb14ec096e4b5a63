"""Collecting what killed processes left in the inbox: broken-off uploads, exports nobody fetched."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from lantai.base.home import home
from lantai.ingest.models import State, Transfer

AGE_SECONDS = 24 * 3600
"""Nothing younger is touched: a living process may still be at work with it."""


def collect_inbox(now: float | None = None) -> int:
    """Remove what is a day old in the inbox and belongs to no transfer; return how many things that were."""
    inbox = home().inbox
    if not inbox.is_dir():
        return 0
    before = (time.time() if now is None else now) - AGE_SECONDS
    waiting = Transfer.objects.filter(state=State.SUBMITTED, owned=True).values_list("source", flat=True)
    wanted = {Path(source).parent.name for source in waiting}
    count = 0
    for found in sorted(inbox.iterdir()):
        if found.name in wanted or found.lstat().st_mtime > before:
            continue
        if found.is_dir() and not found.is_symlink():
            shutil.rmtree(found)
        else:
            found.unlink()
        count += 1
    return count

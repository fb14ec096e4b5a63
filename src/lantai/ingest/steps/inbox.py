"""Collecting what killed processes left in the inbox: broken-off uploads, exports nobody fetched."""

from __future__ import annotations

import shutil
import stat
import time
from pathlib import Path

from lantai.base.home import home
from lantai.base.resumable import kept_days
from lantai.ingest.models import State, Transfer

AGE_SECONDS = 24 * 3600
"""Nothing younger is touched: a living process may still be at work with it. Uploads may ask for more days."""


def collect_inbox(now: float | None = None) -> int:
    """Remove what is a day old in the inbox and belongs to no transfer; return how many things that were.

    What others take away at the same moment is theirs.
    """
    inbox = home().inbox
    if not inbox.is_dir():
        return 0
    now = time.time() if now is None else now
    waiting = Transfer.objects.filter(state=State.SUBMITTED, owned=True).values_list("source", flat=True)
    wanted = {Path(source).parent.name for source in waiting}
    count = 0
    for found in sorted(inbox.iterdir()):
        if found.name in wanted:
            continue
        try:
            count += _collected(found, now - AGE_SECONDS * kept_days(found))
        except FileNotFoundError:
            continue  # its owner, or another worker that starts, was quicker
    return count


def _collected(found: Path, before: float) -> bool:
    """Remove an entry that nobody touched since ``before``; ``FileNotFoundError`` when it goes meanwhile."""
    told = found.lstat()
    if told.st_mtime > before:
        return False
    if stat.S_ISDIR(told.st_mode):
        shutil.rmtree(found)
    else:
        found.unlink()
    return True

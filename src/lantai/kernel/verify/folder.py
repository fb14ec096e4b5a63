"""A folder as an outsider reads it: no link is followed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def walk(root: Path) -> Iterator[tuple[str, bool]]:
    """Yield every path below ``root`` that is no folder, '/'-separated, and whether it is a regular file.

    Links are not followed and count as not regular. ``OSError`` when a folder cannot be read.
    """
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        with os.scandir(root / inside) as entries:
            for entry in entries:
                path = f"{inside}/{entry.name}" if inside else entry.name
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                else:
                    yield path, entry.is_file(follow_symlinks=False)

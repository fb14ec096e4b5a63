"""A folder as an outsider reads it: no link is followed, nothing larger than it may be is taken in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

LARGEST = 1 << 28
"""Bytes of the largest file that is read at once: the list of a deposit of a million objects."""


class Files(Protocol):
    """What the checks ask of a place with files; names are '/'-separated."""

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a regular file, None when there is none."""

    def names(self, below: str) -> Iterator[str]:
        """Yield the names of all files below a folder, sorted."""


class Folder:
    """The files below a path of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        """Return the bytes (at most :data:`LARGEST`); ``OSError`` when they cannot be read."""
        path = self.root / name
        if path.is_symlink() or not path.is_file():
            return None
        with open(path, "rb") as file:
            return file.read(LARGEST)

    def names(self, below: str) -> Iterator[str]:
        """Yield the names of all files below a folder, sorted."""
        if (self.root / below).is_dir():
            yield from sorted(f"{below}/{path}" for path, _ in walk(self.root / below))


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

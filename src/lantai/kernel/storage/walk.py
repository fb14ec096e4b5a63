"""Walking a local folder in the order of its keys, remembering only the folders on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Literal

from lantai.kernel.storage.keys import STAGING, shown

Kind = Literal["empty", "link", "special", "name"]


def walk(root: str, prefix: str) -> Iterator[tuple[str, Literal["file"] | Kind]]:
    """Yield every file below ``root/prefix`` and every stray, with its kind, sorted by whole key.

    Folders sort as if their name ended in '/', which is the order of the keys they contain. Nothing is
    yielded for a missing folder; links are not followed.
    """
    start = f"{root}/{prefix}" if prefix else root
    pending = _entries(start, f"{prefix}/" if prefix else "")
    if pending is None:
        return
    if prefix and not pending:
        yield prefix, "empty"
    while pending:
        key, kind = pending.pop()
        if kind != "folder":
            yield key, kind
            continue
        below = _entries(f"{root}/{key}", key)
        if below:
            pending.extend(below)
        elif below is not None:
            yield key.rstrip("/"), "empty"


def _entries(folder: str, base: str) -> list[tuple[str, Literal["file", "folder"] | Kind]] | None:
    """Return the entries of ``folder``, last first; a folder's key ends in '/'. None when it is no folder (now)."""
    found: list[tuple[str, Literal["file", "folder"] | Kind]] = []
    try:
        listing = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with listing as entries:
        for entry in entries:
            name = entry.name
            if not base and name == STAGING:
                continue
            if not name.isascii() and shown(name) != name:
                found.append((shown(base + name), "name"))
            elif entry.is_dir(follow_symlinks=False):
                found.append((f"{base}{name}/", "folder"))
            elif entry.is_file(follow_symlinks=False):
                found.append((base + name, "file"))
            else:
                found.append((base + name, "link" if entry.is_symlink() else "special"))
    found.sort(reverse=True)
    return found

"""Moving what is bad or belongs to nobody aside, on the same medium: nothing is ever deleted by an audit.

Of the vault itself it goes to ``LANTAI_HOME/damaged/``, at a target to its folder ``damaged/``.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from lantai.base.home import home
from lantai.kernel.errors import NotFound
from lantai.kernel.storage import Flow, Store
from lantai.kernel.storage.medium import sync_file
from lantai.vault.rereading import folder_of

FOLDER = "damaged"
_BLOCK = 1 << 20


def keep_bad(store: Store, key: str, aside: str, *, here: bool) -> str:
    """Keep what lies under ``key`` as ``damaged/<aside>`` too and return that, "" when nothing lies there.

    A file stays under its name as well until a good one replaces it; what is no file (a link, a folder) is moved.
    Idempotent: what was kept before is not overwritten.
    """
    local = store.local_path(key)
    if local is None:
        return _copied(store, key, f"{FOLDER}/{aside}")
    base = home().root if here else _base(store)
    place = base / FOLDER / aside
    try:
        mode = os.lstat(local).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return f"{FOLDER}/{aside}" if os.path.lexists(place) else ""
    if os.path.lexists(place):
        return f"{FOLDER}/{aside}"
    _make(place.parent)
    if stat.S_ISREG(mode):
        _link(local, place)
    else:
        os.rename(local, place)
    sync_file(str(place.parent))
    return f"{FOLDER}/{aside}"


def move_away(store: Store, keys: list[str], folder: str, aside: str, *, here: bool) -> str:
    """Move ``keys``, all below ``folder`` ("" for a single file), to ``damaged/<aside>/``. Idempotent."""
    for key in keys:
        keep_bad(store, key, f"{aside}/{key}", here=here)
    for key in keys:
        store.delete(key)
    if folder:
        store.delete_tree(folder)
    return f"{FOLDER}/{aside}"


def _base(store: Store) -> Path:
    """Return the folder of a target."""
    found = folder_of(store)
    if found is None:
        raise RuntimeError("a store with local files that is no folder")
    return found.root


def _link(local: Path, place: Path) -> None:
    """Give a file a second name; where that lies on another medium, copy it."""
    try:
        os.link(local, place)
    except OSError as refused:
        if refused.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK):
            raise
        fresh = place.with_name(f"{place.name}.part")
        shutil.copyfile(local, fresh)
        sync_file(str(fresh))
        fresh.replace(place)


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _copied(store: Store, key: str, aside: str) -> str:
    if not store.exists(key):
        return aside if store.exists(aside) else ""
    if not store.exists(aside):
        store.put(aside, Flow(store.size(key), partial(_flow, store, key)))
    return aside


def _flow(store: Store, key: str) -> Iterator[bytes]:
    try:
        with store.open(key) as stream:
            while data := stream.read(_BLOCK):
                yield data
    except NotFound:
        return

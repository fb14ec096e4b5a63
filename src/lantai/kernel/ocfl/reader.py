"""Finding the newest complete inventory of an object, also after a writer was killed between two files.

The commit point of a version is its folder: it appears whole, with its inventory. The inventory in the
object root is a copy of the newest one; a reader that finds it torn, or older than the newest version
folder, goes by the folder.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from lantai.kernel.errors import Corrupt, Invalid, NotFound
from lantai.kernel.ocfl.inventory import NAME, Inventory, next_version_name, sidecar_name, version_number
from lantai.kernel.storage import Store, read


@dataclass(frozen=True, slots=True)
class Loaded:
    """An inventory, and whether the copy in the object root has to be written again."""

    inventory: Inventory
    behind: bool


def load(store: Store, prefix: str, object_id: str) -> Loaded:
    """Return the newest complete inventory of the object in ``prefix``.

    ``NotFound("ocfl.object.missing")`` when nothing is there, ``Corrupt("ocfl.object.torn")`` when files are
    there but no inventory agrees with its digest, ``Corrupt("ocfl.object.other")`` when it is another object.
    """
    root = complete(store, prefix)
    newest = root or _newest_version(store, prefix)
    if newest is None:
        if next(iter(store.list(prefix)), None) is None:
            raise NotFound("ocfl.object.missing", id=object_id)
        raise Corrupt("ocfl.object.torn", id=object_id, prefix=prefix)
    behind = root is None
    while (later := _next(store, prefix, newest)) is not None:
        newest, behind = later, True
    if newest.id != object_id:
        raise Corrupt("ocfl.object.other", id=object_id, found=newest.id, prefix=prefix)
    return Loaded(newest, behind)


def complete(store: Store, folder: str) -> Inventory | None:
    """Return the inventory in ``folder`` when it is there and agrees with its digest file."""
    try:
        inventory = Inventory.read(read(store, f"{folder}/{NAME}"))
        told = read(store, f"{folder}/{sidecar_name(inventory.algorithm)}")
    except (NotFound, Corrupt):
        return None
    digest = hashlib.new(inventory.algorithm, inventory.raw).hexdigest()
    agrees = told.lower().split()[:1] == [digest.encode("ascii")]
    return inventory if agrees else None


def _next(store: Store, prefix: str, inventory: Inventory) -> Inventory | None:
    try:
        name = next_version_name(inventory)
    except Invalid:
        return None
    if not store.exists(f"{prefix}/{name}/{NAME}"):
        return None
    later = complete(store, f"{prefix}/{name}")
    return later if later and later.head == name and later.id == inventory.id else None


def _newest_version(store: Store, prefix: str) -> Inventory | None:
    below = (key[len(prefix) + 1 :].split("/") for key in store.list(prefix))
    names = {parts[0] for parts in below if len(parts) == 2 and parts[1] == NAME}
    for name in sorted(filter(version_number, names), key=version_number, reverse=True):
        found = complete(store, f"{prefix}/{name}")
        if found is not None and found.head == name:
            return found
    return None

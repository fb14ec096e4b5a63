"""Writing plain copies into a store: published whole where that can be, completed where something lies there already."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from lantai.kernel.errors import Conflict, Corrupt, LantaiError
from lantai.kernel.ocfl import Repository
from lantai.kernel.storage import FolderStore, Source, Store
from lantai.vault.parcel import Parcel, faults, sha512_of, source_of, tree_of

READERS = 8
"""Threads that read back far away: a service answers slowly, not rarely. On a disk two are as fast as it gives."""


class PlainShelf:
    """The folder ``ocfl`` of a target, which is a storage root like our own; ``check`` may end a write."""

    def __init__(self, here: Store, there: Store, check: Callable[[], None] = lambda: None) -> None:
        self._here, self._check = here, check
        self._there = FolderStore(there, "ocfl")
        self._readers = 2 if there.local_path("x") is not None else READERS

    def begin(self) -> None:
        """Make it a storage root, if it is none yet."""
        Repository.create(self._there)

    def write(self, parcels: Mapping[int, Parcel], tried: Collection[int]) -> None:
        """Write versions, durably; the failure of the store itself is raised.

        Of ``tried`` ones something may lie there already: it is compared, and only what is missing or differs is
        written.
        """
        fresh = [one for pk, one in parcels.items() if pk not in tried]
        uncertain = [one for pk, one in parcels.items() if pk in tried]
        try:
            if fresh:
                self._publish(fresh)
        except Conflict:  # bytes lie there that no row tells of: a killed worker's, or another's
            uncertain = list(parcels.values())
        for one in uncertain:
            self._complete(one)

    def read_back(self, parcels: Mapping[int, Parcel]) -> dict[int, LantaiError]:
        """Read every file of versions that were written; return what is wrong with those that are not good."""
        with ThreadPoolExecutor(self._readers) as pool:
            read = zip(parcels.items(), pool.map(self._faults, parcels.values()), strict=True)
            return {pk: self._blame(one, wrong[0]) for (pk, one), wrong in read if wrong}

    def _publish(self, fresh: list[Parcel]) -> None:
        self._there.publish([tree_of(self._here, one) for one in fresh])
        later = {
            f"{one.prefix}/{path}": data
            for one in fresh
            if one.number > 1
            for path, data in one.root_files().items()
        }
        if later:
            self._there.put_many(later, replace=True)

    def _faults(self, parcel: Parcel) -> list[str]:
        self._check()
        return faults(self._there, parcel, root=not self._overtaken(parcel))

    def _overtaken(self, parcel: Parcel) -> bool:
        """Return whether a later version lies there: the inventory in the object's folder is that one's."""
        return self._there.exists(f"{parcel.prefix}/v{parcel.number + 1}/inventory.json")

    def _complete(self, parcel: Parcel) -> None:
        """Write what is missing or differs of a version that may lie there in part; its declaration last."""
        small = {**parcel.version_files(), **parcel.root_files()}
        for path in self._faults(parcel):
            key = f"{parcel.prefix}/{path}"
            source: Source = small[path] if path in small else source_of(self._here, key)
            self._there.put(key, source, replace=True)

    def _blame(self, parcel: Parcel, path: str) -> LantaiError:
        """Return whose fault it is that a file does not read back: ours, or the target's."""
        mine = parcel.contents.get(path)
        if mine is not None and sha512_of(self._here, f"{parcel.prefix}/{path}") != mine:
            return Corrupt("vault.copy.source_damaged", object=parcel.object_id, path=path)
        return Corrupt("vault.copy.differs", object=parcel.object_id, path=path)

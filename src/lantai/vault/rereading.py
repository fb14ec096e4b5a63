"""Reading versions back at a place: here, at a folder (as fast), at a bucket, or sealed for a recipient."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from lantai.base.home import home
from lantai.kernel.errors import Corrupt, NotFound, Unavailable
from lantai.kernel.ocfl.layout import Layout
from lantai.kernel.ocfl.reread import DECLARATION, Fault, Halted, Job, own_contents, reread_all, reread_many
from lantai.kernel.storage import FolderStore, LocalStore, Store, read
from lantai.vault.models import Deposit, Target
from lantai.vault.parcel import sha512_of
from lantai.vault.places import store_of
from lantai.vault.sealed import object_key
from lantai.vault.store import object_store

READERS = 8
"""Threads that read from a place that answers slowly."""

GOOD, DAMAGED, MISSING, UNREAD = "good", "damaged", "missing", "unread"
GoOn = Callable[[], bool]

_LAYOUT = Layout()


class Version(NamedTuple):
    """A registered version; ``state`` and ``digest`` (of the sealed file) as the place's row has them."""

    pk: int
    object_id: str
    number: int
    inventory_sha512: str
    bytes: int
    newest: bool
    state: str = GOOD
    digest: str = ""
    sm3: Mapping[str, str] | None = None

    @property
    def prefix(self) -> str:
        """Return the folder of the object below the storage root."""
        return _LAYOUT.path(self.object_id)


class Outcome(NamedTuple):
    """How a version stands at a place; ``wavering`` when it was good only at the second reading."""

    version: Version
    kind: str
    files: int
    bytes: int
    faults: tuple[Fault, ...]
    wavering: bool = False


class Place:
    """Where versions lie: ``target`` None is the vault itself.

    Opening one raises ``Unavailable`` when it is not there now (no mark, no folder): nothing is called damaged then.
    """

    def __init__(self, target: Target | None, store: Store | None = None) -> None:
        self.target = target
        if target is None:
            self.raw: Store = object_store()
            self.objects: Store = self.raw
            if not (home().vault / "ocfl").is_dir() and Deposit.objects.exists():
                raise Unavailable("vault.audit.away", path=str(home().vault / "ocfl"))
        else:
            self.raw = store or store_of(target)
            self.objects = FolderStore(self.raw, "ocfl")
        self.sealed = target is not None and bool(target.recipient)
        self.root = self._root()

    @property
    def name(self) -> str:
        """Name it for people, "" for the vault itself."""
        return self.target.name if self.target else ""

    def _root(self) -> Path | None:
        """Return the folder of the objects where they are plain files of this machine."""
        if self.sealed:
            return None
        found = self.objects.local_path("x")
        return found.parent if found is not None else None

    def reread(self, versions: Sequence[Version], threads: int, go_on: GoOn) -> Iterator[Outcome]:
        """Yield how each version stands, in any order. ``Halted`` when ``go_on`` says no, ``Unavailable``."""
        if self.root is not None:
            by_key = {one.pk: one for one in versions}
            jobs = sorted((self._job(one) for one in versions), key=lambda job: job.folder)
            for found in reread_many(jobs, threads, go_on):
                one = by_key[found.key]
                if not found.faults:
                    yield Outcome(one, GOOD, found.files, found.bytes, ())
                else:
                    yield self.again(one)
            return
        work = partial(self._sealed if self.sealed else self._remote, go_on)
        with ThreadPoolExecutor(READERS) as pool:
            for outcome in pool.map(work, versions):
                yield outcome if outcome.kind == GOOD else self.again(outcome.version)

    def again(self, one: Version) -> Outcome:
        """Read one version, past what memory keeps of it: no damage is told of that only memory had."""
        if self.root is None:
            outcome = (self._sealed if self.sealed else self._remote)(lambda: True, one)
            return outcome._replace(wavering=outcome.kind == GOOD)
        [found] = reread_all([self._job(one)], afresh=True)
        kind = _kind(found.faults, found.files)
        return Outcome(one, kind, found.files, found.bytes, found.faults, wavering=kind == GOOD)

    def _job(self, one: Version) -> Job:
        folder = f"{self.root}/{one.prefix}"
        return Job(one.pk, folder, one.number, one.inventory_sha512, one.newest, one.sm3, one.bytes)

    def _remote(self, go_on: GoOn, one: Version) -> Outcome:
        """Read a version from a store that has no files of this machine."""
        if not go_on():
            raise Halted
        own, faults, files, size = f"v{one.number}", list[Fault](), 0, 0
        try:
            raw = read(self.objects, f"{one.prefix}/{own}/inventory.json")
        except NotFound:
            return Outcome(one, MISSING, 0, 0, (Fault(f"{own}/inventory.json", "missing", ""),))
        files, size = 1, len(raw)
        found = hashlib.sha512(raw).hexdigest()
        if found != one.inventory_sha512:
            return Outcome(one, DAMAGED, files, size, (Fault(f"{own}/inventory.json", "differs", found),))
        for path, wanted in wanted_files(one, raw):
            found = self._digest(f"{one.prefix}/{path}")
            if found != wanted:
                faults.append(Fault(path, "differs" if found else "missing", found))
            files += 1
        return Outcome(one, _kind(faults, files), files, one.bytes, tuple(faults))

    def _sealed(self, go_on: GoOn, one: Version) -> Outcome:
        """Read a sealed version: its cipher text is compared."""
        if not go_on():
            raise Halted
        key = object_key(one.prefix, one.number)
        found = self._digest_of(self.raw, key)
        if not found:
            return Outcome(one, MISSING, 0, 0, (Fault(key, "missing", ""),))
        faults = () if found == one.digest else (Fault(key, "differs", found),)
        return Outcome(one, _kind(faults, 1), 1, one.bytes, faults)

    def _digest(self, key: str) -> str:
        return self._digest_of(self.objects, key)

    @staticmethod
    def _digest_of(store: Store, key: str) -> str:
        try:
            return sha512_of(store, key)
        except Corrupt as odd:  # a link or a device stands there
            return odd.code


def wanted_files(one: Version, inventory: bytes) -> list[tuple[str, str]]:
    """Return path and SHA-512 of everything but the version's inventory that a version consists of."""
    side = hashlib.sha512(f"{one.inventory_sha512} inventory.json\n".encode()).hexdigest()
    own = f"v{one.number}"
    files = [(f"{own}/inventory.json.sha512", side), *own_contents(inventory, own)]
    if one.newest:
        files += [
            ("inventory.json", one.inventory_sha512),
            ("inventory.json.sha512", side),
            ("0=ocfl_object_1.1", hashlib.sha512(DECLARATION).hexdigest()),
        ]
    return files


def small_files(one: Version, inventory: bytes) -> dict[str, bytes]:
    """Return the files of a version that can be written by its inventory alone."""
    side, own = f"{one.inventory_sha512} inventory.json\n".encode(), f"v{one.number}"
    found = {f"{own}/inventory.json": inventory, f"{own}/inventory.json.sha512": side}
    if one.newest:
        found |= {
            "inventory.json": inventory,
            "inventory.json.sha512": side,
            "0=ocfl_object_1.1": DECLARATION,
        }
    return found


def _kind(faults: Sequence[Fault], files: int) -> str:
    if not faults:
        return GOOD
    if all(fault.kind == "unreadable" for fault in faults):
        return UNREAD
    return MISSING if not files else DAMAGED


def folder_of(store: Store) -> LocalStore | None:
    """Return the store as a folder of this machine, None when it is none."""
    while isinstance(store, FolderStore):
        store = store.inner
    return store if isinstance(store, LocalStore) else None

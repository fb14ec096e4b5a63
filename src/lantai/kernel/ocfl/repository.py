"""An OCFL storage root as a place to deposit, read, verify and purge objects."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from lantai.kernel.errors import Conflict, Corrupt, Invalid, NotFound
from lantai.kernel.findings import Finding
from lantai.kernel.ocfl import writer
from lantai.kernel.ocfl.inventory import Inventory, NewVersion, next_version_name, parse
from lantai.kernel.ocfl.layout import DESCRIPTIONS, HASHED, Layout, read_layout
from lantai.kernel.ocfl.reader import Loaded, complete, load
from lantai.kernel.ocfl.roots import EXTENSIONS, LAYOUT, ROOT, object_folders
from lantai.kernel.ocfl.validator import SPECS, ObjectCheck
from lantai.kernel.storage import Source, Store, read

_IN_FLIGHT = 16
_SIDECAR = re.compile(r"(?:v[0-9]+/)?inventory\.json\.sha(?:256|512)")
_WRITTEN = re.compile(rb"(?:[0-9a-f]+|[0-9A-F]+)[ \t]+inventory\.json(?:\r?\n)?")


class Repository:
    """Objects by id in a store that holds a storage root; safe for threads and processes.

    ``NotFound("ocfl.root.missing")`` when the store is no root, ``Invalid("ocfl.layout.…")`` when its layout
    is not one of 0003 and 0004.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._layout = _stored_layout(store)

    @classmethod
    def create(cls, store: Store, layout: str = HASHED) -> Repository:
        """Make the store a storage root, if it is none yet, and open it. Idempotent, also after a kill.

        ``Conflict("ocfl.root.layout")`` when it is a root of another layout,
        ``Conflict("ocfl.root.occupied")`` when the store holds anything else.
        """
        made = read_layout(layout)
        if not _is_declared(store):
            _write_root(store, made)
        opened = cls(store)
        if opened._layout.extension != layout:
            raise Conflict("ocfl.root.layout", layout=opened._layout.extension, url=store.url)
        return opened

    def prefix(self, object_id: str) -> str:
        """Return the folder of an object in the store, whether it exists or not."""
        try:
            return self._layout.path(object_id)
        except UnicodeEncodeError:
            raise Invalid("ocfl.version.text", field="object_id") from None

    def inventory(self, object_id: str) -> Inventory:
        """Return the newest complete inventory; ``NotFound("ocfl.object.missing")``, ``Corrupt``."""
        return self._load(object_id).inventory

    def exists(self, object_id: str) -> bool:
        """Tell whether the object is there (it may still be damaged)."""
        prefix = self.prefix(object_id)
        return any(self.store.exists(f"{prefix}/0=ocfl_object_{spec}") for spec in SPECS)

    def deposit(self, versions: Sequence[NewVersion]) -> list[Inventory]:
        """Store the next version of each object and return their inventories, in order; durable on return.

        Idempotent: an object whose head has exactly this state is left alone and its head returned,
        whatever ``base`` says. All versions are checked before the first byte is written: ``Conflict``
        when a base is not the head; ``Invalid`` for unusable names, texts or digests, or an object given
        twice. Each new object and each new version folder becomes visible whole or not at all.
        """
        _refuse_repeated(versions)
        prefixes = [self.prefix(new.object_id) for new in versions]
        for new, prefix in zip(versions, prefixes, strict=True):
            writer.check_version(new, prefix)
        states = writer.states(versions)
        loaded = [
            self._current(new.object_id, prefix) for new, prefix in zip(versions, prefixes, strict=True)
        ]
        plans = [
            writer.plan(prefix, now.inventory if now else None, new, state)
            for prefix, now, new, state in zip(prefixes, loaded, versions, states, strict=True)
        ]
        for prefix, now in zip(prefixes, loaded, strict=True):
            if now is not None:
                self._repair(prefix, now)
        self.store.publish([plan.tree for plan in plans if plan.tree])
        self.store.put_many({key: data for plan in plans for key, data in plan.root.items()}, replace=True)
        return [plan.inventory for plan in plans]

    def repair(self, object_id: str) -> bool:
        """Finish what a killed writer left: a version folder without its copy in the object root, or half of
        one on a store that cannot publish at once. Return whether anything was to do. Never touches contents
        of a version that was completed."""
        prefix = self.prefix(object_id)
        return self._repair(prefix, load(self.store, prefix, object_id))

    def open(self, object_id: str, path: str, version: int | str | None = None) -> BinaryIO:
        """Open a file by logical path; ``NotFound("ocfl.object.missing|version.missing|path.missing")``.

        ``Corrupt("ocfl.content.missing")`` when the inventory lists it and the store lost it.
        """
        try:
            return self.store.open(self._key(object_id, path, version))
        except NotFound as error:
            if error.code != "storage.key.missing":
                raise
            raise Corrupt("ocfl.content.missing", id=object_id, path=path) from None

    def local_path(self, object_id: str, path: str, version: int | str | None = None) -> Path | None:
        """Return the local file of a logical path, None when the store is remote; errors as :meth:`open`."""
        return self.store.local_path(self._key(object_id, path, version))

    def objects(self) -> Iterator[str]:
        """Yield the ids of all objects, sorted by folder; a folder without a readable inventory is left out
        (:func:`lantai.kernel.ocfl.roots.validate_root` tells about it)."""
        for folder, _ in object_folders(self.store):
            found = complete(self.store, folder) or complete(self.store, f"{folder}/v1")
            if found is not None:
                yield found.id

    def verify(self, object_id: str) -> list[Finding]:
        """Read every byte of an object back and return what is wrong; a missing object is a finding."""
        prefix = self.prefix(object_id)
        check = ObjectCheck(self.store, prefix, digests=True)
        if not check.files:
            return [Finding("ocfl.object.missing", object_id, facts={"id": object_id})]
        findings = [*check.run(), *self._odd_sidecars(prefix, check.files)]
        if check.object_id not in (None, object_id):
            findings.append(Finding("ocfl.E083", prefix, expected=object_id, found=str(check.object_id)))
        return findings

    def verify_many(self, object_ids: Iterable[str], threads: int = 4) -> Iterator[tuple[str, list[Finding]]]:
        """Yield every id with its findings, in the order given, verified by ``threads`` at once.

        A cold disk answers faster to 4–16 readers; a few dozen objects are in flight, whatever the number.
        """
        pending: deque[tuple[str, Future[list[Finding]]]] = deque()
        with ThreadPoolExecutor(threads) as pool:
            try:
                for object_id in object_ids:
                    pending.append((object_id, pool.submit(self.verify, object_id)))
                    if len(pending) >= threads * _IN_FLIGHT:
                        oldest, future = pending.popleft()
                        yield oldest, future.result()
                while pending:
                    oldest, future = pending.popleft()
                    yield oldest, future.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def purge(self, object_id: str) -> None:
        """Remove an object with all its versions, at once and for good. Idempotent."""
        self.store.delete_tree(self.prefix(object_id))

    def _odd_sidecars(self, prefix: str, files: Iterable[str]) -> Iterator[Finding]:
        """OCFL reads digests in any case and between any blanks; nobody writes them mixed, so it is damage."""
        for path in files:
            if _SIDECAR.fullmatch(path) and not _WRITTEN.fullmatch(read(self.store, f"{prefix}/{path}")):
                yield Finding("ocfl.sidecar.damaged", path)

    def _load(self, object_id: str) -> Loaded:
        return load(self.store, self.prefix(object_id), object_id)

    def _current(self, object_id: str, prefix: str) -> Loaded | None:
        try:
            return load(self.store, prefix, object_id)
        except NotFound:
            return None

    def _key(self, object_id: str, path: str, version: int | str | None) -> str:
        return f"{self.prefix(object_id)}/{self._load(object_id).inventory.path_of(path, version)}"

    def _repair(self, prefix: str, loaded: Loaded) -> bool:
        done = False
        if loaded.behind:
            self.store.put_many(writer.root_files(prefix, loaded.inventory), replace=True)
            done = True
        unfinished = f"{prefix}/{next_version_name(loaded.inventory)}"
        if next(iter(self.store.list(unfinished)), None) is not None:
            # no complete inventory stands for it, so it was never acknowledged
            self.store.delete_tree(unfinished)
            done = True
        return done


def _refuse_repeated(versions: Sequence[NewVersion]) -> None:
    for object_id, count in Counter(new.object_id for new in versions).most_common(1):
        if count > 1:
            raise Invalid("ocfl.deposit.repeated", id=object_id)


def _declared(store: Store) -> str | None:
    return next((spec for spec in SPECS if store.exists(f"{ROOT}{spec}")), None)


def _is_declared(store: Store) -> bool:
    """Tell whether the declaration is there and whole."""
    spec = _declared(store)
    return spec is not None and read(store, f"{ROOT}{spec}") == f"ocfl_{spec}\n".encode("ascii")


def _stored_layout(store: Store) -> Layout:
    if _declared(store) is None:
        raise NotFound("ocfl.root.missing", url=store.url)
    if not store.exists(LAYOUT):
        raise Invalid("ocfl.layout.unknown", layout="")
    told = _object(store, LAYOUT)
    extension = told.get("extension")
    config = f"{EXTENSIONS}/{extension}/config.json"
    known = isinstance(extension, str) and extension in DESCRIPTIONS
    return read_layout(str(extension), _object(store, config) if known and store.exists(config) else None)


def _object(store: Store, key: str) -> dict[str, object]:
    try:
        told = parse(read(store, key))
    except ValueError as error:
        raise Corrupt("ocfl.root.broken", key=key, reason=str(error)) from None
    if not isinstance(told, dict):
        raise Corrupt("ocfl.root.broken", key=key, reason="not a JSON object")
    return told


def _write_root(store: Store, layout: Layout) -> None:
    """Write the files of a root, its declaration last: without it the root does not exist."""
    config, declaration = f"{EXTENSIONS}/{layout.extension}/config.json", f"{ROOT}{writer.SPEC}"
    for key in store.list():
        if key not in (config, LAYOUT, declaration):
            raise Conflict("ocfl.root.occupied", url=store.url, key=key)
    about = {"extension": layout.extension, "description": DESCRIPTIONS[layout.extension]}
    files: dict[str, Source] = {
        config: json.dumps(layout.config(), indent=2).encode("ascii"),
        LAYOUT: json.dumps(about, indent=2).encode("ascii"),
    }
    store.put_many(files, replace=True)
    store.put(declaration, f"ocfl_{writer.SPEC}\n".encode("ascii"), replace=True)

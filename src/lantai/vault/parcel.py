"""One version of one object as the files that a target gets, and whether they lie there as they should."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import orjson

from lantai.kernel.errors import Corrupt, NotFound
from lantai.kernel.ocfl import Repository
from lantai.kernel.storage import Flow, Source, Store, Tree, read
from lantai.vault.models import Deposit

_BLOCK = 1 << 20
DECLARATION = "0=ocfl_object_1.1"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A version ``number`` of the object in the folder ``prefix``; ``contents``: path below the prefix → SHA-512."""

    deposit: int
    object_id: str
    prefix: str
    number: int
    inventory: bytes
    inventory_sha512: str
    contents: Mapping[str, str]

    def version_files(self) -> dict[str, bytes]:
        """Return the small files of the version's folder, by path below the prefix, in the order they are written."""
        side = f"{self.inventory_sha512} inventory.json\n".encode()
        return {
            f"v{self.number}/inventory.json": self.inventory,
            f"v{self.number}/inventory.json.sha512": side,
        }

    def root_files(self) -> dict[str, bytes]:
        """Return the small files in the object's folder; the declaration, without which it is none, comes last."""
        side = f"{self.inventory_sha512} inventory.json\n".encode()
        return {
            "inventory.json": self.inventory,
            "inventory.json.sha512": side,
            DECLARATION: f"{DECLARATION[2:]}\n".encode(),
        }

    def digests(self, root: bool = True) -> dict[str, str]:
        """Return the SHA-512 of every file of the version by path below the prefix, in the order they are written."""
        small = self.version_files() | (self.root_files() if root else {})
        return {**self.contents, **{path: hashlib.sha512(data).hexdigest() for path, data in small.items()}}


def parcel_of(shelf: Repository, row: Deposit) -> Parcel:
    """Return what a deposit consists of, by its own inventory.

    ``Corrupt("vault.copy.source_damaged")`` when the inventory here is not the one that was registered.
    """
    prefix = shelf.prefix(row.object_id)
    try:
        raw = read(shelf.store, f"{prefix}/v{row.version}/inventory.json")
    except NotFound as gone:
        raise Corrupt("vault.copy.source_damaged", object=row.object_id, path="inventory.json") from gone
    if hashlib.sha512(raw).hexdigest() != row.inventory_sha512:
        raise Corrupt("vault.copy.source_damaged", object=row.object_id, path="inventory.json")
    own = f"v{row.version}/"
    manifest = orjson.loads(raw)["manifest"]
    contents = {
        path: digest.lower() for digest, paths in manifest.items() for path in paths if path.startswith(own)
    }
    return Parcel(row.pk, row.object_id, prefix, row.version, raw, row.inventory_sha512, contents)


def sources(here: Store, parcel: Parcel) -> dict[str, Source]:
    """Return where the contents of a version come from, by path below the prefix."""
    return {path: source_of(here, f"{parcel.prefix}/{path}") for path in parcel.contents}


def source_of(here: Store, key: str) -> Source:
    """Return the bytes of a key as a source: the file itself where there is one."""
    path = here.local_path(key)
    return path if path is not None else Flow(here.size(key), partial(_flow, here, key))


def _flow(here: Store, key: str) -> Iterator[bytes]:
    with here.open(key) as stream:
        while data := stream.read(_BLOCK):
            yield data


def tree_of(here: Store, parcel: Parcel) -> Tree:
    """Return what is published at once: the whole object for its first version, the version's folder for a later one."""
    if parcel.number == 1:
        return Tree(parcel.prefix, {**sources(here, parcel), **parcel.version_files(), **parcel.root_files()})
    own = f"v{parcel.number}/"
    files: dict[str, Source] = {**sources(here, parcel), **parcel.version_files()}
    return Tree(
        f"{parcel.prefix}/v{parcel.number}",
        {path.removeprefix(own): source for path, source in files.items()},
    )


def sha512_of(store: Store, key: str) -> str:
    """Return the SHA-512 of what lies under a key, "" when nothing does; of a file, as the medium has it."""
    path = store.local_path(key)
    if path is not None:
        return file_sha512(path)
    digest = hashlib.sha512()
    try:
        with store.open(key) as stream:
            while data := stream.read(_BLOCK):
                digest.update(data)
    except NotFound:
        return ""
    return digest.hexdigest()


def file_sha512(path: Path) -> str:
    """Return the SHA-512 of a file, "" when there is none; what memory keeps of it is let go before it is read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return ""
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        digest = hashlib.sha512()
        while data := os.read(handle, _BLOCK):
            digest.update(data)
        return digest.hexdigest()
    finally:
        os.close(handle)


def faults(store: Store, parcel: Parcel, *, root: bool = True) -> list[str]:
    """Read a copy back; return the paths below the prefix that are not there or differ."""
    return [
        path
        for path, wanted in parcel.digests(root).items()
        if sha512_of(store, f"{parcel.prefix}/{path}") != wanted
    ]

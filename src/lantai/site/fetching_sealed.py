"""Fetching from a target whose copies are encrypted for a recipient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from lantai.base.home import home
from lantai.kernel.ocfl import Repository
from lantai.kernel.storage import LocalStore, Source, Store
from lantai.site.fetching import CHECKPOINT, blocks, place_of
from lantai.vault.sealed import FOLDER, file_key, members, opened, read_identities

_VERSION = ".tar.age"


class SealedCopy:
    """A copy whose files are opened by a private key, one after the other: what one gave is gone with the next."""

    lasting = False

    def __init__(self, store: Store, identities: str) -> None:
        """``identities`` is the text of a key file; ``Invalid("vault.identity.wrong")``."""
        self._store = store
        self._keys = read_identities(identities)

    def checkpoint(self) -> bytes:
        with opened(self._store, file_key(CHECKPOINT), self._keys) as stream:
            return stream.read()

    def prepare(self) -> None:
        """Make the empty root of objects: what says that it is one is not sealed."""
        Repository.create(LocalStore(home().vault / "ocfl"))

    def parcels(self) -> Iterator[tuple[str, Callable[[], Iterator[tuple[str, Source]]]]]:
        for key in self._store.list(FOLDER):
            inside = key.removeprefix(f"{FOLDER}/")
            if inside.startswith("ocfl/") and inside.endswith(_VERSION):
                version = f"vault/{inside.removesuffix(_VERSION)}"
                yield f"{version}/inventory.json", partial(self._object, key, version)
                continue
            path = place_of(inside.removesuffix(".age"))
            if path is not None:
                yield path, partial(self._file, path, key)

    def _file(self, path: str, key: str) -> Iterator[tuple[str, Source]]:
        with opened(self._store, key, self._keys) as stream, _aside(stream) as kept:
            yield path, kept

    def _object(self, key: str, version: str) -> Iterator[tuple[str, Source]]:
        """Yield the files of a version; last the one that says that all of them are there."""
        last: bytes = b""
        for name, stream in members(self._store, key, self._keys):
            path = f"vault/ocfl/{name}"
            if path == f"{version}/inventory.json":
                last = stream.read()
                continue
            with _aside(stream) as kept:
                yield path, kept
        yield f"{version}/inventory.json", last


@contextmanager
def _aside(stream: BinaryIO) -> Iterator[Path]:
    path = home().root / "restoring.part"
    try:
        with open(path, "wb") as out:
            for block in blocks(stream):
                out.write(block)
        yield path
    finally:
        path.unlink(missing_ok=True)

"""What the tests of the log stand on: a store of dictionaries, a key, entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import BinaryIO

from lantai.kernel.errors import NotFound, Unavailable
from lantai.kernel.findings import Finding
from lantai.kernel.tlog import Ed25519Signer, Log, Verifier
from lantai.kernel.witness.folder import Files
from lantai.kernel.witness.kept import Given, check_ledger
from lantai.kernel.witness.ledger import Progress
from lantai.kernel.witness.notes import read_key

ORIGIN = "lantai.example/ledger"
SIGNER = Ed25519Signer(ORIGIN, bytes(range(32)))
KEY = SIGNER.verifier


class Shelf:
    """Bytes by key in memory; counts reads, and is switched off after ``writes`` files when told so."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.reads = 0
        self.writes: int | None = None

    def open(self, key: str) -> BinaryIO:
        self.reads += 1
        if key not in self.files:
            raise NotFound("storage.key.missing", key=key)
        return BytesIO(self.files[key])

    def read(self, name: str) -> bytes | None:
        return self.files.get(name)

    def names(self, below: str) -> Iterator[str]:
        return self.list(below)

    def list(self, prefix: str = "") -> Iterator[str]:
        return iter(sorted(key for key in self.files if not prefix or key.startswith(prefix + "/")))

    def put(self, key: str, source: bytes, *, replace: bool = False) -> None:
        assert replace or key not in self.files
        self._spend()
        self.files[key] = source

    def put_many(self, files: Mapping[str, bytes], *, replace: bool = False) -> None:
        for key, source in files.items():
            self.put(key, source, replace=replace)

    def delete(self, key: str) -> None:
        self._spend()
        self.files.pop(key, None)

    def _spend(self) -> None:
        if self.writes is not None:
            if self.writes == 0:
                raise Unavailable("storage.store.failed")
            self.writes -= 1


def entries(start: int, stop: int, kind: str = "entry") -> list[bytes]:
    """Return entries that tell their index."""
    return [f"{kind} {index}".encode() for index in range(start, stop)]


def log_of(size: int, batch: int = 1000) -> Shelf:
    """Return the store of a log with ``size`` entries, published after each batch."""
    shelf = Shelf()
    log = Log(shelf, ORIGIN)
    for start in range(0, size, batch):
        log.append(entries(start, min(size, start + batch)))
        log.publish(SIGNER)
    if not size:
        log.publish(SIGNER)
    return shelf


def check(
    files: Files,
    key: Verifier | None = KEY,
    since: bytes = b"",
    progress: Progress = lambda done, size: None,
) -> list[Finding]:
    """Return what an outsider finds who trusts ``key`` and kept the checkpoint ``since``."""
    keys = (read_key(str(key)),) if key is not None else ()
    return list(check_ledger("ledger", files, Given(keys, (since,) if since else ()), progress).findings)

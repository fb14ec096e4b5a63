"""Fetching what a copy holds into an empty home: everything that is no database, index or key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, Protocol

from lantai.base.home import home
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.storage import Flow, LocalStore, Source, Store, read
from lantai.kernel.storage.medium import length
from lantai.kernel.storage.opening import Key, opened

CHECKPOINT = "ledger/checkpoint"
SOME, BYTES = 400, 64 << 20
"""Files, and bytes, that are made durable together."""

_BLOCK = 1 << 20
_IN_VAULT = ("ocfl", "ledger", "rows", "batches")
_BESIDE = ("desk", "recordtypes")
_SINGLE = ("terms.toml", "copies.toml")

Progress = Callable[[str, int, int], None]


class Copy(Protocol):
    """A copy of a vault, whatever form it has. Where it is ``lasting``, what it gave stays readable while it goes on."""

    lasting: bool

    def checkpoint(self) -> bytes:
        """Return the signed checkpoint; ``NotFound`` when nothing was ever published there."""

    def prepare(self) -> None:
        """Make in the home what the copy does not hold; called before anything is fetched, and again."""

    def parcels(self) -> Iterator[tuple[str, Callable[[], Iterator[tuple[str, Source]]]]]:
        """Yield a path that is there when the parcel is, and what gives its files: path in the home, bytes."""


def copy_at(url: str, key: Key | None = None, identities: str = "") -> Copy:
    """Return the copy at ``url``; ``identities`` is the text of the key file of a sealed one.

    ``NotFound("restore.copy.missing")`` when there is none, ``Invalid("restore.copy.sealed")`` for a sealed one without
    its key; errors of addresses and key files.
    """
    from lantai.site.fetching_sealed import SealedCopy

    store = opened(url, key)
    if store.exists(f"sealed/{CHECKPOINT}.age"):
        if not identities:
            raise Invalid("restore.copy.sealed", url=store.url)
        return SealedCopy(store, identities)
    for prefix in ("", "vault/"):
        if store.exists(f"{prefix}{CHECKPOINT}"):
            return PlainCopy(store, prefix)
    raise NotFound("restore.copy.missing", url=store.url)


class PlainCopy:
    """Files as they are in a vault: at a target, or in a folder that was copied by other means (``vault/`` above)."""

    lasting = True

    def __init__(self, store: Store, prefix: str) -> None:
        self._store = store
        self._prefix = prefix

    def checkpoint(self) -> bytes:
        return read(self._store, f"{self._prefix}{CHECKPOINT}")

    def prepare(self) -> None:
        pass

    def parcels(self) -> Iterator[tuple[str, Callable[[], Iterator[tuple[str, Source]]]]]:
        for folder in (*_BESIDE, *_IN_VAULT):
            below = f"{self._prefix if folder in _IN_VAULT else ''}{folder}"
            for key in self._store.list(below):
                path = place_of(key.removeprefix(self._prefix) if folder in _IN_VAULT else key)
                if path is not None:
                    yield path, partial(self._one, path, key)
        for name in _SINGLE:
            if self._store.exists(name):
                yield name, partial(self._one, name, name)

    def _one(self, path: str, key: str) -> Iterator[tuple[str, Source]]:
        local = self._store.local_path(key)
        yield path, local if local is not None else Flow(self._store.size(key), partial(self._chunks, key))

    def _chunks(self, key: str) -> Iterator[bytes]:
        with self._store.open(key) as stream:
            yield from blocks(stream)


def place_of(path: str) -> str | None:
    """Return where in a home lies what lies under ``path`` in a copy; None for what is not brought back by itself."""
    top = path.partition("/")[0]
    if path == CHECKPOINT or "/" not in path:
        return path if path in _SINGLE else None
    if top in _IN_VAULT:
        return f"vault/{path}"
    return path if top in _BESIDE else None


def fetch(copy: Copy, tell: Progress) -> bytes:
    """Bring everything that is not there yet, and return the checkpoint that was read before; it is not written yet.

    Killed anywhere, the same call goes on: a file that is there is whole.
    """
    checkpoint = copy.checkpoint()
    store = LocalStore(home().root)
    store.collect_staging()
    copy.prepare()
    waiting: dict[str, Source] = {}
    for seen, (path, files) in enumerate(copy.parcels(), 1):
        if not store.exists(path):
            for name, source in files():
                if not store.exists(name):
                    waiting[name] = source
                if not copy.lasting or len(waiting) >= SOME or sum(map(length, waiting.values())) >= BYTES:
                    store.put_many(waiting)
                    waiting = {}
        tell("fetch", seen, 0)
    store.put_many(waiting)
    return checkpoint


def write_checkpoint(checkpoint: bytes) -> None:
    """Write the checkpoint down, last: the log is whole then."""
    LocalStore(home().vault).put(CHECKPOINT, checkpoint, replace=True)


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield what is left in a file, a piece at a time."""
    while block := stream.read(_BLOCK):
        yield block

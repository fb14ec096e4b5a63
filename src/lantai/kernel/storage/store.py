"""The contract of every store: keys to bytes, write-once by default, whole trees at once, durable on return.

A *key* is a '/'-separated text without leading '/', empty, '.' or '..' segments; a segment has at most 255
bytes of UTF-8 and a key at most :data:`lantai.kernel.storage.keys.MAX_KEY`. Keys are compared code point by
code point (NFC and NFD stay different). A *prefix* is a key that names a folder; "" is the whole store.

Every method raises ``Invalid("storage.key.…")`` for a hostile key, before it touches anything, and
``Unavailable`` when the medium fails (``storage.disk.full``, ``storage.store.failed``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Taken:
    """A file its owner gives away: the store may keep the file itself instead of copying it.

    The owner's name of the file disappears only after the call that took it succeeded.
    """

    path: Path


@dataclass(frozen=True, slots=True)
class Flow:
    """``size`` bytes that are produced while they are written; ``chunks`` gives them from the first, at each call."""

    size: int
    chunks: Callable[[], Iterator[bytes]]


Source = bytes | Path | Taken | Flow
"""What is written: bytes as they are, a file to copy, a file to take, or bytes that are still to come.

Files must be regular, not links.
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder to publish: ``prefix`` (not "") and its files by path below the prefix; at least one file."""

    prefix: str
    files: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Stray:
    """Something in a store that is no key: an empty folder, a link, a device or pipe, an undecodable name.

    ``key`` is for people and may hold escapes; it need not be a valid key.
    """

    key: str
    kind: Literal["empty", "link", "special", "name"]


class Store(Protocol):
    """Bytes by key. Implementations MUST pass ``tests/kernel/storage/test_conformance.py``."""

    @property
    def url(self) -> str:
        """MUST name the store for people and logs, without credentials."""
        ...

    def open(self, key: str) -> BinaryIO:
        """MUST return the bytes from their start, seekable. Errors: ``NotFound("storage.key.missing")``."""
        ...

    def size(self, key: str) -> int:
        """MUST return the number of bytes. Errors: ``NotFound("storage.key.missing")``."""
        ...

    def exists(self, key: str) -> bool:
        """MUST tell whether ``key`` itself holds bytes; a folder does not exist in this sense."""
        ...

    def list(self, prefix: str = "") -> Iterator[str]:
        """MUST yield every key below the folder ``prefix`` (whole keys), sorted by code point.

        A prefix without keys yields nothing. Memory MUST NOT grow with the number of keys in a local
        store. What is being published or was left by a killed writer MUST NOT appear.
        """
        ...

    def strays(self, prefix: str = "") -> Iterator[Stray]:
        """MUST yield what lies below ``prefix`` and is no key; where such cannot be, nothing."""
        ...

    def put(self, key: str, source: Source, *, replace: bool = False) -> None:
        """MUST make the bytes visible whole or not at all, and durable before it returns.

        Without ``replace`` an existing key MUST stay as it is: ``Conflict("storage.key.exists")``, also when
        two writers race. A file where a folder is needed, or the reverse: ``Conflict("storage.key.clash")``.
        """
        ...

    def put_many(self, files: Mapping[str, Source], *, replace: bool = False) -> None:
        """MUST do what :meth:`put` does for each key, with one wait for the medium instead of one per file.

        Each key is atomic, the batch is not: after an error some keys may be written, each of them whole.
        """
        ...

    def publish(self, trees: Sequence[Tree]) -> None:
        """MUST make each tree visible whole or not at all, and all of them durable before it returns.

        ``Conflict("storage.prefix.taken")`` when a prefix already holds anything; checked for all trees
        before the first becomes visible, so that this error normally changes nothing (a racing writer may
        still win one prefix after others of the batch were published). Trees of one batch MUST NOT overlap:
        ``Invalid("storage.tree.nested")``; a tree has files: ``Invalid("storage.tree.empty")``.
        """
        ...

    def delete(self, key: str) -> None:
        """MUST remove the key, durably. Idempotent: a missing key is no error. Emptied folders vanish too."""
        ...

    def delete_tree(self, prefix: str) -> None:
        """MUST make every key below ``prefix`` (not "") vanish at once, durably. Idempotent."""
        ...

    def local_path(self, key: str) -> Path | None:
        """MUST return the file to read for ``key`` or None; it need not exist, and MUST NOT be written."""
        ...


def read(store: Store, key: str) -> bytes:
    """Return all bytes of ``key``; errors as :meth:`Store.open`."""
    with store.open(key) as stream:
        return stream.read()

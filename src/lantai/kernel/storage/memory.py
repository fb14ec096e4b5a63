"""A store in memory: for tests, and for small things that need the contract without a disk."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from lantai.kernel.errors import Conflict, NotFound
from lantai.kernel.storage.keys import check_key, check_prefix, check_trees, folders_of
from lantai.kernel.storage.medium import chunks_of, forget_taken
from lantai.kernel.storage.store import Source, Stray, Tree


class MemoryStore:
    """Keys in a dictionary; durable as long as the object lives; safe for threads."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._files: dict[str, bytes] = {}
        self._lock = Lock()

    @property
    def url(self) -> str:
        return f"memory:{self._name}"

    def open(self, key: str) -> BinaryIO:
        return io.BytesIO(self._get(key))

    def size(self, key: str) -> int:
        return len(self._get(key))

    def exists(self, key: str) -> bool:
        return check_key(key) in self._files

    def list(self, prefix: str = "") -> Iterator[str]:
        start = f"{check_prefix(prefix)}/" if prefix else ""
        with self._lock:
            keys = sorted(key for key in self._files if key.startswith(start))
        yield from keys

    def strays(self, prefix: str = "") -> Iterator[Stray]:
        check_prefix(prefix)
        return iter(())

    def put(self, key: str, source: Source, *, replace: bool = False) -> None:
        self.put_many({key: source}, replace=replace)

    def put_many(self, files: Mapping[str, Source], *, replace: bool = False) -> None:
        for key in files:
            check_key(key)
        read = {key: _bytes(source) for key, source in files.items()}
        with self._lock:
            for key in read:
                if key in self._files and not replace:
                    raise Conflict("storage.key.exists", key=key)
                self._refuse_clash(key)
            self._files.update(read)
        forget_taken(files.values())

    def publish(self, trees: Sequence[Tree]) -> None:
        check_trees(trees)
        read = {f"{t.prefix}/{name}": _bytes(source) for t in trees for name, source in t.files.items()}
        with self._lock:
            for tree in trees:
                if self._holds(tree.prefix):
                    raise Conflict("storage.prefix.taken", prefix=tree.prefix)
                self._refuse_clash(tree.prefix)
            self._files.update(read)
        for tree in trees:
            forget_taken(tree.files.values())

    def delete(self, key: str) -> None:
        with self._lock:
            self._files.pop(check_key(key), None)

    def delete_tree(self, prefix: str) -> None:
        start = f"{check_key(prefix)}/"
        with self._lock:
            self._files = {key: data for key, data in self._files.items() if not key.startswith(start)}

    def local_path(self, key: str) -> Path | None:
        check_key(key)
        return None

    def _get(self, key: str) -> bytes:
        try:
            return self._files[check_key(key)]
        except KeyError:
            raise NotFound("storage.key.missing", key=key) from None

    def _holds(self, prefix: str) -> bool:
        return prefix in self._files or any(key.startswith(f"{prefix}/") for key in self._files)

    def _refuse_clash(self, key: str) -> None:
        """A file cannot be a folder: neither above ``key`` nor at it."""
        if any(folder in self._files for folder in folders_of(key)):
            raise Conflict("storage.key.clash", key=key)
        if any(known.startswith(f"{key}/") for known in self._files):
            raise Conflict("storage.key.clash", key=key)


def _bytes(source: Source) -> bytes:
    return b"".join(chunks_of(source))

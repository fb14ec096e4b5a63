"""Behaviour across stores: a store that refuses writes, and one that fails where a test wants it to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from lantai.kernel.errors import Forbidden, LantaiError, Unavailable
from lantai.kernel.storage.medium import CHUNK
from lantai.kernel.storage.store import Source, Store, Stray, Taken, Tree

WRITES = frozenset({"put", "put_many", "publish", "delete", "delete_tree"})
READS = frozenset({"open", "size", "exists", "list", "strays"})


class _Wrapper:
    """Everything passes through :meth:`_before`, then goes to the inner store."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    def _before(self, operation: str, subject: str) -> None:
        """Look at an operation before it happens; raise to refuse it."""

    @property
    def url(self) -> str:
        return self.inner.url

    def open(self, key: str) -> BinaryIO:
        self._before("open", key)
        return self.inner.open(key)

    def size(self, key: str) -> int:
        self._before("size", key)
        return self.inner.size(key)

    def exists(self, key: str) -> bool:
        self._before("exists", key)
        return self.inner.exists(key)

    def list(self, prefix: str = "") -> Iterator[str]:
        self._before("list", prefix)
        return self.inner.list(prefix)

    def strays(self, prefix: str = "") -> Iterator[Stray]:
        self._before("strays", prefix)
        return self.inner.strays(prefix)

    def put(self, key: str, source: Source, *, replace: bool = False) -> None:
        self._before("put", key)
        self.inner.put(key, source, replace=replace)

    def put_many(self, files: Mapping[str, Source], *, replace: bool = False) -> None:
        self._before("put_many", next(iter(files), ""))
        self.inner.put_many(files, replace=replace)

    def publish(self, trees: Sequence[Tree]) -> None:
        self._before("publish", trees[0].prefix if trees else "")
        self.inner.publish(trees)

    def delete(self, key: str) -> None:
        self._before("delete", key)
        self.inner.delete(key)

    def delete_tree(self, prefix: str) -> None:
        self._before("delete_tree", prefix)
        self.inner.delete_tree(prefix)

    def local_path(self, key: str) -> Path | None:
        return self.inner.local_path(key)


class ReadOnlyStore(_Wrapper):
    """The inner store without its writes: each raises ``Forbidden("storage.store.read_only")``."""

    def _before(self, operation: str, subject: str) -> None:
        if operation in WRITES:
            raise Forbidden("storage.store.read_only", url=self.inner.url, key=subject)


class FaultyStore(_Wrapper):
    """A store whose ``at``-th operation of ``kinds`` (counted from 1) fails with ``error``; others work.

    With ``tear`` a failing write leaves half of itself behind, as a store without atomic writes would after
    a power cut: ``put`` half of the bytes, ``put_many`` and ``publish`` half of the files, the last of them
    halved. ``forever`` keeps failing from there on. ``count`` tells how many operations were seen, so that
    a test can try every one of them in turn.
    """

    def __init__(
        self,
        inner: Store,
        at: int,
        error: LantaiError | None = None,
        *,
        kinds: Collection[str] = WRITES,
        tear: bool = False,
        forever: bool = False,
    ) -> None:
        super().__init__(inner)
        self._at = at
        self._error = error or Unavailable("storage.store.failed", key="", reason="I/O error")
        self._kinds = frozenset(kinds)
        self._tear = tear
        self._forever = forever
        self.count = 0

    def _before(self, operation: str, subject: str) -> None:
        if self._fails_now(operation):
            raise self._error

    def put(self, key: str, source: Source, *, replace: bool = False) -> None:
        if self._fails_now("put"):
            self._leave({key: source}, replace)
        self.inner.put(key, source, replace=replace)

    def put_many(self, files: Mapping[str, Source], *, replace: bool = False) -> None:
        if self._fails_now("put_many"):
            self._leave(files, replace)
        self.inner.put_many(files, replace=replace)

    def publish(self, trees: Sequence[Tree]) -> None:
        if self._fails_now("publish"):
            self._leave({f"{t.prefix}/{name}": s for t in trees for name, s in t.files.items()}, False)
        self.inner.publish(trees)

    def _fails_now(self, operation: str) -> bool:
        if operation not in self._kinds:
            return False
        self.count += 1
        return self.count == self._at or (self._forever and self.count > self._at)

    def _leave(self, files: Mapping[str, Source], replace: bool) -> None:
        if self._tear:
            names = list(files)[: (len(files) + 1) // 2]
            for name in names:
                data = _read(files[name])
                torn = data[: len(data) // 2] if name == names[-1] else data
                self.inner.put(name, torn, replace=replace)
        raise self._error


def _read(source: Source) -> bytes:
    if isinstance(source, bytes):
        return source
    with open(source.path if isinstance(source, Taken) else source, "rb", buffering=CHUNK) as stream:
        return stream.read()

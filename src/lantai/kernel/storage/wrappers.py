"""Behaviour across stores: a store that refuses writes, and one that fails where a test wants it to."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from lantai.kernel.errors import Forbidden, LantaiError, Unavailable
from lantai.kernel.storage.keys import check_key, check_prefix, check_trees
from lantai.kernel.storage.medium import chunks_of, length, measured
from lantai.kernel.storage.store import Flow, Source, Store, Stray, Tree

WRITES = frozenset({"put", "put_many", "publish", "delete", "delete_tree"})
_PACE = 256 << 10
"""Bytes that go at once where the pace is held."""

_SMALL = 4 << 20
"""Bytes that are written without a look in between."""

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


class FolderStore:
    """The folder ``prefix`` (not "") of another store, as a store of its own."""

    def __init__(self, inner: Store, prefix: str) -> None:
        self.inner, self._prefix = inner, check_key(prefix)

    @property
    def url(self) -> str:
        return f"{self.inner.url}#{self._prefix}"

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{check_key(key)}"

    def _below(self, prefix: str) -> str:
        return f"{self._prefix}/{check_prefix(prefix)}" if prefix else self._prefix

    def open(self, key: str) -> BinaryIO:
        return self.inner.open(self._key(key))

    def size(self, key: str) -> int:
        return self.inner.size(self._key(key))

    def exists(self, key: str) -> bool:
        return self.inner.exists(self._key(key))

    def list(self, prefix: str = "") -> Iterator[str]:
        for key in self.inner.list(self._below(prefix)):
            yield key[len(self._prefix) + 1 :]

    def strays(self, prefix: str = "") -> Iterator[Stray]:
        for stray in self.inner.strays(self._below(prefix)):
            yield Stray(stray.key[len(self._prefix) + 1 :] or stray.key, stray.kind)

    def put(self, key: str, source: Source, *, replace: bool = False) -> None:
        self.inner.put(self._key(key), source, replace=replace)

    def put_many(self, files: Mapping[str, Source], *, replace: bool = False) -> None:
        self.inner.put_many({self._key(key): source for key, source in files.items()}, replace=replace)

    def publish(self, trees: Sequence[Tree]) -> None:
        check_trees(trees)
        self.inner.publish([Tree(self._key(tree.prefix), tree.files) for tree in trees])

    def delete(self, key: str) -> None:
        self.inner.delete(self._key(key))

    def delete_tree(self, prefix: str) -> None:
        self.inner.delete_tree(self._key(prefix))

    def local_path(self, key: str) -> Path | None:
        return self.inner.local_path(self._key(key))


class PacedStore(_Wrapper):
    """The inner store, written to no faster than ``rate`` bytes a second, over all its threads.

    ``rate`` is asked for before every chunk, 0 means as fast as it goes; ``watch`` is called then, and what it raises
    ends the write: so a limit that is changed, and a pause, count in the middle of a large file.
    """

    def __init__(
        self,
        inner: Store,
        rate: Callable[[], int],
        watch: Callable[[], None] = lambda: None,
        *,
        seconds: Callable[[], float] = time.monotonic,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(inner)
        self._rate, self._watch, self._seconds, self._rest = rate, watch, seconds, rest
        self._free_at = seconds()
        self._lock = Lock()

    def put(self, key: str, source: Source, *, replace: bool = False) -> None:
        self.inner.put(key, self._paced(source), replace=replace)

    def put_many(self, files: Mapping[str, Source], *, replace: bool = False) -> None:
        self.inner.put_many({key: self._paced(source) for key, source in files.items()}, replace=replace)

    def publish(self, trees: Sequence[Tree]) -> None:
        self.inner.publish(
            [
                Tree(tree.prefix, {name: self._paced(source) for name, source in tree.files.items()})
                for tree in trees
            ]
        )

    def _paced(self, source: Source) -> Source:
        """Return what flows at the pace; small things as they are where there is no limit: most are, and mostly so."""
        if isinstance(source, bytes | Path) and not self._rate() and length(source) <= _SMALL:
            self._watch()
            return source
        return Flow(measured(source), lambda: self._flow(source))

    def _flow(self, source: Source) -> Iterator[bytes]:
        for data in chunks_of(source, _PACE):
            self._wait(len(data))
            yield data

    def _wait(self, size: int) -> None:
        """Let the time pass that ``size`` bytes take; what is asked for during a wait queues behind it."""
        self._watch()
        rate = self._rate()
        if not rate:
            return
        with self._lock:
            now = self._seconds()
            begin = max(now, self._free_at)
            self._free_at = begin + size / rate
        if begin > now:
            self._rest(begin - now)


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
                data = b"".join(chunks_of(files[name]))
                torn = data[: len(data) // 2] if name == names[-1] else data
                self.inner.put(name, torn, replace=replace)
        raise self._error

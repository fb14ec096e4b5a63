"""A new index beside the one in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from lantai.search.engine.index_home import MARGIN, IndexHome, free_bytes
from lantai.search.engine.protocol import Document, Rejected, objection
from lantai.search.engine.tantivy_schema import index_name
from lantai.search.engine.tantivy_writer import Writer, make_index

_HEAP = 512_000_000


class Rebuild:
    """A new index beside the one in use: enter, :meth:`add` in batches, leave.

    Leaving without error swaps it in.

    Leaving by an exception, or dying, changes nothing for readers; the next rebuild collects what was left.
    Entering raises ``Unavailable``: ``search.rebuild.busy`` while another process rebuilds,
    ``search.disk.full`` unless twice the size of the present index and a margin are free. What writers
    commit to the old index meanwhile is not in the new one: note their position before, and let them go on
    from there afterwards.
    """

    def __init__(
        self,
        home: Path,
        *,
        heap: int = _HEAP,
        threads: int = 2,
        margin: int = MARGIN,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._home = IndexHome(home, index_name(), margin, free)
        self._heap = heap
        self._threads = threads
        self._exit = ExitStack()
        self._folder: Path | None = None
        self._writer: Writer | None = None

    def __enter__(self) -> Self:
        with ExitStack() as entering:
            entering.enter_context(self._home.building())
            self._home.collect()
            self._home.guard_disk(2 * self._home.size())
            self._folder = self._home.new_build()
            self._writer = Writer(make_index(self._folder), heap=self._heap, threads=self._threads)
            self._exit = entering.pop_all()
        return self

    def add(self, documents: Iterable[Document]) -> list[Rejected]:
        """Store one batch (some thousands) durably and return what was not taken.

        The last one of an id wins.
        """
        if self._writer is None:
            raise RuntimeError("add() is for inside the with statement")
        rejected: list[Rejected] = []
        taken: dict[int, Document | None] = {}
        for document in documents:
            if wrong := objection(document):
                rejected.append(wrong)
            else:
                taken[document.id] = document
        self._home.guard_disk(0)
        return rejected + self._writer.store(taken)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._exit:
            if self._writer:
                self._writer.close(merge=kind is None)
                self._writer = None
            if kind is None and self._folder:
                self._home.swap(self._folder)
            self._home.collect()

"""A new index beside the one in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tantivy import Index, Order, Query

from lantai.search.engine.index_home import MARGIN, IndexHome, free_bytes
from lantai.search.engine.protocol import Document, Rejected, objection
from lantai.search.engine.tantivy_schema import index_name
from lantai.search.engine.tantivy_writer import Writer, engine_errors, make_index, open_index

_HEAP = 512_000_000
_COMMIT = 20_000
"""Documents stored together: a commit costs as much as adding a thousand."""
_CHARACTERS = 20_000_000
"""Characters of text stored together, whatever the number of documents: what waits is held in memory."""


class Rebuild:
    """A new index beside the one in use: enter, :meth:`add` in batches of rising ids, leave.

    Leaving without error swaps it in. Leaving by an exception, or dying, changes nothing for readers; the
    next rebuild goes on with what was committed, if schema, folding and engine are still the same and it is
    not told to start ``fresh``.

    While inside, ``last`` is the highest id that is stored already (0 at a new beginning): go on behind it.
    ``note`` is what was given at the beginning of *this* build, by whoever began it: what writers commit to
    the old index meanwhile is not in the new one, so note their position, and let them go on from there
    afterwards.

    Entering raises ``Unavailable``: ``search.rebuild.busy`` while another process rebuilds,
    ``search.disk.full`` unless twice the size of the present index and a margin are free.
    """

    def __init__(
        self,
        home: Path,
        *,
        note: str = "",
        fresh: bool = False,
        heap: int = _HEAP,
        threads: int = 2,
        margin: int = MARGIN,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._home = IndexHome(home, index_name(), margin, free)
        self._fresh = fresh
        self._heap = heap
        self._threads = threads
        self._exit = ExitStack()
        self._folder: Path | None = None
        self._writer: Writer | None = None
        self._waiting: dict[int, Document | None] = {}
        self._characters = 0
        self.note = note
        self.last = 0

    def __enter__(self) -> Self:
        with ExitStack() as entering:
            entering.enter_context(self._home.building())
            begun = None if self._fresh else self._home.unfinished()
            self._home.collect(begun[0] if begun else None)
            self._home.guard_disk(2 * self._home.size())
            index = self._begin() if begun is None else self._go_on(*begun)
            self._writer = Writer(index, heap=self._heap, threads=self._threads)
            self._exit = entering.pop_all()
        return self

    def _begin(self) -> Index:
        self._folder = self._home.new_build()
        index = make_index(self._folder)
        self._home.begin(self._folder, self.note)
        return index

    def _go_on(self, folder: Path, note: str) -> Index:
        self._folder, self.note = folder, note
        index = open_index(folder)
        with engine_errors():
            index.reload()
            newest = index.searcher().search(
                Query.all_query(), limit=1, order_by_field="id", order=Order.Desc
            )
        self.last = newest.hits[0][0] if newest.hits else 0
        return index

    def add(self, documents: Iterable[Document]) -> list[Rejected]:
        """Take a batch; return what was not taken, of this batch or of those before.

        The last one of an id wins. What is taken is durable after some thousands, or :meth:`flush`.
        """
        if self._writer is None:
            raise RuntimeError("add() is for inside the with statement")
        rejected: list[Rejected] = []
        for document in documents:
            if wrong := objection(document):
                rejected.append(wrong)
            else:
                self._waiting[document.id] = document
                self._characters += sum(map(len, document.text))
        if len(self._waiting) >= _COMMIT or self._characters >= _CHARACTERS:
            rejected += self.flush()
        return rejected

    def flush(self) -> list[Rejected]:
        """Store durably what was added; return what the engine would not take."""
        if self._writer is None:
            raise RuntimeError("flush() is for inside the with statement")
        self._home.guard_disk(0)
        rejected = self._writer.store(self._waiting)
        self._waiting, self._characters = {}, 0
        return rejected

    def finish(self) -> None:
        """Swap the new index in now instead of when leaving; what :meth:`flush` would hand back is lost."""
        if self._writer is None or self._folder is None:
            return
        self.flush()
        self._writer.close()
        self._writer = None
        self._home.swap(self._folder)
        self._home.collect()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._exit:
            try:
                if kind is None:
                    self.finish()
            finally:
                if self._writer:
                    self._writer.close()
                    self._writer = None

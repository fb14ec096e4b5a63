"""Writing to one tantivy build: all of a batch, or all but the rows that are reported.

tantivy may raise late (in the commit after the wrong document) and, when one goes on without a rollback,
may then take documents and store nothing. So a batch is written and committed in one step, what is stored
is counted afterwards, and on any doubt the batch is rolled back and written again in halves until the bad
rows stand alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import tantivy

from lantai.kernel.errors import Unavailable
from lantai.search.engine.protocol import Document, Rejected
from lantai.search.engine.tantivy_query import above
from lantai.search.engine.tantivy_schema import Fields, rows, schema, tantivy_document

Operations = Mapping[int, Document | None]
"""What is to become of ids: a document to be stored in their place, or None to take them away."""

_CHUNK = 500
_REASON = 200
_MANY = 1_000


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turn what tantivy raises into ``Unavailable``.

    Its panics are no ``Exception`` and their class has no public name, hence the comparison by name.
    """
    try:
        yield
    except (ValueError, OSError, OverflowError) as error:
        raise Unavailable("search.engine.failed", reason=str(error)[:_REASON]) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise Unavailable("search.engine.failed", reason=f"panic: {error}"[:_REASON]) from error
        raise


def open_index(folder: Path) -> tantivy.Index:
    """Open a build; it shows what is committed later only after ``reload()``."""
    with engine_errors():
        index = tantivy.Index.open(str(folder))
        index.config_reader("manual")
    return index


def make_index(folder: Path) -> tantivy.Index:
    """Make an empty build in ``folder``, which exists."""
    with engine_errors():
        index = tantivy.Index(schema(), str(folder))
        index.config_reader("manual")
    return index


def _with_ids(operations: Operations) -> tantivy.Query:
    return tantivy.Query.term_set_query(schema(), "id", list(operations))


class Writer:
    """The one writer of an index; ``heap`` are its bytes of memory.

    Raises ``Unavailable("search.writer.busy")`` when another process or object writes.
    """

    def __init__(self, index: tantivy.Index, *, heap: int, threads: int) -> None:
        self._index = index
        self._heap = heap
        self._threads = threads
        self._writer = self._claimed()

    def _claimed(self) -> tantivy.IndexWriter:
        try:
            return self._index.writer(self._heap, self._threads)
        except ValueError as error:
            if "LockBusy" in str(error):
                raise Unavailable("search.writer.busy") from error
            raise Unavailable("search.engine.failed", reason=str(error)[:_REASON]) from error

    def store(self, operations: Operations) -> list[Rejected]:
        """Do ``operations`` durably and return those that could not be done.

        Raises ``Unavailable`` when nothing at all can be written; then the index is as it was.
        """
        if not operations:
            return []
        try:
            self._attempt(operations)
        except Unavailable as error:
            self._start_over()
            return self._divided(operations, error)
        return []

    def _divided(self, operations: Operations, error: Unavailable) -> list[Rejected]:
        if len(operations) > 1:
            every = iter(operations.items())
            first = dict(islice(every, len(operations) // 2))
            return self.store(first) + self.store(dict(every))
        with engine_errors():
            self._writer.commit()
        return [Rejected(next(iter(operations)), "search.document.engine", str(error.facts["reason"]))]

    def _attempt(self, operations: Operations) -> None:
        documents = [document for document in operations.values() if document is not None]
        with engine_errors():
            if self._replaces(operations):
                self._writer.delete_documents_by_query(_with_ids(operations))
            for start in range(0, len(documents), _CHUNK):
                for row in rows(documents[start : start + _CHUNK]):
                    self._add(row)
            self._writer.commit()
            self._confirm(operations, len(documents))

    def _replaces(self, operations: Operations) -> bool:
        """Return whether something of what is there may have to go.

        Of few it is asked whether they are there. Ids rise: of many it is enough that nothing newer is there.
        """
        self._index.reload()
        few = len(operations) < _MANY
        asked = _with_ids(operations) if few else above(min(operations) - 1)
        return int(self._index.searcher().search(asked, limit=1).count) > 0

    def _add(self, row: Fields) -> None:
        self._writer.add_document(tantivy_document(row))

    def _confirm(self, operations: Operations, expected: int) -> None:
        """Count what was just written: each document once, nothing of what was taken away."""
        self._index.reload()
        found = self._index.searcher().search(_with_ids(operations), limit=1).count
        if found != expected:
            raise Unavailable("search.engine.failed", reason=f"{found} of {expected} documents are stored")

    def _start_over(self) -> None:
        """Forget what is not committed, with a new writer where the old one is beyond use."""
        try:
            with engine_errors():
                self._writer.rollback()
        except Unavailable:
            del self._writer
            self._writer = self._claimed()

    def close(self) -> None:
        """Let go of the lock, when what merges in the background is done.

        Merges that were left alone would go on beside us, be lost, and be begun anew by the next writer. They
        are in proportion to what was written: after a few entries there is nothing to wait for.
        """
        with engine_errors():
            self._writer.wait_merging_threads()
        del self._writer

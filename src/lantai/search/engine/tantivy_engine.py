"""The embedded engine: tantivy fed with our bigrams, so that a word of two characters is one term."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Self

import tantivy
from tantivy import Order, Query

from lantai.kernel.errors import Conflict, NotFound, Unavailable
from lantai.search.engine.index_home import IndexHome, Stamp, folder_bytes, stamp
from lantai.search.engine.protocol import (
    WINDOW,
    Cursor,
    Document,
    Hit,
    Rejected,
    Request,
    Result,
    Stats,
    objection,
    possible,
)
from lantai.search.engine.query import parse
from lantai.search.engine.tantivy_facets import FacetCounter
from lantai.search.engine.tantivy_query import above, beyond, beyond_ref, compose
from lantai.search.engine.tantivy_schema import DATE_KEY, REF_KEY, TIE, index_name
from lantai.search.engine.tantivy_writer import Writer, engine_errors, make_index, open_index

_META = "meta.json"
_HEAP = 128_000_000
_PAGE = 10_000
_BEYOND = 16
"""Hits looked at before and after a window of the order by relevance, for equal scores."""

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Opened:
    """One build as a reader holds it, and what the files looked like when it was opened or last reloaded."""

    folder: Path
    index: tantivy.Index
    searcher: tantivy.Searcher
    pointer: Stamp
    meta: Stamp
    facets: FacetCounter


class TantivyEngine:
    """An index in a folder of this machine.

    Readers look at two files before each search and so see what any process has committed before it. The
    writer is claimed by the first :meth:`commit` and kept until :meth:`close`. Use from several threads is
    safe for searching; writing is for one thread.
    """

    def __init__(self, home: IndexHome, *, heap: int = _HEAP, threads: int = 1) -> None:
        self._home = home
        self._heap = heap
        self._threads = threads
        self._refreshing = threading.Lock()
        self._opened: _Opened | None = None
        self._pending: dict[int, Document | None] = {}
        self._writer: Writer | None = None
        self._written: Path | None = None
        self._fresh()

    @classmethod
    def create(cls, home: Path) -> Self:
        place = IndexHome(home, index_name())
        if not place.exists():
            with place.building():
                if not place.exists():
                    folder = place.new_build()
                    make_index(folder)
                    place.swap(folder)
        return cls(place)

    @classmethod
    def open(cls, home: Path) -> Self:
        return cls(IndexHome(home, index_name()))

    def upsert(self, documents: Iterable[Document]) -> list[Rejected]:
        rejected = []
        for document in documents:
            if wrong := objection(document):
                rejected.append(wrong)
            else:
                self._pending[document.id] = document
        return rejected

    def delete(self, ids: Iterable[int]) -> None:
        self._pending.update(dict.fromkeys(possible(ids)))

    def commit(self) -> list[Rejected]:
        """See the protocol.

        Raises ``Unavailable`` (``search.writer.busy``, ``search.disk.full``, ``search.engine.failed``), and
        ``Conflict("search.index.moved")`` once after a rebuild was swapped in: what the caller committed
        while it was built may be missing there, so go back to where the rebuild began.
        """
        if not self._pending:
            return []
        with self._home.committing():
            writer = self._writer_of(self._home.current())
            self._home.guard_disk(0)
            rejected = writer.store(self._pending)
        self._pending.clear()
        return rejected

    def _writer_of(self, folder: Path) -> Writer:
        if self._writer and self._written != folder:
            self._release_writer()
            self._written = None
            raise Conflict("search.index.moved")
        if self._writer is None:
            self._writer = Writer(open_index(folder), heap=self._heap, threads=self._threads)
            self._written = folder
        return self._writer

    def _release_writer(self) -> None:
        if self._writer:
            self._writer.close()
            self._writer = None

    def search(self, request: Request) -> Result:
        """See the protocol; raises ``Unavailable("search.engine.failed")`` when the index cannot be read."""
        started = time.perf_counter()
        parsed = parse(request.text)
        opened = self._fresh()
        with engine_errors():
            by_score = request.sort == "relevance" and request.limit > 0
            query = compose(parsed, request, scored=by_score)
            total, hits, cursor = _hits(opened, query, request)
            facets = opened.facets.count(parsed, request, total)
        took = (time.perf_counter() - started) * 1000
        return Result(total, hits, MappingProxyType(facets), took, cursor)

    def _fresh(self) -> _Opened:
        """Return the current build as it is on disk now.

        A build collected while we look is looked for again.
        """
        for _ in range(_ATTEMPTS):
            try:
                with self._refreshing:
                    self._opened = self._refreshed()
                    return self._opened
            except FileNotFoundError:
                continue
        raise Unavailable("search.engine.failed", reason="the index keeps moving")

    def _refreshed(self) -> _Opened:
        held = self._opened
        if not self._home.pointer.exists():
            raise NotFound("search.index.missing", home=self._home.path.name)
        pointer = stamp(self._home.pointer)
        if held and held.pointer == pointer:
            meta = stamp(held.folder / _META)
            if held.meta == meta:
                return held
            index, folder = held.index, held.folder
        else:
            folder = self._home.current()
            meta = stamp(folder / _META)
            index = open_index(folder)
        with engine_errors():
            index.reload()
            searcher = index.searcher()
            return _Opened(folder, index, searcher, pointer, meta, FacetCounter(searcher))

    def count(self) -> int:
        return int(self._fresh().searcher.num_docs)

    def ids(self) -> Iterator[int]:
        searcher = self._fresh().searcher
        last = 0
        while True:
            with engine_errors():
                found = searcher.search(above(last), limit=_PAGE, order_by_field="id", order=Order.Asc).hits
            if not found:
                return
            yield from (key for key, _ in found)
            last = found[-1][0]

    def stats(self) -> Stats:
        opened = self._fresh()
        searcher = opened.searcher
        return Stats(
            searcher.num_docs, searcher.num_segments, folder_bytes(opened.folder), opened.folder.name
        )

    def close(self) -> None:
        self._pending.clear()
        self._release_writer()


def _hits(opened: _Opened, query: Query, request: Request) -> tuple[int, tuple[Hit, ...], Cursor | None]:
    """Return the total, the window and the cursor.

    A limit of 0 would make tantivy panic and never reaches it.
    """
    if request.limit == 0:
        return opened.searcher.search(query, limit=1).count, (), None
    if request.sort == "relevance":
        total, hits = _best(opened.searcher, query, request.offset, request.limit)
        return total, hits, None
    return _ordered(opened, query, request)


def _best(searcher: tantivy.Searcher, query: Query, offset: int, limit: int) -> tuple[int, tuple[Hit, ...]]:
    """Return a window of the order by score, then id.

    tantivy leaves equal scores in the order of its segments. So some more is asked for on both sides, until
    the scores at both ends of the window differ from those at the ends of what was asked for.
    """
    beyond_ends = _BEYOND
    while True:
        low = max(0, offset - beyond_ends)
        high = offset + limit + beyond_ends
        found = searcher.search(query, limit=high - low, offset=low, weight_by_field=TIE)
        scores = [float(key) for key, _ in found.hits]
        first, last = offset - low, min(offset - low + limit, len(scores)) - 1
        if first > last:
            return found.count, ()
        settled = low == 0 or scores[0] != scores[first]
        settled &= len(scores) < high - low or scores[last] != scores[-1]
        if settled or beyond_ends >= WINDOW:
            hits = _with_ids(searcher, found.hits, scored=True)
            return found.count, tuple(sorted(hits, key=_by_score)[first : last + 1])
        beyond_ends *= 8


def _by_score(hit: Hit) -> tuple[float, int]:
    return -hit.score, hit.id


def _ordered(opened: _Opened, query: Query, request: Request) -> tuple[int, tuple[Hit, ...], Cursor | None]:
    """Return a window in the order of dates or 档号.

    One hit more than asked for tells whether there is a next page.
    """
    searcher = opened.searcher
    backwards = request.sort == "-date"
    narrowed = query
    if isinstance(request.after, str):
        narrowed = query.and_must_match(beyond_ref(opened.index, request.after))
    elif request.after is not None:
        narrowed = query.and_must_match(beyond(request.after, backwards=backwards))
    found = searcher.search(
        narrowed,
        limit=request.limit + 1,
        offset=request.offset,
        order_by_field=REF_KEY if request.sort == "ref" else DATE_KEY,
        order=Order.Desc if backwards else Order.Asc,
    )
    shown = found.hits[: request.limit]
    cursor = shown[-1][0] if shown and len(found.hits) > request.limit else None
    total = found.count if request.after is None else searcher.search(query, limit=1).count
    return total, _with_ids(searcher, shown, scored=False), cursor


def _with_ids(
    searcher: tantivy.Searcher, found: Sequence[tuple[float, tantivy.DocAddress]], *, scored: bool
) -> tuple[Hit, ...]:
    ids = searcher.fast_field_values("id", [address for _, address in found])
    return tuple(
        Hit(identity, float(key) if scored else 0.0) for identity, (key, _) in zip(ids, found, strict=True)
    )

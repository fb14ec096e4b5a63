"""What every search engine promises; one suite of tests holds all of them to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol, Self, get_type_hints

from lantai.kernel.errors import Invalid

Value = str | int
Cursor = str | int
Sort = Literal["relevance", "date", "-date", "ref"]

TEXT_FILTERS = ("fonds", "type", "retention", "open", "level", "unit")
FILTERS = (*TEXT_FILTERS, "year")
"""The fields that can be filtered by and counted as facets. ``acl`` is not among them: it is never shown."""

WINDOW = 10_000
"""How many hits can be reached by ``offset``; beyond, go on by ``after`` in an order by date or by 档号."""

MAX_ID = (1 << 36) - 1
MAX_DATE = 99_991_231
MAX_VALUE = 1_000
_SORTED = 500
_I64 = 1 << 63
_UNFIT = re.compile("[\0\ud800-\udfff]")


class Document(NamedTuple):
    """One archive entry as the engine sees it; the database keeps the record, the engine gives back ids.

    ``id`` is 1 … 2^36-1. ``text`` holds the pages in their order. ``acl`` is the access class; None is in
    no class and is seen by nobody who has classes. ``date`` is YYYYMMDD and ``year`` YYYY, 0 = unknown; a
    filter value "" or 0 is not counted. ``sort_ref`` orders by 档号 (compared by code points; "" =
    ``ref``). ``batch`` names the act that described the entry; it can be asked for, not counted.
    """

    id: int
    title: str = ""
    author: str = ""
    keywords: str = ""
    note: str = ""
    text: Sequence[str] = ()
    ref: str = ""
    doc_number: str = ""
    fonds: str = ""
    type: str = ""
    year: int = 0
    retention: str = ""
    open: str = ""
    level: str = ""
    unit: str = ""
    acl: int | None = None
    date: int = 0
    sort_ref: str = ""
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A document that was not taken.

    ``code`` names the reason's text, ``fact`` the field or the engine's words.
    """

    id: int
    code: str
    fact: str = ""


_STRINGS = tuple(name for name, type in get_type_hints(Document).items() if type is str)
_strings = attrgetter(*_STRINGS)
_terms = attrgetter(*TEXT_FILTERS, "batch")


def objection(document: Document) -> Rejected | None:
    """Return why no engine may take ``document``, or None. It trusts no annotation.

    Rows come from elsewhere.
    """
    if not _within(document.id, 1, MAX_ID):
        known = document.id if type(document.id) is int else 0
        return Rejected(known, "search.document.id", str(document.id)[:40])
    wrong = next(_wrong_fields(document), None)
    return Rejected(document.id, "search.document.field", wrong) if wrong else None


def possible(ids: Iterable[int]) -> Iterator[int]:
    """Return those of ``ids`` that a document can have."""
    return (identity for identity in ids if _within(identity, 1, MAX_ID))


def _wrong_fields(document: Document) -> Iterator[str]:
    if not all(map(_is_text, _strings(document))):
        yield from (name for name in _STRINGS if not isinstance(getattr(document, name), str))
    if not all(map(_short, _terms(document))):
        yield from (name for name in (*TEXT_FILTERS, "batch") if not _short(getattr(document, name)))
    pages = document.text
    if isinstance(pages, str) or not all(isinstance(page, str) for page in pages):
        yield "text"
    if not _within(document.year, 0, 9999):
        yield "year"
    if not _within(document.date, 0, MAX_DATE):
        yield "date"
    if document.acl is not None and not _within(document.acl, -_I64, _I64 - 1):
        yield "acl"


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _within(value: int, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


@lru_cache(maxsize=10_000)
def _short(value: str) -> bool:
    """Return whether ``value`` can be kept as one term: short, no NUL, no half of a surrogate pair."""
    return len(value) <= MAX_VALUE and not _UNFIT.search(value)


@dataclass(frozen=True, slots=True)
class Among:
    """Entries by the batch that described them, or by their ids; none of both admits nothing."""

    batches: frozenset[str] = frozenset()
    ids: frozenset[int] = frozenset()

    def holds(self, document: Document) -> bool:
        """Return whether ``document`` is one of them."""
        return (bool(document.batch) and document.batch in self.batches) or document.id in self.ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question.

    ``text`` is what a person typed, "" = everything. ``acl`` are the access classes of the asker: the empty
    set sees nothing; None sees everything and is for rebuilding and comparing only, never for a person.
    ``filters`` hold the accepted values of a field; an empty set accepts none. ``year_from`` and
    ``year_to`` are inclusive. ``among`` admits only some entries. ``after`` is the ``cursor``
    of the page before, for the orders ``date`` (oldest first), ``-date`` and ``ref``. Raises ``Invalid`` for
    unknown fields (``search.request.field``), an order that is none (``search.request.sort``), a window
    beyond 10,000 (``search.request.window``), a cursor in another order or together with an offset
    (``search.request.cursor``).
    """

    acl: frozenset[int] | None
    text: str = ""
    filters: Mapping[str, frozenset[Value]] = field(default_factory=lambda: MappingProxyType({}))
    year_from: int | None = None
    year_to: int | None = None
    among: Among | None = None
    facets: tuple[str, ...] = ()
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 20
    after: Cursor | None = None

    def __post_init__(self) -> None:
        for name in (*self.filters, *self.facets):
            if name not in FILTERS:
                raise Invalid("search.request.field", field=name)
        if self.sort not in ("relevance", "date", "-date", "ref"):
            raise Invalid("search.request.sort", sort=self.sort)
        if self.offset < 0 or self.limit < 0 or self.offset + self.limit > WINDOW:
            raise Invalid("search.request.window", offset=self.offset, limit=self.limit, window=WINDOW)
        if self.after is not None and (self.offset or not _continues(self.sort, self.after)):
            raise Invalid("search.request.cursor", sort=self.sort)


def _continues(sort: Sort, after: Cursor) -> bool:
    """Return whether ``after`` has the kind of the cursors of ``sort``."""
    if sort == "ref":
        return isinstance(after, str)
    return sort in ("date", "-date") and type(after) is int


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found.

    ``score`` is 0.0 where the order is not by relevance, and comparable to nothing. Hits of one score stand
    in the order of their ids, so that pages neither repeat nor lose any until something is committed.
    """

    id: int
    score: float


@dataclass(frozen=True, slots=True)
class Facet:
    """A value of a field and how many entries of the answer would have it."""

    value: Value
    count: int


@dataclass(frozen=True, slots=True)
class Result:
    """``total`` counts all that match, ``hits`` are those in the window.

    ``facets``: by field, all values that occur, most frequent first, counted exactly and without the filter
    on that field itself (the year range belongs to ``year``). ``cursor`` goes to ``after`` for the next
    page; None when there is none or the order has no cursors. A list that is gone through by cursors names
    every entry once that is there from beginning to end, whatever is committed meanwhile.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[Facet, ...]]
    took_ms: float
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """``documents`` are visible ones; ``bytes`` on disk.

    ``name`` tells schema, folding and engine version.
    """

    documents: int
    segments: int
    bytes: int
    name: str


class Engine(Protocol):
    """An index of documents. One writer at a time, any number of readers, in any number of processes."""

    @classmethod
    def create(cls, home: Path) -> Self:
        """Open the index in ``home``; make an empty one when there is none."""
        ...

    @classmethod
    def open(cls, home: Path) -> Self:
        """Open the index in ``home``; ``NotFound("search.index.missing")`` when there is none."""
        ...

    def upsert(self, documents: Iterable[Document]) -> list[Rejected]:
        """Take ``documents``, each in place of what had its id; the last one of an id wins.

        They are visible, and durable, when :meth:`commit` has returned. Returns those that were not taken;
        what had their ids stays as it was.
        """
        ...

    def delete(self, ids: Iterable[int]) -> None:
        """Take ids away with the next :meth:`commit`; unknown ones are no error."""
        ...

    def commit(self) -> list[Rejected]:
        """Make everything since the last commit visible and durable; return the documents that could not be.

        Every document taken by :meth:`upsert` is afterwards either stored or returned here. On an exception
        nothing is lost either: it stays for the next commit.
        """
        ...

    def search(self, request: Request) -> Result:
        """Answer ``request`` from what was committed, by any process, before the call."""
        ...

    def count(self) -> int:
        """Return the number of documents."""
        ...

    def ids(self) -> Iterator[int]:
        """Return all ids, rising."""
        ...

    def stats(self) -> Stats:
        """Return figures for people."""
        ...

    def close(self) -> None:
        """Let go of the writer; what was not committed is gone. Idempotent."""
        ...


def date_key(document: Document) -> int:
    """Return the total order by date: date, then id, in one 63-bit number. It is what cursors are made of."""
    return document.date << 36 | document.id


def ref_key(document: Document) -> str:
    """Return the total order by 档号: the first 500 characters of the sort form, then id."""
    text = (document.sort_ref or document.ref)[:_SORTED].replace("\0", "")
    return f"{text.encode('utf-8', 'ignore').decode('utf-8')}\0{document.id:011d}"

"""Searching: the same question as on the page and on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lantai.base.paging import cursor, key
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.documents import Paged
from lantai.exchange.shapes import told
from lantai.search import queries as search
from lantai.search.queries import Answer as Result
from lantai.search.queries import Cursor, Found, Question

MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Paged):
    """Words and filters; values of one filter widen, filters narrow one another."""

    q: str = told("Words, as in the box of the search page.", default="", most=1_000)
    fonds: tuple[str, ...] = told("全宗号.", default=(), most=MOST)
    type: tuple[str, ...] = told("门类.", default=(), most=MOST)
    year: tuple[int, ...] = told("年度.", default=(), most=MOST)
    retention: tuple[str, ...] = told("保管期限.", default=(), most=MOST)
    level: tuple[str, ...] = told("series, file, item.", default=(), most=MOST)
    unit: tuple[str, ...] = told("Unit, by its code as in the facet.", default=(), most=MOST)
    open: tuple[str, ...] = told("开放标识.", default=(), most=MOST)
    year_from: int | None = told("First 年度.", default=None, least=1, bound=9999)
    year_to: int | None = told("Last 年度.", default=None, least=1, bound=9999)
    sort: Literal["relevance", "-date", "date", "ref"] = told("Order.", default="relevance")


@dataclass(frozen=True, slots=True)
class PassageDoc:
    """Where the words stand, in ``html`` marked: in an element, or on a page (from 1) of a file."""

    html: str
    element: str
    file: str
    page: int


@dataclass(frozen=True, slots=True)
class HitDoc:
    """A hit. ``title_html`` is the title as escaped HTML with the words in ``<mark>``."""

    urn: str
    ref: str
    title: str
    fonds: str
    type: str
    year: int | None
    open: str
    score: float
    title_html: str
    passages: tuple[PassageDoc, ...]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value and how many hits have it, counted exactly."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class ResultDoc:
    """A page of hits with the facets of all of them."""

    total: int
    took_ms: float
    items: tuple[HitDoc, ...]
    facets: Mapping[str, tuple[FacetValue, ...]]
    next: str


def question(asked: Asked) -> Question:
    """Return what ``asked`` asks the index."""
    filters: dict[str, frozenset[str | int]] = {
        name: frozenset(getattr(asked, name)) for name in search.FACETS if getattr(asked, name)
    }
    offset, after = _place(asked)
    return Question(
        text=asked.q,
        filters=filters,
        year_from=asked.year_from,
        year_to=asked.year_to,
        sort=asked.sort,
        offset=offset,
        limit=asked.limit,
        after=after,
    )


def _place(asked: Asked) -> tuple[int, Cursor | None]:
    """Return where the page begins: ranked ones by number within the window, others after the last hit."""
    if not asked.cursor:
        return 0, None
    if asked.sort == "relevance":
        return max(int(key(asked.cursor, [int])[0]), 0), None
    kind = str if asked.sort == "ref" else int
    after: Cursor = key(asked.cursor, [kind])[0]
    return 0, after


def _search(call: Call) -> Answer:
    wanted = question(call.query)
    return Answer(_document(search.search(call.actor, wanted), wanted))


def _document(found: Result, wanted: Question) -> ResultDoc:
    facets = {
        name: tuple(FacetValue(str(value), count) for value, count in values)
        for name, values in found.facets.items()
    }
    return ResultDoc(
        found.total,
        round(found.took_ms, 2),
        tuple(map(_hit, found.found)),
        facets,
        _next(found, wanted),
    )


def _next(found: Result, wanted: Question) -> str:
    if found.cursor is not None:
        return cursor([found.cursor])
    behind = wanted.offset + wanted.limit
    ranked = wanted.sort == "relevance" and behind < found.total and behind + wanted.limit <= search.WINDOW
    return cursor([behind]) if ranked else ""


def _hit(found: Found) -> HitDoc:
    one = found.record
    return HitDoc(
        one.urn,
        one.ref,
        one.title,
        one.fonds,
        one.type,
        one.year,
        one.open_status,
        round(found.score, 4),
        found.title_html,
        tuple(PassageDoc(p.html, p.element, p.file, p.page) for p in found.passages),
    )


ENDPOINTS = (Endpoint("GET", "search", "search", "检索 · search", _search, ResultDoc, query=Asked),)

"""Which records are meant: a place, a search, an import, or single ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lantai.catalogue.selection import Selection
from lantai.exchange.shapes import told
from lantai.holdings.queries import Place
from lantai.kernel.errors import Invalid
from lantai.search.queries import FACETS, Question

MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDoc:
    """A place in the catalogue; its parts narrow one another."""

    fonds: str = told("全宗号.", default="", most=60)
    type: str = told("门类.", default="", most=20)
    year: int | None = told("年度; 0 = without one.", default=None, least=0, bound=9999)
    series: str = told("类别号.", default="", most=200)
    file: str = told("档号 of a file.", default="", most=300)
    open: str = told("开放标识.", default="", most=20)
    level: Literal["", "top", "series", "file", "item"] = told("Level.", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDoc:
    """A search, as on its page."""

    q: str = told("Words.", default="", most=1_000)
    filters: Mapping[str, tuple[str, ...]] = told("Values by facet.", default={}, most=len(FACETS))
    year_from: int | None = told("First 年度.", default=None, least=1, bound=9999)
    year_to: int | None = told("Last 年度.", default=None, least=1, bound=9999)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionDoc:
    """One of: a place, a search, single records by urn, or what an import brought."""

    place: PlaceDoc | None = told("A place.", default=None)
    search: QuestionDoc | None = told("A search.", default=None)
    urns: tuple[str, ...] = told("Single records.", default=(), most=MOST)
    brought: str = told("Number of an import.", default="", most=20)


def question(asked: QuestionDoc) -> Question:
    """Return what ``asked`` asks the index."""
    filters: dict[str, frozenset[str | int]] = {}
    for name, values in asked.filters.items():
        if name not in FACETS:
            raise Invalid("exchange.field.unknown", field=f"filters.{name}"[:80], known=", ".join(FACETS))
        years = name == "year"
        if years and not all(value.isascii() and value.isdigit() and len(value) <= 4 for value in values):
            raise Invalid("exchange.field.wrong", field="filters.year", expected="integer")
        filters[name] = frozenset(int(value) if years else value for value in values)
    return Question(text=asked.q, filters=filters, year_from=asked.year_from, year_to=asked.year_to)


def selection(asked: SelectionDoc) -> Selection:
    """Return the selection that is meant; ``Invalid("exchange.selection.one")`` unless it is exactly one."""
    ways = [asked.place is not None, asked.search is not None, bool(asked.urns), bool(asked.brought)]
    if sum(ways) != 1:
        raise Invalid("exchange.selection.one")
    if asked.search is not None:
        return Selection(question=question(asked.search))
    if asked.place is None:
        return Selection(Place(urns=asked.urns or None), brought=asked.brought)
    told_place = asked.place
    return Selection(
        Place(
            fonds=told_place.fonds,
            type=told_place.type,
            year=told_place.year,
            series=told_place.series,
            file=told_place.file,
            open=told_place.open,
            level=told_place.level,
        )
    )

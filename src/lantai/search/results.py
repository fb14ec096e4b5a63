"""A result as its page shows it: facets with links, chips of what is chosen, orders, paging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.holdings import queries as holdings
from lantai.holdings.queries import labelled
from lantai.search.forms import SORTS, Asked
from lantai.search.queries import FACETS, PAGE, WINDOW, Answer

FIRST = 8
_TITLES = {
    "fonds": gettext_lazy("全宗"),
    "type": gettext_lazy("门类"),
    "year": gettext_lazy("年度"),
    "retention": gettext_lazy("保管期限"),
    "open": gettext_lazy("开放状态"),
}
_ORDERS = {
    "relevance": gettext_lazy("相关度"),
    "-date": gettext_lazy("日期新→旧"),
    "date": gettext_lazy("日期旧→新"),
    "ref": gettext_lazy("档号"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet, how it is said, how many hits have it, the address with it taken in or out."""

    value: str
    label: str
    count: int
    chosen: bool
    query: str


@dataclass(frozen=True, slots=True)
class FacetView:
    """A facet: its first values, and the rest behind a fold."""

    name: str
    title: str
    shown: Sequence[Choice]
    folded: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Chip:
    """Something chosen, and the address without it."""

    title: str
    label: str
    query: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the result and its address."""

    label: str
    chosen: bool
    query: str


def label(name: str, value: str, fonds: dict[str, str]) -> str:
    """Return how a facet value is said in the reader's language."""
    if name == "fonds":
        return f"{value} {fonds.get(value, '')}".strip()
    return labelled(name, value)


def facets(asked: Asked, answer: Answer) -> list[FacetView]:
    """Return the facets that have anything to choose; chosen values first, years from the newest."""
    names = holdings.fonds_names()
    made = []
    for name in FACETS:
        counted = {str(value): count for value, count in answer.facets.get(name, ())}
        mine = asked.chosen.get(name, ())
        values = [*mine, *(value for value in _order(name, counted) if value not in mine)]
        choices = [
            Choice(
                value,
                label(name, value, names),
                counted.get(value, 0),
                value in mine,
                asked.toggled(name, value),
            )
            for value in values
        ]
        if choices:
            cut = max(FIRST, len(mine))
            made.append(FacetView(name, str(_TITLES[name]), choices[:cut], choices[cut:]))
    return made


def _order(name: str, counted: dict[str, int]) -> list[str]:
    return sorted(counted, key=int, reverse=True) if name == "year" else list(counted)


def chips(asked: Asked) -> list[Chip]:
    """Return what is chosen, each with the way out of it."""
    names = holdings.fonds_names() if "fonds" in asked.chosen else {}
    made = [
        Chip(str(_TITLES[name]), label(name, value, names), asked.toggled(name, value))
        for name, values in asked.chosen.items()
        for value in values
    ]
    if asked.first or asked.last:
        made.append(Chip(_("年度"), f"{asked.first or '…'}–{asked.last or '…'}", asked.without("years")))
    return made


def orders(asked: Asked) -> list[Order]:
    """Return the orders a result can be shown in."""
    return [Order(str(_ORDERS[sort]), sort == asked.sort, asked.sorted_by(sort)) for sort in SORTS]


@dataclass(frozen=True, slots=True)
class Paging:
    """Addresses of the neighbouring pages ("" = none), and whether the window ends here with hits left."""

    page: int
    pages: int
    first: str
    before: str
    behind: str
    ended: bool


def paging(asked: Asked, total: int) -> Paging:
    """Return where one can turn to from the page that is asked for."""
    pages = -(-min(total, WINDOW) // PAGE)
    at = asked.page
    return Paging(
        at,
        pages,
        asked.query() if at > 2 else "",
        asked.turned(at - 1) if at > 1 else "",
        asked.turned(at + 1) if at < pages else "",
        total > WINDOW and at >= pages,
    )

"""A result as its page shows it: facets with links, chips of what is chosen, orders, paging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.holdings import queries as holdings
from lantai.holdings.queries import labelled
from lantai.people import queries as people
from lantai.search.forms import SORTS, Asked
from lantai.search.queries import FACETS, PAGE, WINDOW, Answer

FIRST = 8
FOLDED = 24
"""Values behind the fold of a facet; the rest is reached by narrowing, or in the advanced form."""

LAST = WINDOW // PAGE
"""The last page with a number."""

TITLES = {
    "fonds": gettext_lazy("全宗"),
    "type": gettext_lazy("门类"),
    "year": gettext_lazy("年度"),
    "retention": gettext_lazy("保管期限"),
    "open": gettext_lazy("开放状态"),
    "level": gettext_lazy("层级"),
    "unit": gettext_lazy("立档单位"),
}
_LEVELS = {
    "series": gettext_lazy("类别"),
    "file": gettext_lazy("案卷"),
    "item": gettext_lazy("件"),
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
    """A facet: its first values, some behind a fold, and how many more there are."""

    name: str
    title: str
    shown: Sequence[Choice]
    folded: Sequence[Choice]
    more: int

    @property
    def rest(self) -> int:
        """Return how many values do not stand before the fold."""
        return len(self.folded) + self.more


@dataclass(frozen=True, slots=True)
class Chip:
    """Something chosen, and the address without it."""

    title: str
    label: str
    query: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the result, how it is said, and its address."""

    value: str
    label: str
    chosen: bool
    query: str


def said(name: str, values: Sequence[str]) -> list[str]:
    """Return how ``values`` of the facet ``name`` are said in the reader's language."""
    if name == "fonds":
        names = holdings.fonds_names(values)
        return [f"{value} {names.get(value, '')}".strip() for value in values]
    if name == "unit":
        names = people.unit_names(values)
        return [names.get(value, value) for value in values]
    if name == "level":
        return [str(_LEVELS.get(value, value)) for value in values]
    if name == "year":
        return list(values)
    return [labelled(name, value) for value in values]


def facets(asked: Asked, answer: Answer) -> list[FacetView]:
    """Return the facets that have anything to choose; chosen values first, years from the newest."""
    made = []
    for name in FACETS:
        counted = {str(value): count for value, count in answer.facets.get(name, ())}
        mine = asked.chosen.get(name, ())
        values = [*mine, *(value for value in ordered(name, counted) if value not in mine)]
        if not values or (len(counted) < 2 and not mine and name in ("level", "unit")):
            continue
        cut = max(FIRST, len(mine))
        toggled, shown = asked.toggler(name), values[: cut + FOLDED]
        choices = [
            Choice(value, label, counted.get(value, 0), value in mine, toggled(value))
            for value, label in zip(shown, said(name, shown), strict=True)
        ]
        more = max(0, len(values) - cut - FOLDED)
        made.append(FacetView(name, str(TITLES[name]), choices[:cut], choices[cut:], more))
    return made


def ordered(name: str, counted: dict[str, int]) -> list[str]:
    """Return the values of a facet in the order they are shown in."""
    return sorted(counted, key=int, reverse=True) if name == "year" else list(counted)


def chips(asked: Asked) -> list[Chip]:
    """Return what is chosen, each with the way out of it."""
    made = [
        Chip(str(TITLES[name]), label, asked.toggled(name, value))
        for name, values in asked.chosen.items()
        for value, label in zip(values, said(name, values), strict=True)
    ]
    if asked.first or asked.last:
        made.append(Chip(_("年度"), f"{asked.first or '…'}–{asked.last or '…'}", asked.without("years")))
    return made


def orders(asked: Asked) -> list[Order]:
    """Return the orders a result can be shown in."""
    return [Order(sort, str(_ORDERS[sort]), sort == asked.sort, asked.sorted_by(sort)) for sort in SORTS]


@dataclass(frozen=True, slots=True)
class Paging:
    """Addresses of the neighbouring pages ("" = none); ``page`` is 0 behind the window, where none is counted.

    ``ended``: there are hits that this order does not reach; ``onward`` leads to one that does.
    """

    page: int
    pages: int
    first: str
    before: str
    behind: str
    ended: bool
    onward: str = ""


def paging(asked: Asked, answer: Answer) -> Paging:
    """Return where one can turn to from the page that is asked for.

    In an order with cursors the last page of the window leads on to pages without numbers.
    """
    pages = -(-min(answer.total, WINDOW) // PAGE)
    onward = asked.sorted_by("-date")
    if asked.after:
        last = asked.turned(pages)
        behind = asked.behind(answer.cursor) if answer.cursor is not None else ""
        return Paging(0, pages, asked.query(), last, behind, ended=False)
    at = asked.page
    behind = asked.turned(at + 1) if at < pages else ""
    if not behind and answer.cursor is not None:
        behind = asked.behind(answer.cursor)
    return Paging(
        at,
        pages,
        asked.query() if at > 2 else "",
        asked.turned(at - 1) if at > 1 else "",
        behind,
        ended=answer.total > WINDOW and at >= pages and not behind,
        onward=onward,
    )

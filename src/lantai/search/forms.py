"""What the address of the search page asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

from django.http import QueryDict

from lantai.kernel.errors import Invalid
from lantai.search.engine.protocol import WINDOW, Cursor, Sort
from lantai.search.question import FACETS, PAGE, Question

SORTS: tuple[Sort, ...] = ("relevance", "-date", "date", "ref")
_CURSORS = {
    "relevance": re.compile("(?!)"),
    "date": re.compile("[0-9]{1,19}"),
    "-date": re.compile("[0-9]{1,19}"),
    "ref": re.compile("[0-9a-f]{2,8000}"),
}
_LONGEST = 200
_MOST = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """A query line, chosen facet values as they stand in the address, a span of years, an order, a page.

    Within the window of 10,000 hits a page has a number; behind it, it is what follows the cursor ``after``.
    """

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    sort: Sort = "relevance"
    page: int = 1
    after: str = ""

    @classmethod
    def read(cls, told: QueryDict) -> Asked:
        """Return what ``told`` asks for.

        Values that no record can have (years that are none, overlong words) ask for nothing; a cursor that
        does not belong to the order asks for the first page.
        """
        chosen = {name: _values(name, told.getlist(name)) for name in FACETS}
        page = told.get("page", "")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 9 else 1
        sort: Sort = next((sort for sort in SORTS if sort == told.get("sort")), "relevance")
        after = told.get("after", "")
        return cls(
            told.get("q", "").strip(),
            {name: values for name, values in chosen.items() if values},
            _year(told.get("from", "")),
            _year(told.get("to", "")),
            sort,
            max(number, 1),
            after if _CURSORS[sort].fullmatch(after) else "",
        )

    @property
    def beyond(self) -> bool:
        """Whether the page lies behind the window, where pages have no numbers."""
        return not self.after and self.page * PAGE > WINDOW

    def question(self) -> Question:
        """Return the question to the index; ``Invalid("search.request.window")`` for a page :attr:`beyond`."""
        if self.beyond:
            raise Invalid("search.request.window", offset=(self.page - 1) * PAGE, limit=PAGE, window=WINDOW)
        filters: dict[str, frozenset[str | int]] = {
            name: frozenset(int(value) if name == "year" else value for value in values)
            for name, values in self.chosen.items()
        }
        return Question(
            text=self.text,
            filters=filters,
            year_from=int(self.first) if self.first else None,
            year_to=int(self.last) if self.last else None,
            sort=self.sort,
            offset=0 if self.after else (self.page - 1) * PAGE,
            limit=PAGE,
            after=self.cursor(),
        )

    def cursor(self) -> Cursor | None:
        """Return the cursor as the index gave it."""
        if not self.after:
            return None
        return self.after if self.sort == "ref" else int(self.after)

    @property
    def narrowed(self) -> bool:
        """Whether anything but words narrows the result."""
        return bool(self.chosen or self.first or self.last)

    def pairs(self, *, without: str = "") -> list[tuple[str, str]]:
        """Return all parameters of the address but the page, and but ``without`` (a name, or ``years``)."""
        told = [("q", self.text)] if self.text else []
        told += [(name, value) for name, values in self.chosen.items() for value in values]
        told += [("from", self.first), ("to", self.last)]
        if self.sort != "relevance":
            told.append(("sort", self.sort))
        gone = {"from", "to"} if without == "years" else {without}
        return [(name, value) for name, value in told if value and name not in gone]

    def query(self) -> str:
        """Return the address part after ``?`` without the page."""
        return urlencode(self.pairs())

    def turned(self, page: int) -> str:
        """Return the address part of another page of the same result."""
        return urlencode([*self.pairs(), ("page", str(page))])

    def behind(self, cursor: Cursor) -> str:
        """Return the address part of what follows ``cursor``."""
        return urlencode([*self.pairs(), ("after", str(cursor))])

    def toggled(self, name: str, value: str) -> str:
        """Return the address part with ``value`` of the facet ``name`` taken in, or out when it is in."""
        one = (name, value)
        pairs = self.pairs()
        return urlencode([pair for pair in pairs if pair != one] if one in pairs else [*pairs, one])

    def toggler(self, name: str) -> Callable[[str], str]:
        """Return what :meth:`toggled` returns for a value of ``name``; made once for many values."""
        mine, head = self.chosen.get(name, ()), self.query()
        head = f"{head}&{name}=" if head else f"{name}="
        return lambda value: self.toggled(name, value) if value in mine else head + quote_plus(value)

    def sorted_by(self, sort: Sort) -> str:
        """Return the address part with another order."""
        pairs = self.pairs(without="sort")
        return urlencode(pairs if sort == "relevance" else [*pairs, ("sort", sort)])

    def without(self, name: str) -> str:
        """Return the address part without a parameter, or without ``years``."""
        return urlencode(self.pairs(without=name))


def _values(name: str, told: list[str]) -> tuple[str, ...]:
    fit = [text for text in told if text and "\0" not in text and len(text) <= _LONGEST]
    years = [year for year in map(_year, fit) if year]
    return tuple(dict.fromkeys(years if name == "year" else fit))[:_MOST]


def _year(text: str) -> str:
    """Return a year of one to four digits without leading zeros, "" for anything else."""
    plain = text.strip()
    return str(int(plain)) if plain.isascii() and plain.isdigit() and len(plain) <= 4 and int(plain) else ""

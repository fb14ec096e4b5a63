"""Pages by place: a list whose places go from 1 without gaps is opened at any of them (``?at=4312``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from lantai.desk.frame import number

SIZE = 100
"""Rows of one page: what a person still looks through, and what a browser still sorts and drags at once."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The places ``first`` to ``last`` of ``total`` (0, 0 of an empty list), and the address of the pages around it.

    ``path`` is the page, ``name`` the field of its address that says the place, ``kept`` the other fields of it; an
    address is "" where there is no such page.
    """

    path: str
    name: str
    first: int
    last: int
    total: int
    start: str
    before: str
    after: str
    end: str
    kept: tuple[tuple[str, str], ...]

    @property
    def many(self) -> bool:
        """Whether there is more than this page."""
        return self.last - self.first + 1 < self.total

    @property
    def count(self) -> int:
        """How many rows it has."""
        return self.last - self.first + 1 if self.total else 0


def leaf(
    told: Mapping[str, str],
    path: str,
    total: int,
    *,
    name: str = "at",
    kept: Sequence[str] = (),
    size: int = 0,
) -> Leaf:
    """Return the page on which the place stands that the address says; beyond the end it is the last one.

    Pages have ``size`` rows, or :data:`SIZE`.
    """
    step = size or SIZE
    spans = [(first, min(first + step - 1, total)) for first in range(1, total + 1, step)]
    return leaf_of(told, path, spans, name=name, kept=kept)


def leaf_of(
    told: Mapping[str, str],
    path: str,
    spans: Sequence[tuple[int, int]],
    *,
    name: str = "at",
    kept: Sequence[str] = (),
) -> Leaf:
    """Return the page among ``spans`` (first and last place of each) on which the place stands that the address says."""
    if not spans:
        return Leaf(path, name, 0, 0, 0, "", "", "", "", ())
    asked = number(told.get(name, ""))
    here = next((n for n, (_first, last) in enumerate(spans) if asked <= last), len(spans) - 1)
    others = tuple((key, told[key][:20]) for key in kept if key != name and told.get(key))

    def address(n: int) -> str:
        place = {name: str(spans[n][0])} if n else {}
        return path + query_of(dict(others) | place)

    return Leaf(
        path=path,
        name=name,
        first=spans[here][0],
        last=spans[here][1],
        total=spans[-1][1],
        start=address(0) if here > 1 else "",
        before=address(here - 1) if here else "",
        after=address(here + 1) if here + 1 < len(spans) else "",
        end=address(len(spans) - 1) if here + 2 < len(spans) else "",
        kept=others,
    )


def spans_of(sizes: Sequence[int], most: int = 0) -> list[tuple[int, int]]:
    """Return pages for things of different sizes: each has at most ``most`` (``SIZE``) rows, or one thing.

    What is larger than a page counts as one page; what is empty counts as one row.
    """
    most = most or SIZE
    spans: list[tuple[int, int]] = []
    first, weight = 1, 0
    for place, size in enumerate(sizes, 1):
        rows = max(1, min(size, most))
        if weight and weight + rows > most:
            spans.append((first, place - 1))
            first, weight = place, 0
        weight += rows
    return [*spans, (first, len(sizes))] if sizes else []


def query_of(fields: Mapping[str, str]) -> str:
    """Return fields as an address carries them, with their question mark; "" without any."""
    query = QueryDict(mutable=True)
    query.update(fields)
    return f"?{query.urlencode()}" if fields else ""


def place_query(place: int) -> str:
    """Return the query that shows a place of a list, "" where it stands on the first page."""
    return f"?at={place}" if place > SIZE else ""

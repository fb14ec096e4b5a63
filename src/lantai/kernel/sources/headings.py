"""Where a table's headings stand: often under a title, not always in the first column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Known = Callable[[str], bool]

LOOK = 20
"""Rows among which the heading row is sought."""

_DATA = re.compile(r"[\s\d.,:：/\\+%年月日\-]*")
_TELLING = re.compile(r"[:：]\s*\S|\d{3}")
"""A label with its value (全宗号：X001) or a number: no heading."""
_LONGEST = 60
_NEARLY = 0.6


@dataclass(frozen=True, slots=True)
class Heading:
    """The chosen row (its place among the rows given), the columns that are read, and their unique names."""

    place: int
    columns: tuple[int, ...]
    names: tuple[str, ...]


def find_headings(rows: Sequence[Sequence[str]], known: Known | None = None) -> Heading:
    """Return the heading row of a table that starts with ``rows``, and its columns.

    With ``known`` it is the row of the first :data:`LOOK` with the most known cells (two at least, or all
    that it has); else the first with nearly the most cells that look like headings. Columns without a heading
    are left out when nothing stands in them in ``rows``, and called 第N列 otherwise.
    """
    place = _by_knowledge(rows[:LOOK], known) if known else -1
    if place < 0:
        place = _by_looks(rows[:LOOK])
    row = rows[place] if rows else ()
    width = max((len(r) for r in rows), default=0)
    filled = {i for r in rows[place + 1 :] for i, cell in enumerate(r) if cell.strip()}
    texts = [" ".join(cell.split()) for cell in row] + [""] * (width - len(row))
    columns = tuple(i for i in range(width) if texts[i] or i in filled)
    return Heading(place, columns, unique(texts[i] or f"第{i + 1}列" for i in columns))


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names with " (2)", " (3)" … behind those that came before, 第N列 for blank ones."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    out: list[str] = []
    for place, told in enumerate(names, 1):
        name = told if told.strip() else f"第{place}列"
        made = name
        while made in taken:
            counts[name] = counts.get(name, 1) + 1
            made = f"{name} ({counts[name]})"
        taken.add(made)
        out.append(made)
    return tuple(out)


def _by_knowledge(rows: Sequence[Sequence[str]], known: Known) -> int:
    best, place = 0, -1
    for number, row in enumerate(rows):
        cells = {cell.strip() for cell in row if cell.strip()}
        count = sum(1 for cell in cells if len(cell) <= _LONGEST and known(cell))
        if count > best and (count >= 2 or count == len(cells)):
            best, place = count, number
    return place


def _by_looks(rows: Sequence[Sequence[str]]) -> int:
    counts = [len({c.strip() for c in row if _heading_like(c.strip())}) for row in rows]
    wanted = max(counts, default=0) * _NEARLY
    return next((i for i, count in enumerate(counts) if count and count >= wanted), 0)


def _heading_like(cell: str) -> bool:
    if not cell or len(cell) > _LONGEST or _DATA.fullmatch(cell):
        return False
    return _TELLING.search(cell) is None

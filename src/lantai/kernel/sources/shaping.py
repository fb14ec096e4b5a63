"""Numbered rows of a table cut to its headings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lantai.kernel.sources.model import Row

END = "\ufdd1"
"""A row of this alone says that the reader came to the end in order: a noncharacter, which no text holds."""

Numbered = Iterable[tuple[int, Sequence[str]]]


def shaped(numbered: Numbered, columns: tuple[int, ...], after: int) -> Iterator[Row]:
    """Yield the rows below row ``after`` that hold more than blanks, as cells of ``columns``."""
    width = len(columns)
    whole = columns == tuple(range(width)) and width > 1
    wanted = frozenset(columns)
    for number, cells in numbered:
        if number <= after:
            continue
        if whole and len(cells) == width:
            if any(map(str.strip, cells)):
                yield Row(number, tuple(cells))
            continue
        if len(cells) == 1 and cells[0] == END:
            continue
        if not any(map(str.strip, cells)):
            continue
        there = len(cells)
        kept = tuple([cells[i] if i < there else "" for i in columns])
        extra = tuple(cell for i, cell in enumerate(cells) if cell.strip() and i not in wanted)
        yield Row(number, kept, extra)

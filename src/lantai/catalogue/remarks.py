"""The list as it came with two columns more, what became of each row and why: as a workbook or as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import xlsxwriter

from lantai.base.tables import cell


@dataclass(frozen=True, slots=True)
class Remarked:
    """One row of the sheet with remarks: its cells, what became of it, what is wrong with it."""

    row: int
    cells: tuple[str, ...]
    outcome: str
    remarks: str


WORKBOOK_ROWS = 1_048_575
"""Rows that a sheet holds below its headings."""


def headings(source: Sequence[str], words: Sequence[str]) -> list[str]:
    """Return the headings of the sheet: those of the source and ``words`` for row, outcome and remarks."""
    return [*source, *words]


def write_workbook(head: Sequence[str], rows: Iterable[Remarked], out: BinaryIO) -> None:
    """Write a workbook; it is streamed, memory does not grow with the rows."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet()
        bold, odd = book.add_format({"bold": True}), book.add_format({"bg_color": "#f9ece8"})
        sheet.freeze_panes(1, 0)
        for place, text in enumerate(head):
            sheet.write_string(0, place, text, bold)
        for number, row in enumerate(rows, 1):
            style = odd if row.remarks else None
            for place, text in enumerate(_cells(row)):
                if text:
                    sheet.write_string(number, place, text[:32_767], style)


def csv_lines(head: Sequence[str], rows: Iterable[Remarked]) -> Iterator[str]:
    """Yield the lines of a CSV file in UTF-8 with the mark that spreadsheets look for."""
    writer = csv.writer(_Line())
    yield "\ufeff" + str(writer.writerow(list(head)))
    for row in rows:
        yield str(writer.writerow([cell(text) for text in _cells(row)]))


class _Line:
    def write(self, text: str) -> str:
        return text


def _cells(row: Remarked) -> list[str]:
    return [*row.cells, str(row.row), row.outcome, row.remarks]

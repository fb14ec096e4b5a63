"""The process that opens one workbook: limits itself, reads one sheet, writes rows as JSON lines.

Input: one JSON object (path, sheet, rows, columns, memory, seconds, spool, out: a file descriptor). Each row
of the sheet becomes one line in ``out``, from A1 on; standard output gets the report: problem, facts, sheet,
sheets, rows, imprecise, merged, left_out. Run by :mod:`lantai.kernel.sources.spool` only.
"""

from __future__ import annotations

import datetime
import json
import resource
import sys
from collections.abc import Mapping
from typing import IO

import orjson
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from lantai.kernel.spreadsheet_formats import Padding, padded_cells

_EXACT = 10**15
"""Excel keeps 15 digits: a longer number has lost its end before it came here."""
_LAST = datetime.datetime(9999, 12, 31, 23, 59, 59)
_TOLD = 100
"""Imprecise numbers that are reported."""
_SHOWN, _LOOKED, _FEW = 1_000, 20, 10
"""Sheets that are named, those of them that are opened to see whether they hold anything; merged ranges told."""


def cell_text(value: object) -> str:
    """Return what an archivist would have typed: ``1975`` for 1975.0, ISO dates, ``TRUE``, times as they are.

    A date and time at midnight is a date. Excel keeps moments as fractions of a day, a hair off: they are
    rounded to the second.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        value = _whole_second(value)
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, datetime.time):
        moment = _whole_second(datetime.datetime.combine(datetime.date(2000, 1, 1), value))
        return moment.time().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def _whole_second(value: datetime.datetime) -> datetime.datetime:
    if value.microsecond >= 500_000 and value < _LAST:
        value += datetime.timedelta(seconds=1)
    return value.replace(microsecond=0)


def visible(book: CalamineWorkbook) -> list[str]:
    """Return the names of the sheets a person sees, of all when none is visible."""
    shown = [s.name for s in book.sheets_metadata if str(s.visible).endswith(".Visible")]
    return shown or list(book.sheet_names)


def _sheet(book: CalamineWorkbook, names: list[str]) -> CalamineSheet:
    """Return the first sheet of ``names`` that is not empty, else the first."""
    for name in names:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is not None:
            return sheet
    return book.get_sheet_by_name(names[0])


def _left_out(book: CalamineWorkbook, chosen: str) -> list[str]:
    """Return the names of the other sheets, hidden ones too, marked with ``（隐藏）``."""
    shown = set(visible(book))
    others = [name for name in book.sheet_names[:_SHOWN] if name != chosen]
    filled = [name for name in others[:_LOOKED] if _filled(book, name)] + others[_LOOKED:]
    return [name if name in shown else f"{name}（隐藏）" for name in filled]


def _filled(book: CalamineWorkbook, name: str) -> bool:
    try:
        return book.get_sheet_by_name(name).start is not None
    except (CalamineError, ValueError):
        return False  # a chart, or damaged: there are no rows to lose


def _merged(sheet: CalamineSheet) -> list[str]:
    """Return the first merged ranges that span several rows, as ``A2:A4``; those of one row are titles."""
    ranges = sheet.merged_cell_ranges or []
    tall = [(start, end) for start, end in ranges if end[0] > start[0]]
    return [f"{_place(*start)}:{_place(*end)}" for start, end in tall[:_FEW]]


def _place(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _report(out: IO[str], problem: str = "", **told: object) -> None:
    facts = told.pop("facts", {})
    out.write(json.dumps({"problem": problem, "facts": facts, "rows": 0, **told}) + "\n")


def _pour(
    sheet: CalamineSheet, rows: IO[bytes], padded: Mapping[int, Mapping[int, Padding]]
) -> tuple[int, list[str]]:
    """Write the rows down to the last that holds anything; return their number and the doubtful numbers."""
    written = blank = 0
    imprecise: list[str] = []
    # Blank rows above the first cell come by themselves, blank columns before it do not.
    before = [""] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        cells = [cell if type(cell) is str else cell_text(cell) for cell in row]
        if not any(cells):
            blank += 1
            continue
        cells = before + cells
        for place, padding in padded.get(written + blank, {}).items():
            if place < len(cells):
                cells[place] = padding.show(cells[place])
        rows.write(b"[]\n" * blank + orjson.dumps(cells) + b"\n")
        written += blank + 1
        blank = 0
        if len(imprecise) < _TOLD:
            imprecise += [
                text
                for cell, text in zip(row, cells[len(before) :], strict=True)
                if type(cell) in (int, float) and abs(cell) >= _EXACT
            ]
    return written, imprecise[:_TOLD]


def serve(asked: dict[str, object], out: IO[str], spooled: IO[bytes]) -> None:
    """Answer one request; a workbook that cannot be read is told in the report."""
    rows, columns = int(str(asked["rows"])), int(str(asked["columns"]))
    wanted = str(asked["sheet"])
    try:
        book = CalamineWorkbook.from_path(str(asked["path"]))
        sheets = visible(book)
        if not sheets:
            return _report(out, "spreadsheets.file.broken", facts={"reason": "no sheet"})
        if wanted and wanted not in book.sheet_names:
            return _report(out, "spreadsheets.sheet.missing", facts={"sheet": wanted})
        sheet = _sheet(book, [wanted] if wanted else sheets)
    except PasswordError:
        return _report(out, "spreadsheets.file.encrypted")
    except (CalamineError, OSError, ValueError) as error:
        return _report(out, "spreadsheets.file.broken", facts={"reason": str(error)})
    if sheet.total_height > rows or sheet.total_width > columns:
        return _report(out, "spreadsheets.sheet.too_large", facts={"rows": rows, "columns": columns})
    written, imprecise = _pour(sheet, spooled, padded_cells(str(asked["path"]), sheet.name))
    spooled.flush()
    return _report(
        out,
        sheet=sheet.name,
        sheets=sheets[:_SHOWN],
        rows=written,
        imprecise=imprecise,
        merged=_merged(sheet),
        left_out=_left_out(book, sheet.name),
    )


def main() -> None:
    """Read the request, set the limits, answer."""
    asked = json.loads(sys.stdin.read())
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (asked["spool"], asked["spool"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open(asked["out"], "wb", buffering=1 << 20, closefd=False) as spooled:
        serve(asked, sys.stdout, spooled)


if __name__ == "__main__":
    main()

"""The process that opens one workbook: limits itself, reads one sheet, writes rows as JSON lines.

Input: one JSON object (path, sheet, rows, columns, memory, seconds). Output: a head line (problem, facts,
sheet, imprecise), then one line per row. Run by :mod:`lantai.kernel.spreadsheets` only.
"""

from __future__ import annotations

import datetime
import json
import resource
import sys
from typing import IO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

_EXACT = 10**15
"""Excel keeps 15 digits: a longer number has lost its end before it came here."""


def cell_text(value: object) -> str:
    """Return what an archivist would have typed: ``1975`` for 1975.0, ISO dates, ``TRUE``, times as they are.

    A date and time at midnight is a date.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _imprecise(sheet: CalamineSheet) -> list[str]:
    return [
        cell_text(cell)
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= _EXACT
    ][:100]


def _choose(book: CalamineWorkbook, wanted: str) -> str:
    if wanted:
        return wanted if wanted in book.sheet_names else ""
    visible = [s.name for s in book.sheets_metadata if str(s.visible).endswith(".Visible")]
    names: list[str] = visible or book.sheet_names or [""]
    return names[0]


def _head(out: IO[str], problem: str = "", **told: object) -> None:
    facts = told.pop("facts", {})
    head = {"problem": problem, "facts": facts, "sheet": "", "imprecise": [], **told}
    out.write(json.dumps(head) + "\n")


def serve(asked: dict[str, object], out: IO[str]) -> None:
    """Answer one request; a workbook that cannot be read is told in the head line."""
    rows, columns = int(str(asked["rows"])), int(str(asked["columns"]))
    try:
        book = CalamineWorkbook.from_path(str(asked["path"]))
        name = _choose(book, str(asked["sheet"]))
        if not name:
            return _head(out, "spreadsheets.sheet.missing", facts={"sheet": str(asked["sheet"])})
        sheet = book.get_sheet_by_name(name)
    except PasswordError:
        return _head(out, "spreadsheets.file.encrypted")
    except (CalamineError, OSError, ValueError) as error:
        return _head(out, "spreadsheets.file.broken", facts={"reason": str(error)})
    if sheet.total_height > rows or sheet.total_width > columns:
        return _head(out, "spreadsheets.sheet.too_large", facts={"rows": rows, "columns": columns})
    _head(out, sheet=name, imprecise=_imprecise(sheet))
    for row in sheet.to_python(skip_empty_area=False):
        out.write(json.dumps([cell_text(cell) for cell in row]) + "\n")
    return None


def main() -> None:
    """Read the request, set the limits, answer."""
    asked = json.loads(sys.stdin.read())
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(asked, sys.stdout)


if __name__ == "__main__":
    main()

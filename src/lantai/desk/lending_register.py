"""借阅登记簿 of a year, on paper and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import xlsxwriter

from lantai.base.actors import Actor
from lantai.desk import queries_lending
from lantai.desk.lending import LoanLine
from lantai.kernel.printing import render
from lantai.kernel.printing.forms import LONG, PART

TITLE = "档案借阅登记簿"
COLUMNS: tuple[tuple[str, float, str], ...] = (
    ("借阅号", 22, "center"),
    ("借出日期", 19, "center"),
    ("借阅人", 17, "center"),
    ("部门与电话", 29, "left"),
    ("档号", 36, "left"),
    ("题名与借阅内容", 0, "left"),
    ("方式", 15, "center"),
    ("借阅目的", 26, "left"),
    ("应还日期", 19, "center"),
    ("归还日期", 19, "center"),
    ("归还状况与备注", 27, "left"),
)
"""Headings, widths in millimetres (0 = what is left), alignments."""

_WIDE = (12, 12, 12, 24, 26, 44, 12, 28, 12, 12, 28)


def cells(line: LoanLine) -> list[str]:
    """Return a line of the register, in the order of :data:`COLUMNS`."""
    due = _day(line.due_on)
    return [
        line.number,
        _day(line.lent_on),
        line.borrower,
        " ".join(filter(None, (line.department, line.telephone))),
        " ".join(filter(None, (line.ref, line.place))),
        f"{line.title}（{line.parts}）" if line.parts else line.title,
        line.kind_label,
        line.purpose,
        f"{due}（展期 {line.extended} 次）" if line.extended else due,
        _day(line.returned_on),
        "：".join(filter(None, (line.condition_label, line.remark))),
    ]


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def printed(actor: Actor, unit: str, unit_name: str, year: int) -> bytes:
    """Return the register of a unit's year as a PDF, in the order in which things were lent."""
    rows = [_row(line) for line in queries_lending.register(actor, unit, year)]
    columns = [{"label": label, "width": width, "align": align} for label, width, align in COLUMNS]
    head = {
        "facts": [["立档单位", unit_name], ["年度", str(year)], ["借阅", f"{len(rows)} 件次"]],
        "columns": columns,
    }
    data = {
        "title": TITLE,
        "landscape": True,
        "archives": unit_name,
        "part": "",
        "groups": [{**head, "rows": rows[start : start + PART]} for start in range(0, len(rows) or 1, PART)],
    }
    return render("list", data, tags=len(rows) <= 300)


def _row(line: LoanLine) -> list[str]:
    told = cells(line)
    return [*told, ""] if any(len(cell) > LONG for cell in told) else told


def workbook(actor: Actor, unit: str, year: int) -> bytes:
    """Return the register of a unit's year as a workbook (xlsx); no cell is taken for a formula."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(f"{year}")
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 0)
        for place, ((label, _width, _align), wide) in enumerate(zip(COLUMNS, _WIDE, strict=True)):
            sheet.set_column(place, place, wide)
            sheet.write_string(0, place, label, bold)
        for number, line in enumerate(queries_lending.register(actor, unit, year), 1):
            _write(sheet, number, cells(line))
    return out.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, number: int, told: Sequence[str]) -> None:
    for place, text in enumerate(told):
        if text:
            sheet.write_string(number, place, text)

"""What of a year goes on paper: 归档催办单, a sheet for each department, and the unit's statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk.queries_reminders import ReminderView, reminder
from lantai.desk.statistics_sheet import Table
from lantai.kernel.printing import render

REMINDER = "归档催办单"
STATISTICS = "室藏电子档案统计"


def reminder_sheets(actor: Actor, number: str) -> bytes:
    """Return the PDF of a reminder, a page for each department the actor may see; ``NotFound("desk.remind.missing")``."""
    shown = reminder(actor, number)
    sheets = [_sheet(shown, *line) for line in shown.lines]
    return render("reminder", {"title": REMINDER, "archives": shown.unit_name, "sheets": sheets})


def _sheet(
    shown: ReminderView, department: str, expected: int | None, filed: int, before: Sequence[str]
) -> dict[str, Any]:
    at = timezone.localtime(shown.at)
    return {
        "number": shown.number,
        "department": department,
        "unit": shown.unit_name,
        "year": str(shown.year),
        "day": shown.day.isoformat(),
        "at": at.date().isoformat(),
        "by": shown.by,
        "expected": expected,
        "filed": filed,
        "lacking": max(1, (expected or 0) - filed),
        "late": at.date() > shown.day,
        "before": list(before),
    }


def statistics_sheet(unit: str, tables: Sequence[Table], year: int | None, day: str) -> bytes:
    """Return the PDF of statistics: all tables in one ruled table, each row with what it is counted by."""
    columns = [
        {"label": "统计项", "width": 28, "align": "center"},
        {"label": "名称", "width": 0, "align": "left"},
        *({"label": label, "width": 24, "align": "center"} for label in ("件数", "文件数", "页数")),
        {"label": "字节数", "width": 32, "align": "center"},
    ]
    rows = [
        [table.label, line.label, *(_told(cell) for cell in line.cells)]
        for table in tables
        for line in table.lines
    ]
    facts = [["立档单位", unit], ["年度", str(year) if year else "全部"], ["统计日期", day]]
    data = {
        "title": STATISTICS,
        "landscape": False,
        "archives": unit,
        "part": "",
        "groups": [{"facts": facts, "columns": columns, "rows": rows}],
    }
    return render("list", data)


def _told(cell: int | None) -> str:
    return "—" if cell is None else f"{cell:,}"

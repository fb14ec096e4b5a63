"""归档范围和保管期限表: a unit's schedule as data, read from its list, asked for suggestions."""

from __future__ import annotations

from lantai.kernel.schedules.model import LEGACY, Line, Schedule, Status, read_retention
from lantai.kernel.schedules.parsing import Parsed, column_of, from_rows, read_schedule
from lantai.kernel.schedules.suggesting import Reason, Suggestion, suggest

__all__ = [
    "LEGACY",
    "Line",
    "Parsed",
    "Reason",
    "Schedule",
    "Status",
    "Suggestion",
    "column_of",
    "from_rows",
    "read_retention",
    "read_schedule",
    "suggest",
]

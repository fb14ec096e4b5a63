"""What a printed form is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TITLES = {
    "item_list": "归档文件目录",
    "file_list": "案卷目录",
    "inner_list": "卷内文件目录",
    "card": "档案著录卡",
    "fonds_file": "全宗卷",
    "note": "备考表",
    "spine": "脊背",
    "label": "盒标签",
}
"""The printed forms and what they are called."""

WIDTHS = (20, 30, 40, 50)
"""Widths of the backs of boxes in millimetres: DA/T 22-2015."""

PAPERS = ("a4", "a3")
"""Paper for backs: on A3 in their true height of 310 mm, on A4 shortened to 265 mm."""


@dataclass(frozen=True, slots=True)
class Options:
    """How notes, spines and labels are made: ``width`` in mm, ``paper``, ``per_box`` items (0 = no limit)."""

    width: int = 30
    paper: str = "a4"
    per_box: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One document: its template and data, and how many records, files or boxes it tells of."""

    template: str
    data: dict[str, Any]
    count: int


@dataclass(frozen=True, slots=True)
class Made:
    """What was written: how many records, files or boxes, in how many documents."""

    count: int
    parts: int

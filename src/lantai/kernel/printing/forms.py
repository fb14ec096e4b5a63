"""The layouts of 归档文件目录, 案卷目录 and 卷内文件目录: columns, rows and page numbers, for whoever prints such lists.

What is printed is given as values by element key; which columns there are is told by the record type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lantai.kernel.recordtypes import Element, RecordType

TITLES = {
    "item_list": "归档文件目录",
    "file_list": "案卷目录",
    "inner_list": "卷内文件目录",
    "card": "档案著录卡",
    "fonds_file": "全宗卷",
    "note": "备考表",
    "cover": "案卷封面",
    "spine": "脊背",
    "label": "盒标签",
    "stamps": "归档章",
}
"""The printed forms and what they are called; a room prints some of them."""

WIDTHS = (20, 30, 40, 50)
"""Widths of the backs of boxes in millimetres: DA/T 22-2015."""

PAPERS = ("a4", "a3")
"""Paper for backs: on A3 in their true height of 310 mm, on A4 shortened to 265 mm."""

PART = 2_000
"""Rows of one document: about as many leaves as a volume of lists has. More go into further documents."""

LONG = 400
"""Code points in a cell from which its row may be split between pages."""

_FALLBACK = {
    "item_list": ("row_number", "ref", "doc_number", "author", "title", "date", "security", "pages", "note"),
    "file_list": ("row_number", "ref", "title", "date", "pages", "retention", "note"),
    "inner_list": ("row_number", "doc_number", "author", "title", "date", "page_number", "note"),
}
"""Columns where a record type tells none: DA/T 22-2015."""

_WIDTHS = {
    "row_number": 12,
    "ref": 40,
    "doc_number": 35,
    "author": 31,
    "date": 18,
    "security": 12,
    "pages": 12,
    "page_number": 14,
    "retention": 15,
    "note": 18,
    "title": 0,
}
_OTHER = 24
_HEADINGS = {
    ("row_number", ""): "序号",
    ("row_number", "inner_list"): "顺序号",
    ("doc_number", ""): "文号",
    ("note", ""): "备注",
    ("title", "file_list"): "案卷题名",
    ("date", "file_list"): "起止日期",
    ("pages", "file_list"): "总页数",
}
"""Headings of DA/T 22-2015, by element and form ("" = every form)."""

_LEFT = {"ref", "author", "title", "note"}
_ROOM = {"item_list": 261, "file_list": 170, "inner_list": 170}
_TITLE = 45


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list; ``width`` in mm, 0 = what is left."""

    key: str
    label: str
    width: float
    align: str

    def data(self) -> dict[str, Any]:
        return {"label": self.label, "width": self.width, "align": self.align}


def common(told: Sequence[Mapping[str, str]], key: str) -> str:
    """Return the value that all of ``told`` have for ``key``, "" when they differ."""
    values = {one.get(key, "") for one in told}
    return values.pop() if len(values) == 1 else ""


def paged(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Give each row its 页号 where none has one and all tell their pages: the first page, of the last both."""
    pages = [one.get("pages", "") for one in rows]
    told = any(one.get("page_number") for one in rows)
    if told or not all(text.isascii() and text.isdigit() and len(text) < 7 for text in pages):
        return rows
    begin, given = 1, []
    for number, (one, text) in enumerate(zip(rows, pages, strict=True), 1):
        end = begin + max(int(text), 1) - 1
        last = number == len(rows) and end > begin
        given.append({**one, "page_number": f"{begin}-{end}" if last else str(begin)})
        begin = end + 1
    return given


def columns_of(kind: RecordType | None, form: str) -> tuple[Column, ...]:
    """Return the columns of a list of one record type, with widths that leave room for the title."""
    elements = kind.print_columns(form) if kind else ()
    if elements:
        named = [(element.key, _heading(element, kind, form)) for element in elements]
    else:
        known = kind.by_key if kind else {}
        keys = [key for key in _FALLBACK[form] if key in known or not kind]
        named = [(key, _heading(known[key], kind, form) if key in known else key) for key in keys]
    widths = [float(_WIDTHS.get(key, _OTHER)) for key, _ in named]
    least = _TITLE if 0.0 in widths else 0
    scale = min(1.0, (_ROOM[form] - least) / sum(widths)) if sum(widths) else 1.0
    return tuple(
        Column(
            key, label, round(width * scale, 1), "left" if key in _LEFT or key not in _WIDTHS else "center"
        )
        for (key, label), width in zip(named, widths, strict=True)
    )


def _heading(element: Element, kind: RecordType | None, form: str) -> str:
    """Return the heading that the record type gives the column, else that of the official form."""
    plain = kind.by_key.get(element.key) if kind else None
    official = _HEADINGS.get((element.key, form)) or _HEADINGS.get((element.key, ""))
    return official if official and plain is not None and plain.label == element.label else element.label.zh


def cells(values: Mapping[str, str], columns: Sequence[Column]) -> list[str]:
    """Return the row of one record; one with a cell so long that it may be split between pages has one cell more."""
    told = [values.get(column.key, "") for column in columns]
    return [*told, ""] if any(len(cell) > LONG for cell in told) else told

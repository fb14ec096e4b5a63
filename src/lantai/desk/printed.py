"""归档文件目录 of a class, in the official layout (DA/T 22-2015): the same columns and widths as in the archives."""

from __future__ import annotations

from typing import Any

from lantai.base.actors import Actor
from lantai.catalogue.prints.lists import LONG, PART, columns_of
from lantai.catalogue.prints.model import TITLES
from lantai.desk import queries_arrangement
from lantai.desk.arranging import kind_of
from lantai.kernel.printing import render

FORM = "item_list"
TAGGED = 300
"""Rows up to which a list carries the structure that screen readers use."""
UNNUMBERED = "尚未编号，供核对"


def item_list(actor: Actor, number: str) -> bytes:
    """Return the PDF of a class; of an open one without numbers, which it says. ``NotFound("desk.class.missing")``."""
    shown = queries_arrangement.filing_class(actor, number)
    columns = columns_of(kind_of(shown.type), FORM)
    told = queries_arrangement.told_in_class(actor, number)
    rows = []
    for order, values in enumerate(told, 1):
        cells = [{**values, "row_number": str(order)}.get(column.key, "") for column in columns]
        rows.append([*cells, ""] if any(len(cell) > LONG for cell in cells) else cells)
    facts = [
        ["全宗号", shown.fonds],
        ["立档单位", shown.unit_name],
        ["年度", str(shown.year)],
        ["保管期限", shown.retention],
        ["机构（问题）", shown.function],
    ]
    head: dict[str, Any] = {
        "facts": [[name, text] for name, text in facts if text],
        "columns": [column.data() for column in columns],
    }
    data = {
        "title": TITLES[FORM],
        "landscape": True,
        "archives": shown.unit_name,
        "part": "" if shown.state != "open" else UNNUMBERED,
        "groups": [{**head, "rows": rows[start : start + PART]} for start in range(0, len(rows) or 1, PART)],
    }
    return render("list", data, tags=len(rows) <= TAGGED)

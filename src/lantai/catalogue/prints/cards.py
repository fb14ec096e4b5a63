"""著录卡: all that is described of one record, element by element in the order of its type's form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from lantai.base.actors import Actor
from lantai.catalogue.exports.headings import KEPT
from lantai.catalogue.exports.sheaf import shown
from lantai.catalogue.prints.lists import files_of
from lantai.catalogue.prints.model import TITLES, Part
from lantai.catalogue.selection import Selection, of_level
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.kernel.printing.forms import LONG

CARDS = 300
"""Cards of one document."""

_LEVELS = {"series": "类别级", "file": "案卷级", "item": "文件级"}
_COLUMNS = (
    {"label": "著录项目", "width": 42, "align": "left"},
    {"label": "著录内容", "width": 0, "align": "left"},
)


def cards(actor: Actor, selection: Selection, common: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the documents with one card for each file and each item of a selection."""
    values = shown(actor)
    records = chain(files_of(actor, selection), of_level(actor, selection, "item"))
    found = (card(record, values(record)) for record in records)
    while some := list(islice(found, CARDS)):
        yield Part("list", {**common, "title": TITLES["card"], "groups": some}, len(some))


def card(record: RecordView, values: Mapping[str, str]) -> dict[str, Any]:
    """Return the card of ``record`` with those of its ``values`` that may be seen, empty ones left out."""
    kind = holdings.types().get(record.type)
    columns = kind.print_columns("card") if kind else ()
    labels = {key: label.zh for key, label in KEPT.items()}
    labels |= {element.key: element.label.zh for element in columns}
    told = {**{element.key: values.get(element.key, "") for element in columns}, **values, "ref": record.ref}
    facts = [["全宗名称", record.fonds_name], ["门类", kind.label.zh if kind else record.type]]
    facts.append(["著录层级", _LEVELS.get(record.level, "文件级")])
    rows = [[labels.get(key, key), text] for key, text in told.items() if text]
    return {"facts": facts, "columns": list(_COLUMNS), "rows": [_fit(row) for row in rows]}


def _fit(row: list[str]) -> list[str]:
    """Return ``row``, marked when it is so long that it may be split between pages."""
    return [*row, ""] if len(row[1]) > LONG else row

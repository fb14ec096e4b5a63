"""归档文件目录, 案卷目录 and 卷内文件目录: rows in the columns of their record types, headed by what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from lantai.base.actors import Actor
from lantai.catalogue.exports.sheaf import shown
from lantai.catalogue.prints.model import TITLES, Part
from lantai.catalogue.selection import Selection, of_level
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Place, RecordView
from lantai.kernel.printing import forms
from lantai.kernel.printing.forms import Column, cells, columns_of, common, paged

PART = forms.PART
"""Rows of one document."""


def documents(actor: Actor, selection: Selection, form: str, head: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the documents of a list, each of at most :data:`PART` rows."""
    groups = _of_files(actor, selection) if form == "inner_list" else _of_series(actor, selection, form)
    told = {**head, "title": TITLES[form], "landscape": form == "item_list"}
    for some in _filled(groups):
        yield Part("list", {**told, "groups": some}, sum(len(group["rows"]) for group in some))


def _filled(groups: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield groups together until a document is full; a group that goes beyond is continued in the next."""
    held: list[dict[str, Any]] = []
    rows = 0
    for group in groups:
        rest = group["rows"]
        while rest:
            taken = rest[: PART - rows]
            held.append({**group, "rows": taken})
            rows += len(taken)
            rest = rest[len(taken) :]
            if rows == PART:
                yield held
                held, rows = [], 0
    if held:
        yield held


def _of_series(actor: Actor, selection: Selection, form: str) -> Iterator[dict[str, Any]]:
    """Yield the lists of each 类别; a long one in several pieces, numbered on."""
    values = shown(actor)
    records = of_level(actor, selection, "item" if form == "item_list" else "file")
    for _, some in groupby(records, key=lambda record: (record.fonds, record.type, record.series)):
        columns: Sequence[Column] = ()
        rows: list[list[str]] = []
        told: list[dict[str, str]] = []
        first: RecordView | None = None
        for number, record in enumerate(some, 1):
            if first is None or len(rows) == PART:
                if first is not None:
                    yield _series_group(first, told, columns, rows, form)
                first, rows, told = record, [], []
                columns = columns_of(holdings.types().get(record.type), form)
            seen = values(record)
            told.append({key: seen.get(key, "") for key in ("year", "retention", "function", "catalogue")})
            rows.append(cells({**seen, "ref": record.ref, "row_number": str(number)}, columns))
        if first is not None:
            yield _series_group(first, told, columns, rows, form)


def _series_group(
    first: RecordView,
    told: Sequence[Mapping[str, str]],
    columns: Sequence[Column],
    rows: list[list[str]],
    form: str,
) -> dict[str, Any]:
    """Return a list with what all its records share: the facts above it."""
    same = {key: common(told, key) for key in ("year", "retention", "function", "catalogue")}
    facts = [["全宗号", first.fonds], ["全宗名称", first.fonds_name]]
    if form == "file_list":
        facts.append(["目录号", same["catalogue"] or first.series])
    facts += [["年度", same["year"]], ["保管期限", same["retention"]]]
    if form == "item_list":
        facts.append(["机构（问题）", same["function"]])
    kept = [[name, value] for name, value in facts if value]
    return {"facts": kept, "columns": [column.data() for column in columns], "rows": rows}


def _of_files(actor: Actor, selection: Selection) -> Iterator[dict[str, Any]]:
    """Yield the list of what lies in each file of the selection."""
    values = shown(actor)
    for file in files_of(actor, selection):
        told = [{**values(one), "ref": one.ref} for one in inside(actor, file)]
        numbered = paged([{**one, "row_number": str(n)} for n, one in enumerate(told, 1)])
        columns = columns_of(holdings.types().get(file.type), "inner_list")
        about = values(file)
        facts = [["档号", file.ref], ["案卷题名", about.get("title", "")]]
        facts += [["年度", about.get("year", "")], ["保管期限", about.get("retention", "")]]
        yield {
            "facts": [[name, value] for name, value in facts if value],
            "columns": [column.data() for column in columns],
            "rows": [cells(one, columns) for one in numbered],
        }


def files_of(actor: Actor, selection: Selection) -> Iterator[RecordView]:
    """Yield the files (案卷) that a selection means: those in it, or the one whose items it is."""
    if selection.question is None and selection.place.file:
        yield holdings.record(actor, selection.place.file)
    else:
        yield from of_level(actor, selection, "file")


def inside(actor: Actor, file: RecordView) -> Iterator[RecordView]:
    """Yield what lies in a file, in order."""
    return Selection(Place(fonds=file.fonds, file=file.ref)).records(actor)

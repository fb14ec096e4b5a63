"""归档文件目录, 案卷目录 and 卷内文件目录: rows in the columns of their record types, headed by what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from lantai.base.actors import Actor
from lantai.catalogue.exports.sheaf import shown
from lantai.catalogue.prints.model import TITLES, Part
from lantai.catalogue.selection import Selection, of_level
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Place, RecordView
from lantai.kernel.recordtypes import Element, RecordType

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
class _Column:
    """A column of a list; ``width`` in mm, 0 = what is left."""

    key: str
    label: str
    width: float
    align: str

    def data(self) -> dict[str, Any]:
        return {"label": self.label, "width": self.width, "align": self.align}


def documents(actor: Actor, selection: Selection, form: str, common: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the documents of a list, each of at most :data:`PART` rows."""
    groups = _of_files(actor, selection) if form == "inner_list" else _of_series(actor, selection, form)
    head = {**common, "title": TITLES[form], "landscape": form == "item_list"}
    for some in _filled(groups):
        yield Part("list", {**head, "groups": some}, sum(len(group["rows"]) for group in some))


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
        columns: Sequence[_Column] = ()
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
            rows.append(_row({**seen, "ref": record.ref, "row_number": str(number)}, columns))
        if first is not None:
            yield _series_group(first, told, columns, rows, form)


def _series_group(
    first: RecordView,
    told: Sequence[Mapping[str, str]],
    columns: Sequence[_Column],
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


def common(told: Sequence[Mapping[str, str]], key: str) -> str:
    """Return the value that all of ``told`` have for ``key``, "" when they differ."""
    values = {one.get(key, "") for one in told}
    return values.pop() if len(values) == 1 else ""


def _of_files(actor: Actor, selection: Selection) -> Iterator[dict[str, Any]]:
    """Yield the list of what lies in each file of the selection."""
    values = shown(actor)
    for file in files_of(actor, selection):
        told = [{**values(one), "ref": one.ref} for one in inside(actor, file)]
        numbered = _paged([{**one, "row_number": str(n)} for n, one in enumerate(told, 1)])
        columns = columns_of(holdings.types().get(file.type), "inner_list")
        about = values(file)
        facts = [["档号", file.ref], ["案卷题名", about.get("title", "")]]
        facts += [["年度", about.get("year", "")], ["保管期限", about.get("retention", "")]]
        yield {
            "facts": [[name, value] for name, value in facts if value],
            "columns": [column.data() for column in columns],
            "rows": [_row(one, columns) for one in numbered],
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


def _paged(rows: list[dict[str, str]]) -> list[dict[str, str]]:
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


def columns_of(kind: RecordType | None, form: str) -> tuple[_Column, ...]:
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
        _Column(
            key, label, round(width * scale, 1), "left" if key in _LEFT or key not in _WIDTHS else "center"
        )
        for (key, label), width in zip(named, widths, strict=True)
    )


def _heading(element: Element, kind: RecordType | None, form: str) -> str:
    """Return the heading that the record type gives the column, else that of the official form."""
    plain = kind.by_key.get(element.key) if kind else None
    official = _HEADINGS.get((element.key, form)) or _HEADINGS.get((element.key, ""))
    return official if official and plain is not None and plain.label == element.label else element.label.zh


def _row(values: Mapping[str, str], columns: Sequence[_Column]) -> list[str]:
    cells = [values.get(column.key, "") for column in columns]
    return [*cells, ""] if any(len(cell) > LONG for cell in cells) else cells

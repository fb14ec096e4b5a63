"""备考表, 脊背 and 盒标签: one for each file, and for each box of items that lie in no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice
from typing import Any

from lantai.base.actors import Actor
from lantai.catalogue.exports.sheaf import shown
from lantai.catalogue.prints.lists import files_of, inside
from lantai.catalogue.prints.model import Options, Part
from lantai.catalogue.selection import Selection, of_level
from lantai.holdings.queries import RecordView

SHEETS = 400
"""Notes, spines or labels of one document."""

_SHARED = ("year", "retention", "function", "catalogue", "box_number")


@dataclass(frozen=True, slots=True)
class Box:
    """A file, or a box of items: what is written on it. ``pages`` is None when not all tell theirs."""

    file: str
    title: str
    fonds: str
    fonds_name: str
    shared: Mapping[str, str]
    first: str
    last: str
    number: str
    items: int
    pages: int | None
    remarks: tuple[str, ...]


def sheets(
    actor: Actor, selection: Selection, form: str, options: Options, head: Mapping[str, Any]
) -> Iterator[Part]:
    """Yield the documents of a form with one sheet, spine or label for each file and box."""
    makers = {"note": _note, "spine": _spine, "label": _label}
    found = boxes(actor, selection, options.per_box, counted=form == "note")
    while some := [makers[form](box) for box in islice(found, SHEETS)]:
        told = {**head, "width": options.width, "paper": options.paper, f"{form}s": some}
        if form == "note":
            told["sheets"] = told.pop("notes")
        yield Part(form, told, len(some))


def boxes(actor: Actor, selection: Selection, per_box: int, *, counted: bool) -> Iterator[Box]:
    """Yield the files of a selection and then the boxes of its loose items.

    A box holds the items of one 类别 with the same 盒号; where there is none, ``per_box`` of them (0 = all).
    ``counted``: look into the files and count what lies there.
    """
    values = shown(actor)
    for file in files_of(actor, selection):
        yield _of_file(actor, file, values(file), counted=counted)
    if selection.question is None and selection.place.file:
        return
    loose = (record for record in of_level(actor, selection, "item") if not record.parent)
    told = ((record, values(record)) for record in loose)
    for _, some in groupby(told, key=lambda one: (one[0].fonds, one[0].type, one[0].series)):
        yield from _of_series(some, per_box)


def _of_file(actor: Actor, file: RecordView, told: Mapping[str, str], *, counted: bool) -> Box:
    values = shown(actor)
    items = [values(one) for one in inside(actor, file)] if counted else []
    return Box(
        file=file.ref,
        title=told.get("title", ""),
        fonds=file.fonds,
        fonds_name=file.fonds_name,
        shared={key: told.get(key, "") for key in _SHARED},
        first=file.ref,
        last=file.ref,
        number=told.get("file_number", "") or file.ref.rpartition("-")[2],
        items=len(items),
        pages=_pages(items) if items else _pages([told]),
        remarks=_remarks([told]),
    )


def _of_series(told: Iterable[tuple[RecordView, dict[str, str]]], per_box: int) -> Iterator[Box]:
    number = 0
    for given, some in groupby(told, key=lambda one: one[1].get("box_number", "")):
        limit = None if given or not per_box else per_box
        rest = iter(some)
        while (first := next(rest, None)) is not None:
            number += 1
            yield _box(chain([first], islice(rest, limit and limit - 1)), given or str(number))


def _box(told: Iterable[tuple[RecordView, dict[str, str]]], number: str) -> Box:
    """Return the box of the items ``told``, at least one: a box may be a whole 类别, so none of them is held."""
    rest = iter(told)
    first, values = next(rest)
    end, items = first, 1
    shared = {key: values.get(key, "") for key in _SHARED}
    pages = _pages([values])
    for record, one in rest:
        end, items = record, items + 1
        shared = {key: text if one.get(key, "") == text else "" for key, text in shared.items()}
        more = None if pages is None else _pages([one])
        pages = None if pages is None or more is None else pages + more
    return Box(
        file="",
        title=first.fonds_name,
        fonds=first.fonds,
        fonds_name=first.fonds_name,
        shared=shared,
        first=first.ref,
        last=end.ref,
        number=number,
        items=items,
        pages=pages,
        remarks=_remarks([values]) if items == 1 else (),
    )


def _pages(items: Sequence[Mapping[str, str]]) -> int | None:
    told = [one.get("pages", "") for one in items]
    if not told or not all(text.isascii() and text.isdigit() and len(text) < 9 for text in told):
        return None
    return sum(map(int, told))


def _remarks(items: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    found = (one.get(key, "") for one in items for key in ("arrangement", "note"))
    return tuple(text for text in found if text)


def _span(box: Box) -> str:
    """Return the numbers of the first and the last item, without what their codes share before."""
    first, last = box.first.rpartition("-")[2], box.last.rpartition("-")[2]
    return first if first == last else f"{first}—{last}"


def _note(box: Box) -> dict[str, Any]:
    shared = box.shared
    if box.file:
        facts = [["档号", box.file], ["案卷题名", box.title]]
        told = f"本卷共有文件 {box.items} 件" if box.items else "本卷共有文件　　　件"
    else:
        facts = [["全宗号", f"{box.fonds}　{box.fonds_name}"]]
        joined = "　".join(shared[key] for key in ("year", "retention", "function") if shared[key])
        facts += [["年度、保管期限、机构（问题）", joined]] if joined else []
        facts += [["起止档号", box.first if box.first == box.last else f"{box.first} 至 {box.last}"]]
        facts += [["盒号", box.number]]
        told = f"本盒共有归档文件 {box.items} 件"
    told += f"，{box.pages} 页。" if box.pages else "，　　　页。"
    return {
        "title": "卷内备考表" if box.file else "备考表",
        "about": "本卷情况说明" if box.file else "盒内文件情况说明",
        "facts": facts,
        "text": [told, *(line for text in box.remarks for line in text.splitlines() if line.strip())],
        **{"arranged_by": "", "arranged_on": "", "checked_by": "", "checked_on": ""},
    }


def _spine(box: Box) -> dict[str, Any]:
    shared = box.shared
    if box.file:
        cells = [
            ("全宗号", box.fonds, 1.0, False),
            ("目录号", shared["catalogue"], 1.0, False),
            ("年度", shared["year"], 1.0, False),
            ("保管期限", shared["retention"], 1.0, False),
            ("案卷题名", box.title, 5.0, True),
            ("案卷号", box.number, 1.0, False),
        ]
    else:
        cells = [
            ("全宗号", box.fonds, 1.0, False),
            ("年度", shared["year"], 1.0, False),
            ("保管期限", shared["retention"], 1.0, False),
            ("机构（问题）", shared["function"], 2.2, True),
            ("起止件号", _span(box), 1.6, False),
            ("盒号", box.number, 1.0, False),
        ]
    kept = [cell for cell in cells if cell[1] or cell[0] != "目录号"]
    return {"cells": [{"label": a, "value": b, "share": c, "upright": d} for a, b, c, d in kept]}


def _label(box: Box) -> dict[str, Any]:
    shared = box.shared
    facts = [["全宗号", box.fonds], ["年度", shared["year"]], ["保管期限", shared["retention"]]]
    if box.file:
        facts = [
            ["全宗", f"{box.fonds} {box.fonds_name}"],
            *facts[1:],
            ["档号", box.file],
            ["案卷号", box.number],
        ]
    else:
        facts += [["机构（问题）", shared["function"]], ["起止件号", _span(box)], ["盒号", box.number]]
    return {"title": box.title or box.file, "facts": facts}

"""备考表, 脊背 and 盒标签: one for each file, and for each box of items that lie in no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby, islice
from typing import Any

from lantai.base.actors import Actor
from lantai.catalogue.exports.sheaf import shown
from lantai.catalogue.prints.lists import files_of, inside
from lantai.catalogue.prints.model import Options, Part
from lantai.catalogue.selection import Selection, of_level
from lantai.holdings.queries import RecordView
from lantai.kernel.printing.boxes import SHARED, Box, pages_of
from lantai.kernel.printing.boxes import sheets as laid

SHEETS = 400
"""Notes, spines or labels of one document."""


def sheets(
    actor: Actor, selection: Selection, form: str, options: Options, head: Mapping[str, Any]
) -> Iterator[Part]:
    """Yield the documents of a form with one sheet, spine or label for each file and box."""
    found = boxes(actor, selection, options.per_box, counted=form == "note")
    while some := list(islice(found, SHEETS)):
        yield Part(form, laid(form, some, head, width=options.width, paper=options.paper), len(some))


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
        shared={key: told.get(key, "") for key in SHARED},
        first=file.ref,
        last=file.ref,
        number=told.get("file_number", "") or file.ref.rpartition("-")[2],
        items=len(items),
        pages=pages_of(items) if items else pages_of([told]),
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
    shared = {key: values.get(key, "") for key in SHARED}
    pages = pages_of([values])
    for record, one in rest:
        end, items = record, items + 1
        shared = {key: text if one.get(key, "") == text else "" for key, text in shared.items()}
        more = None if pages is None else pages_of([one])
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


def _remarks(items: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    found = (one.get(key, "") for one in items for key in ("arrangement", "note"))
    return tuple(text for text in found if text)

"""Pages of the catalogue: all fonds, and one fonds as a tree with a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.parts import page_or_part
from lantai.base.tables import csv_answer
from lantai.holdings import queries, shelf, words
from lantai.holdings.forms import Asked
from lantai.holdings.queries import RecordView
from lantai.kernel.recordtypes import Element
from lantai.people.policies import may

YEARS = 12
"""Years of the tree that are shown at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list: cells as (key, label, text); ``inside`` how many items lie in a file."""

    record: RecordView
    cells: list[tuple[str, str, str]]
    inside: int


@dataclass(frozen=True, slots=True)
class Years:
    """The years of the tree: the first of them, and the rest behind a fold, which is open when one of it is chosen."""

    first: Sequence[shelf.Node]
    rest: Sequence[shelf.Node]
    open: bool

    @classmethod
    def of(cls, tree: shelf.Tree, asked: Asked) -> Years:
        """Fold the years of ``tree`` behind the first dozen; a fold of one or two would only hide them."""
        cut = YEARS if len(tree.years) > YEARS + 2 else len(tree.years)
        rest = tree.years[cut:]
        return cls(tree.years[:cut], rest, any(node.value == str(asked.year) for node in rest))


@page("GET", public=True)
def all_fonds(request: ActorRequest) -> HttpResponse:
    """Every fonds, and how much of it the reader may see."""
    rows = queries.fonds_list(request.actor)
    context = {"fonds": rows, "total": sum(row.count for row in rows)}
    return render(request, "holdings/all_fonds.html", context)


@page("GET", public=True)
def fonds(request: ActorRequest, number: str) -> HttpResponse:
    """One fonds: the tree opened at the place in the address, and the list of that place."""
    found = shelf.seen(request.actor, number)
    asked = shelf.fitting(Asked.read(request.GET), found.counts)
    opened = queries.record(request.actor, asked.file) if asked.file else None
    shown = shelf.columns(asked.type, found.counts)
    listed = shelf.listed(request.actor, number, asked)
    tree = shelf.tree(request.actor, replace(asked, after=""), found)
    address = reverse("fonds", args=[number])
    rows = _rows(request, listed.items, shown)
    context = {
        "fonds": found.fonds,
        "asked": asked,
        "opened": opened,
        "tree": tree,
        "years": Years.of(tree, asked),
        "choices": shelf.choices(found),
        "rows": rows,
        **_desk(request, number, asked, rows),
        "first": f"{address}?{asked.query()}" if asked.after else "",
        "next": f"{address}?{asked.query(after=listed.after)}" if listed.after else "",
    }
    return page_or_part(request, "holdings/fonds.html", "holdings/shelf.html", context)


def _desk(request: ActorRequest, number: str, asked: Asked, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what who works on the catalogue needs on the list: permissions, and the place for other pages."""
    told = {"type": asked.type, "year": asked.year, "series": asked.series, "file": asked.file}
    told |= {"open": asked.open, "level": asked.level or ("" if asked.file else "top")}
    place = [(name, str(value)) for name, value in told.items() if value not in {"", None}]
    new = {"fonds": number, "type": asked.type, "series": asked.series, "parent": asked.file}
    return {
        "may": {
            "revise": may(request.actor, "holdings.revise"),
            "arrange": may(request.actor, "holdings.arrange"),
            "describe": may(request.actor, "holdings.describe"),
            "files": any(row.record.level == "file" for row in rows),
        },
        "chosen_place": place,
        "new_place": urlencode({name: value for name, value in new.items() if value}),
    }


def _rows(request: ActorRequest, records: Sequence[RecordView], shown: Sequence[Element]) -> list[Row]:
    """Return the lines of the list, without the columns in which no line has anything."""
    inside = shelf.inside(request.actor, records)
    rows = [Row(record, _cells(request, record, shown), inside.get(record.id, 0)) for record in records]
    used = [any(row.cells[at][2] for row in rows) for at in range(len(rows[0].cells))] if rows else []
    return [
        replace(row, cells=[cell for cell, kept in zip(row.cells, used, strict=True) if kept]) for row in rows
    ]


def _cells(request: ActorRequest, record: RecordView, shown: Sequence[Element]) -> list[tuple[str, str, str]]:
    kind = queries.types().get(record.type)
    texts = shelf.cells(request.actor, record, shown)
    cells = []
    for element, text in zip(shown, texts, strict=True):
        if element.key in {"ref", "title"}:
            continue
        said = words.spoken(kind, element, text) if kind else text
        cells.append(
            (
                element.key,
                element.label[reader_language()],
                words.span(said) if element.kind == "date" else said,
            )
        )
    return cells


@page("GET", public=True)
def branch(request: ActorRequest, number: str) -> HttpResponse:
    """The next files of a series, as further lines of the tree."""
    asked = Asked.read(request.GET)
    found = shelf.branch(request.actor, number, asked)
    context = {"fonds": {"number": number}, "asked": asked, "files": found.items, "more": found.after}
    return render(request, "holdings/files.html", context)


@page("GET")
def fonds_csv(request: ActorRequest, number: str) -> HttpResponseBase:
    """The filtered list, whole, as a table for spreadsheets."""
    asked = Asked.read(request.GET)
    found = shelf.seen(request.actor, number)
    shown = shelf.columns(asked.type, found.counts)
    head = [element.label[reader_language()] for element in shown]
    head += [_("年度"), _("保管期限"), _("开放状态"), _("层级"), _("类别号"), _("所属案卷"), _("永久标识")]

    levels = {"series": _("类别"), "file": _("案卷"), "item": _("件")}

    def rows() -> Iterator[list[object]]:
        for record in shelf.everything(request.actor, number, asked):
            yield [
                *shelf.cells(request.actor, record, shown),
                *(
                    record.year,
                    queries.retention(request.actor, record),
                    record.open_status,
                    levels[record.level],
                    record.series,
                ),
                *(record.parent, record.urn),
            ]

    return csv_answer(f"holdings-{quote(found.fonds.number)}.csv", head, rows())

"""The record page, the bytes behind it, and the export with proof."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.safestring import mark_safe

from lantai.access import delivery, description, queries
from lantai.access.leaves import Viewer, viewer
from lantai.access.queries import Reading
from lantai.access.renditions import WIDTHS, Marked
from lantai.access.services import export_zip
from lantai.base.guards import ActorRequest, page
from lantai.base.parts import page_or_part, wants_part
from lantai.holdings import queries as holdings
from lantai.holdings import related
from lantai.holdings.queries import name_in_address
from lantai.kernel.errors import NotFound
from lantai.people import queries as people
from lantai.people.policies import may
from lantai.search.queries import mark_words, words

QUERY = 400
SHOWN_ENTRIES = 7
AT = {"here": "record", "page": "record-page", "file": "record-file"}
"""Where the viewer finds what it shows: names of addresses."""


@page("GET", public=True)
def record(request: ActorRequest, what: str) -> HttpResponse:
    """A record: its document first, description beside it, its place above, its history and proof below.

    A stranger reads the description of what is opened; its files are for people who signed in.
    """
    reading = queries.reading(request.actor, what)
    stranger = request.actor.kind != "person"
    query = request.GET.get("q", "").strip()[:QUERY]
    terms = words(query)
    held = viewer(reading.files, terms, _number(request.GET.get("page", "")))
    context: dict[str, Any] = {
        "reading": reading,
        "record": reading.record,
        "name": name_in_address(reading.record.ref, reading.record.urn),
        "at": AT,
        "query": query,
        "stranger": stranger,
        "viewer": held,
        "marked": _marked(reading, held, terms),
        "drawable": _drawable(reading, held),
        "leaf_html": mark_safe(mark_words(held.leaf.text, terms)) if held else "",
    }
    if not wants_part(request):
        context |= _around(request, reading, terms)
    return page_or_part(request, "access/record.html", "access/viewer.html", context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _marked(reading: Reading, held: Viewer | None, terms: tuple[str, ...]) -> Marked | None:
    if held is None or held.leaf.look != "picture" or not held.leaf.hits:
        return None
    return queries.page_marks(reading.record, held.leaf.shown.part, held.leaf.page, terms)


def _drawable(reading: Reading, held: Viewer | None) -> bool:
    """Return whether the open leaf can be drawn: asked for that one only, a record may have hundreds."""
    if held is None or held.leaf.look != "picture":
        return True
    return queries.can_draw(reading.record, held.leaf.shown.part)


def _around(request: ActorRequest, reading: Reading, terms: tuple[str, ...]) -> dict[str, Any]:
    """Return what stands around the document."""
    actor, shown = request.actor, reading.record
    before, behind = holdings.neighbours(actor, shown)
    inside = holdings.children(actor, shown, request.GET.get("after", "")) if shown.level == "file" else None
    told = reading.history
    long = len(told) > SHOWN_ENTRIES
    address = reverse("record", args=[name_in_address(shown.ref, shown.urn)])
    return {
        "title_html": mark_safe(mark_words(shown.title or shown.ref, terms)),
        "place": [("type", shown.type), ("year", shown.year or 0), ("series", shown.series)],
        "groups": description.groups(shown, terms, inner=reading.inner),
        "parent": holdings.parent_of(actor, shown) if shown.parent else None,
        "before": before,
        "behind": behind,
        "inside": inside.items if inside else [],
        "first": f"{address}#inside" if request.GET.get("after") else "",
        "next": f"{address}?after={inside.after}#inside" if inside and inside.after else "",
        "early": told[:2] if long else told,
        "middle": told[2:-3] if long else (),
        "late": told[-3:] if long else (),
        "names": people.names({entry.actor for entry in reading.history}),
        "related": related.relations(actor, shown),
        "may_edit": may(actor, "holdings.revise"),
        "may_export": bool(shown.object_id) and may(actor, "holdings.export", shown.unit),
    }


@page("GET")
def original(request: ActorRequest, what: str, order: int) -> HttpResponseBase:
    """A file of a record as it was received, whole or in parts; ``?inline`` lets the browser show a PDF."""
    part, path, digest = queries.original(request.actor, what, order)
    return delivery.original(request, path, part.name, part.mime, digest)


@page("GET")
def picture(request: ActorRequest, what: str, order: int, page: int, width: int) -> HttpResponse:
    """The picture of one page, drawn when it is asked for."""
    if width not in WIDTHS:
        raise NotFound("base.page.missing")
    tag = delivery.entity_tag(queries.page_source(request.actor, what, order), page, width)
    if same := delivery.not_changed(request, tag):
        return same
    drawn = queries.page_picture(request.actor, what, order, page, width)
    return delivery.picture(drawn.data, drawn.mime, tag)


@page("POST")
def export(request: ActorRequest, what: str) -> HttpResponseBase:
    """The record with its proof as one zip; nothing of it stays behind."""
    shown = holdings.record(request.actor, what)
    return delivery.parting(export_zip(request.actor, what), f"{shown.ref}.zip")

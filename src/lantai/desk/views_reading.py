"""Reading a record of the desk in the browser: its pages as pictures or text, its files, its print."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.safestring import mark_safe

from lantai.access import delivery
from lantai.access.leaves import Viewer, viewer
from lantai.access.renditions import WIDTHS, Marked
from lantai.base.guards import ActorRequest, page
from lantai.base.parts import page_or_part
from lantai.desk import printed_own, queries_reading
from lantai.desk.frame import number as whole
from lantai.desk.frame import require_sight
from lantai.desk.queries_reading import OwnReading
from lantai.kernel.errors import NotFound
from lantai.people.policies import may_somewhere
from lantai.search.queries import mark_words, words

QUERY = 400
_ITEM = {"here": "desk-item-read", "page": "desk-item-page", "file": "desk-item-file"}
_CAPTURE = {"here": "desk-read", "page": "desk-page", "file": "desk-file"}
"""Where the viewer finds what it shows: names of addresses."""


@page("GET")
def read_item(request: ActorRequest, uuid: str) -> HttpResponse:
    """The files of an item, leaf by leaf."""
    require_sight(request, "capture.see")
    return _page(request, queries_reading.reading_item(request.actor, uuid), _ITEM)


@page("GET")
def read_capture(request: ActorRequest, number: str) -> HttpResponse:
    """The files of a document in the tray, leaf by leaf; of her department's for who files for one only."""
    _require_tray(request)
    return _page(request, queries_reading.reading_capture(request.actor, number), _CAPTURE)


def _require_tray(request: ActorRequest) -> None:
    if not may_somewhere(request.actor, "capture.contribute"):
        require_sight(request, "capture.see")


def _page(request: ActorRequest, reading: OwnReading, at: dict[str, str]) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:QUERY]
    terms = words(query)
    held = viewer(reading.files, terms, whole(request.GET.get("page", "")))
    context: dict[str, Any] = {
        "reading": reading,
        "may_search_desk": may_somewhere(request.actor, "capture.see"),
        "name": reading.what,
        "at": at,
        "query": query,
        "viewer": held,
        "marked": _marked(reading, held, terms),
        "drawable": held is None
        or held.leaf.look != "picture"
        or queries_reading.can_draw(reading, held.leaf.shown.part.order),
        "leaf_html": mark_safe(mark_words(held.leaf.text, terms)) if held else "",
        "title_html": mark_safe(mark_words(reading.title, terms)),
    }
    return page_or_part(request, "desk/read.html", "access/viewer.html", context)


def _marked(reading: OwnReading, held: Viewer | None, terms: tuple[str, ...]) -> Marked | None:
    if held is None or held.leaf.look != "picture" or not held.leaf.hits:
        return None
    return queries_reading.page_marks(reading, held.leaf.shown.part.order, held.leaf.page, terms)


@page("GET")
def item_page(request: ActorRequest, uuid: str, order: int, page: int, width: int) -> HttpResponse:
    """The picture of one page of a file of an item."""
    require_sight(request, "capture.see")
    return _picture(request, uuid, order, page, width, of_item=True)


@page("GET")
def capture_page(request: ActorRequest, number: str, order: int, page: int, width: int) -> HttpResponse:
    """The picture of one page of a file of a document in the tray."""
    _require_tray(request)
    return _picture(request, number, order, page, width, of_item=False)


def _picture(
    request: ActorRequest, what: str, order: int, page: int, width: int, *, of_item: bool
) -> HttpResponse:
    file, path = queries_reading.original(request.actor, what, order, of_item=of_item)
    if width not in WIDTHS:
        raise NotFound("base.page.missing")
    tag = delivery.entity_tag(file.sha512, page, width)
    if same := delivery.not_changed(request, tag):
        return same
    drawn = queries_reading.page_picture(file, path, page, width)
    return delivery.picture(drawn.data, drawn.mime, tag)


@page("GET")
def item_file(request: ActorRequest, uuid: str, order: int) -> HttpResponseBase:
    """A file of an item as it came, whole or in parts."""
    require_sight(request, "capture.see")
    kept, path = queries_reading.original(request.actor, uuid, order, of_item=True)
    return delivery.original(request, path, kept.name, kept.mime, kept.sha512)


@page("GET")
def item_print(request: ActorRequest, uuid: str) -> HttpResponse:
    """An item as one PDF: a sheet that says what it is, and its pages."""
    require_sight(request, "capture.see")
    name, made = printed_own.record(request.actor, uuid)
    return pdf(made, f"{name}.pdf")


def pdf(made: bytes, name: str) -> HttpResponse:
    """Return a PDF that the browser shows."""
    answer = HttpResponse(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = delivery.disposition(name, inline=True)
    answer.headers["Cache-Control"] = "no-store"
    return answer

"""Pages of ordered exports and prints: the list of one's own, the file, giving up, letting go."""

from __future__ import annotations

import base64
from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from lantai.base.guards import ActorRequest, page
from lantai.base.parts import page_or_part
from lantai.catalogue import queries, services
from lantai.catalogue.models import Export
from lantai.catalogue.queries import ExportView
from lantai.catalogue.views_export import FORMS, PRINTS


@page("GET")
def orders(request: ActorRequest) -> HttpResponse:
    """The reader's own orders, newest first; the part of it that moves is asked for every two seconds."""
    after = request.GET.get("after", "")
    found = queries.exports(request.actor, after=after)
    context = {
        **rows_of(found.items),
        "here": f"?after={after}" if after else "",
        "first": "?" if after else "",
        "next": f"?after={found.after}" if found.after else "",
        "days": services.kept_days(),
    }
    return page_or_part(request, "catalogue/exports.html", "catalogue/exports_rows.html", context)


def rows_of(found: Any) -> dict[str, Any]:
    """Return what the template of the rows needs."""
    rows: list[ExportView] = list(found)
    return {
        "exports": [(row, form_label(row)) for row in rows],
        "moving": any(row.moving for row in rows),
    }


def form_label(row: ExportView) -> str:
    """Return the form of an order in the reader's words."""
    if row.kind == Export.PRINT:
        labels = {name: str(label) for name, label, _level, _about in PRINTS}
        labels |= {"spine": _("脊背"), "label": _("盒标签")}
        return _("打印：%(form)s") % {"form": labels.get(row.form, row.form)}
    return {name: str(label) for name, label, _about in FORMS}.get(row.form, row.form)


@page("GET")
def file(request: ActorRequest, number: str) -> HttpResponseBase:
    """The finished file, streamed, with its digest as the ledger has it."""
    found = queries.export_file(request.actor, number)
    shown = found.path.suffix == ".pdf" and "download" not in request.GET
    response = FileResponse(
        open(found.path, "rb"),  # noqa: SIM115  # the response closes it
        as_attachment=not shown,
        filename=found.name,
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Total-Count"] = str(found.count)
    response.headers["X-Content-SHA256"] = found.sha256
    digest = base64.b64encode(bytes.fromhex(found.sha256)).decode("ascii")
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return response


@page("POST")
def cancel(request: ActorRequest, number: str) -> HttpResponse:
    """Give an order up."""
    services.cancel_export(request.actor, number)
    return redirect("exports")


@page("POST")
def discard(request: ActorRequest, number: str) -> HttpResponse:
    """Let go of an order and its file."""
    services.discard_export(request.actor, number)
    return redirect("exports")


@page("POST")
def again(request: ActorRequest, number: str) -> HttpResponse:
    """Order the same anew."""
    services.again(request.actor, number)
    return redirect("exports")

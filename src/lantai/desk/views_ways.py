"""Pages of the ways in: bringing files, what lies in the drop folder, describing what came."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from lantai.base import resumable
from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.incoming import Arrived, InboxHandler, incoming
from lantai.desk import notes, queries_ways
from lantai.desk.errors import Lacking, tells_secret
from lantai.desk.filing import Stated
from lantai.desk.forms_ways import BringForm
from lantai.desk.services.describe import describe
from lantai.desk.services.uploads import Outcome, Sent, bring
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.kernel.findings import Finding
from lantai.kernel.texts import sentence
from lantai.people.policies import may_somewhere

LIST_LIMIT = 8 << 20
"""Bytes of the page's list of what it sent."""


class Discarding(FileUploadHandler):
    """Keeps nothing of what somebody sends who may not."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Forget it."""

    def file_complete(self, file_size: int) -> None:
        """There is no file."""


@csrf_protect
def forbidden(request: ActorRequest) -> HttpResponse:
    """Refuse who may not file, after the token was checked."""
    raise Forbidden("people.permission.missing", permission="capture.file")


@csrf_exempt
@page("GET", "POST")
def new(request: ActorRequest) -> HttpResponseBase:
    """Bring files. The token is checked in :func:`_brought`, after the upload handler is in place."""
    if not may_somewhere(request.actor, "capture.file"):
        request.upload_handlers = [Discarding()]
        return forbidden(request)
    if request.method != "POST":
        return _page(request, BringForm(request.actor), 200)
    with incoming() as folder:
        request.upload_handlers = [InboxHandler(folder)]
        return _brought(request, folder)


def _page(request: ActorRequest, form: BringForm, status: int, **more: object) -> HttpResponse:
    arranges = may_somewhere(request.actor, "item.arrange")
    return render(request, "desk/bring.html", {"form": form, "arranges": arranges, **more}, status=status)


def _by_script(request: ActorRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


@csrf_protect
def _brought(request: ActorRequest, folder: Path) -> HttpResponse:
    form = BringForm(request.actor, request.POST)
    if not form.is_valid():
        return _refused(request, form)
    given = form.cleaned_data
    taken: dict[Path, str] = {}
    try:
        sent = _sent(request, folder, taken)
        outcomes = bring(
            request.actor,
            given["unit"],
            sent,
            folder,
            together=given["way"] == "together",
            title=given["title"].strip(),
            type=given["type"],
        )
    except (Invalid, NotFound, Conflict) as refused:
        form.refuse(refused)
        return _refused(request, form)
    whole = all(one.receipt for one in outcomes)
    if whole:
        resumable.release(request.actor, taken.values(), folder)
    secret = {path for one in outcomes if tells_secret(one.reasons) for path in one.came}
    resumable.discard(request.actor, (id for path, id in taken.items() if path in secret))
    told = [_told(one, reader_language()) for one in outcomes]
    if _by_script(request):
        return JsonResponse({"outcomes": told}, status=201 if whole else 409)
    fresh = BringForm(request.actor, initial={name: given[name] for name in ("unit", "way", "type")})
    return _page(request, fresh, 201 if whole else 400, outcomes=told, count=len(sent))


def _refused(request: ActorRequest, form: BringForm) -> HttpResponse:
    if not _by_script(request):
        return _page(request, form, form.status)
    said = [str(text) for errors in form.errors.values() for text in errors]
    reasons = [{"about": "", "message": text} for text in said]
    return JsonResponse({"outcomes": [{"name": "", "reasons": reasons}]}, status=form.status)


def _sent(request: ActorRequest, folder: Path, taken: dict[Path, str]) -> list[Sent]:
    """Return what came: in the form itself, and what the page's own list names, piece by piece before."""
    sent = []
    for field in request.FILES:
        for file in request.FILES.getlist(field):
            if isinstance(file, Arrived) and file.name:
                sent.append(Sent(file.name, file.path))
    for one in _listed(request.POST.get("list", "")):
        sent.append(_uploaded(request, folder, one, taken))
    return sent


def _listed(text: str) -> list[dict[str, Any]]:
    """Return the page's list: path, size, SHA-512 where the browser could, the id of its upload."""
    if not text:
        return []
    try:
        told = json.loads(text) if len(text) <= LIST_LIMIT else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, list) or not all(_is_entry(one) for one in told):
        raise Invalid("desk.upload.list_wrong")
    return told


def _is_entry(one: object) -> bool:
    if not isinstance(one, dict) or not isinstance(one.get("size"), int):
        return False
    return all(isinstance(one.get(name, ""), str) for name in ("path", "sha512", "upload")) and bool(
        one.get("path")
    )


def _uploaded(request: ActorRequest, folder: Path, one: dict[str, Any], taken: dict[Path, str]) -> Sent:
    """Return an uploaded file under a second name: if it is refused, it need not be sent again."""
    stated = Stated(one["size"], one.get("sha512", ""))
    place = folder / uuid.uuid4().hex
    if not one["size"] and not one.get("upload"):
        place.touch()  # nothing was there to send
        return Sent(one["path"], place, stated)
    try:
        arrived = resumable.arrived(request.actor, one.get("upload", ""))
    except (NotFound, Conflict):
        return Sent(one["path"], None, stated)
    os.link(arrived.path, place)
    taken[place] = arrived.id
    return Sent(one["path"], place, stated)


def _told(one: Outcome, language: str) -> dict[str, Any]:
    if one.receipt is None:
        return {"name": one.name, "number": "", "files": [], "reasons": _reasons(one.reasons, language)}
    files = [
        {"name": file.name, "bytes": file.bytes, "sha512": file.sha512} for file in one.receipt.components
    ]
    number = one.receipt.number
    url = reverse("desk-capture", args=[number])
    return {"name": one.name, "number": number, "url": url, "files": files, "reasons": []}


def _reasons(reasons: Sequence[Finding], language: str) -> list[dict[str, str]]:
    return [{"about": one.path, "message": notes.advised(one, language)} for one in reasons]


@page("GET")
def arrivals(request: ActorRequest) -> HttpResponse:
    """What was found in the drop folders, newest first, with what became of it."""
    if not may_somewhere(request.actor, "capture.see"):
        raise Forbidden("people.permission.missing", permission="capture.see")
    after = request.GET.get("after", "")
    found = queries_ways.arrivals(request.actor, after=after, language=reader_language())
    context = {
        "arrivals": found.items,
        "first": "?" if after else "",
        "next": f"?after={found.after}" if found.after else "",
    }
    return render(request, "desk/arrivals.html", context)


@page("POST")
def describe_(request: ActorRequest, number: str) -> HttpResponse:
    """Take values over into the description of a document in the tray: hints as they are or edited."""
    values = {
        name.removeprefix("value-"): text[:10_000]
        for name, text in request.POST.items()
        if name.startswith("value-") and isinstance(text, str)
    }
    try:
        describe(request.actor, number, values)
    except Lacking as refused:
        language = reader_language()
        for reason in refused.reasons:
            messages.error(request, reason.message(language), extra_tags="no")
    except Conflict as problem:
        messages.error(request, sentence(problem, reader_language()), extra_tags="no")
    else:
        messages.success(request, _("已著录。"), extra_tags="ok")
    return redirect("desk-capture", number)

"""Pages of the telephone: a paper document is photographed, straightened, looked at and filed.

What is not filed yet stands in the form itself (ids of uploads, corners, order): nothing of it is kept elsewhere.
"""

from __future__ import annotations

import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from lantai.base import resumable
from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.incoming import Arrived, InboxHandler, incoming
from lantai.base.resumable import Upload
from lantai.desk import notes
from lantai.desk.darkroom import AS_IT_IS, Finish, Shot, Taken, corners_from, corners_text, darkroom
from lantai.desk.errors import Refused, tells_secret
from lantai.desk.forms_telephone import TelephoneForm, changed, finish_of, shots_of
from lantai.desk.services.photographs import file_photographs
from lantai.desk.services.taking import suffixed
from lantai.desk.views_ways import Discarding, forbidden
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.kernel.findings import Finding
from lantai.kernel.photographs import Order
from lantai.kernel.texts import sentence
from lantai.people.policies import may_somewhere

_PLACE = re.compile(r"photographs\[(\d+)\]")

MOST = 720
"""Pixels of the longer side of what the page shows."""


@dataclass(frozen=True, slots=True)
class Card:
    """One photograph as the page shows it: ``way`` is found, unsure, given or whole; ``fault`` why it gives no page.

    ``found`` are the corners that were found, as text, ``sure`` whether they are used without a look.
    """

    shot: Shot
    name: str
    found: str
    sure: bool
    finish: Finish
    fault: str = ""

    @property
    def way(self) -> str:
        if self.shot.corners:
            return "whole" if self.shot.corners == AS_IT_IS else "given"
        return "found" if self.sure else "unsure"

    @property
    def seen(self) -> str:
        """What the form carries, so that the photograph is not looked for again."""
        return f"{int(self.sure)} {self.found}"

    @property
    def flat(self) -> str:
        """The address of the page that it will be."""
        asked = urlencode(
            {
                "corners": self.shot.corners,
                "turn": str(self.shot.turn),
                "paper": self.finish.paper,
                "plain": "1" if self.finish.plain else "",
            }
        )
        return f"{reverse('desk-telephone-flat', args=[self.shot.upload])}?{asked}"


@csrf_exempt
@page("GET", "POST")
def telephone(request: ActorRequest) -> HttpResponseBase:
    """Photograph a document. The token is checked in :func:`_came`, after the upload handler is in place."""
    if not may_somewhere(request.actor, "capture.file"):
        request.upload_handlers = [Discarding()]
        return forbidden(request)
    if request.method != "POST":
        return _page(request, TelephoneForm(request.actor), [], 200)
    with incoming() as folder:
        request.upload_handlers = [InboxHandler(folder)]
        return _came(request, folder)


def _page(
    request: ActorRequest, form: TelephoneForm, cards: list[Card], status: int, **more: object
) -> HttpResponse:
    album = request.POST.get("album", "") or str(uuid.uuid4())
    context = {"form": form, "cards": cards, "album": album, "example": _blank(), **more}
    return render(request, "desk/telephone.html", context, status=status)


def _blank() -> str:
    """Return the address of a photograph's card, for the script to fill in."""
    return reverse("desk-telephone-page", args=["ID"])


@csrf_protect
def _came(request: ActorRequest, folder: Path) -> HttpResponse:
    asked = request.POST.get("do", "look")
    shots, faults = shots_of(request.POST), list[str]()
    for file in request.FILES.getlist("photos"):
        if isinstance(file, Arrived):
            _kept(request, file, shots, faults)
    if asked == "file" and not faults:
        return _file(request, folder, shots)
    given = {
        name: request.POST.get(name, "") for name in ("unit", "title", "date", "author", "paper", "plain")
    }
    form = TelephoneForm(request.actor, initial=given)
    return _page(request, form, _cards(request, changed(shots, asked)), 400 if faults else 200, faults=faults)


def _kept(request: ActorRequest, file: Arrived, shots: list[Shot], faults: list[str]) -> None:
    """Let a photograph that came in the form itself wait as an upload, as those do that the script sent."""
    try:
        kept = resumable.keep(request.actor, file.name or "", file.path, request.POST.get("album", ""))
    except Invalid as refused:
        faults.append(f"{file.name}：{sentence(refused, reader_language())}")
    else:
        shots.append(Shot(kept.id))


def _file(request: ActorRequest, folder: Path, shots: list[Shot]) -> HttpResponse:
    form = TelephoneForm(request.actor, request.POST)
    if not form.is_valid():
        return _refused(
            request, form, shots, [str(text) for errors in form.errors.values() for text in errors]
        )
    given = form.cleaned_data
    taken: dict[Path, str] = {}
    language = reader_language()
    try:
        receipt = file_photographs(
            request.actor,
            given["unit"],
            [_taken(request, folder, one, taken) for one in shots],
            folder,
            title=given["title"].strip(),
            date=given["date"].strftime("%Y%m%d") if given["date"] else "",
            author=given["author"].strip(),
        )
    except Refused as refused:
        if tells_secret(refused.reasons):
            resumable.discard(request.actor, taken.values())
        return _refused(request, form, shots, [_said(one, language) for one in refused.reasons])
    except (Invalid, NotFound, Conflict) as refused:
        return _refused(request, form, shots, [sentence(refused, language)])
    resumable.release(request.actor, taken.values(), folder)
    messages.success(request, _("已归档，照片原样留在后面。"), extra_tags="ok")
    if _by_script(request):
        return JsonResponse({"url": reverse("desk-capture", args=[receipt.number])}, status=201)
    return redirect("desk-capture", receipt.number)


def _said(one: Finding, language: str) -> str:
    """Return a reason with the page that it is about."""
    place = _PLACE.fullmatch(one.path)
    about = _("第 %(n)s 页：") % {"n": int(place[1]) + 1} if place else ""
    return about + notes.advised(one, language)


def _by_script(request: ActorRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _refused(
    request: ActorRequest, form: TelephoneForm, shots: list[Shot], reasons: list[str]
) -> HttpResponse:
    if _by_script(request):
        return JsonResponse({"reasons": reasons}, status=400)
    shown = [] if form.errors else reasons  # what is wrong with a field stands beside it
    return _page(request, form, _cards(request, shots), 400, faults=shown)


def _taken(request: ActorRequest, folder: Path, one: Shot, taken: dict[Path, str]) -> Taken:
    """Return an uploaded photograph under a second name: if it is refused, it need not be sent again."""
    arrived = resumable.arrived(request.actor, one.upload)
    place = suffixed(folder, arrived.name)
    os.link(arrived.path, place)
    taken[place] = arrived.id
    return Taken(arrived.name, place, one.order(finish_of(request.POST)))


def _cards(request: ActorRequest, shots: list[Shot]) -> list[Card]:
    """Return how each photograph is shown; what was swept meanwhile is left out."""
    before = dict(zip(request.POST.getlist("photo"), request.POST.getlist("seen"), strict=False))
    cards = []
    for one in shots:
        try:
            arrived = resumable.arrived(request.actor, one.upload)
        except (NotFound, Conflict):
            continue
        cards.append(_card(one, arrived, before.get(one.upload, ""), finish_of(request.POST)))
    return cards


def _card(one: Shot, arrived: Upload, before: str, finish: Finish) -> Card:
    """Return how a photograph is shown, looked at unless the form still knows what was seen."""
    sure, _space, found = before.partition(" ")
    try:
        if found and corners_from(found):
            return Card(one, arrived.name, found, sure == "1", finish)
        seen = darkroom().look(arrived.path)
    except Invalid as refused:
        return Card(one, arrived.name, "", False, finish, sentence(refused, reader_language()))
    return Card(one, arrived.name, corners_text(seen.corners), seen.sure, finish)


def _shot(request: ActorRequest, id: str) -> tuple[Upload, Order]:
    """Return an uploaded photograph of the actor, and how the query says it becomes a page."""
    if not may_somewhere(request.actor, "capture.file"):
        raise Forbidden("people.permission.missing", permission="capture.file")
    arrived = resumable.arrived(request.actor, id)
    turn = request.GET.get("turn", "0")
    one = Shot(id, request.GET.get("corners", "")[:200], int(turn) if turn in {"1", "2", "3"} else 0)
    return arrived, one.order(finish_of(request.GET))


@page("GET")
def card(request: ActorRequest, id: str) -> HttpResponse:
    """One photograph that has arrived, as a part of the page."""
    arrived, _order = _shot(request, id)
    return render(
        request, "desk/telephone_page.html", {"card": _card(Shot(id), arrived, "", finish_of(request.GET))}
    )


@page("GET")
def seen(request: ActorRequest, id: str) -> HttpResponse:
    """The photograph as it is, upright and small."""
    arrived, _order = _shot(request, id)
    return _picture(darkroom().seen(arrived.path, MOST))


@page("GET")
def flat(request: ActorRequest, id: str) -> HttpResponse:
    """The page that it will be, small."""
    arrived, order = _shot(request, id)
    return _picture(darkroom().preview(arrived.path, order, MOST))


def _picture(data: bytes) -> HttpResponse:
    answer = HttpResponse(data, content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer

"""Bringing a file for an item from its own page: one more beside the others, or one in the place of another."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from lantai.base.guards import ActorRequest, page
from lantai.base.incoming import Arrived, InboxHandler, incoming
from lantai.desk import queries_arrangement
from lantai.desk.frame import number, require_sight, tried
from lantai.desk.queries_arrangement import ItemView
from lantai.desk.services.replacing import Fresh, Spot, mend_file
from lantai.desk.services.taking import suffixed
from lantai.desk.views_items import item_page
from lantai.desk.views_ways import Discarding
from lantai.kernel.errors import Invalid
from lantai.people.policies import may_somewhere, require


@csrf_exempt
@page("POST")
def mend(request: ActorRequest, uuid: str) -> HttpResponseBase:
    """Bring a file. The token is checked in :func:`_brought`, after the upload handler is in place."""
    if not may_somewhere(request.actor, "item.arrange"):
        request.upload_handlers = [Discarding()]
        return _brought(request, uuid, None)
    with incoming() as folder:
        request.upload_handlers = [InboxHandler(folder)]
        return _brought(request, uuid, folder)


@csrf_protect
def _brought(request: ActorRequest, uuid: str, folder: Path | None) -> HttpResponse:
    require_sight(request, "capture.see")
    shown = queries_arrangement.item(request.actor, uuid)
    require(request.actor, "item.arrange", shown.unit)
    assert folder is not None
    return tried(partial(_mended, request, shown, folder), partial(item_page, request, uuid))


def _mended(request: ActorRequest, shown: ItemView, folder: Path) -> HttpResponse:
    """``what`` is ``add <role>`` or ``swap <capture>:<order>``."""
    came = request.FILES.get("file")
    if not isinstance(came, Arrived) or not came.name:
        raise Invalid("desk.upload.empty")
    place = suffixed(folder, came.name)
    came.path.rename(place)
    way, _blank, rest = request.POST.get("what", "").partition(" ")
    capture, _colon, order = rest.partition(":")
    adds = way != "swap"
    spot = Spot(shown.line.uuid, shown.captures[0] if adds else capture, 0 if adds else number(order))
    made = mend_file(
        request.actor,
        spot,
        Fresh(came.name, place),
        role=rest if adds else "",
        reason=request.POST.get("reason", ""),
        seen=number(request.POST.get("seen", "")),
    )
    if not made:
        done = _("原来的字节已放回。")
    elif adds:
        done = _("已补上“%(name)s”；原来的一份保留。") % {"name": came.name}
    else:
        done = _("已换成“%(name)s”；原来的一份保留。") % {"name": came.name}
    messages.success(request, done, extra_tags="ok")
    return redirect("desk-item", shown.line.uuid)

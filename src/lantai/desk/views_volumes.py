"""Volumes of a class: made, filled, put in order on the page of the class; the page of one volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.desk import pages, queries_arrangement, queries_volumes, services
from lantai.desk.arranging import kind_of
from lantai.desk.frame import frame_of, number, refusal, require_sight, tried
from lantai.desk.pages import leaf, place_query, query_of
from lantai.desk.queries_arrangement import ClassLine
from lantai.desk.queries_volumes import VolumeView
from lantai.desk.services import Said
from lantai.desk.views_classes import class_page
from lantai.kernel.errors import Invalid, LantaiError
from lantai.kernel.recordtypes import Element, RecordType
from lantai.people.policies import require


@dataclass(frozen=True, slots=True)
class Field:
    """An element that is asked of a volume, as the form shows it (desk/item_line.html)."""

    key: str
    label: str
    value: str
    long: bool
    choices: tuple[str, ...]
    closed: bool
    must: bool
    reasons: tuple[str, ...]


@page("POST")
def volumes(request: ActorRequest, number: str) -> HttpResponse:
    """Do what the page of a class asks with its volumes; refused, the page stands again with the reason."""
    require_sight(request, "capture.see")
    shown = queries_arrangement.filing_class(request.actor, number)
    require(request.actor, "item.arrange", shown.unit)
    return tried(partial(_done, request, shown), partial(class_page, request, number))


def _done(request: ActorRequest, shown: ClassLine) -> HttpResponse:
    told, actor, of = request.POST, request.actor, shown.number
    seen, items = number(told.get("seen", "")), _ticked(request, of)
    do, _blank, one = told.get("do", "").partition(" ")
    if do == "make":
        uuid = services.make_volume(actor, of, items, title=told.get("title", ""), seen=seen)
        made = queries_volumes.outline(actor, uuid)
        messages.success(request, _("已立卷：%(title)s。") % {"title": made.title})
        return _at_volume(request, of, uuid)
    if do == "put":
        into = _into(request, of)
        services.put_into(actor, into, items, seen=seen)
        return _at_volume(request, of, into)
    if do in {"place", "nth"}:
        uuid, into, to = _spot(request, one) if do == "place" else _nth(request)
        services.put_into(actor, into, [uuid], to=to, seen=seen)
        return _at_item(request, of, uuid, into, to)
    if do in {"volume", "nthvolume"}:
        uuid, _colon, to_place = one.partition(":")
        if do == "nthvolume":
            uuid = queries_volumes.at_place(actor, of, number(told.get("place", "")))
        services.move_volume(actor, uuid, number(told.get("to", to_place)), seen=seen)
        return _at_volume(request, of, uuid)
    if do == "take":
        count = services.take_from_volumes(actor, of, items, seen=seen)
        said = ngettext("已从卷里取出 %(n)s 件。", "已从卷里取出 %(n)s 件。", count)
        messages.success(request, said % {"n": count})
    elif do == "arrange":
        services.arrange_by(actor, of, told.get("how", ""), seen=seen)
    else:
        raise Invalid("desk.page.undone")
    return redirect(reverse("desk-class", args=[of]) + query_of(_here(request)))


def _ticked(request: ActorRequest, of: str) -> list[str]:
    """Return the items that are ticked; all that lie in no volume where that was said, and not what the page shows."""
    if request.POST.get("all") == "outside":
        return [one.uuid for one in queries_volumes.outside(request.actor, of, 1, None)]
    return request.POST.getlist("item")


def _into(request: ActorRequest, of: str) -> str:
    """Return the volume that was chosen: from a list, or by its place in a class of many."""
    chosen = request.POST.get("into", "")
    return chosen or queries_volumes.at_place(request.actor, of, number(request.POST.get("into_place", "")))


def _spot(request: ActorRequest, told: str) -> tuple[str, str, int]:
    uuid, into, to = [*told.split(":"), "", ""][:3]
    return uuid, into, number(to)


def _nth(request: ActorRequest) -> tuple[str, str, int]:
    """Return the item at a place of a volume, the volume, and where the item goes."""
    told = request.POST
    into, nth, to = told.get("into", ""), number(told.get("place", "")), number(told.get("to", ""))
    line = queries_volumes.volume(request.actor, into, first=max(1, nth), count=1).line
    if not (nth and to and line.items):
        raise Invalid("desk.volume.inside", count=line.size)
    return line.items[0].uuid, into, to


def _here(request: ActorRequest) -> dict[str, str]:
    """Return which pages of the class were looked at."""
    return {key: request.GET[key][:20] for key in ("at", "loose") if request.GET.get(key)}


def _at_volume(request: ActorRequest, of: str, uuid: str) -> HttpResponse:
    """Show the page of the class on which a volume stands."""
    place = queries_volumes.outline(request.actor, uuid).position
    address = reverse("desk-class", args=[of]) + query_of({**_here(request), "at": str(place)})
    return redirect(f"{address}#v-{uuid}")


def _at_item(request: ActorRequest, of: str, uuid: str, into: str, to: int) -> HttpResponse:
    """Show an item in its volume: on the page of the class, or on that of the volume where it was moved there."""
    line = queries_volumes.outline(request.actor, into)
    if "alone" in request.POST or to > pages.SIZE:
        address = reverse("desk-volume", args=[into]) + place_query(min(to, line.size))
    else:
        address = reverse("desk-class", args=[of]) + query_of({**_here(request), "at": str(line.position)})
    return redirect(f"{address}#i-{uuid}")


@page("GET", "POST")
def volume(request: ActorRequest, uuid: str) -> HttpResponse:
    """One volume; ``POST`` writes what is said of it, takes the proposed title, takes it apart."""
    require_sight(request, "capture.see")
    shown = queries_volumes.volume(request.actor, uuid, count=0)
    place = queries_arrangement.filing_class(request.actor, shown.number)
    show = partial(_page, request, uuid)
    if request.method != "POST":
        return show()
    require(request.actor, "item.arrange", place.unit)
    return tried(partial(_said, request, shown, place), show)


def _page(request: ActorRequest, uuid: str, problem: LantaiError | None = None) -> HttpResponse:
    path = reverse("desk-volume", args=[uuid])
    page = leaf(request.GET, path, queries_volumes.outline(request.actor, uuid).size)
    shown = queries_volumes.volume(request.actor, uuid, first=max(1, page.first), count=page.count)
    place = queries_arrangement.filing_class(request.actor, shown.number)
    told = refusal(problem, STATUS[problem.kind] if problem else 200)
    editing = problem is not None and request.POST.get("do") in {"edit", "propose"}
    reasons: dict[str, list[str]] = {}
    for path, said in told.reasons if told else ():
        reasons.setdefault(path.removeprefix("values."), []).append(said)
    frame = frame_of(request, place.unit_code)
    kind = kind_of(place.type)
    asked = queries_volumes.asked_of(shown, place.type)
    given = {**shown.values, **_given(request)} if editing else shown.values
    context = {
        "shown": shown,
        "line": shown.line,
        "place": place,
        "frame": frame,
        "leaf": page,
        "rows": list(zip(shown.line.items, shown.line.paged, strict=True)),
        "fields": [_field(one, kind, given, reasons) for one in asked],
        "written": _written(request) if editing else _as_written(shown),
        "reasons": {name: tuple(said) for name, said in reasons.items()},
        "may_edit": frame.may_arrange and not shown.packed and place.state != "handed",
        "may_part": frame.may_arrange and place.state == "open",
        "seen": request.POST.get("seen", "") if editing else place.revision,
        "refusal": told,
    }
    return render(request, "desk/volume.html", context, status=told.status if told else 200)


_WRITTEN = ("title", "remarks", "arranged_by", "checked_by", "arranged_on")


def _written(request: ActorRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip() for name in _WRITTEN}


def _as_written(shown: VolumeView) -> dict[str, str]:
    on = shown.arranged_on.isoformat() if shown.arranged_on else ""
    names = {"arranged_by": shown.arranged_by, "checked_by": shown.checked_by, "arranged_on": on}
    return {"title": shown.line.title, "remarks": shown.remarks, **names}


def _given(request: ActorRequest) -> dict[str, str]:
    told = request.POST
    return {name[2:]: told.get(name, "").strip() for name in told if name.startswith("v-")}


def _field(
    element: Element, kind: RecordType, values: Mapping[str, str], reasons: Mapping[str, Sequence[str]]
) -> Field:
    vocabulary = kind.vocabulary(element)
    return Field(
        key=element.key,
        label=element.label[reader_language()],
        value=values.get(element.key, ""),
        long=element.kind == "longtext",
        choices=tuple(term.value for term in vocabulary.terms) if vocabulary else (),
        closed=vocabulary is not None and vocabulary.closed,
        must=True,
        reasons=tuple(reasons.get(element.key, ())),
    )


def _said(request: ActorRequest, shown: VolumeView, place: ClassLine) -> HttpResponse:
    told, uuid = request.POST, shown.line.uuid
    seen = number(told.get("seen", ""))
    if told.get("do") == "dissolve":
        services.dissolve_volume(request.actor, uuid, seen=seen)
        messages.success(request, _("案卷已拆开，卷内文件还在这一类里。"))
        return redirect("desk-class", place.number)
    if told.get("do") == "sort":
        services.sort_volume(request.actor, uuid, told.get("by", ""), seen=seen)
        return redirect("desk-volume", uuid)
    if told.get("do") == "propose":
        typed = {name: text for name, text in _written(request).items() if name in told}
        written = {**_as_written(shown), **typed, "title": shown.proposed}
    elif told.get("do") == "edit":
        written = _written(request)
    else:
        raise Invalid("desk.page.undone")
    values = {**shown.values, **_given(request)}
    said = Said(
        title=written["title"],
        values=values,
        remarks=written["remarks"],
        arranged_by=written["arranged_by"],
        checked_by=written["checked_by"],
        arranged_on=_day(written["arranged_on"]),
    )
    services.edit_volume(request.actor, uuid, said, seen=seen)
    messages.success(request, _("已保存。"))
    return redirect("desk-volume", uuid)


def _day(told: str) -> date | None:
    if not told:
        return None
    try:
        return date.fromisoformat(told)
    except ValueError as unreadable:
        raise Invalid("desk.volume.date", told=told[:20]) from unreadable

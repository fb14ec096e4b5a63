"""Pages of the year's classes and of one class: its order, its numbers, its list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.base.errors import STATUS
from lantai.base.guards import ActorRequest, page
from lantai.desk import (
    pages,
    queries_arrangement,
    queries_checks,
    queries_table,
    queries_volumes,
    services,
)
from lantai.desk.arranging import LEVELS
from lantai.desk.frame import chosen, frame_of, framed, number, refusal, require_sight, tried
from lantai.desk.pages import leaf, leaf_of, place_query, query_of, spans_of
from lantai.desk.queries_arrangement import ClassLine
from lantai.desk.services.volumes import AT_ONCE
from lantai.desk.terms import terms
from lantai.kernel.errors import Invalid, LantaiError
from lantai.people import queries as people
from lantai.people.policies import require

SCHEMES = (
    ("year", "function", "retention"),
    ("year", "retention", "function"),
    ("function", "year", "retention"),
    ("function", "retention", "year"),
    ("retention", "year", "function"),
    ("retention", "function", "year"),
)


@dataclass(frozen=True, slots=True)
class Branch:
    """Classes that share the first level below the year in the unit's scheme, under the words they share."""

    heading: str
    classes: tuple[ClassLine, ...]
    items: int


@dataclass(frozen=True, slots=True)
class Lacks:
    """What one item or volume of a class lacks for its number: where it is mended, its title, the reasons."""

    address: str
    title: str
    said: tuple[str, ...]


def _level_names() -> dict[str, str]:
    return {"year": _("年度"), "function": _("机构（问题）"), "retention": _("保管期限")}


def _scheme_name(levels: tuple[str, ...]) -> str:
    names = _level_names()
    return "—".join(names[level] for level in levels)


@page("GET")
def classes(request: ActorRequest) -> HttpResponse:
    """The classes of a unit and one year, in the order of its scheme; how many items wait, are numbered, left."""
    frame = framed(request)
    unit = frame.unit
    years = queries_arrangement.years(request.actor, unit.code) if unit else []
    asked = number(request.GET.get("year", ""))
    year = asked if asked in years else (years[0] if years else None)
    found = queries_arrangement.classes(request.actor, unit.code, year=year) if unit and years else []
    levels = queries_arrangement.scheme(unit.id) if unit else LEVELS
    context = {
        "frame": frame,
        "here": "classes",
        "years": years,
        "year": year,
        "branches": _branches(found, levels),
        "loose": queries_arrangement.loose_count(request.actor, unit.code) if unit else 0,
        "waiting": queries_table.waiting_count(request.actor, unit.code) if unit else 0,
        "handed": queries_arrangement.handed_count(request.actor, unit.code, year) if unit and year else 0,
        "items": sum(one.size for one in found),
        "numbered": sum(one.size for one in found if one.state != "open"),
        "closed": sum(one.state != "open" for one in found),
        "total": len(found),
        "scheme": _scheme_name(levels),
        "schemes": [(" ".join(one), _scheme_name(one), one == levels) for one in SCHEMES],
    }
    return render(request, "desk/classes.html", context)


def _branches(found: list[ClassLine], levels: tuple[str, ...]) -> list[Branch]:
    below = next(level for level in levels if level != "year")

    def heading(one: ClassLine) -> str:
        return one.function or _("不分机构") if below == "function" else one.retention

    branches = []
    for said, some in groupby(found, key=lambda one: (one.fonds, one.type, heading(one))):
        told = tuple(some)
        branches.append(Branch(said[2], told, sum(one.size for one in told)))
    return branches


@page("POST")
def scheme(request: ActorRequest) -> HttpResponse:
    """Change the order of the levels of a unit's scheme."""
    require_sight(request, "item.arrange")
    unit = chosen(framed(request))
    services.set_scheme(request.actor, unit.code, request.POST.get("levels", "").split())
    return redirect(f"{reverse('desk-classes')}?unit={unit.code}")


@page("GET", "POST")
def filing_class(request: ActorRequest, number: str) -> HttpResponse:
    """One class in its order; ``POST`` moves, sorts, closes or opens it again."""
    require_sight(request, "capture.see")
    shown = queries_arrangement.filing_class(request.actor, number)
    show = partial(class_page, request, number)
    if request.method != "POST":
        return show()
    require(request.actor, "item.arrange", shown.unit)
    return tried(partial(_class_done, request, number), show)


def class_page(request: ActorRequest, number: str, problem: LantaiError | None = None) -> HttpResponse:
    """Return the page of a class, with the refusal where something was refused."""
    shown = queries_arrangement.filing_class(request.actor, number)
    told = refusal(problem, STATUS[problem.kind] if problem else 200)
    by_volume = shown.arrangement == "volume"
    frame = frame_of(request, shown.unit_code)
    lacks, more = _lacks(request, shown, told.reasons if told else ())
    context = {
        "frame": frame,
        "here": "classes",
        "one": shown,
        "lacks": lacks,
        "lacks_more": more,
        "can_volume": by_volume or queries_volumes.by_volume(request.actor, number),
        "may_order": frame.may_arrange and shown.state == "open",
        "onward": _onward(request, shown) if shown.state == "closed" else None,
        "may_reopen": frame.may_arrange and shown.state == "closed",
        "names": people.names({shown.closed_by} - {""}),
        "registered": queries_checks.registered(request.actor, number),
        "refusal": told,
        **(_volumes_part(request, shown) if by_volume else _items_part(request, shown)),
    }
    return render(request, "desk/class.html", context, status=told.status if told else 200)


@dataclass(frozen=True, slots=True)
class Onward:
    """What comes after numbering: ``due`` is the last day of handing over (None = it stays), ``now`` whether this year.

    ``others`` are classes of the same year that have no numbers yet.
    """

    due: date | None
    now: bool
    others: tuple[ClassLine, ...]


def _onward(request: ActorRequest, shown: ClassLine) -> Onward:
    rule = terms()
    due = rule.due(shown.year) if rule.comes(shown.retention) else None
    found = queries_arrangement.classes(request.actor, shown.unit_code, year=shown.year)
    others = tuple(one for one in found if one.state == "open" and one.size)
    return Onward(due, due is not None and due.year <= timezone.localdate().year, others[:3])


def _items_part(request: ActorRequest, shown: ClassLine) -> dict[str, Any]:
    """Return the page of the order that is asked for."""
    path = reverse("desk-class", args=[shown.number])
    page = leaf(request.GET, path, shown.size)
    items = queries_arrangement.in_class(request.actor, shown.number, first=page.first, count=page.count)
    return {"items": items, "leaf": page}


def _volumes_part(request: ActorRequest, shown: ClassLine) -> dict[str, Any]:
    """Return a page of the volumes with what lies in them, and a page of what lies in none."""
    actor, number, told = request.actor, shown.number, request.GET
    path = reverse("desk-class", args=[number])
    page = leaf_of(told, path, spans_of(queries_volumes.sizes(actor, number)), kept=("loose",))
    found = queries_volumes.some_volumes(actor, number, page.first, page.last, pages.SIZE)
    loose = leaf(told, path, queries_volumes.outside_count(actor, number), name="loose", kept=("at",))
    outside = queries_volumes.outside(actor, number, loose.first, loose.count) if loose.total else []
    return {
        "leaf": page,
        "volumes": [(one, list(zip(one.items, one.paged, strict=True))) for one in found],
        "into": queries_volumes.named(actor, number) if page.total <= pages.SIZE else [],
        "outside": outside,
        "outside_leaf": loose,
        "all_outside": loose.many and loose.total <= AT_ONCE,
        "here_query": query_of({key: told[key][:20] for key in ("at", "loose") if told.get(key)}),
    }


def _lacks(
    request: ActorRequest, shown: ClassLine, reasons: Sequence[tuple[str, str]]
) -> tuple[list[Lacks], int]:
    """Return what lacks by item or volume, as many as one looks through, and how many more there are."""
    said: dict[str, list[str]] = {}
    for path, one in reasons:
        said.setdefault(path, []).append(one)
    paths = list(said)[: pages.SIZE]
    items = queries_arrangement.titles(request.actor, shown.number, paths) if paths else {}
    volumes = dict(queries_volumes.named(request.actor, shown.number)) if paths and shown.volumes else {}
    found = []
    for path in paths:
        address = reverse("desk-item", args=[path]) if path in items else ""
        address = reverse("desk-volume", args=[path]) if path in volumes else address
        found.append(Lacks(address, items.get(path, volumes.get(path, "")), tuple(said[path])))
    return found, len(said) - len(paths)


def _class_done(request: ActorRequest, number_of: str) -> HttpResponse:
    told, seen = request.POST, number(request.POST.get("seen", ""))
    do, _blank, one = told.get("do", "").partition(" ")
    address = reverse("desk-class", args=[number_of])
    if do == "move":
        uuid, _colon, place = one.partition(":")
        return _moved(request, number_of, uuid, number(place), seen)
    if do == "nth":
        nth, to = number(told.get("place", "")), number(told.get("to", ""))
        found = queries_arrangement.in_class(request.actor, number_of, first=nth, count=1) if nth else []
        if not (found and to):
            size = queries_arrangement.filing_class(request.actor, number_of).size
            raise Invalid("desk.class.place", count=size)
        return _moved(request, number_of, found[0].uuid, to, seen)
    if do == "sort":
        services.sort(request.actor, number_of, told.get("by", ""), seen=seen)
    elif do == "close":
        count = services.close_or_check(request.actor, number_of, seen=seen)
        if count is None:
            return redirect("desk-check", number_of)
        said = ngettext("已编号：%(n)s 件。", "已编号：%(n)s 件。", count)
        messages.success(request, said % {"n": f"{count:,}"})
    elif do == "reopen":
        services.reopen(request.actor, number_of, seen=seen)
        messages.success(request, _("已重新打开，编号已收回。"))
    else:
        raise Invalid("desk.page.undone")
    return redirect(address)


def _moved(request: ActorRequest, number_of: str, uuid: str, to: int, seen: int) -> HttpResponse:
    """Move an item and show the page on which it stands now."""
    services.move(request.actor, number_of, uuid, to, seen=seen)
    place = queries_arrangement.place_in_class(request.actor, number_of, uuid)
    return redirect(f"{reverse('desk-class', args=[number_of])}{place_query(place)}#i-{uuid}")

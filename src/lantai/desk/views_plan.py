"""Pages of what is due and of the transfer plan of a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.desk import queries_hand_over as queries
from lantai.desk.frame import Frame, framed, refusal, require_sight
from lantai.desk.handing import Due
from lantai.desk.services import planning
from lantai.desk.terms import Terms, terms
from lantai.kernel.errors import Conflict, Invalid, LantaiError
from lantai.people.policies import may, may_somewhere

SEE = "handover.see"
DEPOSIT = "deposit"
"""The exception under which a unit's electronic records come before their term."""

_GONE = frozenset({"handed", "moving", "returned"})
"""What is in a hand-over, or was: there is nothing to plan any more."""

SHOWN = 300
"""Classes of one page; of more, one chooses a unit."""


@page("GET")
def dues(request: ActorRequest) -> HttpResponse:
    """What is due, and the hand-overs there are."""
    require_sight(request, SEE)
    return dues_page(request)


def dues_page(request: ActorRequest, wrong: LantaiError | None = None) -> HttpResponse:
    """Return the page of dues, with a refusal of what was asked there."""
    frame = framed(request, SEE)
    unit = frame.unit.code if frame.unit else ""
    found = queries.dues(request.actor, unit=unit, today=timezone.localdate())
    sees = may_somewhere(request.actor, "capture.see")
    after = request.GET.get("after", "")
    made = queries.hand_overs(request.actor, unit=unit, after=after) if sees else None
    rule = terms()
    context = {
        "dues": found[:SHOWN],
        "more": max(0, len(found) - SHOWN),
        "counts": {name: sum(one.status == name for one in found) for name in ("overdue", "due")},
        "chosen": _chosen(request, found),
        "stays": "、".join(rule.retention),
        "frame": frame,
        "here": "handover",
        "unit": unit,
        "made": made.items if made else [],
        "to_mend": queries.to_mend(request.actor, unit=unit) if sees else [],
        "first": _query(unit=unit) or "?" if after else "",
        "next": _query(unit=unit, after=made.after) if made and made.after else "",
        "rule": rule,
        "rule_label": rule.label[reader_language()],
        "sees": sees,
        "may_begin": _may_submit(request, frame),
        "year": timezone.localdate().year,
        "wrong": refusal(wrong, STATUS[wrong.kind]) if wrong else None,
    }
    return render(request, "desk/hand_over_dues.html", context, status=STATUS[wrong.kind] if wrong else 200)


def _chosen(request: ActorRequest, found: Sequence[Due]) -> set[str]:
    """Return the classes that are ticked: as the form was sent, else those the address names, else all that can go."""
    if request.method == "POST":
        return set(request.POST.getlist("class"))
    return set(request.GET.getlist("class")) or {one.number for one in found if one.goes}


def _query(**told: str) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in told.items() if value})
    return f"?{query.urlencode()}" if query else ""


def _may_submit(request: ActorRequest, frame: Frame) -> bool:
    return frame.unit is not None and may(request.actor, "transfer.submit", frame.unit.id)


def asked_year(told: str) -> int:
    """Return the year of a plan, this year's when it is none."""
    this = timezone.localdate().year
    return int(told) if told.isascii() and told.isdecimal() and 1949 <= int(told) <= this + 50 else this


@page("GET", "POST")
def plan(request: ActorRequest) -> HttpResponse:
    """The transfer plan of a year: a day for each class, exceptions with their reason."""
    require_sight(request, SEE)
    year = asked_year(request.POST.get("year", "") or request.GET.get("year", ""))
    if request.method != "POST":
        return _plan_page(request, year)
    frame = framed(request, SEE)
    unit = frame.unit.code if frame.unit else ""
    try:
        lines = _lines(request)
        count = planning.plan(request.actor, unit, year, lines)
    except (Invalid, Conflict) as wrong:
        return _plan_page(request, year, wrong)
    said = _("已列入计划 %(n)s 类。") % {"n": count}
    if any(one.departure for one in lines):
        said += _("改期的要等对方答复，答复写在这里。")
    messages.success(request, said, extra_tags="ok")
    return redirect(f"{request.path}{_query(unit=unit, year=str(year))}")


def _lines(request: ActorRequest) -> list[planning.Line]:
    """Return the lines whose classes were ticked; a day that cannot be read is refused."""
    lines = []
    for number in request.POST.getlist("class"):
        told = request.POST.get(f"day-{number}", "").strip()
        try:
            day = date.fromisoformat(told)
        except ValueError as unreadable:
            raise Invalid("desk.plan.day_unreadable", number=number[:40], found=told[:40]) from unreadable
        departure = request.POST.get(f"departure-{number}", "")
        lines.append(planning.Line(number, day, departure, request.POST.get(f"reason-{number}", "")))
    return lines


@dataclass(frozen=True, slots=True)
class Row:
    """A class on the plan's page: what the form proposes or was sent; who may answer."""

    due: Due
    day: str
    departure: str
    reason: str
    ticked: bool
    may_answer: bool


def _plan_page(request: ActorRequest, year: int, wrong: LantaiError | None = None) -> HttpResponse:
    frame = framed(request, SEE)
    unit = frame.unit.code if frame.unit else ""
    found = queries.dues(request.actor, unit=unit, today=timezone.localdate())
    mine = [one for one in found if one.line and one.line.plan == year]
    others = [one for one in found if one.line is None and one.status not in _GONE]
    may_plan = _may_submit(request, frame)
    rule = terms()
    context = {
        "year": year,
        "years": queries.plans(request.actor, unit=unit),
        "planned": [_row(request, one, year) for one in mine],
        "others": [_row(request, one, year) for one in others[:SHOWN]] if may_plan else [],
        "frame": frame,
        "here": "handover",
        "unit": unit,
        "departures": _choices(rule),
        "may_plan": may_plan,
        "wrong": refusal(wrong, STATUS[wrong.kind]) if wrong else None,
    }
    return render(request, "desk/hand_over_plan.html", context, status=STATUS[wrong.kind] if wrong else 200)


def _choices(rule: Terms) -> list[tuple[str, str]]:
    return [(key, one.label[reader_language()]) for key, one in rule.departures.items()]


def _row(request: ActorRequest, due: Due, year: int) -> Row:
    line, sent = due.line, request.POST
    departure = line.departure.key if line and line.departure else _usual(request, due, year)
    usual = due.due_on if due.due_on.year == year else date(year, 12, 31)
    day = line.planned_on if line else usual
    asks = planning.ASKS[line.departure.needs] if line and line.departure else ""
    return Row(
        due,
        sent.get(f"day-{due.number}", day.isoformat()),
        sent.get(f"departure-{due.number}", departure),
        sent.get(f"reason-{due.number}", line.reason if line else ""),
        _ticked(request, due, year),
        bool(line and line.waits and asks and may(request.actor, asks)),
    )


def _usual(request: ActorRequest, due: Due, year: int) -> str:
    """Return the exception that is proposed for a class that the address names and that is not due yet."""
    early = due.number in request.GET.getlist("class") and due.due_on.year > year
    return DEPOSIT if early and DEPOSIT in terms().departures else ""


def _ticked(request: ActorRequest, due: Due, year: int) -> bool:
    """Return whether a class is ticked: as sent, else where the address names it, else where its term ends this year."""
    if request.POST:
        return due.number in request.POST.getlist("class")
    named = request.GET.getlist("class")
    return due.number in named if named else due.line is None and due.due_on.year == year


@page("POST")
def answer(request: ActorRequest, line: UUID) -> HttpResponse:
    """The bureau's consent, or the archives' agreement, to another day."""
    require_sight(request, SEE)
    given = request.POST.get("answer", "") == "yes"
    planning.answer(request.actor, line, given=given, document=request.POST.get("document", ""))
    messages.success(request, _("已答复。"), extra_tags="ok")
    return redirect(_back(request))


@page("POST")
def drop(request: ActorRequest, line: UUID) -> HttpResponse:
    """Take a class out of the plan."""
    require_sight(request, SEE)
    planning.drop(request.actor, line)
    return redirect(_back(request))


def _back(request: ActorRequest) -> str:
    year = str(asked_year(request.POST.get("year", "")))
    return reverse("hand-over-plan") + _query(unit=request.POST.get("unit", "")[:40], year=year)

"""Pages of the departments of a unit: the list the clerk keeps, one of them, giving it a document."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.desk import queries, queries_departments
from lantai.desk.frame import Frame, chosen, framed, number, refusal, require_sight, tried
from lantai.desk.queries_departments import DepartmentView
from lantai.desk.services import departments as services
from lantai.desk.services.departments import Keeping
from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.kernel.texts import sentence
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import may

SEE = "year.see"


@page("GET", "POST")
def departments(request: ActorRequest) -> HttpResponse:
    """The departments of a unit; the clerk adds one."""
    frame = framed(request, SEE)
    if request.method != "POST":
        return _list(request, frame)
    require_sight(request, "department.keep")
    return tried(partial(_added, request, chosen(frame).code), partial(_list, request, frame))


def _list(request: ActorRequest, frame: Frame, problem: LantaiError | None = None) -> HttpResponse:
    unit, told = frame.unit, refusal(problem, STATUS[problem.kind] if problem else 200)
    year = timezone.localdate().year - 1
    known = queries_departments.departments(request.actor, unit.id) if unit else []
    context = {
        "frame": frame,
        "here": "year",
        "year": year,
        "rows": [(one, one.expected_in(year), one.expects(year)) for one in known],
        "may_keep": unit is not None and may(request.actor, "department.keep", unit.id),
        "candidates": _people(unit.id, None) if unit else [],
        "given": request.POST if problem else {"since": str(year), "order": _next(known)},
        "refusal": told,
    }
    return render(request, "desk/departments.html", context, status=told.status if told else 200)


def _next(known: list[DepartmentView]) -> str:
    return str(max((one.order for one in known), default=0) + 10)


def _people(unit: int, shown: DepartmentView | None) -> list[tuple[str, str, bool]]:
    """Return who may file for a department, as (user name, name, does so)."""
    mine = dict(shown.people) if shown else {}
    named = {**mine, **dict(people.contributors(unit))}
    return [(username, name, username in mine) for username, name in sorted(named.items())]


def _added(request: ActorRequest, unit: str) -> HttpResponse:
    told = request.POST
    services.add_department(request.actor, unit, told.get("code", ""), _keeping(told, is_open=True))
    messages.success(
        request, _("已添加“%(name)s”。") % {"name": told.get("name", "").strip()}, extra_tags="ok"
    )
    return redirect(f"{reverse('desk-departments')}?unit={unit}")


def _keeping(told: QueryDict, *, is_open: bool) -> Keeping:
    """Return what a form says; an empty number of items means that none was agreed."""
    counted = told.get("expected", "").strip()
    return Keeping(
        name=told.get("name", ""),
        order=_number(told, "order", "desk.department.order_wrong"),
        people=tuple(told.getlist("people")),
        expected=_number(told, "expected", "desk.department.expected_wrong") if counted else None,
        since=_number(told, "since", "desk.department.since_wrong"),
        is_open=is_open,
    )


def _number(told: Mapping[str, str], name: str, code: str) -> int:
    text = told.get(name, "").strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Invalid(code, found=text[:20])
    return int(text)


@page("GET", "POST")
def department(request: ActorRequest, code: str) -> HttpResponse:
    """One department: what is expected of it, who files for it, what was changed."""
    frame = framed(request, SEE)
    unit = frame.unit
    if unit is None:
        raise NotFound("desk.department.missing", department=code[:40])
    shown = queries_departments.department(request.actor, unit.id, code)
    if request.method != "POST":
        return _one(request, frame, shown)
    require_sight(request, "department.keep")
    return tried(partial(_changed, request, unit.code, code), partial(_one, request, frame, shown))


def _one(
    request: ActorRequest, frame: Frame, shown: DepartmentView, problem: LantaiError | None = None
) -> HttpResponse:
    told = refusal(problem, STATUS[problem.kind] if problem else 200)
    history = ledger.history([shown.urn], 50)
    expected = shown.expected_in(timezone.localdate().year)
    usual = {
        "name": shown.name,
        "order": str(shown.order),
        "expected": "" if expected is None else str(expected),
        "since": str(timezone.localdate().year - 1),
        "open": "on" if shown.is_open else "",
    }
    context = {
        "frame": frame,
        "here": "year",
        "one": shown,
        "given": request.POST if problem else usual,
        "candidates": _people(shown.unit, shown),
        "may_keep": may(request.actor, "department.keep", shown.unit),
        "history": history,
        "names": people.names({entry.actor for entry in history}),
        "refusal": told,
    }
    return render(request, "desk/department.html", context, status=told.status if told else 200)


def _changed(request: ActorRequest, unit: str, code: str) -> HttpResponse:
    told = request.POST
    keeping = _keeping(told, is_open=bool(told.get("open")))
    services.change_department(request.actor, unit, code, keeping, seen=number(told.get("seen", "")))
    messages.success(request, _("已保存。"), extra_tags="ok")
    return redirect(f"{reverse('desk-departments')}?unit={unit}")


@page("POST")
def assign(request: ActorRequest, number: str) -> HttpResponse:
    """Say to which department a document belongs."""
    require_sight(request, "department.keep")
    shown = queries.capture(request.actor, number)
    try:
        services.assign(request.actor, shown.unit_code, [number], request.POST.get("department", ""))
    except (Conflict, Invalid, NotFound) as problem:
        messages.error(request, sentence(problem, reader_language()), extra_tags="no")
    else:
        messages.success(request, _("已改部门。"), extra_tags="ok")
    return redirect("desk-capture", number)

"""Pages of a year's filing: one page of the unit, one of the district, what stands behind the figures, reminders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.desk import printed_year, queries_departments, queries_reminders, queries_year
from lantai.desk.filing_days import filing_rule
from lantai.desk.frame import Frame, chosen, framed, refusal, require_sight, tried
from lantai.desk.queries_year import EARLIEST, STAGES, DepartmentRow, Stages, summed
from lantai.desk.services import reminders as services
from lantai.kernel.errors import Forbidden, Invalid, LantaiError, NotFound
from lantai.people.policies import may, may_somewhere, require

SEE = "year.see"


@dataclass(frozen=True, slots=True)
class Doing:
    """What to do next: words, and the address where it is done ("" where the reader does not do it)."""

    said: str
    url: str


def _query(**told: str) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in told.items() if value})
    return f"?{query.urlencode()}" if query else ""


def _possible(year: int) -> int:
    if not EARLIEST <= year <= timezone.localdate().year + 1:
        raise NotFound("desk.year.missing", year=str(year)[:12])
    return year


@page("GET")
def now(request: ActorRequest) -> HttpResponse:
    """The year that is being filed now: last year's records."""
    require_sight(request, SEE)
    unit = request.GET.get("unit", "")[:40]
    return redirect(reverse("desk-year", args=[timezone.localdate().year - 1]) + _query(unit=unit))


@page("GET")
def year(request: ActorRequest, year: int) -> HttpResponse:
    """The year's filing of a unit on one page: a row for each department, and for each class below it."""
    frame, year = framed(request, SEE), _possible(year)
    if frame.unit is None and may(request.actor, SEE):
        return redirect("desk-year-units", year)
    context = {"frame": frame, "here": "year", "year": year}
    unit = frame.unit
    if unit is not None:
        rows = queries_year.year_of_unit(request.actor, unit.id, year)
        total = summed(row.stages for row in rows)
        today, day = timezone.localdate(), queries_departments.filing_day(unit.id, year)
        keeps = may(request.actor, "department.keep", unit.id)
        context |= {
            "rows": rows,
            "total": total,
            "waiting": sum(row.waits for row in rows),
            "years": queries_year.years(request.actor, unit.id, today.year),
            "day": day,
            "late": day < today,
            "rule": filing_rule(),
            "rule_label": filing_rule().label[reader_language()],
            "sees": may(request.actor, "capture.see", unit.id),
            "may_keep": keeps,
            "doings": _doings(rows, total, unit.code, year, frame.may_arrange),
            "has_departments": any(row.code != queries_departments.NONE for row in rows),
        }
    return render(request, "desk/year.html", context)


def _doings(rows: list[DepartmentRow], total: Stages, unit: str, year: int, keeps: bool) -> list[Doing]:
    """Return what is missing in words, the first step first, each with where it is done."""
    found = []
    waits = [row for row in rows if row.waits]
    if waits:
        count = total.lacking
        said = ngettext(
            "%(n)s 个部门还差 %(m)s 件，可以催办。", "%(n)s 个部门还差 %(m)s 件，可以催办。", len(waits)
        )
        if not count:
            said = ngettext(
                "%(n)s 个部门还没有送，可以催办。", "%(n)s 个部门还没有送，可以催办。", len(waits)
            )
        address = reverse("desk-remind", args=[year]) + _query(unit=unit)
        found.append(Doing(said % {"n": f"{len(waits):,}", "m": f"{count:,}"}, address if keeps else ""))
    arrange = reverse("desk-arrange") + _query(unit=unit)
    classes = reverse("desk-classes") + _query(unit=unit, year=str(year))
    for count, said, address in (
        (total.tray, _("%(n)s 份还没有归类，去整理。"), arrange),
        (total.unchecked, _("%(n)s 件还没有做归档检测，去归档类检测。"), classes),
        (total.unnumbered, _("%(n)s 件还没有编号，检测以后关闭归档类。"), classes),
    ):
        if count:
            found.append(Doing(said % {"n": f"{count:,}"}, address if keeps else ""))
    return found


@page("GET")
def units(request: ActorRequest, year: int) -> HttpResponse:
    """The year's filing of all units, for who supervises them."""
    require(request.actor, SEE)
    year, after = _possible(year), request.GET.get("after", "")
    found = queries_year.district(request.actor, year, after=after)
    this = timezone.localdate().year
    context = {
        "year": year,
        "years": list(range(this, this - 6, -1)),
        "rows": found.items,
        "total": summed(row.stages for row in found.items),
        "silent": sum(row.stages.empty for row in found.items),
        "whole": not after and not found.after,
        "first": "?" if after else "",
        "next": f"?after={found.after}" if found.after else "",
    }
    return render(request, "desk/year_units.html", context)


@page("GET")
def items(request: ActorRequest, year: int) -> HttpResponse:
    """The items behind a figure of the year."""
    frame, year = framed(request), _possible(year)
    unit = frame.unit
    if unit is None:
        return redirect("desk-year", year)
    stage = request.GET.get("stage", "")
    stage = stage if stage in STAGES else "arranged"
    department, after = request.GET.get("department", "")[:20], request.GET.get("after", "")
    named = dict(queries_departments.choices(request.actor, [unit.id]))
    known = {"unit": unit.code, "department": department, "stage": stage}
    found = queries_year.staged(request.actor, unit.id, year, stage, department=department, after=after)
    context = {
        "frame": frame,
        "here": "year",
        "year": year,
        "stage": stage,
        "stages": _stages(),
        "department": department,
        "named": named.get(department, ""),
        "departments": [*named.items(), (queries_departments.NONE, _("未分部门"))],
        "rows": found.items,
        "first": _query(**known) if after else "",
        "next": _query(**known, after=found.after) if found.after else "",
    }
    return render(request, "desk/year_items.html", context)


def _stages() -> list[tuple[str, str]]:
    return list(zip(STAGES, (_("已归类"), _("已检测"), _("已编号"), _("已移交")), strict=True))


@page("GET", "POST")
def remind(request: ActorRequest, year: int) -> HttpResponse:
    """Who has filed nothing of a year, or less than expected; one button reminds them."""
    require_sight(request, "department.keep")
    frame, year = framed(request, "department.keep"), _possible(year)
    chosen(frame)
    if request.method != "POST":
        return _waiting(request, frame, year)
    return tried(partial(_reminded, request, frame, year), partial(_waiting, request, frame, year))


def _waiting(
    request: ActorRequest, frame: Frame, year: int, problem: LantaiError | None = None
) -> HttpResponse:
    unit, told = chosen(frame), refusal(problem, STATUS[problem.kind] if problem else 200)
    rows = queries_reminders.waiting(unit.id, year)
    day, today = queries_departments.filing_day(unit.id, year), timezone.localdate()
    context = {
        "frame": frame,
        "here": "year",
        "year": year,
        "rows": rows,
        "ticked": set(request.POST.getlist("department")) if problem else {row.code for row in rows},
        "day": day,
        "late": day < today,
        "rule_label": filing_rule().label[reader_language()],
        "rule": filing_rule(),
        "made": queries_reminders.reminders(unit.id, year),
        "refusal": told,
    }
    return render(request, "desk/remind.html", context, status=told.status if told else 200)


def _reminded(request: ActorRequest, frame: Frame, year: int) -> HttpResponse:
    unit = chosen(frame)
    codes = request.POST.getlist("department")
    number = services.remind(request.actor, unit.code, year, codes)
    count = len(set(codes))
    said = ngettext(
        "已催办 %(n)s 个部门（%(number)s），对方的收文盘上已有通知。",
        "已催办 %(n)s 个部门（%(number)s），对方的收文盘上已有通知。",
        count,
    )
    messages.success(request, said % {"n": count, "number": number}, extra_tags="ok")
    return redirect(reverse("desk-remind", args=[year]) + _query(unit=unit.code))


@page("POST")
def day(request: ActorRequest, year: int) -> HttpResponse:
    """Say by which day the departments file a year; an empty one means the usual day."""
    require_sight(request, "department.keep")
    frame, year = framed(request, "department.keep"), _possible(year)
    return tried(partial(_day_set, request, frame, year), partial(_waiting, request, frame, year))


def _day_set(request: ActorRequest, frame: Frame, year: int) -> HttpResponse:
    unit, told = chosen(frame), request.POST.get("day", "").strip()
    try:
        wanted = date.fromisoformat(told) if told else None
    except ValueError as unreadable:
        raise Invalid("desk.filing_day.unreadable", found=told[:40]) from unreadable
    services.set_filing_day(request.actor, unit.code, year, wanted)
    messages.success(request, _("归档期限已保存。"), extra_tags="ok")
    return redirect(reverse("desk-remind", args=[year]) + _query(unit=unit.code))


@page("GET")
def reminder(request: ActorRequest, number: str) -> HttpResponse:
    """归档催办单 as a PDF, a page for each department; a contributor gets that of her own."""
    if not (may_somewhere(request.actor, SEE) or may_somewhere(request.actor, "capture.contribute")):
        raise Forbidden("people.permission.missing", permission=SEE)
    made = printed_year.reminder_sheets(request.actor, number)
    answer = HttpResponse(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    return answer

"""Pages of the 归档范围和保管期限表: versions, one of them, importing a list, the bureau's decision."""

from __future__ import annotations

from pathlib import Path

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.desk import queries_schedules, services
from lantai.desk.frame import chosen, framed, refusal, require_sight, tried
from lantai.kernel.errors import Forbidden, Invalid, LantaiError
from lantai.people import queries as people
from lantai.people.policies import may, may_somewhere, require

SHOWN = 2_000
"""Lines that the page of a version shows."""


@page("GET")
def schedules(request: ActorRequest) -> HttpResponse:
    """The versions of a unit's schedule; for the bureau and the intake staff what waits and what is in force."""
    frame = framed(request, "schedule.see")
    unit = frame.unit
    context = {
        "frame": frame,
        "here": "schedules",
        "versions": queries_schedules.versions(request.actor, unit.code) if unit else [],
        "waiting": [] if unit else queries_schedules.waiting(request.actor),
        "decided": [] if unit else queries_schedules.decided(request.actor),
        "may_bring": unit is not None and may(request.actor, "schedule.bring", unit.id),
        "may_decide": may(request.actor, "schedule.decide"),
    }
    return render(request, "desk/schedules.html", context)


@page("GET", "POST")
def schedule_new(request: ActorRequest) -> HttpResponse:
    """Import a list as the next version, a draft."""
    if not may_somewhere(request.actor, "schedule.bring"):
        raise Forbidden("people.permission.missing", permission="schedule.bring")

    def ask(problem: LantaiError | None = None) -> HttpResponse:
        told = refusal(problem, STATUS[problem.kind] if problem else 200)
        context = {"frame": framed(request, "schedule.bring"), "refusal": told}
        return render(request, "desk/schedule_new.html", context, status=told.status if told else 200)

    return tried(lambda: _brought(request), ask) if request.method == "POST" else ask()


def _brought(request: ActorRequest) -> HttpResponse:
    unit = chosen(framed(request, "schedule.bring"))
    file = request.FILES.get("file")
    if not isinstance(file, TemporaryUploadedFile):
        raise Invalid("desk.schedule.no_file")
    sheet = request.POST.get("sheet", "").strip()[:100]
    path = Path(file.temporary_file_path())
    version = services.bring_schedule(request.actor, unit.code, path, file.name or "", sheet=sheet)
    messages.success(request, _("已导入第 %(n)s 版，看过以后报送。") % {"n": version})
    return redirect("desk-schedule", unit.code, version)


@page("GET", "POST")
def schedule(request: ActorRequest, unit: str, version: int) -> HttpResponse:
    """One version: its lines, what was not understood, what can be done with it now."""
    require_sight(request, "schedule.see")

    def show(problem: LantaiError | None = None) -> HttpResponse:
        shown = queries_schedules.version(request.actor, unit, version)
        one, language = shown.version, reader_language()
        told = refusal(problem, STATUS[problem.kind] if problem else 200)
        context = {
            "shown": shown,
            "one": one,
            "lines": shown.lines[:SHOWN],
            "more": max(0, len(shown.lines) - SHOWN),
            "doubts": [(doubt.path, doubt.severity.value, doubt.message(language)) for doubt in shown.doubts],
            "names": people.names({one.imported_by, one.submitted_by, one.decided_by} - {""}),
            "may_submit": one.state in {"draft", "returned"}
            and may(request.actor, "schedule.bring", one.unit),
            "may_decide": one.state == "submitted" and may(request.actor, "schedule.decide"),
            "given": request.POST,
            "refusal": told,
        }
        return render(request, "desk/schedule.html", context, status=told.status if told else 200)

    if request.method != "POST":
        return show()
    seen = queries_schedules.version(request.actor, unit, version).version
    if not may(request.actor, "schedule.decide"):
        require(request.actor, "schedule.bring", seen.unit)
    return tried(lambda: _done(request, unit, version), show)


def _done(request: ActorRequest, unit: str, version: int) -> HttpResponse:
    told, seen = request.POST, _number(request.POST.get("seen", ""))
    reason = told.get("reason", "")
    if told.get("do") == "submit":
        services.submit_schedule(request.actor, unit, version, seen=seen)
        messages.success(request, _("已报送档案主管部门。"))
    elif told.get("do") == "approve":
        approval = told.get("approval", "")
        services.approve_schedule(request.actor, unit, version, approval=approval, reason=reason, seen=seen)
        messages.success(request, _("已批复，从现在起按这一版提示。"))
    elif told.get("do") == "return":
        services.return_schedule(request.actor, unit, version, reason=reason, seen=seen)
        messages.success(request, _("已退回立档单位。"))
    else:
        raise Invalid("desk.page.undone")
    return redirect("desk-schedule", unit, version)


def _number(told: str) -> int:
    return int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0

"""Pages of what becomes of deposits later: applications of owners, samples, how far the backups reach."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.kernel.errors import Conflict, Invalid
from lantai.people import queries as people
from lantai.people.policies import may, require
from lantai.registration import forms_pdf, services
from lantai.registration import queries_backups as queries
from lantai.registration.frame import carried, require_somewhere, tabs, words
from lantai.registration.matters import matters
from lantai.registration.views import pdf
from lantai.registration.views_backups import decided
from lantai.vault import queries as vault


@page("POST")
def ask(request: ActorRequest, number: str) -> HttpResponse:
    """The owner applies."""
    require_somewhere(request.actor, "backup.ask")
    purpose, reason, leader = (request.POST.get(name, "") for name in ("purpose", "reason", "leader"))
    service = partial(services.ask, request.actor, number, purpose=purpose, reason=reason, leader=leader)
    return decided(request, number, service, _("已申请，等备份中心批准。"))


@page("GET")
def uses(request: ActorRequest) -> HttpResponse:
    """Applications: those of one's own unit, or all."""
    require_somewhere(request.actor, "backup.see")
    return _uses(request, "", 200)


def _uses(request: ActorRequest, wrong: str, status: int) -> HttpResponse:
    rows = queries.uses(request.actor)
    context = {
        "tabs": tabs(request.actor, "registration-uses"),
        "uses": rows,
        "releases": may(request.actor, "backup.release"),
        "centre": may(request.actor, "backup.see"),
        "names": people.names({one.asked_by for one in rows} | {one.decided_by for one in rows}),
        "wrong": wrong,
    }
    return render(request, "registration/uses.html", context, status=status)


@page("POST")
def approve(request: ActorRequest, use: str) -> HttpResponse:
    """The centre lets the owner have it."""
    require(request.actor, "backup.release")
    return _answered(request, partial(services.approve, request.actor, use), _("已批准。"))


@page("POST")
def refuse(request: ActorRequest, use: str) -> HttpResponse:
    """The centre refuses, with a reason."""
    require(request.actor, "backup.release")
    answer = request.POST.get("answer", "")
    service = partial(services.refuse, request.actor, use, answer=answer)
    return _answered(request, service, _("已答复。"))


def _answered(request: ActorRequest, service: partial[None], said: str) -> HttpResponse:
    done = partial(redirect, "registration-uses")
    return carried(request, service, done, partial(_uses, request), said)


@page("POST")
def deliver(request: ActorRequest, use: str) -> HttpResponseBase:
    """Hand the package over to its owner: read, found equal, recorded, sent. Where a proof was asked for, it lies ready."""
    require_somewhere(request.actor, "backup.ask")
    try:
        backup = services.deliver(request.actor, use)
    except (Invalid, Conflict) as wrong:
        return _uses(request, words(wrong), STATUS[wrong.kind])
    if queries.use(request.actor, use).purpose == "proof":
        messages.success(request, _("已读回比对，证明可以打印。"), extra_tags="ok")
        return redirect("backup", backup.number)
    stream = vault.open_file(backup.urn, f"package/{backup.name}")
    answer = FileResponse(
        stream, as_attachment=True, filename=backup.name, content_type="application/octet-stream"
    )
    answer.headers["Content-Length"] = str(backup.size)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@page("GET")
def proof(request: ActorRequest, use: str, kind: str) -> HttpResponse:
    """The proof of authenticity of an approved application, on paper or as data."""
    require_somewhere(request.actor, "backup.see")
    told = queries.use(request.actor, use)
    if told.state != "delivered":
        raise Conflict("registration.use.undelivered", number=use[:40])
    shown = queries.backup(request.actor, told.backup)
    if kind == "pdf":
        return pdf(forms_pdf.proof(shown, told), f"{use}-proof.pdf")
    answer = HttpResponse(forms_pdf.proof_document(shown), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{use}-proof.json"'
    return answer


@page("GET")
def samples(request: ActorRequest) -> HttpResponse:
    """What is due to be read back, and the draws made so far."""
    require(request.actor, "backup.sample")
    return _samples(request, "", 200)


def _samples(request: ActorRequest, wrong: str, status: int) -> HttpResponse:
    drawn, now = queries.samples(request.actor), matters()
    context = {
        "tabs": tabs(request.actor, "registration-samples"),
        "due": [
            (way, label, now.sample_years[way], rows)
            for (way, rows), label in zip(
                queries.due(request.actor).items(), (_("在线备份"), _("载体备份")), strict=True
            )
        ],
        "percent": now.sample_percent,
        "samples": drawn,
        "names": people.names({one.drawn_by for one in drawn}),
        "wrong": wrong,
    }
    return render(request, "registration/samples.html", context, status=status)


@page("POST")
def draw(request: ActorRequest) -> HttpResponse:
    """Draw a sample from what is due."""
    require(request.actor, "backup.sample")
    service = partial(services.draw, request.actor, request.POST.get("way", ""))
    done = partial(redirect, "registration-samples")
    return carried(request, service, done, partial(_samples, request), _("已抽取，正在读回。"))


@page("GET")
def coverage(request: ActorRequest) -> HttpResponse:
    """How far the backups reach: by system, level and content."""
    require(request.actor, "registration.see")
    this, asked = timezone.localdate().year, request.GET.get("year", "")
    years = list(range(this, this - 6, -1))
    year = int(asked) if asked in {str(one) for one in years} else this - 1
    told, english = queries.coverage(request.actor, year), reader_language() == "en"
    names = (("system", _("分系统")), ("level", _("分层次")), ("content", _("分内容")))
    context = {
        "tabs": tabs(request.actor, "registration-coverage"),
        "year": year,
        "years": years,
        "parts": [
            (key, label, [(line.label_en if english else line.label_zh, line) for line in told[key]])
            for key, label in names
        ],
    }
    return render(request, "registration/coverage.html", context)

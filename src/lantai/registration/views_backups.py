"""Pages of backup deposits: the list, a new one, one on its way, its papers; and the public check of certificates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from lantai.base import resumable
from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.incoming import InboxHandler, incoming
from lantai.checks import queries as checks
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger import queries as ledger
from lantai.ledger import queries_checkpoints as proofs
from lantai.people import queries as people
from lantai.people.policies import may, require, units_of
from lantai.people.queries import UnitView
from lantai.registration import arriving, forms_pdf, services
from lantai.registration import queries_backups as queries
from lantai.registration.folders import ENDINGS
from lantai.registration.frame import carried, require_somewhere, tabs, words
from lantai.registration.matters import matters
from lantai.registration.models import Kept
from lantai.registration.queries_backups import BackupView
from lantai.registration.services import Brought
from lantai.registration.services.deposits import SHEET
from lantai.registration.views import pdf


def labels() -> dict[str, str]:
    """Return the names of the kinds in the reader's language."""
    language = reader_language()
    return {key: kind.label[language] for key, kind in matters().contents.items()}


@page("GET")
def backups(request: ActorRequest) -> HttpResponse:
    """The deposits that the actor may see, newest first."""
    require_somewhere(request.actor, "backup.see")
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    state = state if state in Kept.values else ""
    found = queries.backups(request.actor, state=state, after=after)
    counted, query = queries.counts(request.actor), f"?state={state}" if state else "?"
    named = labels()
    context = {
        "tabs": tabs(request.actor, "backups"),
        "rows": [(row, named.get(row.content, row.content)) for row in found.items],
        "states": [(one.value, _(str(one.label)), counted[one.value]) for one in Kept],
        "state": state,
        "total": sum(counted.values()),
        "submits": bool(_senders(request)),
        "centre": may(request.actor, "backup.see"),
        "first": query if after else "",
        "next": f"{query}&after={found.after}".replace("?&", "?") if found.after else "",
    }
    return render(request, "registration/backups.html", context)


def _senders(request: ActorRequest) -> list[UnitView]:
    """Return the units for which the actor may bring a deposit."""
    allowed = units_of(request.actor, "backup.submit")
    if allowed is not None and not allowed:
        return []
    known = queries.registered(allowed)
    return [unit for unit in people.units() if unit.is_open and unit.id in known]


@csrf_exempt
@page("GET", "POST")
def new(request: ActorRequest) -> HttpResponseBase:
    """Bring a package. The token is checked in :func:`_taken`, after the upload handler is in place."""
    require_somewhere(request.actor, "backup.submit")
    if request.method != "POST":
        return _new(request, "", 200)
    with incoming() as folder:
        request.upload_handlers = [InboxHandler(folder)]
        return _taken(request, folder)


def _new(request: ActorRequest, wrong: str, status: int) -> HttpResponse:
    units = _senders(request)
    asked = request.POST.get("unit", "") or request.GET.get("unit", "")
    unit = units[0] if len(units) == 1 else next((one for one in units if one.code == asked), None)
    kinds, language, named = matters().contents, reader_language(), labels()
    context = {
        "tabs": tabs(request.actor, ""),
        "units": units,
        "unit": unit,
        "centre": may(request.actor, "backup.submit"),
        "wishes": [(one, named.get(one.content, one.content)) for one in queries.allowed_wishes(unit.id)]
        if unit
        else [],
        "kinds": [(key, kind.label[language]) for key, kind in kinds.items() if not kind.named],
        "fields": [(key, sheet_label(key), request.POST.get(f"s-{key}", "")) for key in SHEET],
        "sent": request.POST,
        "accepts": ",".join(ENDINGS),
        "wrong": wrong,
    }
    return render(request, "registration/backup_new.html", context, status=status)


def sheet_label(key: str) -> str:
    """Return the words of a line of the 备份情况表."""
    return {
        "period": _("起止年度"),
        "amount": _("数量"),
        "formats": _("数据格式"),
        "environment": _("软硬件环境"),
        "person": _("经办人"),
        "telephone": _("联系电话"),
        "note": _("说明"),
    }.get(key, key)


@csrf_protect
def _taken(request: ActorRequest, folder: Path) -> HttpResponse:
    sent = request.POST
    what, _mark, which = sent.get("what", "").partition(":")
    try:
        path, name = arriving.package(request, folder)
        brought = Brought(
            path,
            name,
            sent.get("title", ""),
            content=which if what == "k" else "",
            wish=int(which) if what == "w" and which.isascii() and which.isdecimal() else None,
            sm3=sent.get("sm3", ""),
            table=arriving.table(request),
            carrier=sent.get("carrier", ""),
            sheet={key: sent.get(f"s-{key}", "") for key in SHEET},
        )
        number = services.submit_backup(request.actor, sent.get("unit", ""), brought)
    except (Invalid, Conflict, NotFound) as wrong:
        return _new(request, words(wrong), STATUS[wrong.kind])
    if handed := sent.get("upload", ""):
        resumable.forget(request.actor, handed)
    return redirect("backup", number)


@page("GET")
def backup(request: ActorRequest, number: str) -> HttpResponse:
    """One deposit: where it is, what was found, its papers, what its owner may ask."""
    require_somewhere(request.actor, "backup.see")
    return _one(request, queries.backup(request.actor, number), "", 200)


def _one(request: ActorRequest, shown: BackupView, wrong: str, status: int) -> HttpResponse:
    history = ledger.history([shown.urn])
    run = checks.run(shown.run) if shown.run else None
    english = reader_language() == "en"
    uses = queries.uses(request.actor, backup=shown.number)
    context = {
        "tabs": tabs(request.actor, ""),
        "shown": shown,
        "kind": labels().get(shown.content, shown.content),
        "sheet": [(sheet_label(key), value) for key, value in shown.sheet],
        "steps": _steps(shown),
        "found": [(one["severity"], one["en"] if english else one["message"]) for one in shown.findings],
        "run": run,
        "failed": run.items("fail") if run else [],
        "left": len(run.waiting) if run else 0,
        "decides": shown.waits and may(request.actor, "backup.decide"),
        "asks": shown.kept and may(request.actor, "backup.ask", shown.unit),
        "releases": may(request.actor, "backup.release"),
        "uses": uses,
        "history": history,
        "names": people.names({entry.actor for entry in history} | {shown.submitted_by, shown.decided_by}),
        "wrong": wrong,
        "sent": request.POST,
    }
    return render(request, "registration/backup.html", context, status=status)


def _steps(shown: BackupView) -> list[tuple[str, str]]:
    """Return the progress line: label and mark (done, here, back or "")."""
    way = [Kept.SUBMITTED, Kept.WAITING, Kept.ACCEPTED, Kept.KEPT]
    named = [_("提交"), _("审核"), _("通过"), _("入库发证")]
    if shown.state == Kept.RETURNED:
        return [(named[0], "done"), (_("已退回"), "back")]
    at = way.index(Kept(shown.state))
    marks = [
        "done" if place < at or shown.kept else "here" if place == at else "" for place in range(len(way))
    ]
    return list(zip(named, marks, strict=True))


@page("POST")
def accept(request: ActorRequest, number: str) -> HttpResponse:
    """The centre has compared the paper table and accepts."""
    require(request.actor, "backup.decide")
    typed, seen = request.POST.get("sm3", ""), "seen" in request.POST
    service = partial(services.accept, request.actor, number, typed=typed, seen=seen)
    return decided(request, number, service, _("已通过，正在入库。"))


@page("POST")
def return_it(request: ActorRequest, number: str) -> HttpResponse:
    """The centre gives it back."""
    require(request.actor, "backup.decide")
    reason = request.POST.get("reason", "")
    service = partial(services.return_deposit, request.actor, number, reason=reason)
    return decided(request, number, service, _("已退回，对方会看到原因。"))


def decided(request: ActorRequest, number: str, service: Callable[[], object], said: str) -> HttpResponse:
    """Carry out what a button on the page of a deposit asks."""
    shown = queries.backup(request.actor, number)
    done = partial(redirect, "backup", number)
    return carried(request, service, done, partial(_one, request, shown), said)


@page("GET")
def certificate(request: ActorRequest, number: str) -> HttpResponse:
    """The 证书, for owner and centre."""
    require_somewhere(request.actor, "backup.see")
    shown = queries.backup(request.actor, number)
    return pdf(forms_pdf.certificate(shown), f"{number}-certificate.pdf")


@page("GET")
def sheet(request: ActorRequest, number: str) -> HttpResponse:
    """The 备份情况表 with the 数字摘要表, to be sealed."""
    require_somewhere(request.actor, "backup.see")
    shown = queries.backup(request.actor, number)
    return pdf(forms_pdf.backup_sheet(shown), f"{number}.pdf")


@page("GET", public=True)
def check(request: ActorRequest) -> HttpResponse:
    """Whether a certificate is ours: number and check code together, or nothing is told.

    With ``proof`` the proof that its entry is in the ledger, for whoever holds the certificate.
    """
    number, code = request.GET.get("number", "").strip()[:20], request.GET.get("code", "").strip()[:60]
    told, wrong, status = None, "", 200
    if number or code:
        try:
            told = queries.checked(number, code)
        except NotFound as unknown:
            wrong, status = words(unknown), STATUS[unknown.kind]
    published = told is not None and told.entry is not None and told.entry < ledger.published()
    if published and told is not None and "proof" in request.GET:
        answer = HttpResponse(proofs.entry_proof(str(told.entry)), content_type="application/json")
        answer.headers["Content-Disposition"] = f'attachment; filename="{told.facts["number"]}-proof.json"'
    else:
        context = {"number": number, "code": code, "told": told, "wrong": wrong, "published": published}
        answer = render(request, "registration/check.html", context, status=status)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer

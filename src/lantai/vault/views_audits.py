"""Pages of audits: what is read back in turn, what one audit found, what is damaged, what belongs to nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound, Unavailable
from lantai.kernel.texts import sentence
from lantai.people import queries as people
from lantai.people.policies import may, require
from lantai.vault import queries
from lantai.vault import queries_audits as audited
from lantai.vault.services import Order, adopt, order_audit, remove_stray, repair, stop_audit

SEE, VERIFY, KEEP = "vault.see", "vault.verify", "vault.keep"
_TOLD = (Conflict, Invalid, NotFound, Unavailable)
_GIGA = 1 << 30


@page("GET", "POST")
def audits(request: ActorRequest) -> HttpResponse:
    """What is read back in turn, what is damaged, what lies there that belongs to nobody; order an audit."""
    require(request.actor, SEE)
    if request.method != "POST":
        return _audits(request)
    try:
        made = order_audit(request.actor, _order(request.POST))
    except _TOLD as wrong:
        return _audits(request, wrong)
    messages.success(request, _("已下达，后台马上开始读。"), extra_tags="ok")
    return redirect("vault-audit", audit=made)


def _order(sent: QueryDict) -> Order:
    """Return what the form says is to be read."""
    target, what = sent.get("target", ""), sent.get("what", "all")
    sm3 = sent.get("sm3", "") == "1"
    if what == "share":
        return Order(target, share=_number(sent.get("percent", ""), "vault.sample.invalid") / 100, sm3=sm3)
    if what == "size":
        return Order(target, most_bytes=_number(sent.get("giga", ""), "vault.audit.size") * _GIGA, sm3=sm3)
    return Order(target, sm3=sm3)


def _number(told: str, code: str) -> int:
    said = told.strip()
    if not said.isascii() or not said.isdigit() or not 0 < len(said) < 7 or int(said) == 0:
        raise Invalid(code, sample=said[:20])
    return int(said)


def _audits(request: ActorRequest, wrong: LantaiError | None = None) -> HttpResponse:
    language = reader_language()
    rows = audited.audits()
    context = {
        "audits": rows,
        "places": audited.places(),
        "damages": audited.damages(language=language),
        "strays": audited.strays(),
        "status": queries.status(),
        "verifies": may(request.actor, VERIFY),
        "keeps": may(request.actor, KEEP),
        "names": people.names({row.ordered_by for row in rows}),
        "sent": request.POST,
        "wrong": sentence(wrong, language) if wrong else "",
    }
    return render(request, "vault/audits.html", context, status=STATUS[wrong.kind] if wrong else 200)


@page("GET")
def audit(request: ActorRequest, audit: UUID) -> HttpResponse:
    """One audit: how far it is, what it found."""
    require(request.actor, SEE)
    view = audited.audit(audit)
    context: dict[str, Any] = {
        "audit": view,
        "damages": audited.damages_of(audit, language=reader_language()),
        "verifies": may(request.actor, VERIFY),
        "names": people.names({view.ordered_by}),
        "active": view.state in ("waiting", "running"),
    }
    return render(request, "vault/audit.html", context)


@page("POST")
def stop(request: ActorRequest, audit: UUID) -> HttpResponse:
    """End an audit before its end."""
    return _act(request, lambda: stop_audit(request.actor, audit), _("已停止。读过的都算数。"))


@page("POST")
def mend(request: ActorRequest) -> HttpResponse:
    """Repair now what has a good copy somewhere."""
    require(request.actor, VERIFY)
    done = repair(request.actor)
    said = ngettext("修复了 %(n)s 处。", "修复了 %(n)s 处。", done.repaired) % {"n": done.repaired}
    if done.lost:
        said += ngettext("%(n)s 处没有好的副本。", "%(n)s 处没有好的副本。", done.lost) % {"n": done.lost}
    messages.success(request, said, extra_tags="no" if done.lost else "ok")
    return redirect("vault-audits")


@page("POST")
def adopt_one(request: ActorRequest, number: int) -> HttpResponse:
    """Register an object that lies there without rows."""
    return _act(request, lambda: adopt(request.actor, number), _("已收录：有了登记、清单和账本条目。"))


@page("POST")
def remove_one(request: ActorRequest, number: int) -> HttpResponse:
    """Put an orphan aside."""
    reason = request.POST.get("reason", "")
    done = _("已移开，没有删除。")
    return _act(request, lambda: remove_stray(request.actor, number, reason), done)


def _act(request: ActorRequest, service: Callable[[], object], done: str) -> HttpResponse:
    try:
        service()
    except _TOLD as wrong:
        return _audits(request, wrong)
    messages.success(request, done, extra_tags="ok")
    return redirect("vault-audits")

"""Pages of sending: where a unit hands over to, how a package is on its way, what came from units' own sites."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.access import delivery as handing_out
from lantai.base.errors import STATUS
from lantai.base.guards import ActorRequest, page
from lantai.desk import queries_deliveries as came
from lantai.desk import queries_sending as queries
from lantai.desk.frame import chosen, framed, refusal, require_sight
from lantai.desk.queries_seals import key_of_delivery
from lantai.desk.register import drawn
from lantai.desk.services import sending, sites
from lantai.desk.services import targets as places
from lantai.desk.services.deliveries import sign_delivery
from lantai.desk.services.sending import Pace
from lantai.desk.views_hand_over import act_on
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError, NotFound, Unavailable
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import may, may_somewhere

SEE = "capture.see"
_TOLD = (Conflict, Forbidden, Invalid, NotFound, Unavailable)


@page("GET", "POST")
def targets(request: ActorRequest) -> HttpResponse:
    """The places a unit hands over to, and a new one, tried before it is kept."""
    require_sight(request, SEE)
    if request.method != "POST":
        return _targets(request)
    sent = request.POST
    try:
        unit = chosen(framed(request, SEE)).code
        places.add_target(
            request.actor,
            unit,
            sent.get("name", ""),
            address=sent.get("address", ""),
            token=sent.get("token", ""),
            their_unit=sent.get("their_unit", ""),
        )
    except _TOLD as wrong:
        return _targets(request, wrong)
    messages.success(request, _("已连上，令牌可用。打好的包可以送到这里了。"), extra_tags="ok")
    return redirect("hand-over-targets")


def _targets(request: ActorRequest, wrong: LantaiError | None = None) -> HttpResponse:
    frame = framed(request, SEE)
    mine = [one for one in frame.units if may(request.actor, "transfer.submit", one.id)]
    told = queries.targets(request.actor, frame.unit.code if frame.unit else "")
    context = {
        "frame": frame,
        "targets": told,
        "names": people.names({one.made_by for one in told}),
        "units": mine,
        "here": ledger.site_name(),
        "sent": request.POST,
        "wrong": refusal(wrong, STATUS[wrong.kind]) if wrong else None,
    }
    return render(request, "desk/targets.html", context, status=STATUS[wrong.kind] if wrong else 200)


def _on_target(request: ActorRequest, service: Callable[[], object], done: str) -> HttpResponse:
    require_sight(request, SEE)
    try:
        service()
    except _TOLD as wrong:
        return _targets(request, wrong)
    messages.success(request, done, extra_tags="ok")
    return redirect("hand-over-targets")


@page("POST")
def change(request: ActorRequest, target: str) -> HttpResponse:
    """Another address or token."""
    sent = request.POST
    address, token = sent.get("address", ""), sent.get("token", "")

    def service() -> None:
        places.change_target(request.actor, target, address=address, token=token)

    return _on_target(request, service, _("已连上，改好了。"))


@page("POST")
def end(request: ActorRequest, target: str) -> HttpResponse:
    """Nothing more is sent there."""
    return _on_target(request, lambda: places.end_target(request.actor, target), _("已停用，令牌已删除。"))


def _rate(told: str) -> int:
    return int(told) if told.isascii() and told.isdigit() and len(told) < 13 else 0


@page("POST")
def begin(request: ActorRequest, number: str) -> HttpResponse:
    """Send the built package to archives elsewhere."""
    target, rate = request.POST.get("target", ""), _rate(request.POST.get("rate", ""))
    return act_on(
        request,
        number,
        lambda: sending.send_away(request.actor, number, target, rate=rate),
        _("开始传送。页面可以关掉，断了会接着传。"),
    )


@page("POST")
def pace(request: ActorRequest, number: str) -> HttpResponse:
    """Pause, go on, slower or faster."""
    told = Pace(request.POST.get("paused", "") == "1", _rate(request.POST.get("rate", "")))
    return act_on(request, number, lambda: sending.set_pace(request.actor, number, told))


@page("POST")
def stop(request: ActorRequest, number: str) -> HttpResponse:
    """Stop sending."""
    return act_on(request, number, lambda: sending.stop(request.actor, number))


@page("POST")
def now(request: ActorRequest, number: str) -> HttpResponse:
    """Try or ask again at once."""
    return act_on(request, number, lambda: sending.ask_now(request.actor, number), _("马上再试。"))


@page("POST")
def trust(request: ActorRequest, number: str) -> HttpResponse:
    """Trust another key of the archives, its fingerprint compared."""
    told = request.POST.get("fingerprint", "")
    return act_on(
        request, number, lambda: sites.trust_archives(request.actor, number, told), _("已改认这把密钥。")
    )


# --- what came from units' own sites


@page("GET")
def delivery(request: ActorRequest, uuid: str) -> HttpResponse:
    """A package that a unit's own site sent: who sent what, its digests, the register to sign."""
    return _delivery(request, uuid)


def _delivery(request: ActorRequest, uuid: str, wrong: LantaiError | None = None) -> HttpResponse:
    if not may_somewhere(request.actor, "transfer.see"):
        raise Forbidden("people.permission.missing", permission="transfer.see")
    row = queries.delivery_row(request.actor, uuid)
    register = came.register_of(row) if row.register else None
    decides = may(request.actor, "transfer.decide")
    context = {
        "key": key_of_delivery(row),
        "may_trust": decides,
        "trust_url": reverse("delivery-trust", args=[uuid]),
        "row": row,
        "register": register,
        "may_sign": register is not None and decides and register.of("archives") is None,
        "names": people.names({row.by}),
        "wrong": refusal(wrong, STATUS[wrong.kind]) if wrong else None,
    }
    return render(request, "desk/delivery.html", context, status=STATUS[wrong.kind] if wrong else 200)


@page("POST")
def sign(request: ActorRequest, uuid: str) -> HttpResponse:
    """Sign the register for the archives."""
    try:
        sign_delivery(request.actor, uuid)
    except Conflict as wrong:
        return _delivery(request, uuid, wrong)
    messages.success(request, _("已签署。"), extra_tags="ok")
    return redirect("delivery", uuid)


@page("POST")
def trust_unit(request: ActorRequest, uuid: str) -> HttpResponse:
    """Trust another key of the unit's site, its fingerprint compared."""
    try:
        sites.trust_unit(request.actor, uuid, request.POST.get("fingerprint", ""))
    except (Conflict, NotFound) as wrong:
        return _delivery(request, uuid, wrong)
    messages.success(request, _("已改认这把密钥。"), extra_tags="ok")
    return redirect("delivery", uuid)


@page("GET")
def register(request: ActorRequest, uuid: str) -> HttpResponse:
    """The 移交接收登记表, printed."""
    if not may_somewhere(request.actor, "transfer.see"):
        raise Forbidden("people.permission.missing", permission="transfer.see")
    told = came.register(request.actor, uuid)
    answer = HttpResponse(drawn(told), content_type="application/pdf")
    name = f"{told.number}-移交接收登记表.pdf"
    answer.headers["Content-Disposition"] = handing_out.disposition(name, inline=True)
    return answer

"""Pages of copies: where they go, what is missing, one object's copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError, NotFound, Unavailable
from lantai.kernel.findings import Finding, failed
from lantai.kernel.storage.opening import Key
from lantai.kernel.texts import sentence
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import may, require
from lantai.vault import queries_copies as queries
from lantai.vault.policy import policy
from lantai.vault.queries_alarms import alarms
from lantai.vault.services import targets as places

SEE, KEEP = "vault.see", places.PERMISSION
_TOLD = (Conflict, Forbidden, Invalid, NotFound, Unavailable)
_KILO = 1024


@page("GET", "POST")
def targets(request: ActorRequest) -> HttpResponse:
    """Where copies go; a new place, tried before it is kept."""
    require(request.actor, SEE)
    if request.method != "POST":
        return _targets(request)
    try:
        made = places.add_target(request.actor, _wanted(request.POST))
    except _TOLD as wrong:
        return _targets(request, wrong)
    weak = queries.target(made).weaknesses
    said = _("试写通过，已登记。副本马上开始做。") if not weak else _("已登记。试写时发现了弱点，见下。")
    messages.success(request, said, extra_tags="ok")
    return redirect("vault-target", target=made)


def _wanted(sent: QueryDict) -> places.Wanted:
    """Return what the form says of a new place."""
    kind = sent.get("kind", "")
    name, secret = sent.get("access", "").strip(), sent.get("secret", "").strip()
    return places.Wanted(
        name=sent.get("name", ""),
        address="" if kind == "carrier" else sent.get("address", "") or " ",
        place=sent.get("place", ""),
        medium=sent.get("medium", ""),
        recipient=sent.get("recipient", ""),
        rate=_rate(sent.get("rate", "")),
        understood=sent.get("understood", "") == "1",
        key=Key(name, secret) if name and secret and kind == "s3" else None,
    )


def _rate(told: str) -> int:
    """Return bytes a second of a number of KB; ``Invalid("vault.target.rate")``."""
    said = told.strip() or "0"
    if not said.isascii() or not said.isdigit() or len(said) > 9:
        raise Invalid("vault.target.rate")
    return int(said) * _KILO


def _targets(request: ActorRequest, wrong: LantaiError | None = None) -> HttpResponse:
    told = queries.targets()
    here = policy().here
    context = {
        "targets": told,
        "ended": queries.targets(ended=True),
        "loss": queries.loss(),
        "here": here,
        "places": sorted({here.place, *(one.place for one in told)}),
        "media": sorted(
            {here.medium, _("硬盘"), _("磁带"), _("对象存储"), _("蓝光光盘"), *(one.medium for one in told)}
        ),
        "keeps": may(request.actor, KEEP),
        "sent": request.POST,
        **_refusal(wrong),
    }
    return render(request, "vault/targets.html", context, status=STATUS[wrong.kind] if wrong else 200)


def _refusal(wrong: LantaiError | None) -> dict[str, Any]:
    return {"wrong": sentence(wrong, reader_language()) if wrong else ""}


@page("GET", "POST")
def target(request: ActorRequest, target: UUID) -> HttpResponse:
    """One place: how far it is, what went wrong there; change it."""
    require(request.actor, SEE)
    if request.method != "POST":
        return _target(request, target)
    sent = request.POST
    name, secret = sent.get("access", "").strip(), sent.get("secret", "").strip()
    address = sent.get("address")

    def change() -> None:
        changes = places.Changes(
            name=sent.get("name"),
            place=sent.get("place"),
            medium=sent.get("medium"),
            rate=_rate(sent.get("rate", "")),
            address=address.strip() if address and address.strip() else None,
            key=Key(name, secret) if name and secret else None,
        )
        places.change_target(request.actor, target, changes)

    return _act(request, target, change, _("改好了。"))


def _target(request: ActorRequest, uuid: UUID, wrong: LantaiError | None = None) -> HttpResponse:
    view = queries.target(uuid)
    context = {
        "target": view,
        "weaknesses": [Finding(code).message(reader_language()) for code in view.weaknesses],
        "troubles": queries.troubles(view.uuid),
        "carriers": queries.carriers(view.uuid) if view.kind == "carrier" else (),
        "history": ledger.history([view.urn], 20)[::-1],
        "keeps": may(request.actor, KEEP) and view.ended_at is None,
        "names": people.names({view.made_by}),
        "kilo": view.rate // _KILO,
        **_refusal(wrong),
    }
    return render(request, "vault/target.html", context, status=STATUS[wrong.kind] if wrong else 200)


def _act(request: ActorRequest, uuid: UUID, service: Callable[[], object], done: str) -> HttpResponse:
    try:
        service()
    except _TOLD as wrong:
        if wrong.code in {"people.permission.missing", "vault.target.missing"}:
            raise
        return _target(request, uuid, wrong)
    messages.success(request, done, extra_tags="ok")
    return redirect("vault-target", target=uuid)


@page("POST")
def pause(request: ActorRequest, target: UUID) -> HttpResponse:
    """Let nothing be written there."""
    done = _("已暂停。想继续时再点“继续”。")
    return _act(request, target, lambda: places.pause_target(request.actor, target), done)


@page("POST")
def resume(request: ActorRequest, target: UUID) -> HttpResponse:
    """Go on at once."""
    return _act(request, target, lambda: places.resume_target(request.actor, target), _("继续了。"))


@page("POST")
def again(request: ActorRequest, target: UUID) -> HttpResponse:
    """Try it again, now."""

    def service() -> None:
        found = places.try_again(request.actor, target)
        if failed(found):
            raise Invalid("vault.target.unfit", problem=found[0].message(reader_language()))

    return _act(request, target, service, _("试写、读回、列目录、从中间读，全部通过。"))


@page("POST")
def end(request: ActorRequest, target: UUID) -> HttpResponse:
    """Use it no more."""
    reason = request.POST.get("reason", "")
    done = _("已停用。那里的内容没有动，也不再算作副本。")
    return _act(request, target, lambda: places.end_target(request.actor, target, reason), done)


@page("GET")
def copies(request: ActorRequest) -> HttpResponse:
    """What copies there should be and are: the work list and the alarms."""
    require(request.actor, SEE)
    language = reader_language()
    told = policy()
    context = {
        "short": queries.shortfalls(),
        "alarms": [alarm.message(language) for alarm in alarms(language)],
        "rules": list(told.rules.values()) or [told.default],
        "here": told.here,
        "targets": queries.targets(),
        "english": language == "en",
    }
    return render(request, "vault/copies.html", context)


@page("GET")
def group(request: ActorRequest, key: str) -> HttpResponse:
    """The objects of one line of the work list."""
    require(request.actor, SEE)
    told = request.GET.get("after", "")
    after = int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0
    rows, more = queries.in_shortfall(key, after)
    line = next((one for one in queries.shortfalls() if one.key == key), None)
    context = {
        "rows": rows,
        "next": rows[-1][0] if more else "",
        "line": line,
        "english": reader_language() == "en",
    }
    return render(request, "vault/group.html", context)


@page("GET")
def find(request: ActorRequest) -> HttpResponse:
    """Go to an object by its name."""
    require(request.actor, SEE)
    asked = request.GET.get("id", "").strip()
    if not asked:
        raise NotFound("vault.object.missing", object="")
    queries.standing(asked)
    return redirect("vault-object", object_id=asked)


@page("GET")
def one(request: ActorRequest, object_id: str) -> HttpResponse:
    """One object: which copies it should have, and has."""
    require(request.actor, SEE)
    context = {
        "object": object_id,
        "versions": queries.standing(object_id),
        "english": reader_language() == "en",
    }
    return render(request, "vault/object.html", context)

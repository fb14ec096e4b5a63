"""What was changed and what belongs together: of one record, and of one act with its undoing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.holdings import history, related
from lantai.holdings import queries as holdings
from lantai.holdings.history import Changed
from lantai.holdings.queries import RecordView, name_in_address
from lantai.holdings.services import relate as relate_records
from lantai.holdings.services import undo as undo_entry
from lantai.holdings.services import unrelate as unrelate_records
from lantai.holdings.services.undo import PERMISSIONS
from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.kernel.texts import sentence
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import may, require

SHOWN = 50
"""Records of an act whose changes are shown one by one."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A record and what an act changed of it, as (label, change)."""

    record: RecordView
    changes: tuple[tuple[str, Changed], ...]


@page("GET")
def changes(request: ActorRequest, what: str) -> HttpResponse:
    """The history of every field of a record, what it belongs together with, and its paper."""
    return _changes(request, holdings.record(request.actor, what))


def _changes(request: ActorRequest, shown: RecordView, problem: LantaiError | None = None) -> HttpResponse:
    fields = history.fields(request.actor, shown)
    numbers = _numbers({change.entry for field in fields for change in field.changes})
    context: dict[str, Any] = {
        "record": shown,
        "name": name_in_address(shown.ref, shown.urn),
        "fields": fields,
        "numbers": numbers,
        "related": related.relations(request.actor, shown),
        "kinds": related.kinds(),
        "places": [(key, label[reader_language()]) for key, label in related.LOCATION.items()],
        "may_revise": may(request.actor, "holdings.revise"),
        "may_see_ledger": may(request.actor, "ledger.see"),
        "may_open_act": may(request.actor, "catalogue.see"),
        "given": request.POST,
        "problem": sentence(problem, reader_language()) if problem else "",
    }
    return render(request, "catalogue/history.html", context, status=409 if problem else 200)


def _numbers(entries: set[str]) -> dict[str, int | None]:
    return {entry: ledger.entry(entry).index for entry in entries}


@page("POST")
def relate(request: ActorRequest, what: str) -> HttpResponse:
    """Relate a record to another or to what is told in words, or (``remove``) take a relation away."""
    require(request.actor, "holdings.revise")
    shown = holdings.record(request.actor, what)
    told = request.POST
    kind, target, text = (told.get(name, "").strip() for name in ("kind", "target", "text"))
    try:
        if told.get("remove"):
            unrelate_records(request.actor, shown.urn, kind, target=target, text=text)
            messages.success(request, _("已取消关联。"))
        else:
            located = {key: told.get(f"at-{key}", "").strip() for key in related.LOCATION}
            values = {key: value for key, value in located.items() if value}
            relate_records(request.actor, shown.urn, kind, target=target, text=text, values=values)
            messages.success(request, _("已建立关联。"))
    except (Invalid, NotFound, Conflict) as problem:
        return _changes(request, shown, problem)
    return HttpResponseRedirect(reverse("record-changes", args=[shown.urn]) + "#related")


@page("GET")
def entry(request: ActorRequest, uuid: str) -> HttpResponse:
    """What one act changed, and what taking it back would do."""
    require(request.actor, "catalogue.see")
    return _entry(request, uuid)


def _entry(request: ActorRequest, uuid: str, problem: LantaiError | None = None) -> HttpResponse:
    told = ledger.entry(uuid)
    if not told.act.startswith(("holdings.", "catalogue.")):
        raise NotFound("ledger.entry.missing", what=uuid)
    records = history.changed_by(request.actor, uuid, SHOWN + 1)
    touched = [Touched(record, _of_entry(request, record, uuid)) for record in records[:SHOWN]]
    permission = PERMISSIONS.get(told.act, "")
    context = {
        "uuid": uuid,
        "told": told,
        "who": people.names({told.actor}),
        "touched": touched,
        "more": len(records) > SHOWN,
        "count": told.data.get("count", len(touched)),
        "reason": told.data.get("reason", ""),
        "may_undo": bool(permission) and may(request.actor, permission),
        "may_see_ledger": may(request.actor, "ledger.see"),
        "problem": sentence(problem, reader_language()) if problem else "",
    }
    return render(request, "catalogue/history_entry.html", context, status=409 if problem else 200)


def _of_entry(request: ActorRequest, record: RecordView, uuid: str) -> tuple[tuple[str, Changed], ...]:
    return tuple(
        (field.label, change)
        for field in history.fields(request.actor, record)
        for change in field.changes
        if change.entry == uuid
    )


@page("POST")
def undo(request: ActorRequest, uuid: str) -> HttpResponse:
    """Take back what one act changed, and show the new act that did so."""
    require(request.actor, "holdings.revise")
    try:
        new = undo_entry(request.actor, uuid)
    except (Conflict, Invalid) as problem:
        return _entry(request, uuid, problem)
    messages.success(request, _("已撤销，改回了原来的样子。"))
    return HttpResponseRedirect(reverse("entry-changes", args=[new]))

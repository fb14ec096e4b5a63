"""Pages of the desk: the tray, and one document as it came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from lantai.access import delivery
from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.desk import (
    queries,
    queries_arrangement,
    queries_checks,
    queries_departments,
    queries_hand_over,
    queries_lending,
    queries_reminders,
    queries_ways,
)
from lantai.desk.frame import number as counted
from lantai.desk.queries import CaptureView
from lantai.holdings.queries import types
from lantai.kernel.errors import Forbidden
from lantai.people import queries as people
from lantai.people.policies import may, may_somewhere, units_of


@dataclass(frozen=True, slots=True)
class Step:
    """One business entity as it is shown; ``at`` is None where the time cannot be read, then ``told`` has it."""

    did: str
    who: str
    at: datetime | None
    told: str
    opinion: str
    mandate: str
    planned: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One element as it is shown; ``dated`` values are days."""

    label: str
    value: str
    dated: bool = False


def _require_sight(request: ActorRequest) -> None:
    actor = request.actor
    if not (may_somewhere(actor, "capture.see") or may_somewhere(actor, "capture.contribute")):
        raise Forbidden("people.permission.missing", permission="capture.see")


def _filters(asked: QueryDict) -> dict[str, str]:
    known = {"state": dict(queries.states()), "source": dict(queries.sources())}
    found = {name: asked.get(name, "") for name in known}
    return {
        "q": asked.get("q", "").strip()[:200],
        "unit": asked.get("unit", "")[:40],
        "department": asked.get("department", "")[:20],
        "year": asked.get("year", "")[:4] if counted(asked.get("year", "")) else "",
        **{name: value if value in known[name] else "" for name, value in found.items()},
    }


def _query(filters: dict[str, str], **more: str) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in {**filters, **more}.items() if value})
    return f"?{query.urlencode()}" if query else ""


@page("GET")
def tray(request: ActorRequest) -> HttpResponse:
    """What came in, newest first, by words of the title, state, source and unit."""
    _require_sight(request)
    filters, after = _filters(request.GET), request.GET.get("after", "")
    found = queries.captures(
        request.actor,
        text=filters["q"],
        state=filters["state"],
        source=filters["source"],
        unit=filters["unit"],
        department=filters["department"],
        year=counted(filters["year"]) or None,
        after=after,
    )
    mine = units_of(request.actor, "capture.see")
    units = [unit for unit in people.units() if mine is None or unit.id in mine]
    one = [unit.id for unit in units if len(units) == 1 or unit.code == filters["unit"]]
    context = {
        "captures": found.items,
        "filters": filters,
        "query": _query(filters),
        "states": queries.states(),
        "sources": queries.sources(),
        "units": units,
        "departments": queries_departments.choices(request.actor, one),
        "sees": may_somewhere(request.actor, "capture.see"),
        "gathering": _gathering(request, one),
        "notices": queries_reminders.notices(request.actor),
        "homeless": _homeless(request),
        "total": queries.counts(request.actor)["tray"],
        "arranges": any(may(request.actor, "item.arrange", unit) for unit in one),
        "to_mend": queries_hand_over.to_mend(request.actor, unit=filters["unit"]) if one else [],
        "overdue": queries_lending.overdue(request.actor, filters["unit"]),
        "first": _query(filters) or "?" if after else "",
        "next": _query(filters, after=found.after) if found.after else "",
        "may_bring": may_somewhere(request.actor, "capture.file"),
    }
    return render(request, "desk/tray.html", context)


def _gathering(request: ActorRequest, units: list[int]) -> list[queries_reminders.Gathering]:
    """Return which years departments are waited for, for the clerk who gathers them."""
    if len(units) != 1 or not may(request.actor, "department.keep", units[0]):
        return []
    return queries_reminders.gathering(units[0], timezone.localdate())


def _homeless(request: ActorRequest) -> bool:
    """Whether the actor files for departments and belongs to none: nothing can be shown or brought yet."""
    contributes = bool(units_of(request.actor, "capture.contribute"))
    sees = may_somewhere(request.actor, "capture.see")
    return contributes and not sees and not queries_departments.own_departments(request.actor)


@page("GET")
def capture(request: ActorRequest, number: str) -> HttpResponse:
    """One document: its files, what was done before it came, its metadata, its receipt."""
    _require_sight(request)
    shown = queries.capture(request.actor, number)
    language = reader_language()
    proposals = queries_ways.proposals(request.actor, number, language=language)
    # What took its place may be another department's: who files for one only is not told its number.
    sees = may(request.actor, "capture.see", shown.line.unit)
    context = {
        "capture": shown,
        "line": shown.line,
        "item": queries_arrangement.item_of(request.actor, number),
        "replaced_by": queries_checks.replaced_by(number) if sees else "",
        "replaces": queries_checks.replaces(number) if sees else "",
        "receipt": shown.receipt,
        "facts": _facts(shown, language),
        "kind": types()[shown.type].label[language] if shown.type in types() else shown.type,
        "steps": [_step(told) for told in shown.process],
        "signatures": [_named("WS", told, language) for told in shown.signatures],
        "notes": _notes(shown, language),
        "names": people.names({shown.received_by}),
        "departments": _departments(request, shown),
        "proposals": proposals,
        "offered": [one for one in proposals if one.offers],
    }
    return render(request, "desk/capture.html", context)


def _departments(request: ActorRequest, shown: CaptureView) -> list[tuple[str, str]]:
    """Return the departments to which the actor may give a document, none where she may not."""
    if not may(request.actor, "department.keep", shown.line.unit):
        return []
    return queries_departments.choices(request.actor, [shown.line.unit])


def _facts(shown: CaptureView, language: str) -> list[Fact]:
    return _named(shown.type, {key: text for key, text in shown.values.items() if key != "title"}, language)


def _named(code: str, told: dict[str, str], language: str) -> list[Fact]:
    """Return the elements of ``told`` in the order of forms."""
    kind = types().get(code)
    if kind is None:
        return [Fact(key, text) for key, text in told.items()]
    return [
        Fact(element.label[language], told[element.key], element.kind == "date")
        for element in kind.elements
        if told.get(element.key)
    ]


def _notes(shown: CaptureView, language: str) -> list[tuple[str, str]]:
    """Return what was told when it came in, each with the file or the element it is about."""
    kind = types().get(shown.type)
    about = {f"values.{one.key}": one.label[language] for one in kind.elements} if kind else {}
    about |= {f"components[{one.order - 1}]": one.name for one in shown.receipt.components}
    return [(about.get(one.path, one.path), one.message(language)) for one in shown.receipt.notes]


def _step(told: dict[str, str]) -> Step:
    time = told.get("action_time", "")
    try:
        at: datetime | None = datetime.fromisoformat(time) if "T" in time else None
    except ValueError:
        at = None
    who = " ".join(filter(None, (told.get("position_name"), told.get("agent_name"))))
    return Step(
        did=told.get("business_activity", ""),
        who=who,
        at=at if at and at.tzinfo else None,
        told=time,
        opinion=told.get("action_description", ""),
        mandate=told.get("action_mandate", ""),
        planned=told.get("business_status") == "计划任务",
    )


@page("GET")
def original(request: ActorRequest, number: str, order: int) -> HttpResponseBase:
    """A file as it came, whole or in parts; ``?inline`` lets the browser show a PDF."""
    _require_sight(request)
    kept, path = queries.original(request.actor, number, order)
    return delivery.original(request, path, kept.name, kept.mime, kept.sha512)

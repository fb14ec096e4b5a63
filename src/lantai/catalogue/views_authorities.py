"""Editing what stands above the records: the description of a fonds, and name records (机构人员)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.parts import wants_part
from lantai.catalogue.forms_edit import Sheet, posted, taken
from lantai.catalogue.services.revising import add_agent, revise_agent, revise_fonds
from lantai.catalogue.suggest import Own, own
from lantai.catalogue.views_edit import differing, figures, notes_context
from lantai.holdings import authorities
from lantai.kernel.errors import Conflict, Invalid, LantaiError
from lantai.kernel.recordtypes import RecordType, validate
from lantai.kernel.texts import sentence
from lantai.people.policies import require

_KIND = frozenset({"agent_kind"})
NO_WORDS = Own({}, ())


@dataclass(frozen=True, slots=True)
class Desk:
    """A description on the desk: what it is of, as it stands, where its pages are, and how it is saved.

    ``save`` takes the changes, the state that was read and a reason, and returns the address to go to.
    """

    kind: RecordType
    level: str
    values: Mapping[str, str]
    state: str
    name: str
    here: str
    back: str
    save: Callable[[dict[str, str], str, str], str]
    hidden: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    own: Own = NO_WORDS
    fonds: str = ""


@page("GET", "POST")
def edit_fonds(request: ActorRequest, number: str) -> HttpResponse:
    """The description of a fonds (全宗级著录), its name among it."""
    require(request.actor, "holdings.revise")
    there = authorities.fonds_described(request.actor, number)
    back = reverse("fonds-about", args=[there.number])

    def save(changes: dict[str, str], state: str, reason: str) -> str:
        revise_fonds(request.actor, there.number, changes, state=state, reason=reason)
        return back

    return _edit(
        request,
        Desk(
            kind=authorities.fonds_type(),
            level="fonds",
            values=there.values,
            state=there.state,
            name=f"{there.number} {there.name}",
            here=reverse("fonds-edit", args=[there.number]),
            back=back,
            save=save,
            hidden=authorities.FONDS_FIXED,
            own=own(request.actor, there.number),
            fonds=there.number,
        ),
    )


@page("GET", "POST")
def edit_agent(request: ActorRequest, urn: str) -> HttpResponse:
    """One name record; its kind stays."""
    require(request.actor, "holdings.revise")
    there = authorities.agent(request.actor, urn)
    back = reverse("agent", args=[urn])

    def save(changes: dict[str, str], state: str, reason: str) -> str:
        revise_agent(request.actor, urn, changes, state=state, reason=reason)
        return back

    here = reverse("agent-edit", args=[urn])
    kind = authorities.agent_type()
    desk = Desk(kind, "item", there.values, there.state, there.name, here, back, save, fixed=_KIND)
    return _edit(request, desk)


@page("GET", "POST")
def new_agent(request: ActorRequest) -> HttpResponse:
    """A new name record."""
    require(request.actor, "holdings.describe")

    def save(changes: dict[str, str], _state: str, _reason: str) -> str:
        kind = changes.pop("agent_kind", "body")
        return reverse("agent", args=[add_agent(request.actor, kind, changes)])

    kind, here = authorities.agent_type(), reverse("agent-new")
    begun = {"agent_kind": "body"}
    return _edit(request, Desk(kind, "item", begun, "", "", here, reverse("agents"), save))


def _edit(request: ActorRequest, on: Desk) -> HttpResponse:
    """The form; POST saves (``-do=save``), looks at what was typed, or takes over a hint."""
    if request.method != "POST":
        return _form(request, on, on.values)
    mine = posted(on.kind, on.level, request.POST)
    if request.POST.get("-do") == "save" and not wants_part(request):
        return _save(request, on, mine)
    key, value = taken(request.POST)
    values = {**on.values, **mine, **({key: value} if key in on.kind.by_key else {})}
    if wants_part(request):
        context = notes_context(_sheet(on, values), on.here, on.fonds, key)
        return render(request, "catalogue/edit_notes.html", context)
    return _form(request, on, values)


def _sheet(on: Desk, values: Mapping[str, str]) -> Sheet:
    findings = [
        one
        for one in validate(on.kind, values, "GD", level=on.level)
        if values.get(str(one.facts.get("key", "")), "").strip()
    ]
    return Sheet(on.kind, on.level, values, on.own, findings, fixed=on.fixed, hidden=on.hidden)


def _form(
    request: ActorRequest, on: Desk, values: Mapping[str, str], problem: LantaiError | None = None
) -> HttpResponse:
    sheet = _sheet(on, values)
    stale = problem is not None and problem.code == "holdings.description.changed"
    context = {
        "on": on,
        "here": on.here,
        "fonds_number": on.fonds,
        "sections": sheet.sections(),
        "figures": figures(sheet),
        "state": on.state if stale else request.POST.get("-state") or on.state,
        "reason": request.POST.get("-reason", ""),
        "problem": sentence(problem, reader_language()) if problem else "",
        "clashes": _clashes(on, values) if stale else [],
    }
    status = STATUS[problem.kind] if problem else 200
    return render(request, "catalogue/edit_authority.html", context, status=status)


def _clashes(on: Desk, mine: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return what stands now and what was typed where they differ, as (label, now, typed)."""
    language = reader_language()
    return [
        (on.kind.by_key[key].label[language], on.values.get(key, ""), text)
        for key, text in differing(on.kind, on.values, mine).items()
        if key in on.kind.by_key
    ]


def _save(request: ActorRequest, on: Desk, mine: dict[str, str]) -> HttpResponse:
    # A new one has nothing before it: what its form begins with is said as well.
    changes = differing(on.kind, on.values if on.state else {}, mine)
    state = request.POST.get("-state", "")
    try:
        if on.state and state == on.state and not changes:
            messages.success(request, _("没有要改的，什么都没有变。"))
            return HttpResponseRedirect(on.back)
        address = on.save(changes, state, request.POST.get("-reason", "").strip())
    except (Conflict, Invalid) as problem:
        return _form(request, on, {**on.values, **mine}, problem)
    messages.success(request, _("已保存。"))
    return HttpResponseRedirect(address)

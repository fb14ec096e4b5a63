"""Editing one record: the form of its type with hints, what to do when somebody was quicker, suggestions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.parts import wants_part
from lantai.catalogue.forms_edit import Sheet, elements_of, posted, taken
from lantai.catalogue.services.revising import revise
from lantai.catalogue.suggest import own, suggest
from lantai.holdings import history
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView, name_in_address
from lantai.holdings.services import Current, current, weigh
from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.kernel.recordtypes import Element, RecordType, pieces
from lantai.kernel.texts import sentence
from lantai.people.policies import require


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two people changed, or one of them; ``who`` is mine | theirs | both."""

    key: str
    label: str
    base: str
    theirs: str
    mine: str
    who: str


@dataclass(frozen=True, slots=True)
class Desk:
    """The record on the desk: as others see it, as it stands, and its type."""

    shown: RecordView
    stand: Current
    kind: RecordType

    @property
    def address(self) -> str:
        return reverse("record-edit", args=[self.shown.urn])


def desk(request: ActorRequest, what: str) -> Desk:
    """Return the record of a 档号 or urn for who may revise it."""
    require(request.actor, "holdings.revise")
    shown = holdings.record(request.actor, what)
    stand = current(request.actor, [shown.urn])[0]
    kind = holdings.types().get(stand.type)
    if kind is None:
        raise NotFound("catalogue.edit.no_type", ref=shown.ref, type=stand.type)
    return Desk(shown, stand, kind)


@page("GET", "POST")
def edit(request: ActorRequest, what: str) -> HttpResponse:
    """The form of one record. POST saves (``-do=save|next``), looks at what was typed, or takes over a hint."""
    on = desk(request, what)
    if request.method != "POST":
        return _form(request, on, on.stand.values)
    mine = posted(on.kind, on.stand.level, request.POST)
    # htmx adds the button clicked last to what it sends: its requests only ever look.
    if request.POST.get("-do") in {"save", "next"} and not wants_part(request):
        return _save(request, on, mine)
    key, value = taken(request.POST)
    values = {**on.stand.values, **mine, **({key: value} if key in on.kind.by_key else {})}
    if wants_notes(request):
        return _notes(request, on, values, key)
    return _form(request, on, values)


def _sheet(request: ActorRequest, on: Desk, values: Mapping[str, str]) -> Sheet:
    keys = {element.key for element in elements_of(on.kind, on.stand.level)} - {"ref"}
    wanted = {key: value for key, value in values.items() if key in keys}
    findings = weigh(on.stand, wanted).findings
    return Sheet(on.kind, on.stand.level, values, own(request.actor, on.shown.fonds), findings)


def _form(
    request: ActorRequest, on: Desk, values: Mapping[str, str], problem: LantaiError | None = None
) -> HttpResponse:
    sheet = _sheet(request, on, values)
    before, behind = holdings.neighbours(request.actor, on.shown)
    saved = request.GET.get("saved", "") if request.method == "GET" else ""
    context = {
        "record": on.shown,
        "fonds_number": on.shown.fonds,
        "stand": on.stand,
        "here": on.address,
        "name": name_in_address(on.shown.ref, on.shown.urn),
        "sections": sheet.sections(),
        "choice": sheet.choice(),
        "figures": figures(sheet),
        "version": request.POST.get("-version") or on.stand.version,
        "reason": request.POST.get("-reason", ""),
        "problem": sentence(problem, reader_language()) if problem else "",
        "before": before,
        "behind": behind,
        "saved": _saved(request, on, int(saved)) if saved.isdecimal() and len(saved) < 9 else (),
    }
    return render(request, "catalogue/edit.html", context, status=STATUS[problem.kind] if problem else 200)


def wants_notes(request: ActorRequest) -> bool:
    """Return whether htmx asks for what stands beside the fields; another sub-kind asks for the whole form."""
    return wants_part(request) and "-whole" not in request.POST


def figures(sheet: Sheet) -> tuple[int, int]:
    """Return how many fields have faults, and how many hints there are."""
    notes = sheet.notes()
    faults = sum(1 for some in notes.values() if any(note.tone == "no" for note in some))
    return faults, sum(1 for some in notes.values() for note in some if note.tone != "no")


def _notes(request: ActorRequest, on: Desk, values: Mapping[str, str], key: str) -> HttpResponse:
    """Return what stands beside the fields now, and the field ``key`` that took over a hint."""
    sheet = _sheet(request, on, values)
    return render(request, "catalogue/edit_notes.html", notes_context(sheet, on.address, on.shown.fonds, key))


def notes_context(sheet: Sheet, here: str, fonds: str, key: str) -> dict[str, Any]:
    """Return what the part of a page needs that is put in place after a look at the form."""
    choice = sheet.choice()
    lines = [line for section in sheet.sections() for line in section.lines]
    lines += [choice] if choice else []
    return {
        "here": here,
        "fonds_number": fonds,
        "lines": [line for line in lines if line.key != key and line.look != "fixed"],
        "changed": [line for line in lines if line.key == key],
        "figures": figures(sheet),
    }


def _saved(request: ActorRequest, on: Desk, version: int) -> list[tuple[str, history.Changed]]:
    """Return the fields that were changed to ``version``, as (label, change)."""
    return [
        (field.label, change)
        for field in history.fields(request.actor, on.shown)
        for change in field.changes
        if change.version == version
    ]


def differing(kind: RecordType, before: Mapping[str, str], mine: Mapping[str, str]) -> dict[str, str]:
    """Return those of ``mine`` that say something else than ``before``; a fixed 档号 is never among them."""
    return {
        key: value
        for key, value in mine.items()
        if key != "ref" and not _same(kind.by_key.get(key), before.get(key, ""), value)
    }


def _same(element: Element | None, one: str, other: str) -> bool:
    if element is not None and element.repeat:
        return pieces(element, one) == pieces(element, other)
    return one.strip() == other.strip()


def _save(request: ActorRequest, on: Desk, mine: Mapping[str, str]) -> HttpResponse:
    picked = {key: value for key, value in mine.items() if request.POST.get(f"pick-{key}") != "theirs"}
    told = request.POST.get("-version", "")
    version = int(told) if told.isdecimal() and len(told) < 9 else 0
    if version != on.stand.version:
        return _conflict(request, on, picked, version)
    changes = differing(on.kind, on.stand.values, picked)
    try:
        reason = request.POST.get("-reason", "").strip()
        new = revise(request.actor, on.shown.urn, changes, version=version, reason=reason)
    except Conflict as problem:
        if problem.code != "holdings.record.changed":
            return _form(request, on, {**on.stand.values, **picked}, problem)
        return _conflict(request, desk(request, on.shown.urn), picked, version)
    except Invalid as problem:
        return _form(request, on, {**on.stand.values, **picked}, problem)
    _first, behind = holdings.neighbours(request.actor, on.shown)
    if request.POST.get("-do") == "next" and behind:
        return HttpResponseRedirect(reverse("record-edit", args=[behind.urn]))
    if new == version:
        messages.success(request, _("没有要改的，什么都没有变。"))
        return HttpResponseRedirect(on.address)
    return HttpResponseRedirect(f"{on.address}?{urlencode({'saved': new})}")


def _conflict(request: ActorRequest, on: Desk, mine: Mapping[str, str], version: int) -> HttpResponse:
    """Show what both changed since ``version``, side by side; what was typed is all there."""
    clashes = clashing(on, mine, _base(request, on, version))
    theirs = [change for change in _since(request, on, version) if change.version > version]
    context = {
        "record": on.shown,
        "here": on.address,
        "both": [one for one in clashes if one.who == "both"],
        "mine": [one for one in clashes if one.who == "mine"],
        "theirs": [one for one in clashes if one.who == "theirs"],
        "who": sorted({change.actor for change in theirs}),
        "last": max((change.at for change in theirs), default=None),
        "version": on.stand.version,
        "reason": request.POST.get("-reason", ""),
    }
    return render(request, "catalogue/edit_conflict.html", context, status=409)


def _since(request: ActorRequest, on: Desk, version: int) -> list[history.Changed]:
    told = [change for field in history.fields(request.actor, on.shown) for change in field.changes]
    return [change for change in told if change.version > version]


def _base(request: ActorRequest, on: Desk, version: int) -> dict[str, str]:
    """Return the values as they were at ``version``: what was changed since is set back, newest first."""
    values = dict(on.stand.values)
    for field in history.fields(request.actor, on.shown):
        for change in field.changes:
            if change.version > version:
                values[field.key] = change.before
    return values


def clashing(on: Desk, mine: Mapping[str, str], base: Mapping[str, str]) -> list[Clash]:
    """Return the fields that differ between what was read, what stands now and what was typed, in form order."""
    found = []
    for element in elements_of(on.kind, on.stand.level):
        key = element.key
        was, now = base.get(key, ""), on.stand.values.get(key, "")
        typed = mine.get(key, was)
        i_did, they_did = not _same(element, was, typed), not _same(element, was, now)
        if key == "ref" or not (i_did or they_did) or (i_did and _same(element, now, typed)):
            continue
        who = "both" if i_did and they_did else "mine" if i_did else "theirs"
        found.append(Clash(key, element.label[reader_language()], was, now, typed, who))
    return found


@page("GET")
def suggestions(request: ActorRequest) -> HttpResponse:
    """Values of an element that the fonds uses, as options of a field: ``element``, ``fonds``, ``q``."""
    key = request.GET.get("element", "")[:60]
    query = request.GET.get("q", request.GET.get(key, ""))[:100]
    fonds = request.GET.get("fonds", "")
    found = suggest(request.actor, fonds, key, query, limit=20) if fonds else []
    return render(request, "catalogue/edit_options.html", {"found": found})

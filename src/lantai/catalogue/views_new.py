"""Describing quickly by hand: the next free number, what is carried over from the entry before, hints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.home import home
from lantai.base.parts import wants_part
from lantai.catalogue.codes import CodeReader
from lantai.catalogue.forms_edit import Sheet, carried, elements_of, posted, taken
from lantai.catalogue.services.plan import USUAL
from lantai.catalogue.services.register import free_urn, register_catalogue
from lantai.catalogue.suggest import own
from lantai.catalogue.views_edit import figures, notes_context, wants_notes
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Last, last_record, name_in_address, next_ref
from lantai.holdings.services import Description, Weigher
from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.kernel.findings import Finding, failed
from lantai.kernel.recordtypes import RecordType, site_rules, subkinds, validate
from lantai.kernel.texts import sentence
from lantai.people.policies import require

LEVELS = ("item", "file")
BELOW, OPEN = "·", "-"
"""In an address ``KJ·JJ`` is a type and its sub-kind, ``KJ·-`` a type whose sub-kind is left open."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a new entry goes: the fonds, its type and level, the series or the file (档号) that it lies in.

    ``subkind`` is the code of its 二级类别, "" where the type has none or it is left open.
    """

    fonds: str
    kind: RecordType
    level: str
    series: str
    parent: str
    subkind: str
    last: Last | None

    @property
    def typed(self) -> str:
        """The type and its sub-kind, as addresses and forms say them."""
        return f"{self.kind.code}{BELOW}{self.subkind or OPEN}" if self.kind.subkinds else self.kind.code

    def query(self, **more: str) -> str:
        told = {"fonds": self.fonds, "type": self.typed, "level": self.level}
        told |= {"series": self.series, "parent": self.parent, **more}
        return urlencode({name: value for name, value in told.items() if value})


def spot(request: ActorRequest, told: QueryDict, mark: str = "") -> Spot | None:
    """Return where the entry goes; None while fonds, type or sub-kind is not said. ``NotFound`` for what is not there.

    In a form the names begin with ``mark``: there are elements of the same names. The sub-kind is that of the
    series, else that of the entry before.
    """
    fonds, parent, series, level, code = (
        told.get(mark + name, "").strip() for name in ("fonds", "parent", "series", "level", "type")
    )
    code, _dot, below = code.partition(BELOW)
    level = level or "item"
    if parent:
        file = holdings.record(request.actor, parent)
        fonds, series, level, parent = file.fonds, file.series, "item", file.ref
    if not fonds:
        return None
    holdings.seat(request.actor, fonds)
    last = last_record(request.actor, fonds, series=series, parent=parent, type=code)
    kind = holdings.types().get(code or (last.type if last and (series or parent) else ""))
    if kind is None or level not in kind.levels or level not in LEVELS:
        return None
    asked = _below(kind, below, series, last) if kind.subkinds else ""
    if asked is None:
        return None
    found = Spot(fonds, kind, level, series, parent, asked, last)
    return _below_last(request, found) if asked and not (series or parent) else found


def _below_last(request: ActorRequest, at: Spot) -> Spot:
    """Return ``at`` with the last entry of its sub-kind in the fonds."""
    own = next(one for one in at.kind.subkinds if one.code == at.subkind)
    codes = (own.code, *own.also)
    under = [f"{prefix}{BELOW}{code}" for prefix in at.kind.prefixes for code in codes]
    return replace(at, last=last_record(request.actor, at.fonds, type=at.kind.code, under=under))


def _turned(request: ActorRequest, at: Spot, values: dict[str, str]) -> tuple[Spot, dict[str, str]]:
    """Return the spot and the values once another sub-kind was chosen: a number that was only proposed follows."""
    own = subkinds.subkind(at.kind, {at.kind.subkind_key: values.get(at.kind.subkind_key, "")})
    code = own.code if own else ""
    if code == at.subkind or not at.kind.subkinds:
        return at, values
    turned = replace(at, subkind=code)
    if not code or at.series or at.parent:
        return turned, values
    turned = _below_last(request, turned)
    proposed = _begun(at, like=False)
    ours = {key for key, value in proposed.items() if value and values.get(key) == value}
    if values.get("ref", "") != proposed.get("ref", ""):
        return turned, values
    rest = {key: value for key, value in values.items() if key not in ours}
    return turned, {**rest, **_begun(turned, like=False)}


def _below(kind: RecordType, told: str, series: str, last: Last | None) -> str | None:
    """Return the code of the sub-kind that is asked for, "" when it is left open, None when nobody said one."""
    if told:
        found = subkinds.named(kind, told)
        return found.code if found else "" if told == OPEN else None
    found = subkinds.of_path(kind, series.split(BELOW))
    if found is None and last is not None and last.type == kind.code:
        found = subkinds.subkind(kind, last.values)
    return found.code if found else None


@page("GET", "POST")
def new(request: ActorRequest) -> HttpResponse:
    """A new entry that only the catalogue knows; POST saves it (``-do=save|another``), or looks at the form."""
    require(request.actor, "holdings.describe")
    posting = request.method == "POST"
    at = spot(request, request.POST, "-") if posting else spot(request, request.GET)
    if at is None:
        fonds = [(one.number, one.name) for one in holdings.fonds_list(request.actor)]
        given = request.GET.get("type") or "WS"
        kind = holdings.types().get(given)
        context = {
            "fonds": fonds,
            "kinds": _kinds(),
            "given": request.GET,
            "type": given,
            "asks_kind": kind.label[reader_language()] if kind and kind.subkinds else "",
        }
        return render(request, "catalogue/edit_where.html", context)
    if not posting:
        return _form(request, at, _begun(at, bool(request.GET.get("like"))))
    values = posted(at.kind, at.level, request.POST)
    if request.POST.get("-do") in {"save", "another"} and not wants_part(request):
        return _save(request, at, values)
    key, value = taken(request.POST)
    values |= {key: value} if key in at.kind.by_key else {}
    at, values = _turned(request, at, values)
    if wants_notes(request):
        sheet = _sheet(request, at, values)
        return render(
            request, "catalogue/edit_notes.html", notes_context(sheet, reverse("record-new"), at.fonds, key)
        )
    return _form(request, at, values)


def _kinds() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the record types as (code, label, sub-kinds), 文书 first, each sub-kind as it is chosen and said."""
    language = reader_language()
    found = []
    for code, kind in sorted(holdings.types().items(), key=lambda pair: (pair[0] != USUAL, pair[0])):
        below = [(f"{code}{BELOW}{one.code}", one.label[language]) for one in kind.subkinds]
        below += [(f"{code}{BELOW}{OPEN}", _("二级类别未定"))] if below else []
        found.append((code, kind.label[language], below))
    return found


def _begun(at: Spot, like: bool) -> dict[str, str]:
    """Return the values that a new entry begins with: its number, what that says, what is carried over."""
    ref = next_ref(at.last.ref) if at.last and at.last.level == at.level else ""
    over = carried(at.kind.code, at.level, at.last.values) if at.last and like else {}
    told = dict(_told(at, ref)) if ref else {}
    values = {"fonds": at.fonds, **told, **over}
    if at.kind.subkinds:
        chosen = subkinds.named(at.kind, at.subkind)
        values[at.kind.subkind_key] = chosen.label.zh if chosen else ""
        for element in subkinds.foreign(at.kind, values):
            del values[element.key]
    keys = {element.key for element in elements_of(at.kind, at.level)}
    return {"ref": ref, **{key: value for key, value in values.items() if key in keys}}


def _sheet(request: ActorRequest, at: Spot, values: Mapping[str, str], *, whole: bool = False) -> Sheet:
    """Return the form with what is known about it; what is lacking is told of a ``whole`` entry only."""
    findings = [*validate(at.kind, values, "GD", level=at.level), *_of_code(at, values)]
    shown = [one for one in findings if whole or values.get(str(one.facts.get("key", "")), "").strip()]
    return Sheet(at.kind, at.level, values, own(request.actor, at.fonds), shown, fixed=frozenset())


def _codes() -> CodeReader:
    own = home().types
    return CodeReader(holdings.types(), site_rules(own if own.is_dir() else None))


def _told(at: Spot, ref: str) -> Mapping[str, str]:
    """Return what the code ``ref`` says of its record."""
    reader = _codes()
    return reader.values(ref, reader.read(ref, at.level), at.kind, at.level)


def _of_code(at: Spot, values: Mapping[str, str]) -> list[Finding]:
    if not values.get("ref", "").strip():
        return []
    reader = _codes()
    known = reader.read(values["ref"], at.level)
    found = reader.disagreements(dict(values), known, at.level)
    return [
        Finding(one.code, one.path, one.expected, one.found, one.severity, {**one.facts, "key": "ref"})
        for one in found
    ]


def _form(
    request: ActorRequest, at: Spot, values: Mapping[str, str], problem: LantaiError | None = None
) -> HttpResponse:
    sheet = _sheet(request, at, values, whole=problem is not None)
    context: dict[str, Any] = {
        "at": at,
        "fonds_number": at.fonds,
        "here": reverse("record-new"),
        "like": f"{reverse('record-new')}?{at.query(like='1')}",
        "sections": sheet.sections(),
        "choice": sheet.choice(),
        "figures": figures(sheet),
        "problem": sentence(problem, reader_language()) if problem else "",
    }
    return render(
        request, "catalogue/edit_new.html", context, status=STATUS[problem.kind] if problem else 200
    )


def _save(request: ActorRequest, at: Spot, given: dict[str, str]) -> HttpResponse:
    values = {key: value for key, value in given.items() if value}
    ref = values.get("ref", "")
    try:
        wrong = _of_code(at, values)
        if failed(wrong):
            first = next(one for one in wrong if failed([one]))
            raise Invalid(
                first.code, **{"path": ref, "expected": first.expected, "found": first.found, **first.facts}
            )
        meant = Weigher().new(at.kind.code, at.level, values)
        urn = free_urn(ref)
        described = Description(
            urn, ref, at.level, at.kind.code, at.fonds, {"fonds": at.fonds, **meant}, parent=at.parent
        )
        if holdings.existing_refs([ref]):
            raise Conflict("holdings.record.ref_taken", ref=ref)
        register_catalogue(request.actor, [described], source=_("手工著录"))
    except (Invalid, Conflict, NotFound) as problem:
        return _form(request, at, values, problem)
    messages.success(request, _("已著录 %(ref)s %(title)s") % {"ref": ref, "title": meant.get("title", "")})
    if request.POST.get("-do") == "another":
        kind = subkinds.subkind(at.kind, meant)
        next_one = replace(at, subkind=kind.code if kind else "")
        return HttpResponseRedirect(f"{reverse('record-new')}?{next_one.query(like='1')}")
    return HttpResponseRedirect(reverse("record", args=[name_in_address(ref, urn)]))

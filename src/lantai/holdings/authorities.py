"""Reads of what stands above the records: the description of a fonds, and name records (机构人员)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.base.paging import Page, page
from lantai.holdings.access import sees_by_office
from lantai.holdings.models import Agent, Fonds
from lantai.holdings.queries import types
from lantai.holdings.services.longtexts import ALL, as_said
from lantai.kernel import canonical, recordtypes
from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import NotFound
from lantai.kernel.recordtypes import Element, RecordType
from lantai.ledger import queries as ledger
from lantai.people.policies import may
from lantai.people.queries import names

NAME = "fonds_name"
"""The element of a fonds that is its name: a column of its own, told and changed like the others."""

FONDS_FIXED = frozenset({"aggregation", "ref", "fonds", "title"})
"""Elements that the number, the level and the name of a fonds say already."""

_STATE = 16
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class FondsDescribed:
    """A fonds with its description (全宗级著录), as far as the actor may see it.

    ``state`` says which state was read, for who changes it: a digest of what is shown, so that it tells nothing of
    what is not. ``inner``: everything is shown.
    """

    number: str
    name: str
    unit: int
    unit_name: str
    values: Mapping[str, str]
    state: str
    inner: bool


@dataclass(frozen=True, slots=True)
class AgentView:
    """A name record as far as the actor may see it; ``values`` hold its name as ``title``."""

    urn: str
    kind: str
    name: str
    values: Mapping[str, str]
    state: str
    inner: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """One act about a description: ``told`` for its words, ``changes`` as (label, before, after)."""

    told: ledger.Told
    actor: str
    at: datetime
    reason: str
    changes: tuple[tuple[str, str, str], ...]


@lru_cache(maxsize=1)
def agent_type() -> RecordType:
    """Return the elements of name records of this site."""
    own = home().types
    return recordtypes.agents(own if own.is_dir() else None)


def fonds_type() -> RecordType:
    """Return the record type whose elements of the level ``fonds`` describe a fonds: that of all types."""
    return next(iter(types().values()))


def fonds_elements() -> tuple[Element, ...]:
    """Return the elements by which a fonds is described, in form order."""
    return tuple(e for e in fonds_type().of_scope() if "fonds" in e.levels and e.key not in FONDS_FIXED)


def state_of(told: Mapping[str, Any]) -> str:
    """Return what names one state of a description: it is another one when anything in it is."""
    return digest_bytes(canonical.dumps(dict(told)), ("sha512",)).sha512[:_STATE]


def fonds_values_of(row: Fonds) -> dict[str, str]:
    """Return all that is described of a fonds, its name included."""
    return {**row.values, NAME: row.name}


def agent_values_of(row: Agent) -> dict[str, str]:
    """Return all that is described of an agent, its name and kind included."""
    return {**row.values, "title": row.name, "agent_kind": row.kind}


def fonds_described(actor: Actor, number: str) -> FondsDescribed:
    """Return the description of a fonds; ``NotFound``. Who has no office there sees what is public."""
    row = Fonds.objects.select_related("unit").filter(number=number).first() if "\0" not in number else None
    if row is None:
        raise NotFound("holdings.fonds.missing", fonds=number)
    inner = sees_by_office(actor, row.unit_id)
    values = fonds_values_of(row)
    shown = values if inner else _public(fonds_type(), values)
    return FondsDescribed(row.number, row.name, row.unit_id, row.unit.name, shown, state_of(shown), inner)


def agents(actor: Actor, query: str = "", kind: str = "", after: str = "", size: int = 50) -> Page[AgentView]:
    """Return a page of the name records that the actor sees, by name; ``query`` is a part of the name."""
    rows = _visible(actor)
    if query:
        rows = rows.filter(name__icontains=query[:_LONGEST].replace("\0", ""))
    if kind:
        rows = rows.filter(kind=kind)
    found = page(rows, {"name": str, "id": int}, after, size)
    inner = may(actor, "holdings.see")
    return Page([_agent(row, inner=inner) for row in found.items], found.after)


def agent(actor: Actor, urn: str) -> AgentView:
    """Return one name record; ``NotFound`` when there is none or the actor may not see it."""
    row = _visible(actor).filter(urn=urn).first() if "\0" not in urn else None
    if row is None:
        raise NotFound("holdings.agent.missing", what=urn)
    return _agent(row, inner=may(actor, "holdings.see"))


def history(actor: Actor, subject: str, kind: RecordType, language: str) -> list[Happened]:
    """Return what was done to the description ``subject``, newest first; the caller has seen that ``actor`` may."""
    found = ledger.history([subject])
    who = names({told.actor for told in found})
    return [
        Happened(
            told,
            who.get(told.actor, told.actor),
            told.at,
            str(told.data.get("reason", "")),
            tuple(_changes(told.data, kind, language)),
        )
        for told in reversed(found)
    ]


def _changes(data: Mapping[str, Any], kind: RecordType, language: str) -> Sequence[tuple[str, str, str]]:
    told = data.get("changes", {})
    if "before" in data and "values" in data:  # describe: what was there and what is there, whole
        before, after = data["before"], data["values"]
        keys = [key for key in {**before, **after} if before.get(key, "") != after.get(key, "")]
        told = {key: [before.get(key, ""), after.get(key, "")] for key in keys}
    if ALL in told:
        return [("", "", as_said(told[ALL]))]
    order = {element.key: n for n, element in enumerate(kind.of_scope())}
    return [
        (_label(kind, key, language), as_said(told[key][0]), as_said(told[key][1]))
        for key in sorted(told, key=lambda key: order.get(key, len(order)))
    ]


def _label(kind: RecordType, key: str, language: str) -> str:
    element = kind.by_key.get(key)
    return element.label[language] if element else key


def _visible(actor: Actor) -> QuerySet[Agent]:
    """Return the name records that ``actor`` may see: outside the archives bodies only, never people."""
    return Agent.objects.all() if may(actor, "holdings.see") else Agent.objects.filter(kind="body")


def _agent(row: Agent, *, inner: bool) -> AgentView:
    values = agent_values_of(row)
    shown = values if inner else _public(agent_type(), values)
    return AgentView(row.urn, row.kind, row.name, shown, state_of(shown), inner)


def _public(kind: RecordType, values: Mapping[str, str]) -> dict[str, str]:
    known = kind.by_key
    return {k: v for k, v in values.items() if k in known and known[k].public and not known[k].personal}

"""What stands above the records: the description of a fonds, and name records (机构人员)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lantai.catalogue.services import revising
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.documents import Paged
from lantai.exchange.shapes import told
from lantai.holdings import authorities
from lantai.holdings.authorities import AgentView, FondsDescribed, Happened
from lantai.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class FondsDescription:
    """How a fonds is described (全宗级著录); ``values`` holds only what the caller may see, its name as fonds_name."""

    number: str
    name: str
    unit: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AgentDoc:
    """A name record; ``values`` holds only what the caller may see, the name as title."""

    urn: str
    kind: str
    name: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AgentPage:
    """A page of name records."""

    items: tuple[AgentDoc, ...]
    next: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One element that an act changed, in words; a long text stands by its beginning and its digest."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DescribedEvent:
    """One act about a description. ``index`` is null until it is published."""

    index: int | None
    act: str
    actor: str
    at: datetime
    reason: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class DescribedHistory:
    """What was done to a description, newest first; empty for who sees only what is public."""

    items: tuple[DescribedEvent, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Paged):
    """Which name records."""

    q: str = told("A part of the name.", default="", most=200)
    kind: Literal["", "body", "person", "family"] = told("Only these.", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgent:
    """A name record to be made; ``values`` by element key, the name as title."""

    kind: Literal["body", "person", "family"] = told("机构, 个人 or 家族.")
    values: Mapping[str, str] = told("Its elements.", most=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redescribe:
    """What shall change: only the changed elements, "" clears one."""

    changes: Mapping[str, str] = told("Value by element key.", most=100)
    reason: str = told("Why.", default="", most=1_000)


def _tag(state: str) -> str:
    return f'"{state}"'


def _matched(call: Call, name: str, state: str) -> str:
    """Return the state that If-Match names; ``Conflict("exchange.match.stale")`` when it is not the present one."""
    if call.match.strip() != _tag(state):
        raise Conflict("exchange.match.stale", name=name)
    return state


def _fonds_answer(there: FondsDescribed) -> Answer:
    doc = FondsDescription(there.number, there.name, there.unit_name, dict(there.values))
    return Answer(doc, etag=_tag(there.state))


def _fonds(call: Call) -> Answer:
    return _fonds_answer(authorities.fonds_described(call.actor, call.path["number"]))


def _fonds_revise(call: Call) -> Answer:
    asked: Redescribe = call.body
    there = authorities.fonds_described(call.actor, call.path["number"])
    state = _matched(call, there.number, there.state)
    revising.revise_fonds(call.actor, there.number, asked.changes, state=state, reason=asked.reason)
    return _fonds(call)


def _fonds_history(call: Call) -> Answer:
    there = authorities.fonds_described(call.actor, call.path["number"])
    subject, kind = f"urn:lantai:fonds:{there.number}", authorities.fonds_type()
    return _history(authorities.history(call.actor, subject, kind, "zh") if there.inner else [])


def _agents(call: Call) -> Answer:
    asked: Named = call.query
    found = authorities.agents(call.actor, asked.q.strip(), asked.kind, asked.cursor, asked.limit)
    return Answer(AgentPage(tuple(map(_doc, found.items)), found.after))


def _doc(there: AgentView) -> AgentDoc:
    return AgentDoc(there.urn, there.kind, there.name, dict(there.values))


def _agent_answer(call: Call, urn: str, status: int = 200) -> Answer:
    there = authorities.agent(call.actor, urn)
    return Answer(_doc(there), status, etag=_tag(there.state))


def _agent(call: Call) -> Answer:
    return _agent_answer(call, call.path["urn"])


def _agent_new(call: Call) -> Answer:
    asked: NewAgent = call.body
    return _agent_answer(call, revising.add_agent(call.actor, asked.kind, asked.values), 201)


def _agent_revise(call: Call) -> Answer:
    asked: Redescribe = call.body
    there = authorities.agent(call.actor, call.path["urn"])
    state = _matched(call, there.name, there.state)
    revising.revise_agent(call.actor, there.urn, asked.changes, state=state, reason=asked.reason)
    return _agent(call)


def _agent_history(call: Call) -> Answer:
    there = authorities.agent(call.actor, call.path["urn"])
    kind = authorities.agent_type()
    return _history(authorities.history(call.actor, there.urn, kind, "zh") if there.inner else [])


def _history(past: list[Happened]) -> Answer:
    items = tuple(
        DescribedEvent(
            one.told.index,
            one.told.act,
            one.actor,
            one.at,
            one.reason,
            tuple(FieldChange(*change) for change in one.changes),
        )
        for one in past
    )
    return Answer(DescribedHistory(items, ""))


_NUMBER = {"number": "全宗号."}
_URN = {"urn": "urn of the name record."}

ENDPOINTS = (
    Endpoint(
        "GET",
        "fonds/{number}/description",
        "fonds_description",
        "全宗级著录 · how a fonds is described",
        _fonds,
        FondsDescription,
        parts=_NUMBER,
    ),
    Endpoint(
        "PATCH",
        "fonds/{number}/description",
        "fonds_revise",
        "修改全宗级著录 · revise the description of a fonds",
        _fonds_revise,
        FondsDescription,
        body=Redescribe,
        scope="catalogue",
        match=True,
        parts=_NUMBER,
    ),
    Endpoint(
        "GET",
        "fonds/{number}/history",
        "fonds_history",
        "全宗级著录的历史 · history of the description of a fonds",
        _fonds_history,
        DescribedHistory,
        parts=_NUMBER,
    ),
    Endpoint("GET", "agents", "agents", "机构人员 · name records", _agents, AgentPage, query=Named),
    Endpoint(
        "POST",
        "agents",
        "agent_new",
        "新增机构人员 · describe an agent",
        _agent_new,
        AgentDoc,
        body=NewAgent,
        scope="catalogue",
        status=201,
    ),
    Endpoint("GET", "agents/{urn}", "agent", "一条机构人员 · one name record", _agent, AgentDoc, parts=_URN),
    Endpoint(
        "PATCH",
        "agents/{urn}",
        "agent_revise",
        "修改机构人员 · revise a name record",
        _agent_revise,
        AgentDoc,
        body=Redescribe,
        scope="catalogue",
        match=True,
        parts=_URN,
    ),
    Endpoint(
        "GET",
        "agents/{urn}/history",
        "agent_history",
        "机构人员的历史 · history of a name record",
        _agent_history,
        DescribedHistory,
        parts=_URN,
    ),
)

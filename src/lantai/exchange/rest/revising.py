"""One record: new, revised, its field history, what it is related to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lantai.catalogue.services import free_urn, register_catalogue
from lantai.catalogue.services import revising as desk
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.documents import RecordDoc, etag
from lantai.exchange.rest.records import WHAT, one, record_answer
from lantai.exchange.shapes import told
from lantai.holdings import history, related
from lantai.holdings import queries as holdings
from lantai.holdings import services as cataloguing
from lantai.holdings.queries import RecordView
from lantai.holdings.services import Description
from lantai.kernel.errors import Conflict, Invalid
from lantai.people.policies import require


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """A record to be described; ``values`` by element key."""

    ref: str = told("档号.", most=200)
    level: Literal["file", "item"] = told("案卷 or 件.")
    type: str = told("门类.", most=20)
    fonds: str = told("全宗号.", most=60)
    values: Mapping[str, str] = told("Elements of the type.", most=500)
    parent: str = told("档号 of the file it lies in.", default="", most=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revise:
    """What shall change: only the changed elements, "" clears one."""

    changes: Mapping[str, str] = told("Value by element key.", most=500)
    reason: str = told("Why.", default="", most=1_000)


@dataclass(frozen=True, slots=True)
class ChangeDoc:
    """One change of one field; ``key`` begins with "@" for place, code and acceptance."""

    key: str
    label: str
    version: int
    at: datetime
    actor: str
    before: str
    after: str
    entry: str


@dataclass(frozen=True, slots=True)
class ChangeList:
    """The history of the fields of a record, as far as the caller may read them."""

    items: tuple[ChangeDoc, ...]
    next: str


@dataclass(frozen=True, slots=True)
class RelationDoc:
    """What belongs together with a record: another one, or something told in words."""

    kind: str
    label: str
    outward: bool
    urn: str
    ref: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class RelationList:
    """The relations of a record from both sides."""

    items: tuple[RelationDoc, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relate:
    """A relation to another record, or to what words say."""

    kind: str = told("A kind of relation, such as paper_twin.", most=30)
    target: str = told("urn or 档号 of the other record.", default="", most=300)
    text: str = told("What it is, when it is no record.", default="", most=1_000)
    values: Mapping[str, str] = told("Where paper lies: storeroom, rack, box …", default={}, most=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrelate:
    """A relation as it was made."""

    kind: str = told("Its kind.", most=30)
    target: str = told("urn or 档号 of the other record.", default="", most=300)
    text: str = told("Its words.", default="", most=1_000)


def read_version(call: Call, record: RecordView) -> int:
    """Return the version that If-Match names; ``Conflict("exchange.match.failed")`` when it is not the present."""
    version = history.version_of(call.actor, record.urn)
    if etag(record.urn, version) != call.match.strip():
        raise Conflict("exchange.match.failed", ref=record.ref, version=version)
    return version


def _new(call: Call) -> Answer:
    asked: NewRecord = call.body
    require(call.actor, "holdings.describe")
    if not asked.ref.strip():
        raise Invalid("exchange.field.wrong", field="ref", expected="档号")
    values = cataloguing.Weigher().new(asked.type, asked.level, {**asked.values, "ref": asked.ref})
    urn = free_urn(asked.ref)
    if holdings.existing_refs([asked.ref]):
        raise Conflict("exchange.record.exists", ref=asked.ref)
    told = Description(urn, asked.ref, asked.level, asked.type, asked.fonds, values, parent=asked.parent)
    register_catalogue(call.actor, [told], source="REST")
    return record_answer(call, holdings.record(call.actor, urn), 201)


def _revise(call: Call) -> Answer:
    asked: Revise = call.body
    record = one(call)
    version = read_version(call, record)
    desk.revise(call.actor, record.urn, asked.changes, version=version, reason=asked.reason)
    return record_answer(call, holdings.record(call.actor, record.urn))


def _history(call: Call) -> Answer:
    rows = [
        ChangeDoc(field.key, field.label, c.version, c.at, c.actor, c.before, c.after, c.entry)
        for field in history.fields(call.actor, one(call))
        for c in field.changes
    ]
    return Answer(ChangeList(tuple(rows), ""))


def _relations(call: Call) -> Answer:
    return _related(call, one(call))


def _related(call: Call, record: RecordView, status: int = 200) -> Answer:
    items = tuple(
        RelationDoc(
            found.kind,
            found.label,
            found.outward,
            found.other.urn if found.other else "",
            found.other.ref if found.other else "",
            found.other.title if found.other else "",
            found.text,
        )
        for found in related.relations(call.actor, record)
    )
    return Answer(RelationList(items, ""), status)


def _relate(call: Call) -> Answer:
    asked: Relate = call.body
    record = one(call)
    cataloguing.relate(
        call.actor, record.urn, asked.kind, target=asked.target, text=asked.text, values=asked.values
    )
    return _related(call, record)


def _unrelate(call: Call) -> Answer:
    asked: Unrelate = call.body
    record = one(call)
    cataloguing.unrelate(call.actor, record.urn, asked.kind, target=asked.target, text=asked.text)
    return _related(call, record)


_RELATIONS = "records/{what}/relations"

ENDPOINTS = (
    Endpoint(
        "POST",
        "records",
        "record_new",
        "著录一条 · describe a record",
        _new,
        RecordDoc,
        body=NewRecord,
        scope="catalogue",
        status=201,
    ),
    Endpoint(
        "PATCH",
        "records/{what}",
        "record_revise",
        "修改著录 · revise a record",
        _revise,
        RecordDoc,
        body=Revise,
        scope="catalogue",
        match=True,
        parts=WHAT,
    ),
    Endpoint(
        "GET",
        "records/{what}/changes",
        "record_changes",
        "各项的修改史 · history of every field",
        _history,
        ChangeList,
        parts=WHAT,
    ),
    Endpoint(
        "GET", _RELATIONS, "relations", "关联 · what belongs together", _relations, RelationList, parts=WHAT
    ),
    Endpoint(
        "POST",
        _RELATIONS,
        "relate",
        "建立关联 · relate",
        _relate,
        RelationList,
        body=Relate,
        scope="catalogue",
        parts=WHAT,
    ),
    Endpoint(
        "DELETE",
        _RELATIONS,
        "unrelate",
        "解除关联 · unrelate",
        _unrelate,
        RelationList,
        body=Unrelate,
        scope="catalogue",
        parts=WHAT,
    ),
)

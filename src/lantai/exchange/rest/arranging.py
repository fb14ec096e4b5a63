"""Arranging: place, move, split, merge, number anew, accept, and take back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from lantai.catalogue.services import arranging
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.documents import RecordDoc
from lantai.exchange.rest.records import WHAT, one, record_answer
from lantai.exchange.rest.revising import read_version
from lantai.exchange.shapes import told
from lantai.holdings import queries as holdings
from lantai.holdings import services as cataloguing
from lantai.holdings.services import Arranged

MOST = 1_000
_URNS = "urns of the records."
_VERSIONS = "The versions that were read, by urn."


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceThere:
    """Directly before or after a sibling: one of them, an urn."""

    before: str = told("urn of the sibling that shall follow.", default="", most=80)
    after: str = told("urn of the sibling that shall precede.", default="", most=80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Records into a file, or to the top of a series: one of them."""

    urns: tuple[str, ...] = told(_URNS, most=MOST)
    versions: Mapping[str, int] = told(_VERSIONS, most=MOST)
    parent: str = told("档号 or urn of the file.", default="", most=300)
    series: str = told("类别号.", default="", most=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Items of this file that go into a new one."""

    items: tuple[str, ...] = told(_URNS, most=MOST)
    ref: str = told("档号 of the new file.", most=200)
    values: Mapping[str, str] = told("Its elements.", most=500)
    versions: Mapping[str, int] = told(_VERSIONS, most=MOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Files whose items come into this one."""

    files: tuple[str, ...] = told("urns of the files.", most=MOST)
    versions: Mapping[str, int] = told(_VERSIONS, most=MOST)


@dataclass(frozen=True, slots=True)
class ArrangedDoc:
    """What was done: the entry in the ledger ("" = nothing to do), how many records moved.

    ``urn`` is that of the file made by splitting, ``kept`` the 档号 of merged files that stay, empty.
    """

    entry: str
    count: int
    urn: str
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renumbering:
    """Which list: what lies in a file, or at the top of a series of a fonds."""

    fonds: str = told("全宗号.", default="", most=60)
    series: str = told("类别号.", default="", most=200)
    parent: str = told("档号 of the file.", default="", most=300)
    start: int = told("First number.", default=1, least=1, bound=999_999)
    width: int = told("Digits at least; 0 = as now.", default=0, least=0, bound=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renumber(Renumbering):
    """The planned list with the digest of its plan."""

    digest: str = told("From the plan.", most=64)


@dataclass(frozen=True, slots=True)
class RenumberedDoc:
    """One record of the plan; ``conflict`` is the code of what is in the way."""

    urn: str
    version: int
    old: str
    new: str
    title: str
    conflict: str


@dataclass(frozen=True, slots=True)
class RenumberPlanDoc:
    """What numbering anew would do."""

    digest: str
    changed: int
    conflicts: int
    items: tuple[RenumberedDoc, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Records by urn, or all that a batch described."""

    urns: tuple[str, ...] = told(_URNS, default=(), most=MOST)
    batch: UUID | None = told("Batch.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """An act."""

    entry: UUID = told("uuid of its entry in the ledger.")


@dataclass(frozen=True, slots=True)
class EntryDoc:
    """The entry of the ledger, "" where there was nothing to do."""

    entry: str


@dataclass(frozen=True, slots=True)
class CountDoc:
    """How many records it was."""

    count: int


def _place(call: Call) -> Answer:
    asked: PlaceThere = call.body
    record = one(call)
    version = read_version(call, record)
    cataloguing.place(call.actor, record.urn, before=asked.before, after=asked.after, version=version)
    return record_answer(call, holdings.record(call.actor, record.urn))


def _arranged(made: Arranged) -> Answer:
    return Answer(ArrangedDoc(made.entry, made.count, made.urn, made.kept))


def _move(call: Call) -> Answer:
    asked: Move = call.body
    return _arranged(
        arranging.move(
            call.actor, asked.urns, parent=asked.parent, series=asked.series, versions=asked.versions
        )
    )


def _split(call: Call) -> Answer:
    asked: Split = call.body
    made = arranging.split(
        call.actor,
        one(call).urn,
        asked.items,
        ref=asked.ref,
        values=asked.values,
        versions=asked.versions,
    )
    return _arranged(made)


def _merge(call: Call) -> Answer:
    asked: Merge = call.body
    return _arranged(cataloguing.merge(call.actor, one(call).urn, asked.files, versions=asked.versions))


def _renumbering(call: Call) -> Answer:
    asked: Renumbering = call.query
    plan = cataloguing.plan_renumber(
        call.actor,
        fonds=asked.fonds,
        series=asked.series,
        parent=asked.parent,
        start=asked.start,
        width=asked.width,
    )
    rows = tuple(
        RenumberedDoc(row.urn, row.version, row.old, row.new, row.title, row.conflict) for row in plan.rows
    )
    return Answer(RenumberPlanDoc(plan.digest, plan.changed, plan.conflicts, rows, ""))


def _renumber(call: Call) -> Answer:
    asked: Renumber = call.body
    entry = cataloguing.renumber(
        call.actor,
        fonds=asked.fonds,
        series=asked.series,
        parent=asked.parent,
        start=asked.start,
        width=asked.width,
        digest=asked.digest,
    )
    return Answer(EntryDoc(entry))


def _accept(call: Call) -> Answer:
    asked: Accept = call.body
    return Answer(CountDoc(arranging.accept(call.actor, asked.urns, batch=asked.batch)))


def _undo(call: Call) -> Answer:
    return Answer(EntryDoc(cataloguing.undo(call.actor, str(call.body.entry))))


ENDPOINTS = (
    Endpoint(
        "POST",
        "records/{what}/place",
        "place",
        "排在前后 · put before or after",
        _place,
        RecordDoc,
        body=PlaceThere,
        scope="catalogue",
        match=True,
        parts=WHAT,
    ),
    Endpoint(
        "POST",
        "records/{what}/split",
        "split",
        "拆卷 · split a file",
        _split,
        ArrangedDoc,
        body=Split,
        scope="catalogue",
        parts=WHAT,
    ),
    Endpoint(
        "POST",
        "records/{what}/merge",
        "merge",
        "并卷 · merge files",
        _merge,
        ArrangedDoc,
        body=Merge,
        scope="catalogue",
        parts=WHAT,
    ),
    Endpoint(
        "POST", "moves", "move", "移动 · move records", _move, ArrangedDoc, body=Move, scope="catalogue"
    ),
    Endpoint(
        "GET",
        "renumberings",
        "renumbering",
        "重编件号的方案 · plan new numbers",
        _renumbering,
        RenumberPlanDoc,
        query=Renumbering,
        scope="catalogue",
        people=True,
    ),
    Endpoint(
        "POST",
        "renumberings",
        "renumber",
        "重编件号 · number anew",
        _renumber,
        EntryDoc,
        body=Renumber,
        scope="catalogue",
    ),
    Endpoint(
        "POST", "acceptances", "accept", "验收 · accept", _accept, CountDoc, body=Accept, scope="catalogue"
    ),
    Endpoint(
        "POST",
        "undoings",
        "undo",
        "撤销一次改动 · take an act back",
        _undo,
        EntryDoc,
        body=Undo,
        scope="catalogue",
    ),
)

"""The unit's desk for machines: what waits, items, the schedule and what it suggests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lantai.base.errors import reader_language
from lantai.desk import queries as desk
from lantai.desk import queries_arrangement as arrangement
from lantai.desk import queries_schedules, queries_table, services
from lantai.desk.queries_arrangement import ItemLine
from lantai.desk.queries_faces import propose
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.captures import NoteDoc
from lantai.exchange.rest.documents import Paged
from lantai.exchange.shapes import told
from lantai.kernel.errors import NotFound
from lantai.people import queries as people
from lantai.people.queries import UnitView

MOST = 2_000
UNIT = "Code of the unit; otherwise that of the token."
SEEN = "The revision that was read: 409 when somebody changed it meanwhile."


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTray(Paged):
    """Whose tray."""

    unit: str = told(UNIT, default="", most=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskUnit:
    """Whose desk."""

    unit: str = told(UNIT, default="", most=40)


@dataclass(frozen=True, slots=True)
class ProposalDoc:
    """Where a document may go, and why; nothing is decided by it. ``year`` null, ``retention`` "": nothing is proposed."""

    year: int | None
    function: str
    retention: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaitingDoc:
    """A document that is in no item yet."""

    number: str
    type: str
    title: str
    values: Mapping[str, str]
    proposal: ProposalDoc


@dataclass(frozen=True, slots=True)
class TrayPage:
    """A page of the tray, the oldest first."""

    items: tuple[WaitingDoc, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Documents that become items: each group of numbers one item, its leading document first."""

    groups: tuple[tuple[str, ...], ...] = told("Groups of document numbers.", most=MOST)
    unit: str = told(UNIT, default="", most=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Describe:
    """All own values of an item; what its class says of it is not among them."""

    values: Mapping[str, str] = told("Elements by key.", most=500)
    seen: int = told(SEEN, least=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The state that was read."""

    seen: int = told(SEEN, least=0)


@dataclass(frozen=True, slots=True)
class ItemsDoc:
    """uuids of the items that were formed, and the numbers of the classes they are in."""

    items: tuple[str, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeskFileDoc:
    """A file of an item: ``capture`` is the number of the document that brought it."""

    order: int
    role: str
    name: str
    bytes: int
    sha512: str
    sm3: str
    capture: str


@dataclass(frozen=True, slots=True)
class ItemDoc:
    """An item (件) in a list; ``class_number`` "" while it is in none, ``ref`` and ``item_number`` once it is numbered."""

    uuid: str
    class_number: str
    position: int
    type: str
    title: str
    ref: str
    item_number: str
    state: str
    files: int
    revision: int


@dataclass(frozen=True, slots=True)
class ItemWholeDoc:
    """An item whole: its own ``values``, and ``told``, all that is known of it with what its class says."""

    item: ItemDoc
    unit: str
    values: Mapping[str, str]
    told: Mapping[str, str]
    files: tuple[DeskFileDoc, ...]
    notes: tuple[NoteDoc, ...]


@dataclass(frozen=True, slots=True)
class VersionDoc:
    """A version of the unit's 归档范围和保管期限表; the one whose state is ``approved`` suggests."""

    version: int
    state: str
    lines: int
    source: str
    approval: str
    reason: str
    imported_at: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class VersionsDoc:
    """The versions of a unit's schedule, the newest first."""

    items: tuple[VersionDoc, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAdvice:
    """What a document says of itself."""

    values: Mapping[str, str] = told("Elements by key: title, author, date …", most=100)
    unit: str = told(UNIT, default="", most=40)


@dataclass(frozen=True, slots=True)
class LineDoc:
    """A line of the schedule that fits, the likeliest first, with the reasons."""

    number: str
    text: str
    retention: str
    function: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AdviceDoc:
    """What the unit's schedule in force suggests."""

    lines: tuple[LineDoc, ...]


def unit_of(call: Call, code: str, permission: str = "capture.see") -> UnitView:
    """Return the unit a call is about; ``NotFound`` for one that is not the caller's."""
    from lantai.people.policies import may

    found = people.unit(code or desk.own_unit(call.actor))
    if not may(call.actor, permission, found.id):
        raise NotFound("people.unit.missing", unit=found.code)
    return found


def _tray(call: Call) -> Answer:
    asked: AskTray = call.query
    unit = unit_of(call, asked.unit)
    found = queries_table.waiting(call.actor, unit.code, after=asked.cursor, size=asked.limit)
    language = reader_language()
    proposals = propose(unit.id, [one.values for one in found.items], [one.department for one in found.items])
    items = tuple(
        WaitingDoc(
            one.key,
            one.type,
            one.title,
            one.values,
            ProposalDoc(
                to.year, to.function, to.retention, tuple(reason.sentence(language) for reason in to.reasons)
            ),
        )
        for one, to in zip(found.items, proposals, strict=True)
    )
    return Answer(TrayPage(items, found.after))


def _form(call: Call) -> Answer:
    asked: Form = call.body
    unit = unit_of(call, asked.unit)
    return Answer(ItemsDoc(services.form(call.actor, unit.code, asked.groups), ()), 201)


def item_doc(one: ItemLine) -> ItemDoc:
    """Return an item as it stands in a list."""
    return ItemDoc(
        one.uuid,
        one.number,
        one.position,
        one.type,
        one.title,
        one.ref,
        one.item_number,
        one.state,
        one.files,
        one.revision,
    )


def _one(call: Call) -> Answer:
    return _whole(call, ())


def _whole(call: Call, notes: tuple[NoteDoc, ...]) -> Answer:
    found = arrangement.item(call.actor, call.path["uuid"])
    files = tuple(
        DeskFileDoc(one.order, one.role, one.name, one.bytes, one.sha512, one.sm3, source[0])
        for one, source in zip(found.files, found.sources, strict=True)
    )
    return Answer(ItemWholeDoc(item_doc(found.line), found.unit_code, found.values, found.told, files, notes))


def _describe(call: Call) -> Answer:
    asked: Describe = call.body
    notes = services.edit(call.actor, call.path["uuid"], asked.values, seen=asked.seen)
    language = reader_language()
    return _whole(call, tuple(NoteDoc(one.path, one.code, one.message(language)) for one in notes))


def _dissolve(call: Call) -> Answer:
    asked: Seen = call.body
    services.dissolve(call.actor, call.path["uuid"], seen=asked.seen)
    return Answer(status=204)


def _schedules(call: Call) -> Answer:
    asked: AskUnit = call.query
    unit = unit_of(call, asked.unit, "schedule.see")
    found = queries_schedules.versions(call.actor, unit.code)
    return Answer(
        VersionsDoc(
            tuple(
                VersionDoc(
                    one.version,
                    one.state,
                    one.count,
                    one.source,
                    one.approval,
                    one.reason,
                    one.imported_at,
                    one.revision,
                )
                for one in found
            )
        )
    )


def _advice(call: Call) -> Answer:
    asked: AskAdvice = call.body
    unit = unit_of(call, asked.unit, "schedule.see")
    (found,) = queries_schedules.advice(unit.id, [asked.values])
    language = reader_language()
    lines = tuple(
        LineDoc(
            one.line.number,
            one.line.text,
            one.retention,
            one.function,
            tuple(reason.sentence(language) for reason in one.reasons),
        )
        for one in found
    )
    return Answer(AdviceDoc(lines))


_ITEM = {"uuid": "uuid of the item."}

ENDPOINTS = (
    Endpoint(
        "GET",
        "desk/tray",
        "desk_tray",
        "What waits at a unit's desk, with what is proposed for it.",
        _tray,
        TrayPage,
        query=AskTray,
        scope="desk",
        people=True,
    ),
    Endpoint(
        "POST",
        "desk/items",
        "desk_form",
        "Form items of documents.",
        _form,
        ItemsDoc,
        body=Form,
        scope="desk",
        status=201,
    ),
    Endpoint(
        "GET",
        "desk/items/{uuid}",
        "desk_item",
        "An item with its values and files.",
        _one,
        ItemWholeDoc,
        scope="desk",
        people=True,
        parts=_ITEM,
    ),
    Endpoint(
        "PUT",
        "desk/items/{uuid}",
        "desk_describe",
        "Describe an item anew.",
        _describe,
        ItemWholeDoc,
        body=Describe,
        scope="desk",
        parts=_ITEM,
    ),
    Endpoint(
        "POST",
        "desk/items/{uuid}/dissolve",
        "desk_dissolve",
        "Take an item apart; its documents are back in the tray.",
        _dissolve,
        "application/json",
        body=Seen,
        scope="desk",
        status=204,
        parts=_ITEM,
    ),
    Endpoint(
        "GET",
        "desk/schedules",
        "desk_schedules",
        "The versions of a unit's 归档范围和保管期限表.",
        _schedules,
        VersionsDoc,
        query=AskUnit,
        scope="desk",
        people=True,
    ),
    Endpoint(
        "POST",
        "desk/advice",
        "desk_advice",
        "What the schedule in force suggests for a document; writes nothing.",
        _advice,
        AdviceDoc,
        body=AskAdvice,
        scope="desk",
        repeatable=True,
    ),
)

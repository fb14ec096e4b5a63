"""The unit's desk for machines: classes, their order, their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lantai.desk import queries_arrangement as arrangement
from lantai.desk import services
from lantai.desk.queries_arrangement import ClassLine
from lantai.desk.queries_check_faces import last_check
from lantai.desk.services import Putting, Where
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.desk_checks import AT_HAND, FilingCheckDoc, check_doc
from lantai.exchange.rest.desk_items import MOST, SEEN, UNIT, ItemDoc, ItemsDoc, Seen, item_doc, unit_of
from lantai.exchange.shapes import told


@dataclass(frozen=True, slots=True, kw_only=True)
class AskClasses:
    """Whose classes, of which year."""

    unit: str = told(UNIT, default="", most=40)
    year: int | None = told("年度.", default=None, least=1, bound=9_999)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskClass:
    """Which of the items of a class, by their places; without a limit all of them."""

    at: int = told("Place of the first one, from 1.", default=1, least=1, bound=9_999_999)
    limit: int | None = told("How many.", default=None, least=1, bound=MOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Documents and items that go into a class; a class that is not there yet is made."""

    year: int = told("年度.", least=1, bound=9_999)
    retention: str = told("保管期限.", most=40)
    function: str = told("机构(问题), where the unit divides by it.", default="", most=200)
    fonds: str = told("全宗号; needed where the unit has several.", default="", most=60)
    groups: tuple[tuple[str, ...], ...] = told("Documents: each group one item.", default=(), most=MOST)
    items: tuple[str, ...] = told("uuids of items.", default=(), most=MOST)
    unit: str = told(UNIT, default="", most=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One item to another place, or all in the order of an element; one of the two."""

    seen: int = told(SEEN, least=0)
    item: str = told("uuid of the item.", default="", most=60)
    to: int = told("Its place, from 1.", default=1, least=1)
    by: str = told("Element, such as date or doc_number.", default="", most=40)


@dataclass(frozen=True, slots=True)
class ClassDoc:
    """A class: one 年度, 机构(问题), 保管期限, 门类 and 全宗."""

    number: str
    unit: str
    fonds: str
    type: str
    year: int
    function: str
    retention: str
    state: str
    size: int
    closed_at: datetime | None
    revision: int


@dataclass(frozen=True, slots=True)
class ClassesDoc:
    """The classes of a unit in the order of its scheme."""

    items: tuple[ClassDoc, ...]


@dataclass(frozen=True, slots=True)
class ClassWholeDoc:
    """A class with its items in their order: after closing the list of numbers. ``check`` null: it was never checked."""

    filing_class: ClassDoc
    items: tuple[ItemDoc, ...]
    check: FilingCheckDoc | None


def _put(call: Call) -> Answer:
    asked: Put = call.body
    unit = unit_of(call, asked.unit)
    where = Where(asked.year, asked.retention, asked.function, asked.fonds)
    parts = [Putting(where, asked.groups, asked.items)]
    return Answer(ItemsDoc(asked.items, services.put(call.actor, unit.code, parts)))


def _class(one: ClassLine) -> ClassDoc:
    return ClassDoc(
        one.number,
        one.unit_code,
        one.fonds,
        one.type,
        one.year,
        one.function,
        one.retention,
        one.state,
        one.size,
        one.closed_at,
        one.revision,
    )


def _classes(call: Call) -> Answer:
    asked: AskClasses = call.query
    unit = unit_of(call, asked.unit)
    found = arrangement.classes(call.actor, unit.code, year=asked.year)
    return Answer(ClassesDoc(tuple(_class(one) for one in found)))


def _class_whole(call: Call) -> Answer:
    number = call.path["number"]
    place = arrangement.filing_class(call.actor, number)
    asked = call.query if isinstance(call.query, AskClass) else AskClass()
    found = arrangement.in_class(call.actor, number, first=asked.at, count=asked.limit)
    items = tuple(item_doc(one) for one in found)
    check = check_doc(last_check(call.actor, number, most=AT_HAND))
    return Answer(ClassWholeDoc(_class(place), items, check))


def _order(call: Call) -> Answer:
    asked: Order = call.body
    number = call.path["number"]
    if asked.by:
        services.sort(call.actor, number, asked.by, seen=asked.seen)
    else:
        services.move(call.actor, number, asked.item, asked.to, seen=asked.seen)
    return _class_whole(call)


def _close(call: Call) -> Answer:
    asked: Seen = call.body
    services.close_or_check(call.actor, call.path["number"], seen=asked.seen)
    return _class_whole(call)


def _reopen(call: Call) -> Answer:
    asked: Seen = call.body
    services.reopen(call.actor, call.path["number"], seen=asked.seen)
    return _class_whole(call)


_CLASS = {"number": "Number of the class: K2026-0001."}

ENDPOINTS = (
    Endpoint(
        "POST",
        "desk/classes",
        "desk_put",
        "Put documents and items into a class.",
        _put,
        ItemsDoc,
        body=Put,
        scope="desk",
    ),
    Endpoint(
        "GET",
        "desk/classes",
        "desk_classes",
        "The classes of a unit.",
        _classes,
        ClassesDoc,
        query=AskClasses,
        scope="desk",
        people=True,
    ),
    Endpoint(
        "GET",
        "desk/classes/{number}",
        "desk_class",
        "A class with its items, or some of them: once closed, the list of numbers.",
        _class_whole,
        ClassWholeDoc,
        query=AskClass,
        scope="desk",
        people=True,
        parts=_CLASS,
    ),
    Endpoint(
        "POST",
        "desk/classes/{number}/order",
        "desk_order",
        "Put the items of a class in order.",
        _order,
        ClassWholeDoc,
        body=Order,
        scope="desk",
        parts=_CLASS,
    ),
    Endpoint(
        "POST",
        "desk/classes/{number}/close",
        "desk_close",
        "Close a class: 件号 and 档号, or every reason why not; still open while the check that closes it is at work.",
        _close,
        ClassWholeDoc,
        body=Seen,
        scope="desk",
        parts=_CLASS,
    ),
    Endpoint(
        "POST",
        "desk/classes/{number}/reopen",
        "desk_reopen",
        "Take the numbers of a class back while nothing was handed over.",
        _reopen,
        ClassWholeDoc,
        body=Seen,
        scope="desk",
        parts=_CLASS,
    ),
)

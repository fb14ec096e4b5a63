"""Records: the list of a place, one record, what lies in it, its files, its history, what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lantai.base.paging import cursor, key
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.documents import (
    ComponentList,
    EventDoc,
    EventList,
    Paged,
    RecordDoc,
    RecordPage,
    component_docs,
    etag,
    record_doc,
    record_docs,
)
from lantai.exchange.shapes import told
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Place, RecordView, Span
from lantai.kernel.errors import Invalid
from lantai.ledger import queries as ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Paged):
    """A place and filters on it; they narrow one another."""

    fonds: str = told("全宗号.", default="", most=60)
    type: str = told("门类.", default="", most=20)
    year: int | None = told("年度; 0 = records without one.", default=None, least=0, bound=9999)
    series: str = told("类别号, such as WS·2011·Y.", default="", most=200)
    parent: str = told("档号 of the file in which the records lie.", default="", most=300)
    level: Literal["", "top", "series", "file", "item"] = told(
        "top = files, and items that lie in no file.", default=""
    )
    open: str = told("开放标识.", default="", most=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Since(Paged):
    """A span of changes."""

    since: datetime | None = told("From this moment on (RFC 3339 with zone).", default=None)
    until: datetime | None = told("Before this moment.", default=None)


def _records(call: Call) -> Answer:
    asked: Listed = call.query
    place = Place(
        fonds=asked.fonds,
        type=asked.type,
        year=asked.year,
        series=asked.series,
        file=asked.parent,
        open=asked.open,
        level=asked.level,
    )
    after = key(asked.cursor, [int, str, int]) if asked.cursor else None
    found = holdings.by_place(
        call.actor, place, Span(), (after[0], after[1], after[2]) if after else None, asked.limit + 1
    )
    more = cursor(found[asked.limit - 1]) if len(found) > asked.limit else ""
    ids = [number for *_, number in found[: asked.limit]]
    return Answer(RecordPage(record_docs(call.actor, ids), more))


def _changes(call: Call) -> Answer:
    asked: Since = call.query
    after = None
    if asked.cursor:
        moment, number = key(asked.cursor, [str, int])
        after = (_moment(moment), number)
    found = holdings.by_change(call.actor, Place(), Span(asked.since, asked.until), after, asked.limit + 1)
    last = found[asked.limit - 1] if len(found) > asked.limit else None
    more = cursor([last[0].isoformat(), last[1]]) if last else ""
    return Answer(RecordPage(record_docs(call.actor, [number for _, number in found[: asked.limit]]), more))


def _moment(text: str) -> datetime:
    """Return the moment in a cursor of ours; ``Invalid`` when it never was one."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as broken:
        raise Invalid("base.cursor.unreadable") from broken
    if moment.tzinfo is None or not 1 < moment.year < 9999:
        raise Invalid("base.cursor.unreadable")
    return moment


def one(call: Call) -> RecordView:
    """Return the record that the path names."""
    return holdings.record(call.actor, call.path["what"])


def record_answer(call: Call, record: RecordView, status: int = 200) -> Answer:
    """Return the document of ``record`` with its tag."""
    doc = record_doc(call.actor, record, holdings.marks([record.id])[record.id])
    return Answer(doc, status, etag=etag(record.urn, doc.version))


def _record(call: Call) -> Answer:
    return record_answer(call, one(call))


def _children(call: Call) -> Answer:
    asked: Paged = call.query
    found = holdings.children(call.actor, one(call), asked.cursor, asked.limit)
    return Answer(RecordPage(record_docs(call.actor, [row.id for row in found.items]), found.after))


def _components(call: Call) -> Answer:
    record = one(call)
    parts = [] if call.actor.kind == "public" else holdings.parts(record.id)
    return Answer(ComponentList(tuple(component_docs(parts)), ""))


def _history(call: Call) -> Answer:
    record = one(call)
    inner = holdings.sees_by_office(call.actor, record.unit)
    found = ledger.history([record.urn, f"urn:uuid:{record.batch}"]) if inner else []
    return Answer(EventList(tuple(EventDoc(e.index, e.act, e.actor, e.at, e.data) for e in found), ""))


WHAT = {"what": "urn of the record, or its 档号 where that holds no slash."}

ENDPOINTS = (
    Endpoint(
        "GET", "records", "records", "一处的著录 · records of a place", _records, RecordPage, query=Listed
    ),
    Endpoint(
        "GET",
        "changes",
        "changes",
        "按变更时间 · records in the order of their changes",
        _changes,
        RecordPage,
        query=Since,
    ),
    Endpoint("GET", "records/{what}", "record", "一条著录 · one record", _record, RecordDoc, parts=WHAT),
    Endpoint(
        "GET",
        "records/{what}/children",
        "children",
        "卷内文件 · what lies in a file",
        _children,
        RecordPage,
        query=Paged,
        parts=WHAT,
    ),
    Endpoint(
        "GET",
        "records/{what}/components",
        "components",
        "电子文件 · a record's files",
        _components,
        ComponentList,
        parts=WHAT,
    ),
    Endpoint(
        "GET",
        "records/{what}/history",
        "history",
        "办理历史 · a record's history",
        _history,
        EventList,
        parts=WHAT,
    ),
)

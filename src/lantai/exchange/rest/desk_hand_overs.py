"""Hand-over from a unit's desk for machines: begin, say of each record, order, send, the work list, the register."""

from __future__ import annotations

from typing import Any

from lantai.desk import queries_hand_over as queries
from lantai.desk.queries_faces import HandOverLine, Statement, register, work_list
from lantai.desk.services import hand_over as making
from lantai.desk.services import hand_over_mend as mending
from lantai.desk.services import hand_over_send as leaving
from lantai.desk.services import sending
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.deliveries import RegisterDoc, problem_doc, register_doc
from lantai.exchange.rest.desk_handing import (
    AskHandOvers,
    Begin,
    ChangedDoc,
    DefectDoc,
    HandOverDoc,
    HandOverPage,
    HandOverWholeDoc,
    OrderPackage,
    Send,
    SendingDoc,
    State,
    StatedDoc,
    StatedPage,
    StatementIn,
    Tick,
    WorkListDoc,
)
from lantai.exchange.rest.desk_items import unit_of
from lantai.exchange.rest.documents import Paged


def _doc(one: HandOverLine) -> HandOverDoc:
    return HandOverDoc(
        one.number,
        one.fonds,
        one.outcome,
        one.since,
        one.items,
        one.files,
        one.bytes,
        one.mends,
        one.transfer,
    )


def _hand_overs(call: Call) -> Answer:
    asked: AskHandOvers = call.query
    found = queries.hand_overs(call.actor, unit=asked.unit, after=asked.cursor, size=asked.limit)
    return Answer(HandOverPage(tuple(_doc(one) for one in found.items), found.after))


def _begin(call: Call) -> Answer:
    asked: Begin = call.body
    unit = unit_of(call, asked.unit)
    return _whole(call, making.begin(call.actor, unit.code, asked.classes), 201)


def _one(call: Call) -> Answer:
    return _whole(call, call.path["number"])


def _whole(call: Call, number: str, status: int = 200) -> Answer:
    shown = queries.hand_over(call.actor, number)
    going = shown.sending
    on_its_way = None
    if going is not None:
        on_its_way = SendingDoc(
            going.target,
            going.archives,
            going.state,
            going.offset,
            going.size,
            going.rate,
            going.next_at,
            problem_doc(going.problem),
            going.transfer,
        )
    whole = HandOverWholeDoc(
        hand_over=_doc(shown.line),
        unit=shown.unit_code,
        classes=shown.classes,
        form=shown.form,
        description=shown.description,
        package=shown.package,
        size=shown.size,
        sm3=shown.sm3,
        sha512=shown.sha512,
        problem=problem_doc(shown.problem),
        mended_by=shown.mended_by,
        unsaid=shown.unsaid,
        progress=shown.progress[0] if shown.progress else None,
        sending=on_its_way,
    )
    return Answer(whole, status)


def _statements(call: Call) -> Answer:
    asked: Paged = call.query
    after = int(asked.cursor) if asked.cursor.isascii() and asked.cursor.isdecimal() else 0
    found = queries.statements(call.actor, call.path["number"], after=after, size=asked.limit)
    lines = tuple(
        StatedDoc(
            one.order,
            one.record,
            one.ref,
            one.title,
            one.said.disclosure,
            one.said.opinion,
            one.said.ground,
            one.said.secrecy,
            one.said.document,
        )
        for one in found.items
    )
    return Answer(StatedPage(lines, found.after))


def _said(one: StatementIn) -> Statement:
    return Statement(one.disclosure, one.opinion, one.ground, one.secrecy, one.document)


def _state(call: Call) -> Answer:
    asked: State = call.body
    said = {
        int(place): _said(one)
        for place, one in asked.records.items()
        if place.isascii() and place.isdecimal() and len(place) < 8
    }
    rest = _said(asked.rest) if asked.rest is not None else None
    return Answer(ChangedDoc(making.state(call.actor, call.path["number"], said, rest=rest)))


def _order(call: Call) -> Answer:
    asked: OrderPackage = call.body
    wanted = making.Wanted(asked.form, asked.description, asked.carrier)
    making.order(call.actor, call.path["number"], wanted)
    return _one(call)


def _cancel(call: Call) -> Answer:
    making.cancel(call.actor, call.path["number"])
    return _one(call)


def _send(call: Call) -> Answer:
    asked: Send = call.body
    number = call.path["number"]
    if asked.target:
        sending.send_away(call.actor, number, asked.target, rate=asked.rate)
    else:
        leaving.send(call.actor, number)
    return _one(call)


def _stop(call: Call) -> Answer:
    sending.stop(call.actor, call.path["number"])
    return _one(call)


def _work_list(call: Call) -> Answer:
    found = work_list(call.actor, call.path["number"])
    return Answer(
        WorkListDoc(
            tuple(
                DefectDoc(
                    one.key,
                    one.item,
                    one.name,
                    one.ref,
                    one.message,
                    one.expected,
                    one.found,
                    one.mended_by,
                    one.note,
                )
                for one in found
            )
        )
    )


def _tick(call: Call) -> Answer:
    asked: Tick = call.body
    leaving.tick(call.actor, call.path["number"], call.path["key"], note=asked.note)
    return _work_list(call)


def _mend(call: Call) -> Answer:
    return _whole(call, mending.mend(call.actor, call.path["number"]), 201)


def _register(call: Call) -> Answer:
    return Answer(register_doc(register(call.actor, call.path["number"])))


def _sign(call: Call) -> Answer:
    leaving.sign_register(call.actor, call.path["number"], "unit")
    return _register(call)


_HERE = "desk/hand-overs/{number}"
_PARTS = {"number": "移交单号: H2026-0001."}


def _endpoint(
    method: Any, below: str, name: str, summary: str, run: Any, answer: Any, **more: Any
) -> Endpoint:
    """Return an endpoint about one hand-over."""
    told = {"scope": "desk", "people": method == "GET", "parts": _PARTS} | more
    return Endpoint(method, _HERE + below, f"desk_{name}", summary, run, answer, **told)


ENDPOINTS = (
    Endpoint(
        "GET",
        "desk/hand-overs",
        "desk_hand_overs",
        "Hand-overs, newest first.",
        _hand_overs,
        HandOverPage,
        query=AskHandOvers,
        scope="desk",
        people=True,
    ),
    Endpoint(
        "POST",
        "desk/hand-overs",
        "desk_begin",
        "Begin a hand-over of closed classes.",
        _begin,
        HandOverWholeDoc,
        body=Begin,
        scope="desk",
        status=201,
    ),
    _endpoint("GET", "", "hand_over", "Where a hand-over is.", _one, HandOverWholeDoc),
    _endpoint(
        "GET",
        "/statements",
        "statements",
        "What is said of its records.",
        _statements,
        StatedPage,
        query=Paged,
    ),
    _endpoint(
        "POST", "/statements", "state", "Say what is said of its records.", _state, ChangedDoc, body=State
    ),
    _endpoint(
        "POST", "/order", "order_package", "Order the package.", _order, HandOverWholeDoc, body=OrderPackage
    ),
    _endpoint("POST", "/cancel", "cancel", "Give it up before it is sent.", _cancel, HandOverWholeDoc),
    _endpoint("POST", "/send", "send", "Send the built package.", _send, HandOverWholeDoc, body=Send),
    _endpoint("POST", "/stop", "stop", "Stop sending to archives elsewhere.", _stop, HandOverWholeDoc),
    _endpoint(
        "GET", "/work-list", "work_list", "What is to be mended, fault by fault.", _work_list, WorkListDoc
    ),
    _endpoint(
        "POST",
        "/work-list/{key}",
        "tick",
        "Say that a fault is mended.",
        _tick,
        WorkListDoc,
        body=Tick,
        parts={**_PARTS, "key": "Key of the fault."},
    ),
    _endpoint(
        "POST", "/mend", "mend", "Begin the one that corrects it.", _mend, HandOverWholeDoc, status=201
    ),
    _endpoint(
        "GET", "/register", "register", "The 移交接收登记表 with its signatures.", _register, RegisterDoc
    ),
    _endpoint("POST", "/register/sign", "sign", "Sign the register for the unit.", _sign, RegisterDoc),
)

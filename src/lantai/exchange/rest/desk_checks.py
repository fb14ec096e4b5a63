"""The unit's desk for machines: the check at filing, what it found, what is said to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lantai.desk import services
from lantai.desk.queries_check_faces import CheckFace, CheckFinding, CheckPoint, last_check
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.deliveries import RefusalDoc, problem_doc
from lantai.exchange.rest.desk_items import Seen
from lantai.exchange.shapes import told
from lantai.kernel.errors import NotFound

AT_HAND = 20
"""Findings of one point that stand in the document of a class; that of the check has all that were kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person says to points that failed, could not be checked or wait for a person."""

    check: str = told(
        "uuid of the check that was read: 409 when it is not the newest of the class as it is.", most=60
    )
    reasons: Mapping[str, str] = told("What is said, by the code of a point: GD-4-2.", most=100)


@dataclass(frozen=True, slots=True)
class CheckFindingDoc:
    """What was found; ``item`` is the uuid of the item or volume, ``file`` the name of its file, "" for neither."""

    code: str
    severity: str
    text: str
    item: str
    file: str
    path: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class CheckPointDoc:
    """A point of the scheme (DA/T 70-2018). ``waiting``: it stands in the way of the numbers until it is mended or answered.

    ``answerable``: it may be answered now. ``findings`` are the first of ``count``.
    """

    code: str
    name: str
    property: str
    outcome: str
    waiting: bool
    answerable: bool
    answer: str
    answered_by: str
    answered_at: datetime | None
    count: int
    findings: tuple[CheckFindingDoc, ...]


@dataclass(frozen=True, slots=True)
class FilingCheckDoc:
    """The newest check of a class, made on its ``revision``; ``verdict`` "" and no points while it is at work.

    ``state`` is ordered, closing, done or stopped; ``current``: the class did not change since; ``holds``: the class may be
    numbered by it. ``problem`` says why it was stopped, stands still or did not close the class.
    """

    uuid: str
    state: str
    revision: int
    current: bool
    holds: bool
    closing: bool
    verdict: str
    ordered_at: datetime
    done_at: datetime | None
    problem: RefusalDoc | None
    points: tuple[CheckPointDoc, ...]


def check_doc(one: CheckFace | None) -> FilingCheckDoc | None:
    """Return a check as machines read it."""
    if one is None:
        return None
    return FilingCheckDoc(
        uuid=one.uuid,
        state=one.state,
        revision=one.revision,
        current=one.current,
        holds=one.holds,
        closing=one.closing,
        verdict=one.verdict,
        ordered_at=one.ordered_at,
        done_at=one.done_at,
        problem=problem_doc(one.problem),
        points=tuple(_point(point) for point in one.points),
    )


def _point(one: CheckPoint) -> CheckPointDoc:
    return CheckPointDoc(
        code=one.code,
        name=one.name,
        property=one.property,
        outcome=one.outcome,
        waiting=one.waiting,
        answerable=one.answerable,
        answer=one.answer,
        answered_by=one.answered_by,
        answered_at=one.answered_at,
        count=one.count,
        findings=tuple(_finding(found) for found in one.findings),
    )


def _finding(one: CheckFinding) -> CheckFindingDoc:
    return CheckFindingDoc(
        one.code, one.severity, one.text, one.item, one.file, one.path, one.expected, one.found
    )


def _whole(call: Call, status: int = 200) -> Answer:
    number = call.path["number"]
    found = check_doc(last_check(call.actor, number))
    if found is None:
        raise NotFound("desk.check.early", number=number[:40])
    return Answer(found, status)


def _order(call: Call) -> Answer:
    asked: Seen = call.body
    services.order_check(call.actor, call.path["number"], seen=asked.seen)
    return _whole(call, 202)


def _answer(call: Call) -> Answer:
    asked: Answers = call.body
    services.answer(call.actor, call.path["number"], asked.check, asked.reasons)
    return _whole(call)


_CLASS = {"number": "Number of the class: G2026-0001."}

ENDPOINTS = (
    Endpoint(
        "GET",
        "desk/classes/{number}/check",
        "desk_check",
        "The newest check of a class at filing: every point, what was found, what is waited for.",
        _whole,
        FilingCheckDoc,
        scope="desk",
        people=True,
        parts=_CLASS,
    ),
    Endpoint(
        "POST",
        "desk/classes/{number}/check",
        "desk_check_order",
        "Order the check of an open class; it runs in the background.",
        _order,
        FilingCheckDoc,
        status=202,
        body=Seen,
        scope="desk",
        parts=_CLASS,
    ),
    Endpoint(
        "POST",
        "desk/classes/{number}/check/answers",
        "desk_check_answer",
        "Answer points that cannot be mended, each with a reason that is printed on report and register.",
        _answer,
        FilingCheckDoc,
        body=Answers,
        scope="desk",
        parts=_CLASS,
    ),
)

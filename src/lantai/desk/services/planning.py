"""The transfer plan of a year: which classes go when, and the yes or no to another day than that of the term."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk.errors import Lacking
from lantai.desk.models import Answer, FilingClass, PlanLine
from lantai.desk.terms import Departure, Terms, terms
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.findings import Finding
from lantai.ledger.acts import act, record
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

MOST = 500
"""Lines that one act takes."""

ASKS = {"consent": "handover.consent", "agreement": "transfer.decide"}
"""Who answers: the bureau consents, the archives agree; neither acts for the other."""


@dataclass(frozen=True, slots=True)
class Line:
    """A class (its number) and the day it is to be handed over; ``departure`` is a key of the terms, "" = by the term."""

    filing_class: str
    planned_on: date
    departure: str = ""
    reason: str = ""


@act("desk.plan.set")
def plan(actor: Actor, unit: str, year: int, lines: Sequence[Line]) -> int:
    """Put classes of a unit into its plan of ``year``; return how many. A class that is in a plan is planned anew.

    Raises ``Lacking("desk.plan.lacking")`` with every reason; nothing is planned then.
    """
    owner = find_unit(unit)
    require(actor, "transfer.submit", owner.id)
    if not lines or len(lines) > MOST:
        raise Invalid("desk.plan.size", count=len(lines), limit=MOST)
    rule = terms()
    numbers = [one.filing_class for one in lines]
    rows = {row.number: row for row in FilingClass.objects.filter(unit=owner.id, number__in=numbers)}
    wrong = [reason for one in lines for reason in _against(one, rows.get(one.filing_class), year, rule)]
    if wrong:
        raise Lacking("desk.plan.lacking", wrong, year=year)
    for one in lines:
        _put(actor, owner.id, rows[one.filing_class], year, one)
    told = [
        [one.filing_class, one.planned_on.isoformat(), one.departure, one.reason.strip()] for one in lines
    ]
    record(f"urn:lantai:unit:{unit}", {"unit": unit, "year": str(year), "lines": told, "count": len(told)})
    return len(lines)


def _against(one: Line, row: FilingClass | None, year: int, rule: Terms) -> Iterator[Finding]:
    number = one.filing_class
    if row is None:
        yield Finding("desk.hand_over.class_missing", number)
        return
    if not rule.comes(row.retention):
        yield Finding("desk.hand_over.class_stays", number, "、".join(rule.retention), row.retention)
    if one.planned_on.year != year:
        yield Finding("desk.plan.other_year", number, str(year), one.planned_on.isoformat())
    due, departure = rule.due(row.year), rule.departures.get(one.departure)
    if one.departure and departure is None:
        yield Finding("desk.plan.departure_unknown", number, "、".join(rule.departures), one.departure[:40])
    if departure is not None and not one.reason.strip():
        yield Finding("desk.plan.reason_missing", number, found=departure.label.zh)
    missed = (
        due < timezone.localdate()
    )  # what is overdue is planned as it is: nothing else can be done any more
    if one.planned_on > due and not missed and (departure is None or departure.moves != "later"):
        yield Finding("desk.plan.late", number, due.isoformat(), one.planned_on.isoformat())
    if one.planned_on.year < due.year and (departure is None or departure.moves != "earlier"):
        yield Finding("desk.plan.early", number, due.isoformat(), one.planned_on.isoformat())


def _put(actor: Actor, unit: int, row: FilingClass, year: int, one: Line) -> None:
    """Write a line; an answer that was given to the same departure and day stands."""
    before = PlanLine.objects.filter(filing_class=row).first()
    said = {
        "plan": year,
        "planned_on": one.planned_on,
        "departure": one.departure,
        "reason": one.reason.strip()[:1000],
    }
    who = {"planned_by": actor.username, "planned_at": timezone.now()}
    if before is not None and (before.planned_on, before.departure) == (one.planned_on, one.departure):
        PlanLine.objects.filter(pk=before.pk).update(**said, **who)
        return
    fresh = Answer.ASKED if one.departure else Answer.NONE
    blank = {"answer": fresh, "document": "", "answered_by": "", "answered_at": None}
    if before is not None:
        PlanLine.objects.filter(pk=before.pk).update(**said, **who, **blank)
        return
    owner = Unit.objects.get(pk=unit)
    PlanLine.objects.create(uuid=uuid.uuid4(), unit=owner, filing_class=row, **said, **who, **blank)


def _line(line: uuid.UUID) -> PlanLine:
    """Return a line of a plan, locked. Only inside an act."""
    rows = PlanLine.objects.select_for_update(of=("self",)).select_related("unit", "filing_class")
    row = rows.filter(uuid=line).first()
    if row is None:
        raise NotFound("desk.plan.missing")
    return row


@act("desk.plan.drop")
def drop(actor: Actor, line: uuid.UUID) -> None:
    """Take a class out of its plan."""
    row = _line(line)
    require(actor, "transfer.submit", row.unit_id)
    record(row.urn, {"class": row.filing_class.number, "unit": row.unit.code, "year": str(row.plan)})
    row.delete()


@act("desk.plan.answer")
def answer(actor: Actor, line: uuid.UUID, *, given: bool, document: str = "") -> None:
    """Say yes or no to another day: the bureau where the rule wants its consent, the archives where an agreement.

    A consent names the document that gives it (文号): ``Invalid("desk.plan.document_missing")``.
    """
    row = _line(line)
    departure = _departure(row)
    require(actor, ASKS[departure.needs])
    if row.answer != Answer.ASKED:
        raise Conflict("desk.plan.answered", number=row.filing_class.number)
    document = document.strip()[:200]
    if given and not document:
        raise Invalid("desk.plan.document_missing")
    row.answer, row.document = (Answer.GIVEN if given else Answer.REFUSED), document
    row.answered_by, row.answered_at = actor.username, timezone.now()
    row.save(update_fields=["answer", "document", "answered_by", "answered_at"])
    told = {
        "class": row.filing_class.number,
        "unit": row.unit.code,
        "year": str(row.plan),
        "document": document,
    }
    record(row.urn, {**told, "given": given, "departure": row.departure, "day": row.planned_on.isoformat()})


def _departure(row: PlanLine) -> Departure:
    found = terms().departures.get(row.departure)
    if found is None:
        raise Conflict("desk.plan.answered", number=row.filing_class.number)
    return found

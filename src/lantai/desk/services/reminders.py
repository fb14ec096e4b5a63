"""催办: the day by which a year is filed, and reminding the departments that have not."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.numbers import next_number
from lantai.desk.documents import kept
from lantai.desk.filing_days import filing_rule
from lantai.desk.models import FilingDay, Reminded, Reminder
from lantai.desk.queries_departments import filing_day
from lantai.desk.queries_reminders import Waiting, waiting
from lantai.kernel.errors import Conflict, Invalid
from lantai.ledger.acts import act, record, unchanged
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

SCHEMA = "lantai.reminder/1"


@act("desk.filing_day.set")
def set_filing_day(actor: Actor, unit: str, year: int, day: date | None) -> None:
    """Say by which day the departments bring the records of ``year``; None: by the usual one.

    ``Invalid("desk.filing_day.early")`` for a day before the year began, ``("desk.filing_day.late")`` for one that is
    more than three years after the usual one.
    """
    owner = find_unit(unit)
    require(actor, "department.keep", owner.id)
    usual = filing_rule().of(year)
    told = None if day == usual else day
    if told is not None and told < date(year, 1, 1):
        raise Invalid("desk.filing_day.early", year=year)
    if told is not None and told > usual + timedelta(days=3 * 366):
        raise Invalid("desk.filing_day.late", year=year)
    known = FilingDay.objects.select_for_update().filter(unit=owner.id, year=year).first()
    if (known.day if known else None) == told:
        unchanged()
        return
    data = {"unit": unit, "year": year, "day": (told or usual).isoformat()}
    entry = record(f"urn:lantai:unit:{unit}", data).uuid
    if told is None:
        FilingDay.objects.filter(unit=owner.id, year=year).delete()
    else:
        FilingDay.objects.update_or_create(
            unit_id=owner.id, year=year, defaults={"day": told, "entry": entry}
        )


@act("desk.department.remind")
def remind(actor: Actor, unit: str, year: int, codes: Sequence[str]) -> str:
    """Remind departments of what they have not filed of ``year``; return the number of the reminder.

    One entry with the digest of its list. ``Invalid("desk.remind.none")`` when no department was named,
    ``Conflict("desk.remind.filed")`` when one of them has filed all that is expected by now.
    """
    owner = find_unit(unit)
    require(actor, "department.keep", owner.id)
    lacking = {one.code: one for one in waiting(owner.id, year)}
    wanted = list(dict.fromkeys(codes))
    if not wanted:
        raise Invalid("desk.remind.none")
    for code in wanted:
        if code not in lacking:
            raise Conflict("desk.remind.filed", department=code[:40])
    lines = [lacking[code] for code in wanted]
    now = timezone.now()
    row = Reminder(
        uuid=uuid.uuid4(),
        number=next_number(Reminder.objects.all(), f"D{timezone.localdate().year}-"),
        unit=Unit.objects.get(pk=owner.id),
        year=year,
        day=filing_day(owner.id, year),
        at=now,
        by=actor.username,
    )
    row.content = kept(_document(row, unit, lines))
    told = {"number": row.number, "unit": unit, "year": year, "day": row.day.isoformat()}
    told |= {"departments": len(lines), "content": row.content}
    row.entry = record(row.urn, told).uuid
    row.save(force_insert=True)
    Reminded.objects.bulk_create(
        Reminded(reminder=row, department_id=one.id, expected=one.expected, filed=one.filed) for one in lines
    )
    return row.number


def _document(row: Reminder, unit: str, lines: Sequence[Waiting]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "number": row.number,
        "unit": unit,
        "year": row.year,
        "day": row.day.isoformat(),
        "at": row.at.isoformat(),
        "departments": [
            {"code": one.code, "name": one.name, "expected": one.expected, "filed": one.filed}
            for one in lines
        ],
    }

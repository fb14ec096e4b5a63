"""Reads of 催办: which departments have not filed what is expected, who was reminded when, what a contributor is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk.models import Capture, Department, FilingDay, ItemCapture, Reminded, Reminder, State
from lantai.desk.queries_departments import DepartmentView, filing_day, own_departments, views
from lantai.kernel.errors import NotFound
from lantai.people import queries as people
from lantai.people.policies import units_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """A department that has filed nothing of a year, or less than is expected; ``reminded`` are the days it was told.

    ``expected`` None: no number was agreed, and nothing came.
    """

    id: int
    code: str
    name: str
    people: tuple[tuple[str, str], ...]
    expected: int | None
    filed: int
    reminded: tuple[datetime, ...]

    @property
    def lacking(self) -> int:
        """How many documents are missing; at least one."""
        return max(1, (self.expected or 0) - self.filed)


@dataclass(frozen=True, slots=True)
class Gathering:
    """The departments of a unit that wait for a year: ``late`` once its ``day`` has passed."""

    year: int
    day: date
    count: int
    late: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """What a contributor is told at her desk while her department has not filed what it was reminded of."""

    year: int
    department: str
    unit_name: str
    day: date
    expected: int | None
    filed: int
    reminded: tuple[datetime, ...]
    late: bool

    @property
    def lacking(self) -> int:
        """How many documents are missing; at least one."""
        return max(1, (self.expected or 0) - self.filed)


@dataclass(frozen=True, slots=True)
class ReminderView:
    """A reminder as it was made, for its paper.

    ``lines`` are (department, expected or None, filed, the days in ISO 8601 on which it was reminded before).
    """

    number: str
    unit_code: str
    unit_name: str
    year: int
    day: date
    at: datetime
    by: str
    lines: tuple[tuple[str, int | None, int, tuple[str, ...]], ...]


def filed(departments: Iterable[int], year: int) -> Counter[int]:
    """Return how many documents departments filed of ``year``, by department: in its classes, or not yet in one."""
    keys = list(departments)
    loose = Capture.objects.filter(department__in=keys, year=year, link__item__filing_class=None)
    told: Counter[int] = Counter()
    rows = loose.exclude(state=State.REPLACED).values_list("department").annotate(n=Count("pk"))
    for pk, n in rows.order_by():
        told[pk] += n
    placed = ItemCapture.objects.filter(capture__department__in=keys, item__filing_class__year=year)
    for pk, n in placed.values_list("capture__department").annotate(n=Count("pk")).order_by():
        told[pk] += n
    return told


def waiting(unit: int, year: int) -> list[Waiting]:
    """Return the open departments of a unit that have filed nothing of ``year``, or less than expected, in order."""
    known = [one for one in views(Department.objects.filter(unit=unit, is_open=True)) if one.expects(year)]
    came = filed([one.id for one in known], year)
    told = reminded([one.id for one in known], year)
    return [
        _waiting(one, year, came[one.id], told.get(one.id, ()))
        for one in known
        if came[one.id] < (one.expected_in(year) or 1)
    ]


def _waiting(one: DepartmentView, year: int, came: int, told: tuple[datetime, ...]) -> Waiting:
    return Waiting(one.id, one.code, one.name, one.people, one.expected_in(year), came, told)


def reminded(departments: Iterable[int], year: int) -> dict[int, tuple[datetime, ...]]:
    """Return when departments were reminded of ``year``, by department, the first time first."""
    rows = Reminded.objects.filter(department__in=list(departments), reminder__year=year)
    told: dict[int, tuple[datetime, ...]] = {}
    for pk, at in rows.order_by("reminder__at", "pk").values_list("department", "reminder__at"):
        told[pk] = (*told.get(pk, ()), at)
    return told


def gathering(unit: int, today: date) -> list[Gathering]:
    """Return the years for which departments of a unit are waited for: last year's, and this year's where a day is set.

    Years for which nobody waits are not there.
    """
    years = [today.year - 1]
    if FilingDay.objects.filter(unit=unit, year=today.year).exists():
        years.append(today.year)
    found = []
    for year in years:
        count = len(waiting(unit, year))
        if count:
            day = filing_day(unit, year)
            found.append(Gathering(year, day, count, day < today))
    return found


def notices(actor: Actor) -> list[Notice]:
    """Return what a contributor is reminded of and has not filed yet, the oldest year first."""
    own = list(own_departments(actor).values())
    if not own:
        return []
    today = timezone.localdate()
    found = []
    told = Reminded.objects.filter(department__in=own).order_by("reminder__year")
    years = dict.fromkeys(told.values_list("reminder__year", "department"))
    rows = {row.pk: row for row in Department.objects.select_related("unit").filter(pk__in=own)}
    for year, pk in years:
        row = rows[pk]
        lacks = next((one for one in waiting(row.unit_id, year) if one.id == pk), None)
        if lacks is not None:
            day = filing_day(row.unit_id, year)
            said = (lacks.expected, lacks.filed, lacks.reminded, day < today)
            found.append(Notice(year, row.name, row.unit.name, day, *said))
    return found


def reminder(actor: Actor, number: str) -> ReminderView:
    """Return a reminder; ``NotFound("desk.remind.missing")`` for none, or one that the actor may not see.

    A contributor sees of it what her own department was told.
    """
    row = Reminder.objects.select_related("unit").filter(number=number).first()
    lines = [] if row is None else _lines_for(actor, row)
    if row is None or not lines:
        raise NotFound("desk.remind.missing", number=number[:40])
    named = people.names({row.by})
    told = reminded([one.department_id for one in lines], row.year)
    return ReminderView(
        number=row.number,
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        year=row.year,
        day=row.day,
        at=row.at,
        by=named.get(row.by, row.by),
        lines=tuple(
            (one.department.name, one.expected, one.filed, _before(told.get(one.department_id, ()), row.at))
            for one in lines
        ),
    )


def _before(told: Iterable[datetime], moment: datetime) -> tuple[str, ...]:
    return tuple(timezone.localtime(at).date().isoformat() for at in told if at < moment)


def _lines_for(actor: Actor, row: Reminder) -> list[Reminded]:
    lines = row.lines.select_related("department").order_by("department__order", "department__code")
    units = units_of(actor, "year.see")
    if units is None or row.unit_id in units:
        return list(lines)
    return list(lines.filter(department__in=own_departments(actor, row.unit_id).values()))


def reminders(unit: int, year: int) -> list[tuple[str, datetime, int]]:
    """Return the reminders of a unit for a year as (number, when, how many departments), the newest first."""
    rows = Reminder.objects.filter(unit=unit, year=year).annotate(n=Count("lines")).order_by("-id")
    return list(rows.values_list("number", "at", "n"))

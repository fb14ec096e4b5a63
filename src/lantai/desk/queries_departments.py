"""Reads of the departments of a unit: as its clerk keeps them, and what of them an actor belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from lantai.base.actors import Actor
from lantai.desk.filing_days import filing_rule
from lantai.desk.models import Contributor, Department, Expectation, FilingDay
from lantai.kernel.errors import NotFound
from lantai.people.policies import units_of

NONE = "-"
"""How an address names what belongs to no department."""


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """A department. ``people`` are (user name, name); ``expected`` (from which year, how many or None), in order."""

    id: int
    unit: int
    code: str
    name: str
    order: int
    is_open: bool
    people: tuple[tuple[str, str], ...]
    expected: tuple[tuple[int, int | None], ...]
    revision: int
    urn: str

    def expected_in(self, year: int) -> int | None:
        """Return how many items are expected in ``year``; None where no number was agreed."""
        told = [count for since, count in self.expected if since <= year]
        return told[-1] if told else None

    def expects(self, year: int) -> bool:
        """Whether anything is expected in ``year``: it was said from which year on, and not that nothing is."""
        return any(since <= year for since, _ in self.expected) and self.expected_in(year) != 0


def departments_of(actor: Actor) -> QuerySet[Department]:
    """Return the departments that ``actor`` may see: all of the units whose year she may see."""
    units = units_of(actor, "year.see")
    rows = Department.objects.select_related("unit")
    return rows if units is None else rows.filter(unit__in=units)


def departments(actor: Actor, unit: int) -> list[DepartmentView]:
    """Return the departments of a unit in their order, closed ones at the end."""
    return views(departments_of(actor).filter(unit=unit))


def department(actor: Actor, unit: int, code: str) -> DepartmentView:
    """Return one; ``NotFound("desk.department.missing")`` when there is none or the actor may not see it."""
    found = views(departments_of(actor).filter(unit=unit, code=code))
    if not found:
        raise NotFound("desk.department.missing", department=code[:40])
    return found[0]


def views(rows: QuerySet[Department]) -> list[DepartmentView]:
    """Return rows as other modules see them, in the order of lists; three questions, however many."""
    found = list(rows.order_by("-is_open", "order", "code"))
    keys = [row.pk for row in found]
    people: dict[int, list[tuple[str, str]]] = {}
    named = Contributor.objects.filter(department__in=keys).order_by("account__username")
    for pk, username, name in named.values_list("department", "account__username", "account__name"):
        people.setdefault(pk, []).append((username, name))
    expected = expectations(keys)
    return [
        DepartmentView(
            id=row.pk,
            unit=row.unit_id,
            code=row.code,
            name=row.name,
            order=row.order,
            is_open=row.is_open,
            people=tuple(people.get(row.pk, ())),
            expected=tuple(expected.get(row.pk, ())),
            revision=row.revision,
            urn=row.urn,
        )
        for row in found
    ]


def expectations(keys: Iterable[int]) -> dict[int, list[tuple[int, int | None]]]:
    """Return from which year on how many items are expected, by department, in the order of years."""
    told: dict[int, list[tuple[int, int | None]]] = {}
    rows = Expectation.objects.filter(department__in=list(keys)).order_by("department", "year")
    for pk, year, count in rows.values_list("department", "year", "count"):
        told.setdefault(pk, []).append((year, count))
    return told


def own_departments(actor: Actor, unit: int | None = None) -> dict[int, int]:
    """Return the departments for which ``actor`` files: by unit, the key of the one there. Empty for all others."""
    units = units_of(actor, "capture.contribute")
    if not units or actor.account is None or (unit is not None and unit not in units):
        return {}
    rows = Contributor.objects.filter(account=actor.account, unit__in=units if unit is None else [unit])
    return dict(rows.values_list("unit", "department"))


def choices(actor: Actor, units: Collection[int]) -> list[tuple[str, str]]:
    """Return the departments of one unit for narrowing lists, as (code, name); none where it is not one unit."""
    if len(units) != 1:
        return []
    rows = departments_of(actor).filter(unit__in=units).order_by("-is_open", "order", "code")
    return list(rows.values_list("code", "name"))


def filing_day(unit: int, year: int) -> date:
    """Return the last day on which the departments of a unit bring the records of ``year``."""
    own = FilingDay.objects.filter(unit=unit, year=year).values_list("day", flat=True).first()
    return own or filing_rule().of(year)

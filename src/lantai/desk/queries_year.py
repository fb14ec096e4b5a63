"""The filing of a year: expected, filed, arranged, checked, numbered, handed over; of a unit, and of all units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from lantai.base.actors import Actor
from lantai.base.paging import Page, page
from lantai.desk.models import (
    Capture,
    CheckState,
    ClassState,
    Expectation,
    FilingCheck,
    FilingClass,
    Item,
    ItemCapture,
    ItemState,
    State,
)
from lantai.desk.queries_arrangement import items_of
from lantai.desk.queries_departments import NONE, departments_of, views
from lantai.desk.queries_reminders import reminded
from lantai.people.policies import require
from lantai.people.queries import open_units

STAGES = ("arranged", "checked", "numbered", "handed")
"""Where items are on their way, each within the one before but for ``checked``, which may lack."""

EARLIEST = 1900
"""The first year that has a page; what says an earlier one has a mistake in its date."""

DISTRICT = 1_000
"""Units of one page of the district."""


@dataclass(frozen=True, slots=True)
class Stages:
    """How far the filing of a year is.

    ``expected`` are items (None: no number), ``filed`` captures, of which ``placed`` lie in classes; ``lacking`` is how
    many of the expected are still to come. All others are items: ``arranged`` in classes, ``checked`` as they stand,
    ``numbered``, ``handed``.
    """

    expected: int | None = None
    filed: int = 0
    placed: int = 0
    lacking: int = 0
    arranged: int = 0
    checked: int = 0
    numbered: int = 0
    handed: int = 0

    @property
    def tray(self) -> int:
        """How many documents are in no class yet."""
        return self.filed - self.placed

    @property
    def unchecked(self) -> int:
        return self.arranged - self.checked

    @property
    def unnumbered(self) -> int:
        return self.arranged - self.numbered

    @property
    def empty(self) -> bool:
        """Whether nothing at all came."""
        return not self.filed and not self.arranged


@dataclass(frozen=True, slots=True)
class ClassPart:
    """What of a class came from one department."""

    number: str
    type: str
    function: str
    retention: str
    state: str
    stages: Stages


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A department's filing of the year; ``code`` :data:`NONE` and ``name`` "" for what belongs to none."""

    code: str
    name: str
    expects: bool
    stages: Stages
    classes: tuple[ClassPart, ...]
    reminded: tuple[datetime, ...]

    @property
    def waits(self) -> bool:
        """Whether the department has filed nothing, or less than is expected."""
        return self.expects and self.stages.filed < (self.stages.expected or 1)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit's filing of the year; what is expected are the sums of its departments."""

    code: str
    name: str
    stages: Stages


@dataclass(frozen=True, slots=True)
class FiledItem:
    """An item on its way, with the class and the department it came from."""

    uuid: str
    title: str
    doc_number: str
    ref: str
    state: str
    class_number: str
    class_label: str
    department: str


def summed(parts: Iterable[Stages]) -> Stages:
    """Return the sums; of what is expected those that have a number, None when none has."""
    told = list(parts)
    numbers = [one.expected for one in told if one.expected is not None]
    sums = {name: sum(getattr(one, name) for one in told) for name in ("filed", "placed", "lacking", *STAGES)}
    return Stages(sum(numbers) if numbers else None, **sums)


def checked() -> Q:
    """Return which items lie in a class that was numbered by a check, or could be: one holds for it as it stands now."""
    done = FilingCheck.objects.filter(filing_class=OuterRef("filing_class"), state=CheckState.DONE)
    closed = Q(filing_class__state__in=[ClassState.CLOSED, ClassState.HANDED])
    numbered = closed & Q(Exists(done.exclude(register="")))
    return numbered | Q(Exists(done.filter(revision=OuterRef("filing_class__revision"), waiting=0)))


def year_of_unit(actor: Actor, unit: int, year: int) -> list[DepartmentRow]:
    """Return the year's filing of a unit, a row for each department that is open or filed something, then the rest."""
    require(actor, "year.see", unit)
    known = views(departments_of(actor).filter(unit=unit))
    loose, placed = _captures(unit, year)
    parts = _parts(unit, year)
    told = reminded([one.id for one in known], year)
    found = []
    for one in known:
        stages = _stages(one.id, loose, placed, parts)
        expects = one.is_open and one.expects(year)
        expected = one.expected_in(year) if expects else None
        stages = replace(stages, expected=expected, lacking=max(0, (expected or 0) - stages.filed))
        if one.is_open or not stages.empty:
            mine = tuple(part for owner, part in parts if owner == one.id)
            found.append(DepartmentRow(one.code, one.name, expects, stages, mine, told.get(one.id, ())))
    rest = _stages(None, loose, placed, parts)
    if not rest.empty:
        mine = tuple(part for owner, part in parts if owner is None)
        found.append(DepartmentRow(NONE, "", False, rest, mine, ()))
    return found


def _captures(unit: int, year: int) -> tuple[Counter[int | None], Counter[int | None]]:
    """Return how many documents of a year are in no class, and how many in one, by department."""
    loose = Capture.objects.filter(unit=unit, year=year, link__item__filing_class=None)
    loose = loose.exclude(state=State.REPLACED)
    placed = ItemCapture.objects.filter(item__filing_class__unit=unit, item__filing_class__year=year)
    return (
        Counter(dict(loose.values_list("department").annotate(n=Count("pk")).order_by())),
        Counter(dict(placed.values_list("capture__department").annotate(n=Count("pk")).order_by())),
    )


def _stages(
    department: int | None,
    loose: Counter[int | None],
    placed: Counter[int | None],
    parts: Sequence[tuple[int | None, ClassPart]],
) -> Stages:
    items = summed(part.stages for owner, part in parts if owner == department)
    there = placed[department]
    return replace(items, filed=loose[department] + there, placed=there)


def _parts(unit: int, year: int) -> list[tuple[int | None, ClassPart]]:
    """Return what each department has in each class; an item belongs to the department of its leading document."""
    rows = Item.objects.filter(filing_class__unit=unit, filing_class__year=year, links__order=1)
    counted = rows.annotate(is_checked=checked_case()).values_list(
        "filing_class", "links__capture__department", "state", "is_checked"
    )
    told: dict[tuple[int, int | None], Counter[str]] = {}
    for pk, owner, state, is_checked, n in counted.annotate(n=Count("pk")).order_by():
        _count(told.setdefault((pk, owner), Counter()), state, is_checked, n)
    classes = FilingClass.objects.filter(unit=unit, year=year).order_by("type", "function", "number")
    found = []
    for row in classes:
        for (pk, owner), counts in told.items():
            if pk == row.pk:
                stages = Stages(**counts)
                part = ClassPart(row.number, row.type, row.function, row.retention, row.state, stages)
                found.append((owner, part))
    return found


def _count(told: Counter[str], state: str, is_checked: bool, n: int) -> None:
    told["arranged"] += n
    told["checked"] += n if is_checked else 0
    told["numbered"] += n if state != ItemState.OPEN else 0
    told["handed"] += n if state == ItemState.HANDED else 0


def checked_case() -> Case:
    """Return :func:`checked` as a value to group by."""
    return Case(When(checked(), then=Value(True)), default=Value(False), output_field=BooleanField())


def district(actor: Actor, year: int, *, after: str = "", size: int = DISTRICT) -> Page[UnitRow]:
    """Return a page of the year's filing of all open units, by code; ``Forbidden`` for who may not see all units.

    Five questions to the database, however many units.
    """
    require(actor, "year.see")
    found = open_units(after, size)
    keys = [row.id for row in found.items]
    expected = _expected(keys, year)
    told: dict[int, Counter[str]] = {pk: Counter() for pk in keys}
    came: Counter[int] = Counter()
    for name, counted in _filed(keys, year):
        for pk, owner, n in counted:
            told[pk].update({"filed": n, "placed": n if name == "placed" else 0})
            came[owner] += n
    sums: dict[int, int] = {}
    for owner, (pk, count) in expected.items():
        if count is not None:
            sums[pk] = sums.get(pk, 0) + count
            told[pk]["lacking"] += max(0, count - came[owner])
    rows = Item.objects.filter(filing_class__unit__in=keys, filing_class__year=year)
    stages = rows.annotate(is_checked=checked_case()).values_list("unit", "state", "is_checked")
    for pk, state, is_checked, n in stages.annotate(n=Count("pk")).order_by():
        _count(told[pk], state, is_checked, n)
    lines = [UnitRow(row.code, row.name, Stages(sums.get(row.id), **told[row.id])) for row in found.items]
    return Page(lines, found.after)


def _filed(units: Sequence[int], year: int) -> list[tuple[str, QuerySet[Any, Any]]]:
    """Return how many documents are in no class (``loose``) and in one (``placed``): (unit, department, how many)."""
    loose = Capture.objects.filter(unit__in=units, year=year, link__item__filing_class=None)
    placed = ItemCapture.objects.filter(item__filing_class__unit__in=units, item__filing_class__year=year)
    return [
        (
            "loose",
            loose.exclude(state=State.REPLACED)
            .values_list("unit", "department")
            .annotate(n=Count("pk"))
            .order_by(),
        ),
        (
            "placed",
            placed.values_list("capture__unit", "capture__department").annotate(n=Count("pk")).order_by(),
        ),
    ]


def _expected(units: Sequence[int], year: int) -> dict[int, tuple[int, int | None]]:
    """Return the unit of each open department of units and how many items are expected of it, None without a number."""
    rows = Expectation.objects.filter(department__unit__in=units, department__is_open=True, year__lte=year)
    told = rows.order_by("department", "year").values_list("department", "department__unit", "count")
    return {pk: (unit, count) for pk, unit, count in told}


def staged(
    actor: Actor, unit: int, year: int, stage: str, *, department: str = "", after: str = "", size: int = 50
) -> Page[FiledItem]:
    """Return a page of the items of a unit's year that reached a stage (of :data:`STAGES`), in the order they were formed."""
    rows = items_of(actor).filter(unit=unit, filing_class__year=year)
    if department:
        none = Q(links__capture__department=None)
        owner = none if department == NONE else Q(links__capture__department__code=department)
        rows = rows.filter(owner, links__order=1)
    found = page(_reached(rows, stage), {"id": int}, after, size)
    owners = dict(
        ItemCapture.objects.filter(item__in=[row.pk for row in found.items], order=1).values_list(
            "item", "capture__department__name"
        )
    )
    return Page([_item(row, owners.get(row.pk) or "") for row in found.items], found.after)


def _reached(rows: QuerySet[Item], stage: str) -> QuerySet[Item]:
    if stage == "checked":
        return rows.filter(checked())
    if stage == "numbered":
        return rows.exclude(state=ItemState.OPEN)
    return rows.filter(state=ItemState.HANDED) if stage == "handed" else rows


def _item(row: Item, department: str) -> FiledItem:
    place = row.filing_class
    assert place is not None
    label = " · ".join(filter(None, (str(place.year), place.function, place.retention)))
    return FiledItem(
        uuid=str(row.uuid),
        title=row.title,
        doc_number=row.values.get("doc_number", ""),
        ref=row.ref,
        state=row.state,
        class_number=place.number,
        class_label=label,
        department=department,
    )


def years(actor: Actor, unit: int, today: int) -> list[int]:
    """Return the years of a unit of which anything was filed, and the two that are being filed now, the newest first."""
    require(actor, "year.see", unit)
    told = set(FilingClass.objects.filter(unit=unit).values_list("year", flat=True).distinct())
    told |= set(Capture.objects.filter(unit=unit).order_by().values_list("year", flat=True).distinct())
    return sorted({year for year in told if EARLIEST <= year <= today + 1} | {today, today - 1}, reverse=True)

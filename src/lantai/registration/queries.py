"""Reads of registrations: a unit sees its own, the bureau and the centre all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from lantai.base.actors import Actor
from lantai.base.paging import Page, cursor, key
from lantai.kernel.errors import NotFound
from lantai.people import queries as people
from lantai.people.policies import may, require, units_of
from lantai.people.queries import UnitView
from lantai.registration.models import Registration, Reminder, Stated, Wish

NONE = "none"
"""The state of a unit that has not begun a year."""

STATES = (NONE, *(state.value for state in Stated))


@dataclass(frozen=True, slots=True)
class WishView:
    """One thing a unit wants to be backed up; ``id`` is what a deposit names."""

    id: int
    content: str
    title: str
    amount: str

    @property
    def mark(self) -> str:
        """Name it in a form."""
        return f"w:{self.id}"


@dataclass(frozen=True, slots=True)
class StatementView:
    """One registration, as pages and prints show it; ``sheet`` as in the model."""

    urn: str
    number: str
    unit: int
    unit_code: str
    unit_name: str
    year: int
    state: str
    revision: int
    system: str
    level: str
    told: Mapping[str, str]
    sheet: Sequence[Sequence[Any]]
    wishes: tuple[WishView, ...]
    made_at: datetime
    submitted_at: datetime | None
    submitted_by: str
    decided_at: datetime | None
    decided_by: str
    reason: str

    @property
    def state_label(self) -> str:
        return state_name(self.state)

    @property
    def open(self) -> bool:
        """Whether its unit may write it now."""
        return self.state in (Stated.DRAFT, Stated.RETURNED)


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit in the list of a year; ``state`` is :data:`NONE` when it has not begun, ``number`` "" then."""

    code: str
    name: str
    number: str
    state: str
    submitted_at: datetime | None
    reminded_at: datetime | None

    @property
    def state_label(self) -> str:
        return state_name(self.state)


def state_name(state: str) -> str:
    """Return what people call a state."""
    return _("未开始") if state == NONE else _(str(Stated(state).label))


def visible(actor: Actor) -> QuerySet[Registration]:
    """Return the registrations that ``actor`` may see."""
    allowed = units_of(actor, "registration.see")
    rows = Registration.objects.select_related("unit")
    return rows if allowed is None else rows.filter(unit__in=allowed)


def _view(row: Registration) -> StatementView:
    wishes = [wish_view(one) for one in row.wishes.order_by("place")]
    return StatementView(
        urn=row.urn,
        number=row.number,
        unit=row.unit_id,
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        year=row.year,
        state=row.state,
        revision=row.revision,
        system=row.system,
        level=row.level,
        told=row.told,
        sheet=row.sheet,
        wishes=tuple(wishes),
        made_at=row.made_at,
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
    )


def wish_view(row: Wish) -> WishView:
    """Return the frozen view of a wish."""
    return WishView(row.pk, row.content, row.title, row.amount)


def statement(actor: Actor, number: str) -> StatementView:
    """Return a registration; ``NotFound`` when there is none or the actor may not see it.

    What a unit has not submitted yet is its own: others see that it has begun, not what it wrote.
    """
    row = visible(actor).filter(number=number).first()
    if row is None or not _told(actor, row):
        raise NotFound("registration.statement.missing", number=number[:40])
    return _view(row)


def _told(actor: Actor, row: Registration) -> bool:
    return row.submitted_at is not None or may(actor, "registration.fill", row.unit_id)


def statements(actor: Actor, unit: int) -> list[StatementView]:
    """Return the registrations of a unit, newest year first."""
    rows = visible(actor).filter(unit=unit).prefetch_related("wishes").order_by("-year")
    return [_view(row) for row in rows if _told(actor, row)]


def district(actor: Actor, year: int, *, state: str = "", after: str = "", size: int = 200) -> Page[UnitLine]:
    """Return the open units with the state of their registration of ``year``, by code: three statements in all."""
    require(actor, "registration.see")
    own = {row[0]: row[1:] for row in _of_year(year)}
    reminded = dict(Reminder.objects.filter(year=year).values_list("unit").annotate(last=Max("at")))
    lines = [_line(unit, own.get(unit.id), reminded.get(unit.id)) for unit in people.units() if unit.is_open]
    begin = key(after, [str])[0] if after else ""
    found = [line for line in lines if line.code > begin and state in ("", line.state)]
    more = cursor([found[size - 1].code]) if len(found) > size else ""
    return Page(found[:size], more)


def _of_year(year: int) -> QuerySet[Registration, tuple[int, str, str, datetime | None]]:
    return Registration.objects.filter(year=year).values_list("unit", "number", "state", "submitted_at")


def _line(
    unit: UnitView, own: tuple[str, str, datetime | None] | None, reminded: datetime | None
) -> UnitLine:
    """Return a unit's line; a draft is its unit's own, so its number is not told."""
    number, state, submitted = own or ("", NONE, None)
    return UnitLine(unit.code, unit.name, number if submitted else "", state, submitted, reminded)


def counts(actor: Actor, year: int) -> dict[str, int]:
    """Return how many open units are in each state of ``year``, for all of :data:`STATES`."""
    require(actor, "registration.see")
    rows = Registration.objects.filter(unit__is_open=True, year=year)
    found = dict.fromkeys(STATES, 0) | Counter(rows.values_list("state", flat=True))
    found[NONE] = sum(unit.is_open for unit in people.units()) - sum(found.values())
    return found


def reminded(unit: int, year: int) -> datetime | None:
    """Return when the bureau last reminded a unit of a year, None when it never did."""
    return Reminder.objects.filter(unit=unit, year=year).order_by("-at").values_list("at", flat=True).first()


def years(actor: Actor) -> list[int]:
    """Return the years for which anything is registered that the actor may see, newest first."""
    return sorted(set(visible(actor).order_by().values_list("year", flat=True)), reverse=True)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person: of their unit, statements that were returned and years they were reminded of; for the
    bureau, statements to be confirmed, by year."""

    returned: tuple[tuple[str, int], ...] = ()
    reminded: tuple[int, ...] = ()
    to_confirm: tuple[tuple[int, int], ...] = ()


def waiting(actor: Actor) -> Waiting:
    """Return what of registration waits for the actor."""
    to_confirm: tuple[tuple[int, int], ...] = ()
    if may(actor, "registration.decide"):
        rows = Registration.objects.filter(state=Stated.SUBMITTED).values_list("year", flat=True)
        to_confirm = tuple(sorted(Counter(rows).items()))
    own = units_of(actor, "registration.fill") or frozenset()
    if not own:
        return Waiting(to_confirm=to_confirm)
    stated = Registration.objects.filter(unit__in=own).values_list("number", "year", "state")
    done = {year for _number, year, state in stated if state in (Stated.SUBMITTED, Stated.CONFIRMED)}
    returned = tuple((number, year) for number, year, state in stated if state == Stated.RETURNED)
    told = set(Reminder.objects.filter(unit__in=own).values_list("year", flat=True))
    reminded = sorted(told - done - {year for _number, year in returned})
    return Waiting(returned, tuple(reminded), to_confirm)

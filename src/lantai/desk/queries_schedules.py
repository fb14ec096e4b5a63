"""Reads of the units' schedules, and what the one in force suggests for a document. Suggestions decide nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from lantai.base.actors import Actor
from lantai.desk import notes
from lantai.desk.models import Schedule, ScheduleState
from lantai.kernel import schedules
from lantai.kernel.errors import NotFound
from lantai.kernel.findings import Finding
from lantai.kernel.hints import Confidence
from lantai.kernel.schedules import LEGACY, Line, Reason
from lantai.people.policies import units_of

SUGGESTIONS = 3
"""Lines that are suggested for one document."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a unit's schedule without its lines; times are None and names "" for what did not happen yet."""

    unit: int
    unit_code: str
    unit_name: str
    version: int
    state: str
    state_label: str
    source: str
    count: int
    doubtful: int
    digest: str
    approval: str
    reason: str
    imported_at: datetime
    imported_by: str
    submitted_at: datetime | None
    submitted_by: str
    decided_at: datetime | None
    decided_by: str
    revision: int


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version whole: ``doubts`` are the rows of its list that were not, or not surely, understood.

    ``added`` and ``dropped`` are the lines that the version in force has not, or that it alone has; empty where it is
    the one in force or there is none.
    """

    version: Version
    lines: tuple[Line, ...]
    doubts: tuple[Finding, ...]
    against: int | None
    added: tuple[Line, ...]
    dropped: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """A line of the schedule in force that a document may belong under, and why.

    ``retention`` is "" where the line says none of the terms in use (长期, 定期); ``function`` is its department.
    """

    line: Line
    retention: str
    function: str
    confidence: Confidence
    reasons: tuple[Reason, ...]


def visible(actor: Actor) -> QuerySet[Schedule]:
    """Return the schedules that ``actor`` may see: clerks their unit's, drafts are nobody else's."""
    units = units_of(actor, "schedule.see")
    rows = Schedule.objects.select_related("unit")
    if units is not None:
        return rows.filter(unit__in=units)
    return rows.exclude(state=ScheduleState.DRAFT)


def versions(actor: Actor, unit: str) -> list[Version]:
    """Return the versions of a unit's schedule, the newest first."""
    rows = visible(actor).filter(unit__code=unit).defer("lines").order_by("-version")
    return [_version(row) for row in rows]


def waiting(actor: Actor) -> list[Version]:
    """Return the versions that lie with the bureau, the longest waiting first."""
    rows = visible(actor).filter(state=ScheduleState.SUBMITTED).defer("lines").order_by("submitted_at")
    return [_version(row) for row in rows]


def decided(actor: Actor, limit: int = 50) -> list[Version]:
    """Return the versions in force, the last approved first."""
    rows = visible(actor).filter(state=ScheduleState.APPROVED).defer("lines").order_by("-decided_at")
    return [_version(row) for row in rows[:limit]]


def version(actor: Actor, unit: str, number: int) -> VersionView:
    """Return a version whole; ``NotFound("desk.schedule.missing")`` when the actor may not see it or there is none."""
    row = visible(actor).filter(unit__code=unit, version=number).first()
    if row is None:
        raise NotFound("desk.schedule.missing", unit=unit[:40], version=number)
    value = _value(row)
    before = None if row.state == ScheduleState.APPROVED else _in_force(row.unit_id)
    compared = before is not None and before.version != row.version
    added, dropped = value.changed_from(_value(before)) if before is not None and compared else ((), ())
    return VersionView(
        version=_version(row),
        lines=value.lines,
        doubts=tuple(notes.read(one) for one in row.notes),
        against=before.version if before is not None and compared else None,
        added=added,
        dropped=dropped,
    )


def in_force(unit: int) -> schedules.Schedule | None:
    """Return the schedule that the bureau approved for a unit, None when it has none."""
    row = _in_force(unit)
    return _value(row) if row else None


def advice(unit: int, documents: Sequence[Mapping[str, str]]) -> list[tuple[Advice, ...]]:
    """Return for each document (values by element key) what the schedule in force suggests, the likeliest first."""
    schedule = in_force(unit)
    if schedule is None:
        return [() for _ in documents]
    return [_advice(schedule, values) for values in documents]


def _advice(schedule: schedules.Schedule, values: Mapping[str, str]) -> tuple[Advice, ...]:
    found = schedules.suggest(
        schedule,
        values.get("title", ""),
        values.get("record_form", ""),
        values.get("author", ""),
        limit=SUGGESTIONS,
    )
    return tuple(
        Advice(
            line=one.line,
            retention="" if one.line.retention in (*LEGACY, "定期") else one.line.retention,
            function=one.line.department,
            confidence=one.confidence,
            reasons=one.reasons,
        )
        for one in found
    )


def _in_force(unit: int) -> Schedule | None:
    return Schedule.objects.select_related("unit").filter(unit=unit, state=ScheduleState.APPROVED).first()


def _value(row: Schedule) -> schedules.Schedule:
    """Return the schedule of a row as a value; its lines as they were imported."""
    lines = tuple(Line(**{**line, "path": tuple(line["path"])}) for line in row.lines)
    return schedules.Schedule(row.unit.name, row.version, lines, approval=row.approval)


def _version(row: Schedule) -> Version:
    return Version(
        unit=row.unit_id,
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        version=row.version,
        state=row.state,
        state_label=str(ScheduleState(row.state).label),
        source=row.source,
        count=row.count,
        doubtful=len(row.notes),
        digest=row.digest,
        approval=row.approval,
        reason=row.reason,
        imported_at=row.imported_at,
        imported_by=row.imported_by,
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        revision=row.revision,
    )

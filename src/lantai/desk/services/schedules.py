"""归档范围和保管期限表: brought by the unit, submitted, approved or returned by the bureau (档案法实施条例, 19)."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django.db.models import Max
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk import notes
from lantai.desk.documents import kept
from lantai.desk.models import Schedule, ScheduleState
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.schedules import Parsed, read_schedule
from lantai.ledger.acts import act, record
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

SCHEMA = "lantai.schedule/1"
NOTES = 500
"""Doubtful rows that are kept with a version: a list with more is not one."""


def bring_schedule(actor: Actor, unit: str, path: Path, name: str, *, sheet: str = "") -> int:
    """Import a workbook or delimited text as the next version of a unit's schedule, a draft; return its number.

    ``name`` is the file's own. Rows that could not be taken are told with the version. Raises ``Invalid`` when it is
    no schedule (see :mod:`lantai.kernel.schedules.parsing`).
    """
    owner = find_unit(unit)
    require(actor, "schedule.bring", owner.id)
    if not owner.is_open:
        raise Invalid("desk.unit.closed", found=owner.name)
    parsed = read_schedule(path, owner.name, 1, sheet=sheet)
    lines = [line.as_json() for line in parsed.schedule.lines]
    content = kept({"schema": SCHEMA, "unit": unit, "lines": lines})
    return _bring(actor, unit, parsed, name, content)


@act("desk.schedule.bring")
def _bring(actor: Actor, unit: str, parsed: Parsed, name: str, content: str) -> int:
    owner = Unit.objects.select_for_update().get(code=unit)
    newest = Schedule.objects.filter(unit=owner).aggregate(n=Max("version"))["n"] or 0
    row = Schedule(
        uuid=uuid.uuid4(),
        unit=owner,
        version=newest + 1,
        source=name[-255:],
        lines=[line.as_json() for line in parsed.schedule.lines],
        count=len(parsed.schedule.lines),
        notes=[notes.told(one) for one in parsed.findings[:NOTES]],
        digest=parsed.schedule.digest,
        content=content,
        imported_at=timezone.now(),
        imported_by=actor.username,
    )
    told = {"unit": unit, "version": row.version, "lines": row.count, "digest": row.digest}
    row.entry = record(row.urn, {**told, "content": content, "source": row.source}).uuid
    row.save(force_insert=True)
    return row.version


@act("desk.schedule.submit")
def submit_schedule(actor: Actor, unit: str, version: int, *, seen: int) -> None:
    """Hand a draft, or one that was returned, to the bureau. ``seen`` is the revision that the actor saw.

    Rows of the list that were not understood stay told with it, for the bureau too. ``Conflict``:
    ``desk.schedule.changed``, ``desk.schedule.state``, ``desk.schedule.waiting`` while another version lies there.
    """
    row = _row(unit, version)
    require(actor, "schedule.bring", row.unit_id)
    _seen(row, seen, ScheduleState.DRAFT, ScheduleState.RETURNED)
    waiting = Schedule.objects.filter(unit=row.unit, state=ScheduleState.SUBMITTED).first()
    if waiting is not None:
        raise Conflict("desk.schedule.waiting", version=waiting.version)
    row.submitted_at, row.submitted_by = timezone.now(), actor.username
    _to(row, ScheduleState.SUBMITTED, {})


@act("desk.schedule.approve")
def approve_schedule(
    actor: Actor, unit: str, version: int, *, approval: str, reason: str = "", seen: int
) -> None:
    """Approve a submitted version with the number of the bureau's letter; the one in force is superseded.

    ``Invalid("desk.schedule.approval_missing")`` without the number; ``Conflict`` as :func:`submit_schedule`.
    """
    require(actor, "schedule.decide")
    row = _row(unit, version)
    _seen(row, seen, ScheduleState.SUBMITTED)
    if not approval.strip():
        raise Invalid("desk.schedule.approval_missing")
    before = Schedule.objects.select_for_update().filter(unit=row.unit, state=ScheduleState.APPROVED).first()
    if before is not None:
        before.state = ScheduleState.SUPERSEDED
        before.revision += 1
        before.save(update_fields=["state", "revision"])
    row.approval, row.reason = approval.strip()[:80], reason.strip()
    row.decided_at, row.decided_by = timezone.now(), actor.username
    told = {"approval": row.approval, "reason": row.reason, "digest": row.digest}
    _to(row, ScheduleState.APPROVED, {**told, "supersedes": before.version if before else None})


@act("desk.schedule.return")
def return_schedule(actor: Actor, unit: str, version: int, *, reason: str, seen: int) -> None:
    """Return a submitted version to its unit; ``Invalid("desk.schedule.reason_missing")`` without the reason."""
    require(actor, "schedule.decide")
    row = _row(unit, version)
    _seen(row, seen, ScheduleState.SUBMITTED)
    if not reason.strip():
        raise Invalid("desk.schedule.reason_missing")
    row.reason, row.decided_at, row.decided_by = reason.strip(), timezone.now(), actor.username
    _to(row, ScheduleState.RETURNED, {"reason": row.reason})


def _row(unit: str, version: int) -> Schedule:
    found = Schedule.objects.select_for_update().filter(unit__code=unit, version=version).first()
    if found is None:
        raise NotFound("desk.schedule.missing", unit=unit[:40], version=version)
    return found


def _seen(row: Schedule, seen: int, *states: ScheduleState) -> None:
    if row.state not in states:
        raise Conflict("desk.schedule.state", version=row.version, state=str(ScheduleState(row.state).label))
    if row.revision != seen:
        raise Conflict("desk.schedule.changed", version=row.version)


def _to(row: Schedule, state: ScheduleState, told: dict[str, Any]) -> None:
    row.state = state
    row.revision += 1
    facts = {"unit": row.unit.code, "version": row.version, **told}
    row.entry = record(row.urn, facts).uuid
    row.save()

"""内设机构: kept by the clerk, told whom they contribute by and what is expected; documents given to them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lantai.base.actors import Actor
from lantai.desk import queries
from lantai.desk.documents import kept
from lantai.desk.models import Capture, Contributor, Department, Expectation
from lantai.desk.queries_departments import NONE, views
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger.acts import act, record, unchanged
from lantai.people.models import Account, Unit
from lantai.people.policies import require
from lantai.people.queries import contributors
from lantai.people.queries import unit as find_unit

CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,19}")
MOST = 2_000
"""Documents that one act gives to a department."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the clerk says of a department: ``people`` are user names, ``expected`` holds from the year ``since`` on.

    ``expected`` None: something is expected, no number was agreed.
    """

    name: str
    order: int = 0
    people: tuple[str, ...] = ()
    expected: int | None = None
    since: int = 0
    is_open: bool = True


@act("desk.department.add")
def add_department(actor: Actor, unit: str, code: str, told: Keeping) -> None:
    """Add a department to a unit. ``Conflict("desk.department.exists")`` when its code or name is taken there."""
    owner = find_unit(unit)
    require(actor, "department.keep", owner.id)
    code = code.strip()
    if not CODE.fullmatch(code):
        raise Invalid("desk.department.code_wrong", found=code[:40])
    name = _name(told.name)
    rows = Department.objects.filter(unit=owner.id)
    if rows.filter(code=code).exists() or rows.filter(name=name).exists():
        raise Conflict("desk.department.exists", code=code, name=name)
    row = Department(uuid=uuid.uuid4(), unit=Unit.objects.get(pk=owner.id), code=code, name=name)
    row.order, row.is_open = _order(told.order), told.is_open
    row.entry = record(row.urn, {"unit": unit, "code": code, **_said(told, name)}).uuid
    row.save(force_insert=True)
    _contribute(row, told.people)
    _expect(row, told)


@act("desk.department.change")
def change_department(actor: Actor, unit: str, code: str, told: Keeping, *, seen: int) -> None:
    """Say anew what holds of a department. What was expected in years before ``told.since`` stays.

    ``Conflict("desk.department.changed")`` when ``seen`` is not its revision.
    """
    owner = find_unit(unit)
    require(actor, "department.keep", owner.id)
    row = Department.objects.select_for_update().filter(unit=owner.id, code=code).first()
    if row is None:
        raise NotFound("desk.department.missing", department=code[:40])
    if row.revision != seen:
        raise Conflict("desk.department.changed", name=row.name)
    name = _name(told.name)
    if Department.objects.filter(unit=owner.id, name=name).exclude(pk=row.pk).exists():
        raise Conflict("desk.department.exists", code=code, name=name)
    before = views(Department.objects.filter(pk=row.pk))[0]
    same = (before.name, before.order, before.is_open) == (name, _order(told.order), told.is_open)
    same = same and {username for username, _ in before.people} == set(told.people)
    said = any(since <= told.since for since, _ in before.expected)
    if same and said and before.expected_in(told.since) == told.expected:
        unchanged()
        return
    row.name, row.order, row.is_open = name, _order(told.order), told.is_open
    row.revision += 1
    row.entry = record(row.urn, {"unit": unit, "code": code, **_said(told, name)}).uuid
    row.save()
    _contribute(row, told.people)
    _expect(row, told)


def _said(told: Keeping, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "order": told.order,
        "people": sorted(set(told.people)),
        "expected": told.expected,
        "since": told.since,
        "is_open": told.is_open,
    }


def _name(told: str) -> str:
    name = told.strip()
    if not 1 <= len(name) <= 40 or not name.isprintable():
        raise Invalid("desk.department.name_wrong", found=name[:60])
    return name


def _order(told: int) -> int:
    if not 0 <= told < 100_000:
        raise Invalid("desk.department.order_wrong", found=told)
    return told


def _contribute(row: Department, people: Sequence[str]) -> None:
    """Let these accounts, and no others, file for the department; they leave no other one for it."""
    allowed = {username for username, _ in contributors(row.unit_id)}
    stay = set(row.contributors.values_list("account__username", flat=True))
    wanted = sorted(set(people))
    for username in wanted:
        if username not in allowed | stay:
            raise Invalid("desk.department.contributor_wrong", username=username[:64])
        other = Contributor.objects.filter(unit=row.unit_id, account__username=username)
        found = other.exclude(department=row).select_related("department").first()
        if found is not None:
            raise Conflict("desk.department.contributor_taken", username=username, name=found.department.name)
    row.contributors.exclude(account__username__in=wanted).delete()
    fresh = Account.objects.filter(username__in=set(wanted) - stay)
    Contributor.objects.bulk_create(
        Contributor(department=row, unit_id=row.unit_id, account=account) for account in fresh
    )


def _expect(row: Department, told: Keeping) -> None:
    if not 1949 <= told.since <= 2999:
        raise Invalid("desk.department.since_wrong", found=told.since)
    if told.expected is not None and not 0 <= told.expected < 10_000_000:
        raise Invalid("desk.department.expected_wrong", found=told.expected)
    Expectation.objects.update_or_create(department=row, year=told.since, defaults={"count": told.expected})


@act("desk.department.assign")
def assign(actor: Actor, unit: str, numbers: Sequence[str], code: str) -> int:
    """Say to which department documents of a unit belong (:data:`NONE`: to none); return how many changed.

    Raises ``NotFound`` for a document or department that is not there, and changes nothing then.
    """
    owner = find_unit(unit)
    require(actor, "department.keep", owner.id)
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        raise Invalid("desk.items.none")
    if len(wanted) > MOST:
        raise Invalid("desk.items.many", limit=MOST)
    target = None
    if code != NONE:
        target = Department.objects.filter(unit=owner.id, code=code, is_open=True).first()
        if target is None:
            raise NotFound("desk.department.missing", department=code[:40])
    seen = queries.visible(actor).filter(unit=owner.id, number__in=wanted)
    found = dict(seen.values_list("number", "department"))
    for number in wanted:
        if number not in found:
            raise NotFound("desk.capture.missing", number=number[:40])
    after = target.pk if target else None
    moved = [number for number in wanted if found[number] != after]
    if not moved:
        unchanged()
        return 0
    Capture.objects.filter(unit=owner.id, number__in=moved).update(department=target)
    content = kept({"schema": "lantai.assigned/1", "unit": unit, "department": code, "captures": moved})
    told = {"unit": unit, "department": code, "captures": len(moved), "content": content}
    record(target.urn if target else f"urn:lantai:unit:{unit}", told)
    return len(moved)

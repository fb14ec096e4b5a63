"""归档类: found or made for items, put in order, closed with numbers, opened again while nothing is handed over."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import F
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.numbers import next_number
from lantai.desk.arranging import LEVELS, Where, item_uuid, kind_of, unfit
from lantai.desk.checking import STAGE
from lantai.desk.documents import kept
from lantai.desk.errors import Lacking
from lantai.desk.filing_register import document as register_of
from lantai.desk.models import (
    Arrangement,
    CheckState,
    ClassState,
    FilingClass,
    Item,
    ItemState,
    Scheme,
    Volume,
)
from lantai.desk.queries_checks import holding, refs_checked
from lantai.desk.queries_hand_over import standing
from lantai.desk.volumes import Numbers, followed, has_part, numbers_of
from lantai.holdings.models import Fonds
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.recordtypes.compiled import RowChecker
from lantai.ledger.acts import act, record, unchanged
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import UnitView
from lantai.people.queries import unit as find_unit

ORDERS = ("date", "doc_number", "title")
"""Elements by which a whole class is put in order at once."""

TRIES = 3
"""How often a class is made while others are made at the same moment."""


@act("desk.scheme.set")
def set_scheme(actor: Actor, unit: str, levels: Sequence[str]) -> None:
    """Say in which order 年度, 机构(问题) and 保管期限 stand above each other; ``Invalid("desk.scheme.levels")``."""
    owner = find_unit(unit)
    require(actor, "item.arrange", owner.id)
    if sorted(levels) != sorted(LEVELS):
        raise Invalid("desk.scheme.levels", levels=", ".join(levels)[:80])
    known = Scheme.objects.select_for_update().filter(unit=owner.id).first()
    if list(levels) == (known.levels if known else list(LEVELS)):
        unchanged()
        return
    entry = record(f"urn:lantai:unit:{unit}", {"unit": unit, "levels": list(levels)}).uuid
    Scheme.objects.update_or_create(unit_id=owner.id, defaults={"levels": list(levels), "entry": entry})


def class_for(actor: Actor, owner: UnitView, type: str, where: Where) -> FilingClass:
    """Return the open class of a unit, locked; a new one where there is none. Only inside an act.

    Raises ``Lacking("desk.class.refused")`` with the reasons why there can be no such class, and
    ``Conflict("desk.class.closed")``.
    """
    fonds = where.fonds or only_fonds(owner)
    told = _weighed(owner, type, Where(where.year, where.retention, where.function.strip(), fonds))
    found = _there(owner, type, told)
    for _ in range(TRIES):
        if found is not None:
            break
        try:
            found = _make(actor, owner, type, told)
        except IntegrityError:  # another one was made at this moment: the same class, or one with this number
            found = _there(owner, type, told)
    if found is None:
        raise Conflict("desk.class.busy", year=str(told.year))
    if found.state != ClassState.OPEN:
        raise Conflict("desk.class.closed", number=found.number)
    return found


def _there(owner: UnitView, type: str, where: Where) -> FilingClass | None:
    rows = FilingClass.objects.select_for_update().filter(unit=owner.id, fonds=where.fonds, type=type)
    return rows.filter(year=where.year, function=where.function, retention=where.retention).first()


def only_fonds(owner: UnitView) -> str:
    """Return the 全宗号 of a unit that has one fonds; ``Invalid("desk.fonds.unsaid")`` where it has none or several."""
    mine = fonds_of(owner.id)
    if len(mine) != 1:
        raise Invalid("desk.fonds.unsaid", unit=owner.name, count=len(mine))
    return mine[0]


def fonds_of(unit: int) -> list[str]:
    """Return the 全宗号 of a unit: that of its own name first, then those that it has from others, in order."""
    return [number for number, _name in fonds_named(unit)]


def fonds_named(unit: int) -> list[tuple[str, str]]:
    """Return number and name of the fonds of a unit in the order of :func:`fonds_of`."""
    own = Unit.objects.values_list("name", flat=True).get(pk=unit)
    rows = Fonds.objects.filter(unit=unit).values_list("number", "name")
    return sorted(rows, key=lambda row: (not row[1].endswith(own), row[0]))


def _weighed(owner: UnitView, type: str, where: Where) -> Where:
    """Return what the class will say, canonical; ``Lacking`` with every reason against it."""
    kind = kind_of(type)
    asked = {"year": str(where.year), "retention": where.retention, "function": where.function}
    values, findings = RowChecker(kind, STAGE).check({key: text for key, text in asked.items() if text})
    reasons = [
        Finding(one.code, f"values.{one.facts['key']}", one.expected, one.found, facts=one.facts)
        for one in findings
        if one.severity is Severity.ERROR and one.facts.get("key") in asked
    ]
    if where.fonds not in fonds_of(owner.id):
        reasons.append(Finding("desk.fonds.foreign", "values.fonds", found=where.fonds[:20]))
    if where.function and "function" not in kind.by_key:
        reasons.append(Finding("desk.class.no_function", "values.function", found=kind.label.zh))
    if not reasons:
        reasons.extend(unfit(kind, where.fonds, values))
    if reasons:
        raise Lacking("desk.class.refused", reasons)
    return Where(int(values["year"]), values["retention"], values.get("function", ""), where.fonds)


@act("desk.class.make")
def _make(actor: Actor, owner: UnitView, type: str, where: Where) -> FilingClass:
    row = FilingClass(
        uuid=uuid.uuid4(),
        number=next_number(FilingClass.objects.all(), f"G{where.year}-"),
        unit=Unit.objects.get(pk=owner.id),
        fonds=where.fonds,
        type=type,
        year=where.year,
        function=where.function,
        retention=where.retention,
        arrangement=usual_arrangement(type, where),
    )
    told: dict[str, str | int] = {
        "unit": owner.code,
        "number": row.number,
        "fonds": row.fonds,
        "type": row.type,
    }
    told |= {"year": row.year, "function": row.function, "retention": row.retention}
    told["arrangement"] = row.arrangement
    row.entry = record(row.urn, told).uuid
    row.save(force_insert=True)
    return row


def usual_arrangement(type: str, where: Where) -> Arrangement:
    """Return how a new class is arranged: by volume where the rule of its 档号 asks for a 案卷号."""
    by_volume = has_part(kind_of(type), where.fonds, where.year, "file")
    return Arrangement.VOLUME if by_volume else Arrangement.ITEM


@act("desk.class.arrange")
def arrange_by(actor: Actor, number: str, how: str, *, seen: int) -> None:
    """Arrange an open class by item or by volume (a value of :class:`Arrangement`).

    Raises ``Invalid("desk.class.arrangement")``, ``Conflict("desk.class.by_item_only")`` where the 档号 has no 案卷号,
    ``("desk.class.has_volumes")`` while there are volumes to be taken apart.
    """
    row = class_of(actor, number, seen)
    if how not in Arrangement.values:
        raise Invalid("desk.class.arrangement", how=how[:20])
    if how == row.arrangement:
        unchanged()
        return
    if how == Arrangement.VOLUME and not has_part(kind_of(row.type), row.fonds, row.year, "file"):
        raise Conflict("desk.class.by_item_only", number=number)
    if row.volumes.exists():
        raise Conflict("desk.class.has_volumes", number=number, count=row.volumes.count())
    row.arrangement = how
    row.revision += 1
    row.save(update_fields=["arrangement", "revision"])
    record(row.urn, {"number": number, "arrangement": how})


def touched(pk: int) -> FilingClass:
    """Count a change of what lies in a class and return it, locked; whoever looked at it before is told so."""
    row = FilingClass.objects.select_for_update().get(pk=pk)
    if row.state != ClassState.OPEN:
        raise Conflict("desk.class.closed", number=row.number)
    row.revision += 1
    row.save(update_fields=["revision"])
    return row


@act("desk.class.move")
def move(actor: Actor, number: str, item: str, to: int, *, seen: int) -> None:
    """Move an item of an open class to the place ``to`` (from 1; beyond the end is the end).

    ``Conflict("desk.class.changed")`` when ``seen`` is not the revision of the class.
    """
    row = class_of(actor, number, seen)
    found = Item.objects.filter(filing_class=row, uuid=item_uuid(item)).first()
    if found is None:
        raise NotFound("desk.item.missing", item=item[:60])
    before, after = found.position, max(1, min(to, row.size))
    if before == after:
        unchanged()
        return
    others = Item.objects.filter(filing_class=row)
    if after < before:
        others.filter(position__gte=after, position__lt=before).update(position=F("position") + 1)
    else:
        others.filter(position__gt=before, position__lte=after).update(position=F("position") - 1)
    found.position = after
    found.save(update_fields=["position"])
    _moved(row)
    record(row.urn, {"number": number, "item": found.urn, "from": before, "to": after})


@act("desk.class.sort")
def sort(actor: Actor, number: str, by: str, *, seen: int) -> None:
    """Put an open class in order by ``by`` (one of :data:`ORDERS`); items without a value stand at the end as they were."""
    row = class_of(actor, number, seen)
    items = in_order(list(row.items.order_by("position")), by)
    changed = [(order, one) for order, one in enumerate(items, 1) if one.position != order]
    if not changed:
        unchanged()
        return
    for order, one in changed:
        one.position = order
    Item.objects.bulk_update([one for _, one in changed], ["position"], batch_size=500)
    content = kept({"schema": "lantai.order/1", "class": row.urn, "items": [one.urn for one in items]})
    _moved(row)
    record(row.urn, {"number": number, "by": by, "items": len(items), "content": content})


def in_order(items: Sequence[Item], by: str) -> list[Item]:
    """Return items in order by ``by``, those of one day by their 文号.

    ``Invalid("desk.class.order")`` when it is none of :data:`ORDERS`.
    """
    if by not in ORDERS:
        raise Invalid("desk.class.order", by=by[:40], orders=", ".join(ORDERS))
    then = "doc_number" if by == "date" else by
    keys = (by, then)
    return sorted(
        items, key=lambda one: (not one.values.get(by), *(_natural(one.values.get(key, "")) for key in keys))
    )


_RUNS = re.compile(r"[0-9]+|[^0-9]+")


def _natural(told: str) -> list[tuple[bool, int, str]]:
    """Return a key by which 3号 stands before 10号, however many digits there are."""
    runs = ((run[0] in "0123456789", run) for run in _RUNS.findall(told))
    return [
        (not counts, len(run.lstrip("0")) if counts else 0, run.lstrip("0") if counts else run)
        for counts, run in runs
    ]


def _moved(row: FilingClass) -> None:
    row.revision += 1
    row.save(update_fields=["revision"])


@act("desk.class.close")
def close(actor: Actor, number: str, *, seen: int, by: str = "") -> int:
    """Close a class: its items get their 件号 (1, 2, 3 …) and 档号 by the rule of their type; return how many.

    A check of exactly this class that gave these numbers must hold (decision 0016), and the 归档登记表 is fixed with it.
    ``by`` is who asked for it where the worker closes. Raises ``Lacking("desk.class.lacking")`` with every reason of
    every item (``path`` is its uuid) and numbers nothing; ``Invalid("desk.class.empty")``;
    ``Conflict("desk.class.changed")``, ``("desk.class.closed")``, ``("desk.class.unchecked")``.
    """
    row = class_of(actor, number, seen)
    if not row.size:
        raise Invalid("desk.class.empty", number=number)
    numbers = numbers_of(row)
    if numbers.reasons:
        raise Lacking("desk.class.lacking", numbers.reasons, number=number)
    check = holding(row)
    if check is None or refs_checked(check) != {one.item.urn: one.ref for one in numbers.items}:
        raise Conflict("desk.class.unchecked", number=number)
    try:
        _write(numbers)
    except IntegrityError as quicker:
        raise Conflict("desk.class.changed", number=number) from quicker
    row.content = kept(_listed(row, numbers))
    row.state, row.closed_at, row.closed_by = ClassState.CLOSED, timezone.now(), by or actor.username
    row.revision += 1
    check.state, check.register = CheckState.DONE, kept(register_of(row, check, numbers.items))
    check.save(update_fields=["state", "register"])
    told = {"number": number, "unit": row.unit.code, "items": len(numbers.items), "content": row.content}
    told |= {"check": str(check.uuid), "register": check.register, "by": row.closed_by}
    told |= {"first": numbers.items[0].ref, "last": numbers.items[-1].ref}
    row.entry = record(row.urn, told).uuid
    row.save()
    return len(numbers.items)


def _listed(row: FilingClass, numbers: Numbers) -> dict[str, Any]:
    """Return the numbered list of a class, as its entry names it."""
    told: dict[str, Any] = {"schema": "lantai.numbered/1", "class": row.urn}
    told["items"] = [[one.item.urn, one.ref, one.item.content] for one in numbers.items]
    if numbers.volumes:
        told["volumes"] = [[one.volume.urn, one.ref] for one in numbers.volumes]
        told["pages"] = [one.page_number for one in numbers.items]
    return told


_NUMBERED = "UPDATE desk_item SET ref = %s, item_number = %s, page_number = %s, state = %s WHERE id = %s"


def _write(numbers: Numbers) -> None:
    """Write the numbers; of ten thousand items a statement for each takes a tenth of what one for many at once does."""
    state = ItemState.NUMBERED.value
    rows = [(one.ref, one.number, one.page_number, state, one.item.pk) for one in numbers.items]
    with connection.cursor() as cursor:
        cursor.executemany(_NUMBERED, rows)
    for volume in numbers.volumes:
        volume.volume.ref, volume.volume.file_number = volume.ref, volume.number
    Volume.objects.bulk_update(
        [one.volume for one in numbers.volumes], ["ref", "file_number"], batch_size=200
    )


@act("desk.class.reopen")
def reopen(actor: Actor, number: str, *, seen: int) -> None:
    """Open a closed class again: its numbers are taken back. ``Conflict("desk.class.handed")`` once anything of it left.

    ``("desk.class.followed")`` while volumes of another class have the numbers behind its own: there would be a gap.
    """
    row = class_of(actor, number, seen, state=ClassState.CLOSED)
    if standing().filter(item__filing_class=row).exists():
        raise Conflict("desk.class.in_hand_over", number=number)
    if row.items.filter(state=ItemState.HANDED).exists():
        raise Conflict("desk.class.handed", number=number)
    if after := followed(row):
        raise Conflict("desk.class.followed", number=number, ref=after)
    row.items.update(ref="", item_number="", page_number="", state=ItemState.OPEN)
    row.volumes.update(ref="", file_number="")
    before = row.content
    row.state, row.content, row.closed_at, row.closed_by = ClassState.OPEN, "", None, ""
    row.revision += 1
    row.entry = record(row.urn, {"number": number, "unit": row.unit.code, "numbered": before}).uuid
    row.save()


def class_of(actor: Actor, number: str, seen: int, *, state: ClassState = ClassState.OPEN) -> FilingClass:
    """Return a class that the actor may arrange, locked, in ``state`` and as it was ``seen``. Only inside an act."""
    row = FilingClass.objects.select_for_update().filter(number=number).first()
    if row is None:
        raise NotFound("desk.class.missing", number=number[:40])
    require(actor, "item.arrange", row.unit_id)
    if row.state != state:
        closed = state == ClassState.OPEN
        raise Conflict("desk.class.closed" if closed else "desk.class.not_closed", number=number)
    if row.revision != seen:
        raise Conflict("desk.class.changed", number=number)
    return row

"""案卷: made of items of a class, described, put in order, taken apart again while nothing is numbered.

Every write says the revision of the class that was seen: volumes and the order in them are part of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F

from lantai.base.actors import Actor
from lantai.desk.arranging import OF_CLASS, item_uuid, kind_of
from lantai.desk.checking import STAGE
from lantai.desk.documents import kept
from lantai.desk.errors import Lacking
from lantai.desk.models import (
    Arrangement,
    ClassState,
    FilingClass,
    HandOverState,
    Item,
    Volume,
)
from lantai.desk.queries_hand_over import standing
from lantai.desk.services.classes import class_of, in_order
from lantai.desk.services.volume_places import leave_volumes, settle
from lantai.desk.volumes import MOST, OF_ITEMS, bundle_of, propose_title
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.recordtypes import RecordType
from lantai.kernel.recordtypes.compiled import RowChecker
from lantai.ledger.acts import act, record, unchanged

AT_ONCE = 2_000
"""Items that one act puts into volumes."""

SCHEMA = "lantai.volume/1"


@dataclass(frozen=True, slots=True)
class Said:
    """What is written of a volume: ``remarks``, ``arranged_by``, ``checked_by`` and ``arranged_on`` are for its 备考表.

    ``values`` are by element key what neither its class nor all its items say.
    """

    title: str
    values: Mapping[str, str] = field(default_factory=dict)
    remarks: str = ""
    arranged_by: str = ""
    checked_by: str = ""
    arranged_on: date | None = None


@act("desk.volume.make")
def make_volume(actor: Actor, number: str, items: Sequence[str], *, seen: int, title: str = "") -> str:
    """Make a volume of items of an open class, in the order given, behind the others; return its uuid.

    Items leave the volume they were in. Without a title it gets the one that is proposed. Raises
    ``Invalid("desk.items.none")``, ``("desk.items.many")``, ``Conflict("desk.volume.by_item")`` for a class that is
    not arranged by volume, ``("desk.class.changed")``, ``NotFound("desk.item.missing")``.
    """
    row = _by_volume(class_of(actor, number, seen))
    rows = _items(row, items)
    volume = Volume(
        uuid=uuid.uuid4(),
        filing_class=row,
        position=row.volumes.count() + 1,
        title=title.strip()[:MOST] or propose_title([one.values for one in rows]),
    )
    leave_volumes(rows)
    told = {"number": number, "title": volume.title, "items": len(rows)}
    volume.entry = record(volume.urn, {**told, "content": _kept(volume, rows)}).uuid
    volume.save(force_insert=True)
    settle(volume, rows)
    _touch(row)
    return str(volume.uuid)


@act("desk.volume.put")
def put_into(actor: Actor, volume: str, items: Sequence[str], *, seen: int, to: int = 0) -> None:
    """Put items of the class into a volume, in the order given, from the place ``to`` on (0 = at its end).

    Those that lie in it already are moved there. Errors as :func:`make_volume`, ``NotFound("desk.volume.missing")``.
    """
    row, place = _volume(actor, volume, seen)
    rows = _items(place, items)
    coming = {one.pk for one in rows}
    before = list(row.items.order_by("place"))
    stay = [one for one in before if one.pk not in coming]
    at = len(stay) if to < 1 else min(to - 1, len(stay))
    after = [*stay[:at], *rows, *stay[at:]]
    if [one.pk for one in after] == [one.pk for one in before]:
        unchanged()
        return
    leave_volumes([one for one in rows if one.volume_id != row.pk])
    settle(row, after)
    _touch(place)
    told = {"number": place.number, "title": row.title, "items": len(rows)}
    record(row.urn, {**told, "content": _kept(row, after)})


@act("desk.volume.sort")
def sort_volume(actor: Actor, volume: str, by: str, *, seen: int) -> None:
    """Put a volume in order by ``by`` (one of :data:`~lantai.desk.services.classes.ORDERS`);
    items without a value stand at the end as they were."""
    row, place = _volume(actor, volume, seen)
    before = list(row.items.order_by("place"))
    after = in_order(before, by)
    if [one.pk for one in after] == [one.pk for one in before]:
        unchanged()
        return
    settle(row, after)
    _touch(place)
    told = {"number": place.number, "title": row.title, "by": by, "items": len(after)}
    record(row.urn, {**told, "content": _kept(row, after)})


@act("desk.volume.take_out")
def take_from_volumes(actor: Actor, number: str, items: Sequence[str], *, seen: int) -> int:
    """Take items of an open class out of their volumes; they stay in the class. Return how many lay in one."""
    row = class_of(actor, number, seen)
    rows = [one for one in _items(row, items) if one.volume_id is not None]
    if not rows:
        unchanged()
        return 0
    content = kept({"schema": "lantai.volume-left/1", "class": row.urn, "items": [one.urn for one in rows]})
    leave_volumes(rows)
    _touch(row)
    record(row.urn, {"number": number, "items": len(rows), "content": content})
    return len(rows)


@act("desk.volume.move")
def move_volume(actor: Actor, volume: str, to: int, *, seen: int) -> None:
    """Move a volume to the place ``to`` of its class (from 1; beyond the end is the end)."""
    row, place = _volume(actor, volume, seen)
    before, after = row.position, max(1, min(to, place.volumes.count()))
    if before == after:
        unchanged()
        return
    if after < before:
        place.volumes.filter(position__gte=after, position__lt=before).update(position=F("position") + 1)
    else:
        place.volumes.filter(position__gt=before, position__lte=after).update(position=F("position") - 1)
    row.position = after
    row.save(update_fields=["position"])
    _touch(place)
    record(row.urn, {"number": place.number, "from": before, "to": after})


@act("desk.volume.dissolve")
def dissolve_volume(actor: Actor, volume: str, *, seen: int) -> None:
    """Take a volume of an open class apart: its items lie in none, those behind it move up."""
    row, place = _volume(actor, volume, seen)
    rows = list(row.items.order_by("place"))
    record(
        row.urn, {"number": place.number, "title": row.title, "items": len(rows), "content": _kept(row, rows)}
    )
    leave_volumes(rows)
    place.volumes.filter(position__gt=row.position).update(position=F("position") - 1)
    row.delete()
    _touch(place)


@act("desk.volume.edit")
def edit_volume(actor: Actor, volume: str, said: Said, *, seen: int) -> None:
    """Write what is said of a volume; one with its number only so that nothing lacks, and not in a package.

    Raises ``Lacking("desk.volume.refused")`` with every reason by field (``values.title``, ``remarks``),
    ``Conflict("desk.volume.in_hand_over")``, ``("desk.class.changed")``.
    """
    row, place = _volume(actor, volume, seen, ClassState.OPEN, ClassState.CLOSED)
    if standing().filter(item__volume=row).exclude(hand_over__state=HandOverState.DRAFT).exists():
        raise Conflict("desk.volume.in_hand_over", title=row.title[:60])
    before = _said(row)
    row.title, row.remarks = said.title.strip(), said.remarks.strip()
    row.values = _own(said.values, kind_of(place.type))
    row.arranged_by, row.checked_by = said.arranged_by.strip(), said.checked_by.strip()
    row.arranged_on = said.arranged_on
    if reasons := _wrong(row, place):
        raise Lacking("desk.volume.refused", reasons)
    after = _said(row)
    if after == before:
        unchanged()
        return
    content = kept({"schema": "lantai.volume-said/1", "volume": row.urn, **after})
    row.entry = record(row.urn, {"number": place.number, "title": row.title, "content": content}).uuid
    row.save()
    _touch(place)


def _own(told: Mapping[str, str], kind: RecordType) -> dict[str, str]:
    """Return the values that a volume can have of its own: elements of its type that neither class nor number say."""
    ours = {element.key for element in kind.elements if "file" in element.levels} - OF_CLASS - OF_ITEMS
    return {key: text.strip() for key, text in told.items() if key in ours and text.strip()}


def _said(row: Volume) -> dict[str, Any]:
    return {
        "title": row.title,
        "values": dict(row.values),
        "remarks": row.remarks,
        "arranged_by": row.arranged_by,
        "checked_by": row.checked_by,
        "arranged_on": row.arranged_on.isoformat() if row.arranged_on else "",
    }


_LIMITS = {"remarks": 2_000, "arranged_by": 64, "checked_by": 64}


def _wrong(row: Volume, place: FilingClass) -> list[Finding]:
    """Return what of a volume cannot be written so; of one without its number, what lacks may come later."""
    wrong = [
        Finding("desk.volume.long", name, str(limit), str(len(getattr(row, name))))
        for name, limit in _LIMITS.items()
        if len(getattr(row, name)) > limit
    ]
    values = bundle_of(place, row).values
    values["title"] = row.title
    whole = {**values, "ref": values.get("ref", "0")}
    for finding in RowChecker(kind_of(place.type), STAGE).check(whole, "file")[1]:
        key = str(finding.facts.get("key", ""))
        mine = key == "title" or key in row.values or place.state == ClassState.CLOSED
        if finding.severity is Severity.ERROR and key != "ref" and mine:
            wrong.append(
                Finding(finding.code, f"values.{key}", finding.expected, finding.found, facts=finding.facts)
            )
    return wrong


def _volume(actor: Actor, told: str, seen: int, *states: ClassState) -> tuple[Volume, FilingClass]:
    """Return a volume and its class, locked, in one of ``states`` (without any: open)."""
    try:
        row = Volume.objects.select_related("filing_class").filter(uuid=uuid.UUID(told)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("desk.volume.missing", volume=told[:60])
    number, state = row.filing_class.number, ClassState(row.filing_class.state)
    place = class_of(actor, number, seen, state=state if state in states else ClassState.OPEN)
    return Volume.objects.select_for_update().get(pk=row.pk), place


def _by_volume(row: FilingClass) -> FilingClass:
    if row.arrangement != Arrangement.VOLUME:
        raise Conflict("desk.volume.by_item", number=row.number)
    return row


def _items(row: FilingClass, told: Sequence[str]) -> list[Item]:
    """Return items of a class in the order given."""
    wanted = list(dict.fromkeys(item_uuid(one) for one in told))
    if not wanted:
        raise Invalid("desk.items.none")
    if len(wanted) > AT_ONCE:
        raise Invalid("desk.items.many", limit=AT_ONCE)
    found = {item.uuid: item for item in row.items.select_for_update().filter(uuid__in=wanted)}
    for one in wanted:
        if one not in found:
            raise NotFound("desk.item.missing", item=str(one))
    return [found[one] for one in wanted]


def _kept(volume: Volume, items: Sequence[Item]) -> str:
    """Keep which items a volume holds, in their order; return the digest."""
    told = {"volume": volume.urn, "class": volume.filing_class.urn, "position": volume.position}
    return kept({"schema": SCHEMA, **told, "title": volume.title, "items": [one.urn for one in items]})


def _touch(row: FilingClass) -> None:
    row.revision += 1
    row.save(update_fields=["revision"])

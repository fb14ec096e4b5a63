"""件: formed from captures, described, put into a class, taken out of it and apart again while nothing is numbered."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk.arranging import OF_CLASS, Where, document, item_uuid, kind_of
from lantai.desk.checking import weigh_values
from lantai.desk.documents import kept
from lantai.desk.errors import Lacking
from lantai.desk.models import Capture, FilingClass, Item, ItemCapture, ItemState, State
from lantai.desk.queries_arrangement import packed
from lantai.desk.services.classes import class_for, touched
from lantai.desk.services.volume_places import leave_volumes, numbered_by_page, paged_anew
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.findings import Finding
from lantai.ledger.acts import act, record, unchanged
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

SCHEMA = "lantai.items/1"
MOST = 2_000
"""Captures or items that one act takes."""


def form(actor: Actor, unit: str, groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Form one 件 of each group of captures (their numbers, the leading one first); return the items' uuids.

    An item has the type, title and values of its first capture; pages are summed where all tell them. Raises
    ``Invalid("desk.items.none")``, ``("desk.items.many")``, ``("desk.items.types")`` when captures of one item differ
    in type, ``Conflict("desk.capture.arranged")`` when one is part of an item already.
    """
    owner = find_unit(unit)
    require(actor, "item.arrange", owner.id)
    wanted = [tuple(dict.fromkeys(group)) for group in groups if group]
    numbers = [number for group in wanted for number in group]
    if not numbers:
        raise Invalid("desk.items.none")
    if len(numbers) > MOST:
        raise Invalid("desk.items.many", limit=MOST)
    rows = _captures(owner.id, numbers)
    made = [_formed(actor, owner.id, [rows[number] for number in group]) for group in wanted]
    documents = [document(item, group) for item, group in zip(made, wanted, strict=True)]
    content = kept({"schema": SCHEMA, "unit": unit, "items": documents})
    _form(actor, unit, made, wanted, content)
    return tuple(str(item.uuid) for item in made)


def _captures(unit: int, numbers: Sequence[str], *, lock: bool = False) -> dict[str, Capture]:
    """Return the captures of a unit that are still in the tray, by number."""
    rows = Capture.objects.select_for_update() if lock else Capture.objects.all()
    found = {row.number: row for row in rows.filter(unit=unit, number__in=set(numbers))}
    for number in numbers:
        if number not in found:
            raise NotFound("desk.capture.missing", number=number[:40])
        if found[number].state != State.TRAY:
            raise Conflict("desk.capture.arranged", number=number)
    if len(set(numbers)) != len(numbers):
        twice = next(number for number in numbers if numbers.count(number) > 1)
        raise Conflict("desk.capture.arranged", number=twice)
    return found


def _formed(actor: Actor, unit: int, captures: Sequence[Capture]) -> Item:
    first = captures[0]
    for other in captures:
        if other.type != first.type:
            raise Invalid("desk.items.types", number=other.number, type=other.type, first=first.type)
    values = {key: text for key, text in first.described.items() if key not in OF_CLASS}
    pages = [one.described.get("pages", "") for one in captures]
    if len(captures) > 1 and all(told.isascii() and told.isdigit() and len(told) < 7 for told in pages):
        values["pages"] = str(sum(map(int, pages)))
    return Item(
        uuid=uuid.uuid4(),
        unit_id=unit,
        type=first.type,
        title=first.title,
        values=values,
        formed_at=timezone.now(),
        formed_by=actor.username,
    )


@act("desk.item.form")
def _form(
    actor: Actor, unit: str, made: Sequence[Item], groups: Sequence[Sequence[str]], content: str
) -> None:
    owner = Unit.objects.get(code=unit)
    rows = _captures(owner.pk, [number for group in groups for number in group], lock=True)
    told = {"unit": unit, "items": len(made), "captures": len(rows), "content": content}
    entry = record(f"urn:lantai:unit:{unit}", told).uuid
    for item in made:
        item.entry, item.content = entry, content
    saved = Item.objects.bulk_create(made)
    ItemCapture.objects.bulk_create(
        ItemCapture(item=item, capture=rows[number], order=order)
        for item, group in zip(saved, groups, strict=True)
        for order, number in enumerate(group, 1)
    )
    Capture.objects.filter(pk__in=[row.pk for row in rows.values()]).update(state=State.ARRANGED)


@act("desk.item.dissolve")
def dissolve(actor: Actor, item: str, *, seen: int) -> None:
    """Take an open item apart: its captures lie in the tray again, the place it had is closed up.

    ``Conflict("desk.item.numbered")`` once it has its number, ``("desk.item.changed")`` when ``seen`` is not its
    revision.
    """
    row = _open_item(actor, item, seen)
    if row.handed.exists():
        raise Conflict("desk.item.was_sent", title=row.title[:60])
    if row.loans.exists():
        raise Conflict("desk.item.was_lent", title=row.title[:60])
    numbers = [link.capture.number for link in _links(row)]
    _leave([row])
    Capture.objects.filter(link__item=row).update(state=State.TRAY)
    record(row.urn, {"unit": row.unit.code, "captures": numbers})
    row.delete()


def edit(actor: Actor, item: str, values: Mapping[str, str], *, seen: int) -> tuple[Finding, ...]:
    """Describe an item anew with the whole of its ``values``; return what is doubtful about them.

    One with its number is changed only as a whole record, and not while it lies in a package (a hand-over that is
    ordered, built or sent); its number stays.

    Raises :class:`~lantai.desk.errors.Lacking` (``desk.item.refused``) with every reason, each with its field
    (``values.title``); what the class says of it (年度, 保管期限 …) is not taken; ``Conflict("desk.item.changed")``,
    ``("desk.item.in_hand_over")``.
    """
    row = _item(item)
    require(actor, "item.arrange", row.unit_id)
    given = {key: text for key, text in values.items() if text.strip()}
    weighed = weigh_values(kind_of(row.type), given)
    told = [Finding("desk.item.of_class", f"values.{key}") for key in given if key in OF_CLASS]
    whole = row.state != ItemState.OPEN
    reasons = [one for one in weighed.reasons if whole or not _later(one, given)] + told
    if reasons:
        raise Lacking("desk.item.refused", reasons)
    after = Item(uuid=row.uuid, type=row.type, title=weighed.values["title"], values=weighed.values)
    links = [link.capture.number for link in _links(row)]
    content = kept({"schema": SCHEMA, "unit": row.unit.code, "items": [document(after, links)]})
    _edit(actor, item, weighed.values, content, seen, whole)
    return tuple(weighed.notes)


def _later(reason: Finding, given: Mapping[str, str]) -> bool:
    """Return whether a reason is that a value lacks which a clerk may still find: the class cannot be closed before."""
    key = str(reason.facts.get("key", ""))
    return key != "title" and bool(key) and key not in given


@act("desk.item.edit")
def _edit(actor: Actor, item: str, values: dict[str, str], content: str, seen: int, whole: bool) -> None:
    row = _locked(actor, item, seen)
    if row.state != ItemState.OPEN and not whole:  # numbered since it was looked at
        raise Conflict("desk.item.changed", title=row.title[:60])
    if row.state == ItemState.HANDED or packed(row):
        raise Conflict("desk.item.in_hand_over", title=row.title[:60])
    if (
        row.state != ItemState.OPEN
        and row.values.get("pages") != values.get("pages")
        and numbered_by_page(row)
    ):
        raise Conflict("desk.item.pages_in_ref", ref=row.ref)
    if row.values == values:
        unchanged()
        return
    changed = sorted(
        key for key in row.values.keys() | values.keys() if row.values.get(key) != values.get(key)
    )
    row.values, row.title, row.content = values, values["title"], content
    row.revision += 1
    row.entry = record(row.urn, {"unit": row.unit.code, "changed": changed, "content": content}).uuid
    row.save()
    if "pages" in changed:
        paged_anew(row)
    if row.filing_class_id is not None:
        FilingClass.objects.filter(pk=row.filing_class_id).update(revision=F("revision") + 1)


@act("desk.item.place")
def place(actor: Actor, unit: str, items: Sequence[str], where: Where) -> tuple[str, ...]:
    """Put open items at the end of a class, in the order given; return the numbers of the classes they are in now.

    A class is of one record type and is made when there is none; items leave the class they were in. Raises
    ``Lacking("desk.class.refused")`` when there can be no such class, ``Conflict("desk.class.closed")``,
    ``("desk.item.numbered")``.
    """
    owner = find_unit(unit)
    require(actor, "item.arrange", owner.id)
    rows = _several(owner.id, items)
    for row in rows:
        if row.state != ItemState.OPEN:
            raise Conflict("desk.item.numbered", ref=row.ref)
    into: list[str] = []
    told = []
    for type, some in groupby(sorted(rows, key=lambda row: row.type), key=lambda row: row.type):
        target = class_for(actor, owner, type, where)
        moved = [row for row in some if row.filing_class_id != target.pk]
        into.append(target.number)
        if not moved:
            continue
        _leave(moved)
        target.refresh_from_db()
        for order, row in enumerate(moved, target.size + 1):
            row.filing_class, row.position = target, order
        Item.objects.bulk_update(moved, ["filing_class", "position"])
        target.size += len(moved)
        target.revision += 1
        target.save(update_fields=["size", "revision"])
        told.append((target, [row.urn for row in moved]))
    for target, urns in told:
        content = kept({"schema": "lantai.placed/1", "class": target.urn, "items": urns})
        record(target.urn, {"number": target.number, "items": len(urns), "content": content})
    if not told:
        unchanged()
    return tuple(into)


@act("desk.item.take_out")
def take_out(actor: Actor, item: str) -> None:
    """Take an open item out of its class; those behind it move up."""
    row = _open_item(actor, item, None)
    if row.filing_class is None:
        unchanged()
        return
    record(row.urn, {"unit": row.unit.code, "class": row.filing_class.number})
    _leave([row])
    row.filing_class, row.position = None, 0
    row.save(update_fields=["filing_class", "position"])


_CLOSED_UP = """
WITH placed AS (
    SELECT id, ROW_NUMBER() OVER (ORDER BY position, id) AS place FROM desk_item WHERE filing_class_id = %s
)
UPDATE desk_item SET position = placed.place FROM placed
WHERE placed.id = desk_item.id AND desk_item.position <> placed.place
"""


def _leave(rows: Iterable[Item]) -> None:
    """Take ``rows`` out of their classes and close up the places they had, whatever they are: one statement a class."""
    there = [row for row in rows if row.filing_class_id is not None]
    leave_volumes(there)
    classes = Counter(row.filing_class_id for row in there if row.filing_class_id is not None)
    left = [touched(pk) for pk in sorted(classes)]
    Item.objects.filter(pk__in=[row.pk for row in there]).update(filing_class=None, position=0)
    for place in left:
        with connection.cursor() as cursor:
            cursor.execute(_CLOSED_UP, [place.pk])
        place.size -= classes[place.pk]
        place.save(update_fields=["size"])


def _several(unit: int, items: Sequence[str]) -> list[Item]:
    """Return items of a unit in the order given."""
    wanted = list(dict.fromkeys(item_uuid(item) for item in items))
    if not wanted:
        raise Invalid("desk.items.none")
    if len(wanted) > MOST:
        raise Invalid("desk.items.many", limit=MOST)
    rows = Item.objects.select_for_update().filter(unit=unit, uuid__in=wanted)
    found = {row.uuid: row for row in rows}
    for one in wanted:
        if one not in found:
            raise NotFound("desk.item.missing", item=str(one))
    return [found[one] for one in wanted]


def _item(item: str) -> Item:
    row = Item.objects.select_related("unit", "filing_class").filter(uuid=item_uuid(item)).first()
    if row is None:
        raise NotFound("desk.item.missing", item=item[:60])
    return row


def _open_item(actor: Actor, item: str, seen: int | None) -> Item:
    """Return an item without number that the actor may change; ``seen`` None: whatever its revision is."""
    row = _locked(actor, item, seen)
    if row.state != ItemState.OPEN:
        raise Conflict("desk.item.numbered", ref=row.ref)
    return row


def _locked(actor: Actor, item: str, seen: int | None) -> Item:
    Item.objects.select_for_update().filter(uuid=item_uuid(item)).first()
    row = _item(item)
    require(actor, "item.arrange", row.unit_id)
    if seen is not None and row.revision != seen:
        raise Conflict("desk.item.changed", title=row.title[:60])
    return row


def _links(row: Item) -> list[ItemCapture]:
    return list(row.links.select_related("capture").order_by("order"))


@dataclass(frozen=True, slots=True)
class Putting:
    """What goes into one class: ``groups`` of captures that become an item each, and ``items`` behind them."""

    where: Where
    groups: tuple[tuple[str, ...], ...] = ()
    items: tuple[str, ...] = ()


def put(actor: Actor, unit: str, parts: Sequence[Putting]) -> tuple[str, ...]:
    """Form items and put them into their classes, all or nothing; return the numbers of the classes.

    Raises what :func:`form` and :func:`place` raise.
    """
    numbers: list[str] = []
    with transaction.atomic():
        for part in parts:
            formed = form(actor, unit, part.groups) if part.groups else ()
            numbers += place(actor, unit, [*formed, *part.items], part.where)
    return tuple(dict.fromkeys(numbers))

"""Mending the files of an item, while its class is open or it lies in a draft of a hand-over: what was captured stays.

Bytes that were lost or damaged in the desk's store are put back when the very same file is brought; any other file makes
a new captured document of all the files, which takes the old one's place in the item. The old one stays as it came.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.db.models import F
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk import store
from lantai.desk.arranging import document, item_uuid
from lantai.desk.checking import ALGORITHMS
from lantai.desk.documents import kept
from lantai.desk.errors import Lacking, Refused
from lantai.desk.filing import Brought, Filing, KeptFile
from lantai.desk.models import (
    Capture,
    Component,
    FilingClass,
    Item,
    ItemState,
    Part,
    Replacement,
    Source,
    State,
)
from lantai.desk.queries_hand_over import draft_of
from lantai.desk.services.capture import capture
from lantai.desk.services.classes import touched
from lantai.desk.services.items import SCHEMA
from lantai.kernel.digests import FileDigests, digest_file
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger.acts import act, record
from lantai.people.policies import require

REASON = 2_000


@dataclass(frozen=True, slots=True)
class Fresh:
    """A file that was brought: its own name, where it lies (it is given away)."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a file goes: an item, one of its captured documents, the order of the file there (0 = one more file)."""

    item: str
    capture: str
    order: int = 0


def mend_file(actor: Actor, spot: Spot, fresh: Fresh, *, role: str = "", reason: str, seen: int) -> str:
    """Put a file in the place of another, or beside the others as ``role``; return the number of the new document.

    "" when the very bytes were brought that had been damaged or lost: they are put back and nothing else changes.
    Raises ``Invalid("desk.replace.reason_missing")``, ``("desk.replace.same")`` when there is nothing to mend,
    ``("desk.replace.role")``, ``Lacking("desk.replace.refused")`` with every reason against the new document,
    ``NotFound("desk.capture.missing")``, ``("desk.component.missing")``, ``Conflict("desk.item.changed")``,
    ``("desk.item.numbered")`` for one with its number that lies in no draft of a hand-over.
    """
    row = _item(spot.item)
    require(actor, "item.arrange", row.unit_id)
    _weigh(row, seen)
    said = reason.strip()[:REASON]
    if not said:
        raise Invalid("desk.replace.reason_missing")
    old = Capture.objects.filter(number=spot.capture, link__item=row).first()
    if old is None:
        raise NotFound("desk.capture.missing", number=spot.capture[:40])
    parts = list(old.components.order_by("order"))
    there = next((one for one in parts if one.order == spot.order), None)
    if spot.order and there is None:
        raise NotFound("desk.component.missing", number=old.number, order=spot.order)
    if not spot.order and role not in Part.values:
        raise Invalid("desk.replace.role", role=role[:20])
    found = digest_file(fresh.path, ALGORITHMS)
    if there is not None and found.sha512 == there.sha512:
        _put_back(actor, row, there, fresh.path)
        return ""
    parts_now = _components(parts, there, fresh, found, role)
    return _captured(
        actor, row, old, parts_now, found, lambda new: _swap(actor, row, old.number, new, said, seen)
    )


def _item(told: str) -> Item:
    row = Item.objects.select_related("unit", "filing_class").filter(uuid=item_uuid(told)).first()
    if row is None:
        raise NotFound("desk.item.missing", item=told[:60])
    return row


def _weigh(row: Item, seen: int) -> None:
    if row.state != ItemState.OPEN and not (row.state == ItemState.NUMBERED and draft_of(str(row.uuid))):
        raise Conflict("desk.item.numbered", ref=row.ref)
    if row.revision != seen:
        raise Conflict("desk.item.changed", title=row.title[:60])


def _put_back(actor: Actor, row: Item, there: Component, path: Path) -> None:
    place = store.place(there.sha512)
    if place.is_file() and digest_file(place, ("sha512",)).sha512 == there.sha512:
        raise Invalid("desk.replace.same", name=there.name[:80])
    store.restore(there.sha512, path)
    _restored(actor, row, there)


@act("desk.file.restore")
def _restored(actor: Actor, row: Item, there: Component) -> None:
    told = {
        "unit": row.unit.code,
        "capture": there.capture.number,
        "name": there.name,
        "sha512": there.sha512,
    }
    record(row.urn, told)


def _components(
    parts: Sequence[Component], there: Component | None, fresh: Fresh, found: FileDigests, role: str
) -> list[Brought]:
    """Return the files of the new document: those of the old one under a second name, and the one that was brought."""
    folder = fresh.path.parent
    brought = [
        Brought(one.role, fresh.name, fresh.path, found=found) if one == there else _again(one, folder)
        for one in parts
    ]
    return brought if there is not None else [*brought, Brought(role, fresh.name, fresh.path, found=found)]


def _again(one: Component, folder: Path) -> Brought:
    """Return a file that stays. One that is lost or damaged itself stays named as it was captured: it is mended after this."""
    suffix = PurePosixPath(one.name).suffix
    path = folder / f"same-{one.order}{suffix if suffix.isascii() and len(suffix) < 12 else ''}"
    source = store.place(one.sha512)
    found = digest_file(source, ALGORITHMS) if source.is_file() else None
    if found is None or found.sha512 != one.sha512:
        told = FileDigests(one.bytes, {"sha512": one.sha512, "sm3": one.sm3})
        return Brought(one.role, one.name, None, found=told, known=_kept(one))
    try:
        os.link(source, path)
    except OSError:  # the inbox lies on another file system
        shutil.copyfile(source, path)
    return Brought(one.role, one.name, path, found=found)


def _kept(one: Component) -> KeptFile:
    label = str(Part(one.role).label)
    return KeptFile(one.order, one.role, label, one.name, one.bytes, one.sha512, one.sm3, one.puid, one.mime)


def _captured(
    actor: Actor,
    row: Item,
    old: Capture,
    parts: list[Brought],
    found: FileDigests,
    then: Callable[[str], None],
) -> str:
    """Capture the new document and let it take the old one's place, both or neither; return its number."""
    filing = Filing(
        unit=row.unit.code,
        external_id=f"{old.external_id[:160]}/换-{found.sha512[:16]}",
        type=old.type,
        values=old.described,
        components=parts,
        process=old.process,
        signatures=old.signatures,
        source=Source.UPLOAD,
    )
    try:
        return capture(actor, filing, then=then).number
    except Refused as refused:
        raise Lacking("desk.replace.refused", refused.reasons) from refused


@act("desk.item.replace")
def _swap(actor: Actor, row: Item, old: str, new: str, reason: str, seen: int) -> None:
    if row.filing_class_id is not None and row.state == ItemState.OPEN:
        touched(row.filing_class_id)
    Item.objects.select_for_update().get(pk=row.pk)
    place = row.filing_class_id
    row.refresh_from_db()
    _weigh(row, seen)
    if row.filing_class_id != place:  # put somewhere else since it was looked at
        raise Conflict("desk.item.changed", title=row.title[:60])
    fresh = Capture.objects.select_for_update().get(number=new)
    if fresh.state != State.TRAY:
        raise Conflict("desk.capture.arranged", number=new)
    link = row.links.get(capture__number=old)
    before = link.capture
    link.capture = fresh
    link.save(update_fields=["capture"])
    Capture.objects.filter(pk=before.pk).update(state=State.REPLACED)
    of = {"department": before.department, "year": before.year}
    Capture.objects.filter(pk=fresh.pk).update(state=State.ARRANGED, **of)
    Replacement.objects.create(old=before, new=fresh, reason=reason, by=actor.username, at=timezone.now())
    numbers = list(row.links.order_by("order").values_list("capture__number", flat=True))
    row.content = kept({"schema": SCHEMA, "unit": row.unit.code, "items": [document(row, numbers)]})
    row.revision += 1
    told = {"unit": row.unit.code, "old": old, "new": new, "reason": reason, "content": row.content}
    told |= {"department": before.department.code} if before.department else {}
    row.entry = record(row.urn, told).uuid
    row.save(update_fields=["content", "revision", "entry"])
    if row.filing_class_id is not None and row.state != ItemState.OPEN:
        FilingClass.objects.filter(pk=row.filing_class_id).update(revision=F("revision") + 1)

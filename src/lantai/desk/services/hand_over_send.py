"""Sending what was built: on line, as a transfer of ingest; or on a carrier, joined to its transfer when it comes."""

from __future__ import annotations

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk import store
from lantai.desk.documents import kept
from lantai.desk.models import (
    ClassState,
    FilingClass,
    HandOver,
    HandOverItem,
    HandOverState,
    Item,
    ItemState,
    Mended,
    RegisterSignature,
    Sending,
)
from lantai.desk.parcel import statement
from lantai.desk.queries_hand_over import folder_of, row_of, stated
from lantai.desk.queries_sending import sending_of
from lantai.desk.register import document_of, sums_of
from lantai.desk.services.hand_over import document_of as parcel_of
from lantai.desk.services.hand_over import moved, own
from lantai.desk.services.hand_over_mend import came_back
from lantai.desk.worklist import defects
from lantai.ingest.models import Transfer
from lantai.ingest.services import submit
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger.acts import act, record
from lantai.people.policies import require

SIDES = ("unit", "archives")


@act("desk.hand_over.send")
def send(actor: Actor, number: str) -> str:
    """Hand the built package over on line; return the number of the transfer that it is from now on."""
    row = own(actor, number, HandOverState.BUILT)
    path = folder_of(row.uuid) / row.package
    if not path.is_file():
        raise Conflict("desk.hand_over.package_gone", number=number)
    unchanged_since(row)
    transfer = submit(actor, row.unit.code, path)
    row.transfer = Transfer.objects.get(number=transfer)
    gone(actor, row)
    record(row.urn, {"number": number, "transfer": transfer, "sm3": row.sm3, "sha512": row.sha512})
    return transfer


@act("desk.hand_over.carry")
def carry(actor: Actor, number: str, *, carrier: str) -> None:
    """Say that the built package went to the archives on the carrier of this number.

    When they have taken it in, the same bytes join it to its transfer.
    """
    row = own(actor, number, HandOverState.BUILT)
    carrier = carrier.strip()[:100] or row.carrier
    if not carrier:
        raise Invalid("desk.hand_over.carrier_missing")
    unchanged_since(row)
    row.carrier = carrier
    gone(actor, row)
    record(row.urn, {"number": number, "carrier": carrier, "sm3": row.sm3, "sha512": row.sha512})


def unchanged_since(row: HandOver) -> None:
    """Refuse a package that tells other 档号 or statements than its records have by now."""
    told = {(one["item"], one["ref"], *sorted(one["statement"].items())) for one in parcel_of(row)["records"]}
    lines = row.lines.select_related("item").filter(item__state=ItemState.NUMBERED)
    now = {(one.item.urn, one.item.ref, *sorted(statement(stated(one).said).items())) for one in lines}
    if told != now:
        raise Conflict("desk.hand_over.changed", number=row.number, count=len(told - now))


def gone(actor: Actor, row: HandOver) -> None:
    """Mark hand-over, records and classes as handed over."""
    row.sent_by, row.sent_at = actor.username, timezone.now()
    moved(row, HandOverState.SENT)
    lines = HandOverItem.objects.filter(hand_over=row).values("item")
    Item.objects.filter(pk__in=lines, state=ItemState.NUMBERED).update(state=ItemState.HANDED)
    closed = FilingClass.objects.filter(number__in=row.classes, state=ClassState.CLOSED)
    closed.update(state=ClassState.HANDED)


@act("desk.defect.mend")
def tick(actor: Actor, number: str, defect: str, *, note: str = "") -> None:
    """Say that a defect of a work list is mended, and how."""
    row = row_of(actor, number)
    require(actor, "transfer.submit", row.unit_id)
    if not came_back(row):
        raise Conflict("desk.hand_over.not_returned", number=number)
    found = next((one for one in defects(row) if one.key == defect), None)
    if found is None:
        raise NotFound("desk.defect.missing", number=number)
    if found.mended_by:
        raise Conflict("desk.defect.mended", number=number)
    Mended.objects.create(
        hand_over=row, defect=defect, note=note.strip()[:1000], by=actor.username, at=timezone.now()
    )
    record(
        row.urn,
        {
            "number": number,
            "defect": defect,
            "item": found.item,
            "ref": found.ref,
            "note": note.strip()[:1000],
        },
    )


@act("desk.register.sign")
def sign_register(actor: Actor, number: str, side: str) -> None:
    """Sign the 移交接收登记表 for ``unit`` or ``archives``: name, time and the digests of the document.

    Neither side signs for the other: the unit's clerk for the unit, who decides on transfers for the archives. The
    act's place in the ledger, sealed with the site's Ed25519 key, is the signature that others verify.
    """
    row = row_of(actor, number)
    if side not in SIDES:
        raise NotFound("desk.hand_over.missing", number=number)
    if side == "unit":
        require(actor, "capture.file", row.unit_id)
    else:
        require(actor, "transfer.decide")
    row = (
        HandOver.objects.select_for_update(of=("self",))
        .select_related("unit", "transfer", "mends")
        .get(pk=row.pk)
    )
    if row.signatures.filter(side=side).exists():
        raise Conflict("desk.register.signed", number=number)
    going = sending_of(row)
    if going is not None:
        if side != "unit":
            raise Conflict("desk.register.elsewhere", archives=going.target.archives)
        _sign_away(actor, row, going)
        return
    if not row.register:
        row.register = kept(document_of(row))
        row.save()
    sums = sums_of(store.read(row.register))
    now = timezone.now()
    told = {"number": number, "side": side, "name": actor.name, "at": now.isoformat(), "sm3": sums.sm3}
    entry = record(row.urn, {**told, "sha512": sums.sha512}).uuid
    RegisterSignature.objects.create(
        hand_over=row,
        side=side,
        by=actor.username,
        name=actor.name,
        at=now,
        sm3=sums.sm3,
        sha512=sums.sha512,
        entry=entry,
    )


def _sign_away(actor: Actor, row: HandOver, going: Sending) -> None:
    """Sign, for the unit, the register that the archives elsewhere drew up; the worker tells them."""
    if going.signatures.filter(side="unit").exists():
        raise Conflict("desk.register.signed", number=row.number)
    if not row.register:
        raise Conflict("desk.register.early", number=row.number)
    sums, now = sums_of(store.read(row.register)), timezone.now()
    told = {"number": row.number, "side": "unit", "name": actor.name, "at": now.isoformat(), "sm3": sums.sm3}
    entry = record(row.urn, {**told, "sha512": sums.sha512}).uuid
    going.signatures.create(
        side="unit", name=actor.name, at=now, sm3=sums.sm3, sha512=sums.sha512, entry=entry, here=True
    )
    Sending.objects.filter(pk=going.pk).update(next_at=now, tries=0)

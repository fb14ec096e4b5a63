"""Packages that units' own sites send here: taken by the sender's name, held against its digests, made transfers."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from lantai.base import resumable
from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.base.locks import held
from lantai.base.walking import Advanced, advance_each
from lantai.desk import store
from lantai.desk.documents import kept
from lantai.desk.models import Delivery, DeliveryState
from lantai.desk.queries_deliveries import register_of
from lantai.desk.queries_hand_over import outcome_of
from lantai.desk.queries_seals import site_of_unit
from lantai.desk.queries_sending import delivery_row
from lantai.desk.register import whole
from lantai.desk.seals import proof_from
from lantai.desk.services.sites import meet, meet_signer
from lantai.ingest.models import Transfer
from lantai.ingest.services import submit
from lantai.kernel import canonical
from lantai.kernel.digests import FileDigests, digest_large
from lantai.kernel.errors import Conflict, Corrupt, Invalid, LantaiError, Unavailable
from lantai.kernel.packages import LIMITS
from lantai.kernel.packages.names import Names
from lantai.kernel.storage.medium import sync_file
from lantai.ledger.acts import act, record, unchanged
from lantai.people import queries as people
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

logger = logging.getLogger(__name__)
GoOn = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Coming:
    """What a sender says of its package.

    ``side`` is the unit's side of the register, ``origin`` its site, ``key`` the public key of that one's ledger.
    """

    unit: str
    name: str
    sums: FileDigests
    origin: str
    side: Mapping[str, Any]
    key: str = ""


def folder_of(uuid: UUID) -> Path:
    """Return the folder in which a package waits until it is a transfer."""
    return home().root / "deliveries" / str(uuid)


def deliver(actor: Actor, uuid: UUID, coming: Coming, upload: str) -> bool:
    """Take an upload that has arrived whole as the delivery ``uuid``; return whether it is a new one.

    The same delivery again is nothing new, whatever became of it; ``Conflict("desk.delivery.differs")`` for another
    package under its name, ``("desk.delivery.given_up")`` for one that was given up.
    """
    owner = find_unit(coming.unit)
    require(actor, "transfer.submit", owner.id)
    name = Names(LIMITS).file(coming.name)
    if name != coming.name or "/" in name:
        raise Invalid("base.upload.name", limit=LIMITS.name_bytes)
    with held(f"delivery-{uuid}", wait=True):
        known = Delivery.objects.filter(uuid=uuid).first()
        if known is not None:
            _same(actor, known, owner.id, coming)
        if known is not None and known.state != DeliveryState.WRONG:
            resumable.discard(actor, [upload])  # who took it was killed before it could
            return False
        arrived = resumable.arrived(actor, upload)
        if arrived.size != coming.sums.size:
            raise Invalid("desk.delivery.size", size=arrived.size, stated=coming.sums.size)
        try:
            _lay(uuid, arrived.path, name)
            _take(actor, uuid, coming)
            meet(actor, site_of_unit(coming.unit), coming.key)
        except BaseException:
            shutil.rmtree(folder_of(uuid), ignore_errors=True)  # no row tells of it: nobody else would
            raise
        resumable.discard(actor, [upload])
    return True


def _same(actor: Actor, known: Delivery, unit: int, coming: Coming) -> None:
    delivery_row(actor, str(known.uuid))
    if known.state == DeliveryState.GIVEN_UP:
        raise Conflict("desk.delivery.given_up")
    other = (known.sha512, known.sm3) != (coming.sums.sha512, coming.sums.sm3)
    if known.unit_id != unit or (other and known.state != DeliveryState.WRONG):
        raise Conflict("desk.delivery.differs")


def _lay(uuid: UUID, path: Path, name: str) -> None:
    """Give the bytes a second name in a folder that the sweeper of the inbox does not know."""
    place = folder_of(uuid)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    sync_file(str(path))  # whoever wrote the last piece may have been killed before it was durable
    os.link(path, place / name)
    sync_file(str(place))


@act("desk.delivery.take")
def _take(actor: Actor, uuid: UUID, coming: Coming) -> None:
    now = timezone.now()
    said = {"schema": "lantai.delivery/1", "origin": coming.origin, "side": dict(coming.side)}
    content = kept(said | ({"key": coming.key} if coming.key else {}))
    told: dict[str, Any] = {
        "unit": Unit.objects.get(code=coming.unit),
        "state": DeliveryState.ARRIVED,
        "state_since": now,
        "origin": coming.origin,
        "hand_over": str(coming.side["hand_over"]),
        "name": coming.name,
        "size": coming.sums.size,
        "sm3": coming.sums.sm3,
        "sha512": coming.sums.sha512,
        "content": content,
        "by": actor.username,
        "at": now,
        "problem": None,
    }
    row, _made = Delivery.objects.update_or_create(uuid=uuid, defaults=told)
    facts = {"unit": coming.unit, "origin": coming.origin, "hand_over": row.hand_over, "name": row.name}
    sums = {"size": row.size, "sm3": row.sm3, "sha512": row.sha512}
    record(row.urn, {**facts, **sums, "content": content})


@act("desk.delivery.give_up")
def give_up(actor: Actor, uuid: UUID, unit: str) -> None:
    """Say that nothing will come, or that what came is not wanted: from now on nothing is taken under this name.

    ``Conflict("desk.delivery.taken")`` when it has become a transfer.
    """
    owner = find_unit(unit)
    require(actor, "transfer.submit", owner.id)
    with held(f"delivery-{uuid}", wait=True):
        known = Delivery.objects.select_for_update().filter(uuid=uuid).first()
        if known is not None:
            require(actor, "transfer.submit", delivery_row(actor, str(uuid)).unit_id)
        if known is not None and known.transfer_id is not None:
            raise Conflict("desk.delivery.taken")
        if known is not None and known.state == DeliveryState.GIVEN_UP:
            unchanged()
            return
        now = timezone.now()
        row = known or Delivery(uuid=uuid, unit_id=owner.id, by=actor.username, at=now)
        row.state, row.state_since = DeliveryState.GIVEN_UP, now
        row.save()
        shutil.rmtree(folder_of(uuid), ignore_errors=True)
        record(row.urn, {"unit": unit})


# --- what the worker does


def advance_deliveries(skip: Collection[str], go_on: GoOn) -> Advanced:
    """Hold what arrived against its digests and make transfers of it; fix the registers of what was accepted."""
    waiting = Delivery.objects.filter(state=DeliveryState.ARRIVED).order_by("id")
    named = [(str(uuid), "arrived") for uuid in waiting.values_list("uuid", flat=True)]
    moved = advance_each(
        named, lambda uuid: _advance(UUID(uuid), go_on), skip=skip, what="delivery", logger=logger
    )
    accepted = Delivery.objects.filter(register="", transfer__state__in=_accepted_states()).order_by("id")
    named = [(str(uuid), "") for uuid in accepted.values_list("uuid", flat=True)]
    fixed = advance_each(named, lambda uuid: _fix(SYSTEM, uuid), skip=skip, what="delivery", logger=logger)
    return Advanced(moved.moved + fixed.moved, moved.failed + fixed.failed)


def _accepted_states() -> list[str]:
    states = Transfer._meta.get_field("state").choices or ()
    return [str(state) for state, _label in states if outcome_of(str(state)) in {"accepted", "closed"}]


def _advance(uuid: UUID, go_on: GoOn) -> str:
    with held(f"delivery-{uuid}-work") as got:
        row = Delivery.objects.get(uuid=uuid)
        if not got or row.state != DeliveryState.ARRIVED:
            return row.state
        path = folder_of(uuid) / row.name
        if not path.is_file():
            return _over(row, DeliveryState.WRONG, Corrupt("desk.delivery.lost"))
        found = _sums(path, go_on)
        if found is None:
            return row.state
        if (found.size, found.sm3, found.sha512) != (row.size, row.sm3, row.sha512):
            problem = Corrupt("desk.delivery.differs_arrived", found=found.sm3, stated=row.sm3)
            return _over(row, DeliveryState.WRONG, problem)
        try:
            return _submit(SYSTEM, row, path)
        except Unavailable:
            raise
        except LantaiError as refusal:
            return _over(row, DeliveryState.REFUSED, refusal)


def _over(row: Delivery, state: DeliveryState, problem: LantaiError) -> str:
    """Let the bytes go of which nothing will come, then say why: killed in between, they are asked for again."""
    shutil.rmtree(folder_of(row.uuid), ignore_errors=True)
    return _ended(SYSTEM, row, state, problem)


class _Stopped(Exception):
    """The process is to end."""


class _Watched:
    """A file that is read only as long as the process goes on."""

    def __init__(self, inner: Any, go_on: GoOn) -> None:
        self._inner, self._go_on = inner, go_on

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        if not self._go_on():
            raise _Stopped
        data: bytes = self._inner.read(size)
        return data


def _sums(path: Path, go_on: GoOn) -> FileDigests | None:
    """Return the digests of the file, None when the process is to end before they are known."""
    with open(path, "rb", buffering=0) as stream:
        watched: Any = _Watched(stream, go_on)
        try:
            return digest_large(watched, ("sha512", "sm3"))
        except _Stopped:
            return None


@act("desk.delivery.submit")
def _submit(actor: Actor, seen: Delivery, path: Path) -> str:
    """Begin the transfer, in the name of the account whose token brought it."""
    row = Delivery.objects.select_for_update(of=("self",)).select_related("unit").get(pk=seen.pk)
    if row.state != DeliveryState.ARRIVED:  # given up while it was read
        unchanged()
        return row.state
    number = submit(people.actor(row.by), row.unit.code, path, owned=True)
    row.transfer = Transfer.objects.get(number=number)
    row.state, row.state_since = DeliveryState.TAKEN, timezone.now()
    row.save()
    record(row.urn, {"transfer": number, "hand_over": row.hand_over, "sha512": row.sha512})
    return row.state


@act("desk.delivery.refuse")
def _ended(actor: Actor, seen: Delivery, state: DeliveryState, problem: LantaiError) -> str:
    row = Delivery.objects.select_for_update().get(pk=seen.pk)
    if row.state != DeliveryState.ARRIVED:
        unchanged()
        return row.state
    row.problem = {"code": problem.code, "facts": {name: str(fact) for name, fact in problem.facts.items()}}
    row.state, row.state_since = state, timezone.now()
    row.save()
    record(row.urn, {"state": str(state), "code": problem.code})
    return row.state


@act("desk.delivery.register")
def _fix(actor: Actor, uuid: str) -> str:
    """Keep the register of an accepted transfer as both sites will sign it."""
    row = Delivery.objects.select_for_update(of=("self",)).select_related("transfer").get(uuid=uuid)
    transfer = row.transfer
    if row.register or transfer is None:
        unchanged()
        return row.register
    side = canonical.loads(store.read(row.content))
    assert isinstance(side, dict)
    if transfer.container_sha512 != row.sha512:
        raise Corrupt("desk.register.other_bytes", number=row.hand_over, transfer=transfer.number)
    row.register = kept(whole(side["side"], transfer))
    row.save()
    record(row.urn, {"transfer": transfer.number, "register": row.register})
    return row.register


# --- signatures


@dataclass(frozen=True, slots=True)
class Countersign:
    """The unit's signature as its site tells it: who, when, of which digest, sealed where in which ledger."""

    name: str
    at: Any
    sm3: str
    sha512: str
    entry: UUID
    index: int
    origin: str
    seal: str
    proof: Mapping[str, Any] | None = None


def hear_signature(actor: Actor, uuid: str, told: Countersign) -> None:
    """Keep the unit's signature as :func:`countersign`, and the key of its site when it was not known."""
    countersign(actor, uuid, told)
    meet_signer(actor, delivery_row(actor, uuid).signatures.filter(side="unit").first())


@act("desk.delivery.countersign")
def countersign(actor: Actor, uuid: str, told: Countersign) -> None:
    """Keep the unit's signature under the register; the same one again is nothing new.

    ``Conflict("desk.register.other")`` when it is a signature under something else.
    """
    row = delivery_row(actor, uuid)
    require(actor, "transfer.submit", row.unit_id)
    known = row.signatures.filter(side="unit").first()
    if known is not None and known.entry == told.entry:
        unchanged()
        return
    if known is not None:
        raise Conflict("desk.register.signed", number=row.hand_over)
    sums = register_of(row)
    if (told.sm3, told.sha512) != (sums.sm3, sums.sha512):
        raise Conflict("desk.register.other", number=row.hand_over)
    row.signatures.create(
        side="unit",
        name=told.name,
        at=told.at,
        sm3=told.sm3,
        sha512=told.sha512,
        entry=told.entry,
        here=False,
        index=told.index,
        origin=told.origin,
        seal=told.seal,
    )
    facts = {"side": "unit", "name": told.name, "at": told.at.isoformat(), "sm3": told.sm3}
    away = {"entry": str(told.entry), "index": told.index, "origin": told.origin, "seal": told.seal}
    proof = proof_from(told.proof)
    shown = {"proof": kept(proof.document()) if proof else ""}
    record(row.urn, {**facts, "sha512": told.sha512, **away, **shown})


@act("desk.delivery.sign")
def sign_delivery(actor: Actor, uuid: str) -> None:
    """Sign the register for the archives; the unit signs at its own site."""
    require(actor, "transfer.decide")
    row = delivery_row(actor, uuid)
    Delivery.objects.select_for_update().get(pk=row.pk)
    if row.signatures.filter(side="archives").exists():
        raise Conflict("desk.register.signed", number=row.hand_over)
    sums, now = register_of(row), timezone.now()
    told = {"side": "archives", "name": actor.name, "at": now.isoformat(), "sm3": sums.sm3}
    entry = record(row.urn, {**told, "sha512": sums.sha512}).uuid
    row.signatures.create(
        side="archives", name=actor.name, at=now, sm3=sums.sm3, sha512=sums.sha512, entry=entry, here=True
    )

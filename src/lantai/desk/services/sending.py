"""Ordering that a package goes to archives elsewhere, and what can be said to it while it is on its way."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk.documents import kept
from lantai.desk.models import HandOver, HandOverState, Sending, SendingState
from lantai.desk.queries_hand_over import folder_of, row_of
from lantai.desk.queries_sending import target_row
from lantai.desk.register import SIDE, unit_side
from lantai.desk.services.hand_over import own
from lantai.desk.services.hand_over_send import gone, unchanged_since
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require

SLOWEST = 8 << 10
"""Bytes a second of the lowest limit: below, a package never arrives."""

FASTEST = 1 << 40


@dataclass(frozen=True, slots=True)
class Pace:
    """How a package goes: ``paused`` or not, at most ``rate`` bytes a second (0 = as fast as it can)."""

    paused: bool = False
    rate: int = 0


def _rate(rate: int) -> int:
    if rate and not SLOWEST <= rate <= FASTEST:
        raise Invalid("desk.sending.rate", least=SLOWEST)
    return rate


@act("desk.sending.begin")
def send_away(actor: Actor, number: str, target: str, *, rate: int = 0) -> str:
    """Send the built package of a hand-over to archives elsewhere; return the uuid that names it at both sites.

    From now on its records are handed over, until they come back or the sending is stopped.
    """
    row = own(actor, number, HandOverState.BUILT)
    place = target_row(actor, target)
    if place.unit_id != row.unit_id:
        raise NotFound("desk.target.missing")
    if not (folder_of(row.uuid) / row.package).is_file():
        raise Conflict("desk.hand_over.package_gone", number=number)
    unchanged_since(row)
    now = timezone.now()
    made = Sending.objects.create(
        uuid=uuid.uuid4(),
        hand_over=row,
        target=place,
        state=SendingState.GOING,
        state_since=now,
        begun_by=actor.username,
        begun_at=now,
        rate=_rate(rate),
        next_at=now,
    )
    gone(actor, row)
    side = kept({"schema": SIDE, "side": unit_side(row)})
    told = {"number": number, "sending": made.urn, "target": place.name, "archives": place.archives}
    record(row.urn, {**told, "rate": rate, "sm3": row.sm3, "sha512": row.sha512, "side": side})
    return str(made.uuid)


def _own(actor: Actor, number: str) -> tuple[HandOver, Sending]:
    """Return a hand-over and its sending, locked; only inside an act."""
    row = row_of(actor, number)
    require(actor, "transfer.submit", row.unit_id)
    found = Sending.objects.select_for_update().filter(hand_over=row).exclude(state=SendingState.STOPPED)
    going = found.first()
    if going is None:
        raise NotFound("desk.sending.missing", number=number)
    return row, going


@act("desk.sending.set")
def set_pace(actor: Actor, number: str, pace: Pace) -> None:
    """Pause a package on its way, let it go on, or make it slower or faster."""
    row, going = _own(actor, number)
    if going.state not in {SendingState.GOING, SendingState.PAUSED}:
        raise Conflict("desk.sending.state", number=number, state=str(SendingState(going.state).label))
    state = SendingState.PAUSED if pace.paused else SendingState.GOING
    if (going.state, going.rate) == (state, _rate(pace.rate)):
        unchanged()
        return
    if going.state != state:
        going.state, going.state_since = state, timezone.now()
    going.rate, going.next_at, going.tries = pace.rate, timezone.now(), 0
    going.save()
    record(row.urn, {"number": number, "paused": pace.paused, "rate": pace.rate})


@act("desk.sending.stop")
def stop(actor: Actor, number: str) -> None:
    """Stop sending: what arrived is given up there first, then the records are the unit's again.

    What has become a transfer there meanwhile stays one.
    """
    row, going = _own(actor, number)
    if going.state not in {SendingState.GOING, SendingState.PAUSED}:
        raise Conflict("desk.sending.state", number=number, state=str(SendingState(going.state).label))
    now = timezone.now()
    going.state, going.state_since, going.next_at, going.tries = SendingState.ENDING, now, now, 0
    going.save()
    record(row.urn, {"number": number})


def ask_now(actor: Actor, number: str) -> None:
    """Try again, or ask the archives, at once instead of when it is time; no act: nothing is decided by it."""
    row = row_of(actor, number)
    require(actor, "transfer.submit", row.unit_id)
    found = Sending.objects.filter(hand_over=row, over=False).exclude(state=SendingState.STOPPED)
    if not found.update(next_at=timezone.now()):
        raise NotFound("desk.sending.missing", number=number)

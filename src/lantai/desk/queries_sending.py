"""Reads of sending: targets of a unit, what is on its way there, what came here from units' own sites."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from lantai.base.actors import Actor
from lantai.desk import store
from lantai.desk.models import Delivery, HandOver, Sending, SendingState, Target
from lantai.desk.queries_seals import target_fingerprint
from lantai.kernel.errors import NotFound
from lantai.people.policies import units_of


@dataclass(frozen=True, slots=True)
class TargetView:
    """Archives elsewhere, as a unit's pages show them; ``busy`` is how many hand-overs are on their way there.

    ``fingerprint`` is that of the key of their ledger as they told it first, "" before they did.
    """

    uuid: str
    unit_code: str
    unit_name: str
    name: str
    address: str
    archives: str
    their_unit: str
    their_name: str
    made_by: str
    made_at: datetime
    tested_at: datetime
    busy: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SendingView:
    """A package on its way: ``offset`` of ``size`` bytes have arrived; ``problem`` is ``{"code", "facts"}``.

    ``outcome`` is what became of it there, "" until they told.
    """

    uuid: UUID
    urn: str
    target: str
    target_name: str
    archives: str
    state: str
    state_label: str
    state_since: datetime
    offset: int
    size: int
    rate: int
    tries: int
    next_at: datetime
    problem: dict[str, Any] | None
    transfer: str
    outcome: str
    receipt: str
    signature_told: bool

    @property
    def share(self) -> int:
        """Return how many hundredths of the package have arrived."""
        return self.offset * 100 // max(self.size, 1)

    @property
    def moving(self) -> bool:
        return self.state in {SendingState.GOING, SendingState.ENDING}

    @property
    def on_its_way(self) -> bool:
        """Whether it can still be paused, slowed or stopped."""
        return self.state in {SendingState.GOING, SendingState.PAUSED}


def targets_of(actor: Actor) -> QuerySet[Target]:
    """Return the targets in use that ``actor`` may see."""
    units = units_of(actor, "capture.see")
    rows = Target.objects.select_related("unit").filter(ended_at=None)
    return rows if units is None else rows.filter(unit__in=units)


def target_row(actor: Actor, target: str) -> Target:
    """Return the row of a target; ``NotFound("desk.target.missing")``."""
    try:
        row = targets_of(actor).filter(uuid=UUID(target)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("desk.target.missing")
    return row


def targets(actor: Actor, unit: str = "") -> list[TargetView]:
    """Return the targets of a unit, or of all that the actor sees, by name."""
    rows = targets_of(actor).order_by("unit__code", "name")
    if unit:
        rows = rows.filter(unit__code=unit)
    return [_target(row) for row in rows]


def _target(row: Target) -> TargetView:
    return TargetView(
        uuid=str(row.uuid),
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        name=row.name,
        address=row.address,
        archives=row.archives,
        their_unit=row.their_unit,
        their_name=row.their_name,
        made_by=row.made_by,
        made_at=row.made_at,
        tested_at=row.tested_at,
        busy=row.sendings.filter(over=False).exclude(state=SendingState.STOPPED).count(),
        fingerprint=target_fingerprint(row),
    )


def sending_of(row: HandOver) -> Sending | None:
    """Return the sending of a hand-over that stands, None when it goes to this site or nowhere yet."""
    return row.sendings.exclude(state=SendingState.STOPPED).select_related("target").first()


def sending(row: HandOver) -> SendingView | None:
    """Return how the package of a hand-over that the caller may see is on its way elsewhere, None when it is not."""
    found = sending_of(row)
    if found is None:
        return None
    return SendingView(
        uuid=found.uuid,
        urn=found.urn,
        target=str(found.target.uuid),
        target_name=found.target.name,
        archives=found.target.archives,
        state=found.state,
        state_label=str(SendingState(found.state).label),
        state_since=found.state_since,
        offset=found.offset,
        size=row.size,
        rate=found.rate,
        tries=found.tries,
        next_at=found.next_at,
        problem=found.problem,
        transfer=found.transfer,
        outcome=found.outcome,
        receipt=found.receipt,
        signature_told=found.signature_told,
    )


def sending_states() -> tuple[tuple[object, ...], ...]:
    """Return how far every sending and delivery is: for the machinery, to see whether anything moved."""
    sent = Sending.objects.order_by("id").values_list("state", "offset", "outcome", "over", "signature_told")
    return (*sent, *Delivery.objects.order_by("id").values_list("state", "transfer"))


def deliveries_of(actor: Actor) -> QuerySet[Delivery]:
    """Return what came from units' own sites, as far as ``actor`` may see its transfers."""
    units = units_of(actor, "transfer.see")
    rows = Delivery.objects.select_related("unit", "transfer")
    return rows if units is None else rows.filter(unit__in=units)


def delivery_row(actor: Actor, uuid: str) -> Delivery:
    """Return the row of a delivery; ``NotFound("desk.delivery.missing")``."""
    try:
        row = deliveries_of(actor).filter(uuid=UUID(uuid)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("desk.delivery.missing")
    return row


def answer_of(row: Sending) -> dict[str, Any]:
    """Return what the archives last told of a sending, {} before they told anything."""
    told: dict[str, Any] = json.loads(store.read(row.told)) if row.told else {}
    return told

"""What the archives tell a unit's own site of a package that it sent: where it is, its report, the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lantai.base.actors import Actor
from lantai.checks import queries as checks
from lantai.desk import store
from lantai.desk.handing import RegisterView
from lantai.desk.models import Delivery, DeliveryState
from lantai.desk.queries_hand_over import RETURNED, outcome_of
from lantai.desk.queries_sending import deliveries_of, delivery_row
from lantai.desk.register import away, shown
from lantai.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class Came:
    """A delivery as its sender is told of it.

    ``outcome`` is that of the whole way ("" until it is a transfer); ``problem`` and ``refusal`` are ``{"code",
    "facts"}``; ``report`` (``lantai.check/1``) and ``answers`` of people are told of what was returned.
    """

    uuid: UUID
    unit: str
    state: str
    since: datetime
    hand_over: str
    name: str
    size: int
    sm3: str
    sha512: str
    problem: Mapping[str, Any] | None
    transfer: str
    outcome: str
    outcome_since: datetime | None
    reason: str
    refusal: Mapping[str, Any] | None
    report: Mapping[str, Any] | None
    answers: tuple[Mapping[str, Any], ...]
    register: bool


def came(actor: Actor, uuid: str) -> Came:
    """Return a delivery; ``NotFound("desk.delivery.missing")`` when there is none or the actor may not see it."""
    row = delivery_row(actor, uuid)
    transfer = row.transfer
    outcome = outcome_of(transfer.state) if transfer else ""
    run = checks.run(transfer.run) if transfer and transfer.run and outcome == RETURNED else None
    signed = run.signed if run else ()
    answers = [{"code": one.code, "passed": one.passed, "note": one.note, "name": one.name} for one in signed]
    return Came(
        uuid=row.uuid,
        unit=row.unit.code,
        state=row.state,
        since=row.state_since,
        hand_over=row.hand_over,
        name=row.name,
        size=row.size,
        sm3=transfer.container_sm3 if transfer and transfer.container_sm3 else row.sm3,
        sha512=transfer.container_sha512 if transfer and transfer.container_sha512 else row.sha512,
        problem=row.problem,
        transfer=transfer.number if transfer else "",
        outcome=outcome,
        outcome_since=transfer.state_since if transfer else None,
        reason=transfer.reason if transfer else "",
        refusal=transfer.refusal if transfer else None,
        report=run.report if run else None,
        answers=tuple(answers),
        register=bool(row.register),
    )


def register_of(row: Delivery) -> RegisterView:
    """Return the register of a delivery with its signatures; ``Conflict("desk.register.early")`` until it is fixed."""
    if not row.register:
        raise Conflict("desk.register.early", number=row.hand_over)
    signed = [away(one) for one in row.signatures.order_by("at", "id")]
    return shown(row.hand_over, store.read(row.register), signed)


def register(actor: Actor, uuid: str) -> RegisterView:
    """As :func:`register_of`, for who may see the delivery."""
    return register_of(delivery_row(actor, uuid))


def of_transfer(actor: Actor, number: str) -> Delivery | None:
    """Return the delivery that became a transfer, None when it came another way."""
    return deliveries_of(actor).filter(transfer__number=number, state=DeliveryState.TAKEN).first()

"""Audits: ordered by a person or taken up in turn, and stopped. How they run: reading.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger.acts import act, record
from lantai.people.policies import require
from lantai.vault.models import Audit, Deposit, Target
from lantai.vault.rotation import Rotation, rotations
from lantai.vault.services.targets import target_row

PERMISSION = "vault.verify"
SUBJECT = "urn:lantai:vault"
ACTIVE = (Audit.WAITING, Audit.RUNNING)
MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be read back: ``target`` "" is the vault itself, else a target by uuid or name.

    ``part`` of ``parts``, or ``share`` (above 0, up to 1) of all versions, or about ``most_bytes``: the two latter go on
    where the last one of the kind ended. ``sm3``: compare the SM3 of everything as well.
    """

    target: str = ""
    part: int = 1
    parts: int = 1
    share: float = 1.0
    most_bytes: int = 0
    sm3: bool = False


def order_audit(actor: Actor, order: Order) -> UUID:
    """Order an audit and return its name; the worker takes it up.

    ``Invalid``: ``vault.sample.invalid``, ``vault.audit.part``, ``vault.audit.size``, ``vault.audit.carrier``;
    ``Conflict("vault.audit.open")`` when one of the same place is under way.
    """
    require(actor, PERMISSION)
    target, sm3 = checked_order(order)
    return _order(actor, order, target, in_turn=False, sm3=sm3)


def checked_order(order: Order) -> tuple[Target | None, str]:
    """Return the target and the kind of SM3 comparison of an order; errors as :func:`order_audit`."""
    if not 0 < order.share <= 1:
        raise Invalid("vault.sample.invalid", sample=f"{order.share:.0%}")
    if not 1 <= order.part <= order.parts <= MOST_PARTS:
        raise Invalid("vault.audit.part", part=order.part, parts=order.parts)
    if not 0 <= order.most_bytes < 1 << 62:
        raise Invalid("vault.audit.size")
    row = target_row(order.target) if order.target else None
    if row is not None and row.kind == Target.CARRIER:
        raise Invalid("vault.audit.carrier", name=row.name)
    if row is not None and row.ended_at is not None:
        raise Conflict("vault.target.ended", name=row.name)
    return row, Audit.ALL if order.sm3 else Audit.SAMPLE


@act("vault.audit.order")
def _order(actor: Actor, order: Order, target: Target | None, *, in_turn: bool, sm3: str) -> UUID:
    if Audit.objects.filter(target=target, state__in=ACTIVE, in_turn=in_turn).exists():
        raise Conflict("vault.audit.open", name=target.name if target else "")
    made = Audit.objects.create(
        target=target,
        part=order.part,
        parts=order.parts,
        share=order.share,
        most_bytes=order.most_bytes,
        sm3=sm3,
        in_turn=in_turn,
        ordered_by=actor.username,
        ordered_at=timezone.now(),
        begin=_begin(order, target),
    )
    told = {
        "audit": str(made.uuid),
        "target": target.name if target else "",
        "part": order.part,
        "parts": order.parts,
        "percent": f"{order.share * 100:g}",
        "most_bytes": order.most_bytes,
        "sm3": sm3,
    }
    record(SUBJECT, told)
    return made.uuid


def _begin(order: Order, target: Target | None) -> int:
    """Return the row id behind which a partial audit goes on: where the last one of this place ended."""
    if order.share >= 1 and not order.most_bytes:
        return 0
    partial = Audit.objects.filter(target=target, state=Audit.DONE).exclude(share=1.0, most_bytes=0)
    last = partial.order_by("-pk").values_list("cursor", flat=True).first()
    return int(last or 0)


def stop_audit(actor: Actor, audit: str | UUID) -> None:
    """End an audit before its end: what it read counts. ``Conflict("vault.audit.ended")`` when it is not under way."""
    require(actor, PERMISSION)
    _stop(actor, audit_row(audit).pk)


@act("vault.audit.stop")
def _stop(actor: Actor, pk: int) -> None:
    row = Audit.objects.select_for_update().get(pk=pk)
    if row.state not in ACTIVE:
        raise Conflict("vault.audit.ended")
    row.state, row.ended_at = Audit.STOPPED, timezone.now()
    row.save()
    record(SUBJECT, {"audit": str(row.uuid), "versions": row.versions, "planned": row.planned})


def audit_row(audit: str | UUID) -> Audit:
    """Return an audit by its name; ``NotFound("vault.audit.unknown")``."""
    try:
        row = Audit.objects.select_related("target").filter(uuid=UUID(str(audit))).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("vault.audit.unknown", audit=str(audit)[:80])
    return row


def take_up() -> int:
    """Order what the rotation says is due now; return how many audits that were."""
    if not Deposit.objects.exists():
        return 0
    told, ordered = rotations(), 0
    online = Target.objects.filter(ended_at=None, paused=False).exclude(kind=Target.CARRIER)
    for target in (None, *online):
        rule = told.of(target.name if target else "")
        part = _due(target, rule)
        if part:
            order = Order(part=part, parts=rule.parts)
            _order(SYSTEM, order, target, in_turn=True, sm3=_sm3(target, rule, part))
            ordered += 1
    return ordered


def _due(target: Target | None, rule: Rotation) -> int:
    """Return the part that is due at a place, 0 when none is."""
    rows = Audit.objects.filter(target=target)
    if rows.filter(state__in=ACTIVE).exists():
        return 0
    last = rows.filter(in_turn=True).order_by("-pk").first()
    since = last.ordered_at if last else _first_copy(target)
    if since is None or timezone.now() - since < timedelta(hours=rule.every_hours):
        return 0
    return last.part % rule.parts + 1 if last and last.parts == rule.parts else 1


def _first_copy(target: Target | None) -> datetime | None:
    if target is not None:
        return target.made_at
    return Deposit.objects.order_by("pk").values_list("deposited_at", flat=True).first()


def _sm3(target: Target | None, rule: Rotation, part: int) -> str:
    if not rule.sm3_days:
        return Audit.SAMPLE if rule.sm3_percent else Audit.NONE
    since = timezone.now() - timedelta(days=rule.sm3_days)
    done = Audit.objects.filter(target=target, sm3=Audit.ALL, state=Audit.DONE, started_at__gt=since)
    whole = done.filter(parts=1, share=1.0, most_bytes=0).exists()
    return Audit.SAMPLE if whole or done.filter(part=part, parts=rule.parts).exists() else Audit.ALL

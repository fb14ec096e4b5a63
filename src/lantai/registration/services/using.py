"""The owner gets back what it gave, or has it proven: asked with a leader's word, approved by the centre, recorded."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.numbers import next_number
from lantai.kernel.digests import FileDigests, digest_large
from lantai.kernel.errors import Conflict, Corrupt, Invalid, NotFound
from lantai.ledger.acts import act, record
from lantai.people.policies import may, require
from lantai.registration.models import Backup, Kept, Use
from lantai.registration.services.deposits import backup_row
from lantai.vault import queries as vault

DAYS = 14
"""Days after the approval in which the owner may fetch it; what breaks off may be fetched again."""


@act("registration.use.ask")
def ask(actor: Actor, number: str, *, purpose: str, reason: str, leader: str) -> str:
    """Apply for a deposit of one's own unit: ``purpose`` is restore or proof; return the number of the application.

    For anybody but its owner there is no such deposit.
    """
    row = backup_row(number)
    if not may(actor, "backup.ask", row.unit_id):
        raise NotFound("registration.backup.missing", number=number[:40])
    if row.state != Kept.KEPT:
        raise Conflict("registration.backup.state_wrong", number=number, state=Kept(row.state).label)
    if purpose not in (Use.RESTORE, Use.PROOF):
        raise Invalid("registration.choice.unknown", found=purpose[:40])
    if not reason.strip() or not leader.strip():
        raise Invalid("registration.use.incomplete")
    use = Use.objects.create(
        number=next_number(Use.objects.all(), f"Y{timezone.localdate().year}-"),
        backup=row,
        purpose=purpose,
        reason=reason.strip()[:2000],
        leader=leader.strip()[:80],
        asked_at=timezone.now(),
        asked_by=actor.username,
    )
    told = {"number": use.number, "backup": row.number, "purpose": purpose}
    record(row.urn, {**told, "reason": use.reason, "leader": use.leader})
    return use.number


def use_row(number: str) -> Use:
    """Return the row of an application; ``NotFound`` when there is none."""
    rows = Use.objects.select_for_update(of=("self",)).select_related("backup", "backup__unit")
    row = rows.filter(number=number).first()
    if row is None:
        raise NotFound("registration.use.missing", number=number[:40])
    return row


def _asked(actor: Actor, number: str) -> Use:
    require(actor, "backup.release")
    row = use_row(number)
    if row.state != Use.ASKED:
        raise Conflict("registration.use.decided", number=number)
    return row


@act("registration.use.approve")
def approve(actor: Actor, number: str) -> None:
    """Let the owner have what it asked for."""
    row = _asked(actor, number)
    row.state, row.decided_at, row.decided_by = Use.APPROVED, timezone.now(), actor.username
    row.save()
    record(row.backup.urn, {"number": number, "backup": row.backup.number, "purpose": row.purpose})


@act("registration.use.refuse")
def refuse(actor: Actor, number: str, *, answer: str) -> None:
    """Refuse an application, with the reason."""
    row = _asked(actor, number)
    if not answer.strip():
        raise Invalid("registration.reason.missing")
    row.state, row.answer = Use.REFUSED, answer.strip()[:2000]
    row.decided_at, row.decided_by = timezone.now(), actor.username
    row.save()
    record(row.backup.urn, {"number": number, "backup": row.backup.number, "answer": row.answer})


def deliver(actor: Actor, number: str) -> Backup:
    """Hand an approved application over to its owner, after the bytes were read and found equal; return the deposit.

    Every fetching is an entry. ``Conflict`` when it is not approved, or was approved more than 14 days ago. The bytes are
    read before the act begins: a large package holds up nobody else's.
    """
    asked = Use.objects.select_related("backup").filter(number=number).first()
    backup = _deliverable(actor, asked, number).backup
    with vault.open_file(backup.urn, f"package/{backup.name}") as stream:
        sums = digest_large(stream)
    if (sums.sm3, sums.sha512) != (backup.sm3, backup.sha512):
        raise Corrupt("registration.package.changed", number=backup.number)
    _delivered(actor, number, sums)
    return backup


def _deliverable(actor: Actor, row: Use | None, number: str) -> Use:
    if row is None or not may(actor, "backup.ask", row.backup.unit_id):
        raise NotFound("registration.use.missing", number=number[:40])
    if row.state not in (Use.APPROVED, Use.DELIVERED) or row.decided_at is None:
        raise Conflict("registration.use.not_approved", number=number)
    if timezone.now() > row.decided_at + timedelta(days=DAYS):
        raise Conflict("registration.use.late", number=number, days=DAYS)
    return row


@act("registration.use.deliver")
def _delivered(actor: Actor, number: str, sums: FileDigests) -> None:
    row = _deliverable(actor, use_row(number), number)
    row.state, row.delivered_at, row.delivered_to = Use.DELIVERED, timezone.now(), actor.username
    row.save()
    told = {"number": number, "backup": row.backup.number, "purpose": row.purpose}
    record(row.backup.urn, {**told, "sm3": sums.sm3, "sha512": sums.sha512, "size": sums.size})

"""The centre decides: the paper table is compared, then the deposit is accepted or given back."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.checks import queries as checks
from lantai.kernel.errors import Conflict, Invalid
from lantai.ledger.acts import act, record
from lantai.people.policies import require
from lantai.registration.folders import place_of
from lantai.registration.models import Backup, Kept
from lantai.registration.services.deposits import backup_row, normal

REASON = 2000


def _waiting(actor: Actor, number: str) -> Backup:
    require(actor, "backup.decide")
    row = backup_row(number)
    if row.state != Kept.WAITING:
        raise Conflict("registration.backup.state_wrong", number=number, state=Kept(row.state).label)
    return row


@act("registration.backup.accept")
def accept(actor: Actor, number: str, *, typed: str = "", seen: bool = False) -> None:
    """Accept a deposit without errors, once its SM3 equals that of the sealed paper table.

    ``typed`` is the SM3 typed from the paper and compared here; ``seen`` says that the person compared it by eye.
    Items of the check that wait for a person are answered by this decision; their codes stand in the entry.
    """
    row = _waiting(actor, number)
    if row.refused:
        raise Conflict("registration.backup.not_clean", number=number)
    if typed.strip():
        if normal(typed) != row.sm3:
            raise Invalid("registration.paper.differs")
        row.paper = "typed"
    elif seen:
        row.paper = "seen"
    else:
        raise Invalid("registration.paper.missing")
    left = [str(item["code"]) for item in checks.run(row.run).waiting] if row.run else []
    row.state, row.decided_at, row.decided_by = Kept.ACCEPTED, timezone.now(), actor.username
    row.save()
    record(row.urn, {"number": number, "sm3": row.sm3, "paper": row.paper, "by_person": left})


@act("registration.backup.return")
def return_deposit(actor: Actor, number: str, *, reason: str) -> None:
    """Give a deposit back with the reason its unit will read; what was received is removed."""
    row = _waiting(actor, number)
    if not reason.strip():
        raise Invalid("registration.reason.missing")
    row.state, row.reason = Kept.RETURNED, reason.strip()[:REASON]
    row.decided_at, row.decided_by = timezone.now(), actor.username
    row.save()
    place = place_of(row.uuid)
    transaction.on_commit(place.clear)
    record(row.urn, {"number": number, "reason": row.reason})

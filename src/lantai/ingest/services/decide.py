"""A person reads the report and decides: accept, or return with a reason."""

from __future__ import annotations

from lantai.base.actors import Actor
from lantai.checks import queries as checks
from lantai.checks.services import sign_item
from lantai.holdings import queries as holdings
from lantai.ingest.models import State, Transfer
from lantai.ingest.services.states import move, transfer_row
from lantai.ingest.workspace import workspace
from lantai.kernel.errors import Conflict, Invalid
from lantai.ledger.acts import act, record
from lantai.people.policies import require


def _waiting(actor: Actor, number: str) -> tuple[Transfer, checks.RunView]:
    require(actor, "transfer.decide")
    row = transfer_row(number)
    if row.state != State.CHECKING or row.run is None:
        raise Conflict("ingest.transfer.state_wrong", number=number, state=State(row.state).label)
    return row, checks.run(row.run)


def sign_waiting(actor: Actor, number: str, *, note: str) -> list[str]:
    """Answer every item that waits for a person with "passed"; return their codes."""
    _, report = _waiting(actor, number)
    for item in report.waiting:
        sign_item(actor, report.uuid, item["code"], passed=True, note=note)
    return [item["code"] for item in report.waiting]


_ON_THEIR_WAY = (State.ACCEPTED, State.REGISTERED, State.PRESERVED)


def _refuse_taken(row: Transfer) -> None:
    """Refuse 档号 that became holdings, or were accepted with another transfer, since the check was made."""
    mine = _refs(row)
    taken = holdings.existing_refs(mine)
    for other in Transfer.objects.filter(state__in=_ON_THEIR_WAY, fonds=row.fonds):
        taken |= mine & _refs(other)
    if taken:
        raise Conflict("ingest.transfer.refs_taken", number=row.number, ref=min(taken), count=len(taken))


def _refs(row: Transfer) -> set[str]:
    return {line["record"]["ref"] for line in workspace(row.uuid).plan() if line["record"]}


@act("ingest.transfer.accept")
def accept(actor: Actor, number: str) -> None:
    """Accept a transfer whose report has no failed item and none that waits for an answer."""
    row, report = _waiting(actor, number)
    if report.refused:
        raise Conflict("ingest.transfer.not_clean", number=number)
    if report.waiting:
        raise Conflict("ingest.transfer.unanswered", number=number, count=len(report.waiting))
    _refuse_taken(row)
    row.decided_by = actor.username
    move(row, State.ACCEPTED)
    record(row.urn, {"number": number, "run": str(report.uuid)})


@act("ingest.transfer.return")
def return_to_sender(actor: Actor, number: str, *, reason: str) -> None:
    """Return a transfer with the reason its sender will read; what was received stays as it came."""
    row, report = _waiting(actor, number)
    reason = reason.strip()
    if not reason:
        raise Invalid("ingest.transfer.reason_missing")
    row.decided_by, row.reason = actor.username, reason[:4000]
    move(row, State.RETURNED)
    record(row.urn, {"number": number, "run": str(report.uuid), "reason": row.reason})

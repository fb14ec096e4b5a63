"""described → indexed → closed: it can be found, and both sides hold the receipt."""

from __future__ import annotations

from lantai.base.actors import SYSTEM, Actor
from lantai.ingest.models import State, Transfer
from lantai.ingest.services.states import move
from lantai.ingest.workspace import workspace
from lantai.ledger import queries as ledger
from lantai.ledger.acts import act, record
from lantai.vault import queries as vault


def await_index(row: Transfer) -> bool:
    """Move on once the search follower has dealt with the describing entry; until then wait."""
    if row.described_entry and not ledger.follower_reached("search", row.described_entry):
        return False
    _indexed(SYSTEM, row)
    return True


@act("ingest.transfer.index")
def _indexed(actor: Actor, row: Transfer) -> None:
    move(row, State.INDEXED)
    record(row.urn, {"number": row.number})


def close(row: Transfer) -> bool:
    """Empty the quarantine, every byte of which is in the vault and read back, and close the transfer.

    In this order: a process killed in between does both again, and nothing is left behind.
    """
    workspace(row.uuid).clear()
    _closed(SYSTEM, row)
    return True


@act("ingest.transfer.close")
def _closed(actor: Actor, row: Transfer) -> None:
    own = vault.deposit_view(row.urn)
    move(row, State.CLOSED)
    record(
        row.urn,
        {
            "number": row.number,
            "unit": row.unit.code,
            "items": row.items,
            "files": row.files,
            "bytes": row.bytes,
            "container_sm3": row.container_sm3,
            "inventory_sha512": own.inventory_sha512,
        },
    )

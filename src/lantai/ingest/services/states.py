"""Changing a transfer's state, inside the act that is the reason."""

from __future__ import annotations

from django.utils import timezone

from lantai.ingest.models import State, Transfer
from lantai.kernel.errors import Conflict, NotFound


def move(row: Transfer, state: State) -> None:
    """Save ``row`` in its new state, provided nobody moved it meanwhile; else ``Conflict``."""
    before = row.state
    claimed = Transfer.objects.filter(pk=row.pk, state=before).update(state=state)
    if not claimed:
        raise Conflict("ingest.transfer.state_wrong", number=row.number, state=State(before).label)
    row.state, row.state_since = state, timezone.now()
    row.save()


def transfer_row(number: str) -> Transfer:
    """Return the row of a transfer; ``NotFound`` when there is none."""
    row = Transfer.objects.select_related("unit").filter(number=number).first()
    if row is None:
        raise NotFound("ingest.transfer.missing", number=number)
    return row

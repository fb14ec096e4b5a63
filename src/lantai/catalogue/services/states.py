"""Changing an import's state, inside the act that is the reason."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from lantai.catalogue.models import Import, State
from lantai.kernel.errors import Conflict, NotFound

GoOn = Callable[[int], bool]
"""Told how many rows a step has done, it says whether to go on now."""


def import_row(number: str) -> Import:
    """Return the row of an import; ``NotFound`` when there is none."""
    row = Import.objects.select_related("unit").filter(number=number).first()
    if row is None:
        raise NotFound("catalogue.import.missing", number=number)
    return row


def expect(row: Import, *states: State) -> None:
    """Raise ``Conflict`` unless the import is in one of ``states``."""
    if row.state not in states:
        raise Conflict("catalogue.import.state_wrong", number=row.number, state=State(row.state).label)


def move(row: Import, state: State) -> None:
    """Save ``row`` in its new state, provided nobody moved it meanwhile; else ``Conflict``."""
    before = row.state
    claimed = Import.objects.filter(pk=row.pk, state=before).update(state=state)
    if not claimed:
        raise Conflict("catalogue.import.state_wrong", number=row.number, state=State(before).label)
    row.state, row.state_since = state, timezone.now()
    row.save()

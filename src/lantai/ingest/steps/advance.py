"""Walking a transfer forward until it waits for a person, is closed, or cannot go on now."""

from __future__ import annotations

import logging
from collections.abc import Callable

from lantai.base.locks import held
from lantai.ingest.models import AUTOMATIC, State, Transfer
from lantai.ingest.steps.check import check
from lantai.ingest.steps.finish import await_index, close
from lantai.ingest.steps.keep import describe, preserve, register
from lantai.ingest.steps.receive import receive
from lantai.ingest.workspace import workspace
from lantai.kernel.errors import LantaiError

logger = logging.getLogger(__name__)

_STEPS: dict[str, Callable[[Transfer], bool]] = {
    State.SUBMITTED: receive,
    State.RECEIVED: check,
    State.ACCEPTED: register,
    State.REGISTERED: preserve,
    State.PRESERVED: describe,
    State.DESCRIBED: await_index,
    State.INDEXED: close,
}
"""State → the step that leaves it. A step returns whether it moved the transfer; it may only wait."""


def advance(number: str) -> str:
    """Take the transfer as far as it goes by itself and return its state.

    One process works on a transfer at a time; another caller returns at once. An error that somebody can act
    on stands in the transfer's progress and is raised; the next call tries the same step again.
    """
    row = Transfer.objects.get(number=number)
    with held(f"transfer-{row.uuid}") as got:
        while got:
            row = Transfer.objects.get(number=number)
            step = _STEPS.get(row.state)
            if step is None:
                break
            try:
                moved = step(row)
            except LantaiError as problem:
                workspace(row.uuid).stuck(row.state, problem)
                raise
            if not moved:
                break
    return row.state


def advance_all() -> int:
    """Advance every transfer that can go on by itself; return how many were tried. Errors are logged."""
    numbers = list(
        Transfer.objects.filter(state__in=AUTOMATIC).order_by("id").values_list("number", flat=True)
    )
    for number in numbers:
        try:
            advance(number)
        except LantaiError as problem:
            logger.warning("transfer %s stands still: %s", number, problem)
    return len(numbers)

"""Walking a transfer forward until it waits for a person, is closed, or cannot go on now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from django.db import DatabaseError

from lantai.base.locks import busy, held
from lantai.base.walking import Advanced, advance_each, reason_of
from lantai.ingest.models import AUTOMATIC, State, Transfer
from lantai.ingest.steps.check import check
from lantai.ingest.steps.finish import await_index, close
from lantai.ingest.steps.keep import describe, preserve, register
from lantai.ingest.steps.receive import receive
from lantai.ingest.workspace import workspace
from lantai.kernel.errors import LantaiError, Unavailable

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

    One process works on a transfer at a time; another caller returns at once. What stops a step stands in the
    transfer's progress and is raised, as ``Unavailable("ingest.step.failed")`` where disk or database refused;
    the next call tries the same step again.
    """
    row = Transfer.objects.get(number=number)
    state = row.state
    try:
        with held(f"transfer-{row.uuid}") as got:
            while got:
                row = Transfer.objects.get(number=number)
                state = row.state
                step = _STEPS.get(state)
                if step is None or not step(row):
                    break
    except LantaiError as problem:
        workspace(row.uuid).stuck(state, problem)
        raise
    except (OSError, DatabaseError) as refusal:
        stop = Unavailable("ingest.step.failed", number=number, reason=reason_of(refusal))
        workspace(row.uuid).stuck(state, stop)
        raise stop from refusal
    except Exception as defect:
        broken = Unavailable("ingest.step.broken", number=number, kind=type(defect).__name__)
        workspace(row.uuid).stuck(state, broken)
        raise
    return row.state


def advance_all(skip: Collection[str] = ()) -> Advanced:
    """Advance every transfer that can go on by itself, but those in ``skip``. Errors are logged.

    Whatever happens to one transfer, the others go on.
    """
    waiting = list(Transfer.objects.filter(state__in=AUTOMATIC).order_by("id").values_list("number", "state"))
    return advance_each(waiting, advance, skip=skip, what="transfer", logger=logger)


def others_work() -> bool:
    """Return whether another process moves some transfer on at this moment."""
    rows = Transfer.objects.filter(state__in=AUTOMATIC).values_list("uuid", flat=True)
    return any(busy(f"transfer-{uuid}") for uuid in rows)

"""Walking an import forward until it waits for a person, is done, or cannot go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from lantai.base.locks import busy, held
from lantai.base.walking import Advanced, advance_each, reason_of
from lantai.catalogue.models import AUTOMATIC, Import, State
from lantai.catalogue.services.plan import plan
from lantai.catalogue.services.run import run
from lantai.catalogue.services.states import GoOn
from lantai.catalogue.services.undo import undo_step
from lantai.kernel.errors import LantaiError, Unavailable

logger = logging.getLogger(__name__)

_STEPS: dict[str, Callable[[Import, GoOn], bool]] = {
    State.RECEIVED: plan,
    State.RUNNING: run,
    State.UNDOING: undo_step,
}


def always(done: int) -> bool:
    """Go on, whatever is done."""
    return True


def advance(number: str, go_on: GoOn = always) -> str:
    """Take the import as far as it goes by itself, or as ``go_on`` lets it, and return its state.

    One process works on an import at a time; another caller returns at once. What a person must see to stops
    it in the state ``failed``; what may pass by itself (disk, database) is told, raised and tried again.
    """
    row = Import.objects.get(number=number)
    state = row.state
    try:
        with held(f"import-{row.uuid}") as got:
            while got:
                row = Import.objects.select_related("unit").get(number=number)
                state = row.state
                step = _STEPS.get(state)
                if step is None or not step(row, go_on):
                    break
                _forget(row, state)
    except Unavailable as problem:
        _tell(row, state, problem)
        raise
    except LantaiError as problem:
        _fail(row, state, problem)
        return State.FAILED
    except (OSError, DatabaseError) as refusal:
        stop = Unavailable("catalogue.step.failed", number=number, reason=reason_of(refusal))
        _tell(row, state, stop)
        raise stop from refusal
    except Exception as defect:
        _fail(row, state, Unavailable("catalogue.step.broken", number=number, kind=type(defect).__name__))
        raise
    return row.state


def _forget(row: Import, state: str) -> None:
    """Forget a problem that has passed."""
    Import.objects.filter(pk=row.pk, problem__isnull=False).exclude(state=State.FAILED).update(problem=None)


def _told(row: Import, problem: LantaiError) -> dict[str, Any]:
    told = problem.document()
    if "name" in told["facts"]:
        told["facts"]["name"] = row.name  # readers know the file by the name it has in our folder
    return told


def _tell(row: Import, state: str, problem: LantaiError) -> None:
    """Note why an import stands still; no act: it goes on by itself. A database that takes nothing is logged."""
    try:
        Import.objects.filter(pk=row.pk, state=state).update(problem=_told(row, problem))
    except DatabaseError as refusal:
        logger.warning("import %s: its problem cannot be noted: %s", row.number, refusal)


def _fail(row: Import, state: str, problem: LantaiError) -> None:
    """Stop the import until a person decides; what was entered stays, what was not is not begun."""
    Import.objects.filter(pk=row.pk, state=state).update(
        state=State.FAILED, resume=state, problem=_told(row, problem), state_since=timezone.now()
    )


def advance_all(skip: Collection[str] = (), go_on: GoOn = always) -> Advanced:
    """Advance every import that can go on by itself, but those in ``skip``. Errors are logged."""
    waiting = list(Import.objects.filter(state__in=AUTOMATIC).order_by("id").values_list("number", "state"))
    return advance_each(
        waiting, lambda number: advance(number, go_on), skip=skip, what="import", logger=logger
    )


def others_work() -> bool:
    """Return whether another process moves some import on at this moment."""
    rows = Import.objects.filter(state__in=AUTOMATIC).values_list("uuid", flat=True)
    return any(busy(f"import-{uuid}") for uuid in rows)

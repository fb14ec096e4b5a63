"""Running the checks that were ordered, in the background: one process at a check, begun anew after a kill.

What is checked is the document that the order fixed and the files of the desk's store, and nothing else. The run is
kept in the checks room; where it closes the class and holds, the class is numbered by itself.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Collection

from django.db import DatabaseError
from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.base.locks import busy, held
from lantai.base.walking import Advanced, advance_each, reason_of
from lantai.checks.services import record_run
from lantai.desk.check_subject import context, laid_out, without_carriers
from lantai.desk.models import AT_WORK, CheckState, FilingCheck, FilingClass
from lantai.desk.queries_checks import folder_of, folders, run_of, told, waiting
from lantai.desk.services.classes import close
from lantai.desk.services.filing_checks import stopped
from lantai.kernel.errors import Corrupt, LantaiError, Unavailable
from lantai.kernel.fourprops import Report, Stage, run
from lantai.ledger.acts import act, record, unchanged

logger = logging.getLogger(__name__)

GoOn = Callable[[], bool]


class _Stopped(Exception):
    """The class is another one by now, or this process is to end."""


def _always() -> bool:
    return True


def advance_filing_check(uuid: str, go_on: GoOn = _always) -> str:
    """Run a check and, where it was ordered so and holds, close its class; return its state.

    Another caller at the same time returns at once. What may pass by itself (disk, database) is told, raised and
    tried again; a check whose document is damaged is stopped with its reason.
    """
    row = FilingCheck.objects.select_related("filing_class__unit").get(uuid=uuid)
    with held(f"filing-check-{row.uuid}") as got:
        row.refresh_from_db()
        if got and row.state == CheckState.ORDERED:
            _advance(row, go_on)
            row.refresh_from_db()
        if got and row.state == CheckState.CLOSING:
            _close(row)
            row.refresh_from_db()
    return row.state


def _advance(row: FilingCheck, go_on: GoOn) -> None:
    folder = folder_of(row.uuid)
    try:
        _done(SYSTEM, row, _checked(row, go_on))
    except _Stopped:
        return
    except Unavailable as problem:
        _tell(row, problem)
        raise
    except LantaiError as problem:
        _give_up(SYSTEM, row, problem)
    except (OSError, DatabaseError) as refusal:
        later = Unavailable("desk.check.later", number=row.filing_class.number, reason=reason_of(refusal))
        _tell(row, later)
        raise later from refusal
    except Exception as unforeseen:
        number, reason = row.filing_class.number, type(unforeseen).__name__
        _tell(row, Unavailable("desk.check.later", number=number, reason=reason))
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _checked(row: FilingCheck, go_on: GoOn) -> Report:
    folder = folder_of(row.uuid)
    shutil.rmtree(folder, ignore_errors=True)
    content = folder / "content"
    content.mkdir(parents=True)
    watch = _Watch(row, go_on)
    watch(0, 100, "")
    document = told(row.content)
    package = laid_out(document, content)
    return without_carriers(run(package, Stage.GD, context(row.filing_class, document), watch))


class _Watch:
    """Leaves signs of life and stops the work when the class changed or the process is to end."""

    def __init__(self, row: FilingCheck, go_on: GoOn) -> None:
        self._row, self._go_on = row, go_on
        self._told = -1

    def __call__(self, done: int, total: int, code: str) -> None:
        share = done * 100 // max(total, 1)
        if share == self._told:
            return
        self._told = share
        if not self._go_on():
            raise _Stopped
        fresh = folder_of(self._row.uuid) / f"progress.{os.getpid()}"
        fresh.write_text(f"{share} 100", "ascii")
        fresh.replace(fresh.with_name("progress"))
        if not self._wanted():
            raise _Stopped

    def _wanted(self) -> bool:
        """Return whether it is still the class that was ordered; a check of another one is stopped."""
        if not FilingCheck.objects.filter(pk=self._row.pk, state=CheckState.ORDERED).exists():
            return False
        place = FilingClass.objects.get(pk=self._row.filing_class_id)
        if place.revision == self._row.revision:
            return True
        _outdated(SYSTEM, self._row)
        return False


@act("desk.check.stop")
def _outdated(actor: Actor, row: FilingCheck) -> None:
    _stop(row, "desk.check.changed")


@act("desk.check.stop")
def _give_up(actor: Actor, row: FilingCheck, problem: LantaiError) -> None:
    damaged = isinstance(problem, Corrupt)
    _stop(row, "desk.check.damaged" if damaged else problem.code)


def _stop(row: FilingCheck, code: str) -> None:
    fresh = FilingCheck.objects.select_for_update(of=("self",)).select_related("filing_class").get(pk=row.pk)
    if fresh.state != CheckState.ORDERED:
        unchanged()
        return
    stopped(fresh, code)
    place = fresh.filing_class
    record(place.urn, {"number": place.number, "check": str(fresh.uuid), "code": code})


@act("desk.check.run")
def _done(actor: Actor, row: FilingCheck, report: Report) -> None:
    """Keep the report; what was ordered to close and holds goes on to that."""
    fresh = FilingCheck.objects.select_for_update(of=("self",)).select_related("filing_class").get(pk=row.pk)
    place = fresh.filing_class
    if fresh.state != CheckState.ORDERED:
        raise _Stopped
    fresh.run = record_run(actor, fresh.urn, report)
    fresh.problem, fresh.done_at, fresh.state = None, timezone.now(), CheckState.DONE
    fresh.waiting = len(waiting(run_of(fresh)))
    if fresh.closing and place.revision == fresh.revision and not fresh.waiting:
        fresh.state = CheckState.CLOSING
    fresh.save()
    found = {"number": place.number, "check": str(fresh.uuid), "run": str(fresh.run)}
    record(place.urn, {**found, "verdict": report.verdict, "content": fresh.content})


def _close(row: FilingCheck) -> None:
    place = row.filing_class
    try:
        close(SYSTEM, place.number, seen=row.revision, by=row.ordered_by)
    except Unavailable as problem:
        _tell(row, problem)
        raise
    except LantaiError as problem:
        _refused(SYSTEM, row, problem)
    except (OSError, DatabaseError) as refusal:
        later = Unavailable("desk.check.later", number=place.number, reason=reason_of(refusal))
        _tell(row, later)
        raise later from refusal


@act("desk.check.stop")
def _refused(actor: Actor, row: FilingCheck, problem: LantaiError) -> None:
    """Leave a class open that cannot be closed by itself any more; the report stays what it is."""
    fresh = FilingCheck.objects.select_for_update(of=("self",)).select_related("filing_class").get(pk=row.pk)
    if fresh.state != CheckState.CLOSING:
        unchanged()
        return
    fresh.state, fresh.closing, fresh.problem = CheckState.DONE, False, problem.document()
    fresh.save(update_fields=["state", "closing", "problem"])
    place = fresh.filing_class
    record(place.urn, {"number": place.number, "check": str(fresh.uuid), "code": problem.code})


def _tell(row: FilingCheck, problem: LantaiError) -> None:
    """Note why it stands still; no act: it goes on by itself."""
    try:
        FilingCheck.objects.filter(pk=row.pk, state__in=AT_WORK).update(problem=problem.document())
    except DatabaseError as refusal:
        logger.warning("check %s: its problem cannot be noted: %s", row.uuid, refusal)


def advance_filing_checks(skip: Collection[str] = (), go_on: GoOn = _always) -> Advanced:
    """Run every check that was ordered but those in ``skip``, the oldest first."""
    rows = FilingCheck.objects.filter(state__in=AT_WORK).order_by("id").values_list("uuid", "state")
    return advance_each(
        [(str(uuid), state) for uuid, state in rows],
        lambda uuid: advance_filing_check(uuid, go_on),
        skip=skip,
        what="filing check",
        logger=logger,
    )


def others_check() -> bool:
    """Return whether another process runs some check at this moment."""
    rows = FilingCheck.objects.filter(state__in=AT_WORK).values_list("uuid", flat=True)
    return any(busy(f"filing-check-{uuid}") for uuid in rows)


def collect_checks() -> int:
    """Remove what killed processes laid out for checks that are not at work any more; return how many there were."""
    at_work = {
        str(one) for one in FilingCheck.objects.filter(state__in=AT_WORK).values_list("uuid", flat=True)
    }
    left = [one for one in folders() if one.name.removeprefix("check-") not in at_work]
    for one in left:
        shutil.rmtree(one, ignore_errors=True)
    return len(left)

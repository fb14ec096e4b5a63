"""归档检测 of a class: ordered by a clerk or by closing it, answered by a person where no machine may have the last word."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.checks import queries as runs
from lantai.desk.check_subject import subject
from lantai.desk.documents import kept
from lantai.desk.errors import Lacking
from lantai.desk.models import AT_WORK, CheckAnswer, CheckState, ClassState, FilingCheck, FilingClass
from lantai.desk.queries_checks import ANSWERED, holding, infected, run_of, waiting
from lantai.desk.services.classes import class_of, close
from lantai.desk.volumes import numbers_of
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require

REASON = 2_000
"""Characters of an answer."""


def close_or_check(actor: Actor, number: str, *, seen: int) -> int | None:
    """Close a class whose check holds and return how many items were numbered; else order the check that closes it.

    Raises what :func:`~lantai.desk.services.classes.close` raises of an item that lacks something.
    """
    row = FilingClass.objects.filter(number=number).first()
    if row is not None and row.revision == seen and holding(row) is not None:
        try:
            return close(actor, number, seen=seen)
        except Conflict as problem:  # volumes of another class took the numbers since: they are checked anew
            if problem.code != "desk.class.unchecked":
                raise
    order_check(actor, number, seen=seen, closing=True)
    return None


@act("desk.check.order")
def order_check(actor: Actor, number: str, *, seen: int, closing: bool = False) -> str:
    """Order the four-property check of an open class as it is, and return the check's uuid.

    With ``closing`` the class is numbered by itself when the check holds; then what lacks is told at once
    (``Lacking("desk.class.lacking")``). A check that is at work is stopped when the class changed since. Raises
    ``Invalid("desk.class.empty")``, ``Conflict("desk.class.changed")``, ``("desk.class.closed")``.
    """
    row = class_of(actor, number, seen)
    if not row.size:
        raise Invalid("desk.class.empty", number=number)
    if closing and (reasons := numbers_of(row).reasons):
        raise Lacking("desk.class.lacking", reasons, number=number)
    before = row.checks.select_for_update().filter(state__in=AT_WORK).first()
    if before is not None and before.revision == row.revision:
        if closing and not before.closing:
            before.closing, before.ordered_by = True, actor.username
            before.save(update_fields=["closing", "ordered_by"])
            record(row.urn, _told(row, before))
        else:
            unchanged()
        return str(before.uuid)
    if before is not None:
        stopped(before, "desk.check.changed")
    found = subject(row)
    made = FilingCheck.objects.create(
        uuid=uuid.uuid4(),
        filing_class=row,
        revision=row.revision,
        closing=closing,
        content=kept(found.told),
        items=found.items,
        files=found.files,
        bytes=found.bytes,
        ordered_at=timezone.now(),
        ordered_by=actor.username,
    )
    record(row.urn, _told(row, made))
    return str(made.uuid)


def _told(row: FilingClass, check: FilingCheck) -> dict[str, str | int | bool]:
    return {
        "number": row.number,
        "unit": row.unit.code,
        "check": str(check.uuid),
        "revision": check.revision,
        "items": check.items,
        "files": check.files,
        "closing": check.closing,
        "content": check.content,
    }


def stopped(row: FilingCheck, code: str) -> None:
    """Stop a check before it was done; ``code`` says why."""
    number = row.filing_class.number
    row.state, row.done_at = CheckState.STOPPED, timezone.now()
    row.problem = {"code": code, "facts": {"number": number}}
    row.save(update_fields=["state", "done_at", "problem"])


def recheck(actor: Actor, number: str) -> str:
    """Order the check of an open class anew after something was mended, closing as the one before would have; its uuid.

    A class that was never checked is not checked by this: "" then. One that was opened again is not closed by it.
    """
    row = FilingClass.objects.get(number=number)
    before = row.checks.order_by("-id").first()
    if before is None or row.state != ClassState.OPEN:
        return ""
    try:
        return order_check(actor, number, seen=row.revision, closing=before.closing and not before.register)
    except (
        Lacking
    ):  # what lacks is in the report; the class is not to be closed by itself before it is mended
        return order_check(actor, number, seen=row.revision)


@act("desk.check.answer")
def answer(actor: Actor, number: str, check: str, reasons: Mapping[str, str]) -> int:
    """Answer items of the newest check of an open class, by code, each with a reason; return how many are new.

    Only what failed, could not be checked or waits for a person is answered, and each once. Raises
    ``Invalid("desk.check.reason_missing")``, ``("desk.check.not_open")`` for other items, ``("desk.check.malware")``,
    ``Conflict("desk.check.stale")`` when the class or the check is not the one that was looked at any more.
    """
    place = FilingClass.objects.select_for_update().select_related("unit").filter(number=number).first()
    if place is None:
        raise NotFound("desk.class.missing", number=number[:40])
    require(actor, "item.arrange", place.unit_id)
    row = place.checks.filter(run__isnull=False).order_by("-id").first()
    if row is None or str(row.uuid) != check or row.revision != place.revision:
        raise Conflict("desk.check.stale", number=number)
    given = {code: reason.strip()[:REASON] for code, reason in reasons.items()}
    if not given or not all(given.values()):
        raise Invalid("desk.check.reason_missing")
    assert row.run is not None
    items = {item["code"]: item for item in runs.run(row.run).report["items"]}
    for code in given:
        if code not in items or items[code]["outcome"] not in ANSWERED:
            raise Invalid("desk.check.not_open", item=code[:20])
        if infected(items[code]):
            raise Invalid("desk.check.malware")
    known = set(row.answers.values_list("code", flat=True))
    fresh = {code: reason for code, reason in given.items() if code not in known}
    if not fresh:
        unchanged()
        return 0
    now = timezone.now()
    CheckAnswer.objects.bulk_create(
        CheckAnswer(check_of=row, code=code, reason=reason, by=actor.username, at=now)
        for code, reason in fresh.items()
    )
    row.waiting = len(waiting(run_of(row)))
    row.save(update_fields=["waiting"])
    told = {"number": number, "unit": place.unit.code, "check": check, "count": len(fresh)}
    record(place.urn, {**told, "items": ", ".join(fresh), "reasons": list(fresh.values())})
    return len(fresh)

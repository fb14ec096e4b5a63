"""What children do with checks at filing: order one that closes, run it and die before a chosen step, look."""

from __future__ import annotations

from typing import Any

from tests.withstand.dying import dying_before


def order() -> list[str]:
    """File two letters, put them into a class and order the check that closes it; return class and check."""
    from lantai.base.actors import SYSTEM
    from lantai.desk import queries_arrangement as arrangement
    from lantai.desk import services
    from tests.office import letter

    numbers = [services.capture(SYSTEM, letter(f"OA-{n}")).number for n in (1, 2)]
    items = services.form(SYSTEM, "MZJ", [[number] for number in numbers])
    (number,) = services.place(SYSTEM, "MZJ", items, services.Where(2026, "30年"))
    seen = arrangement.filing_class(SYSTEM, number).revision
    return [number, services.order_check(SYSTEM, number, seen=seen, closing=True)]


def run_until(uuid: str, limit: int) -> str:
    """Run the check, but die without warning before the ``limit``-th step; return its state."""
    from lantai.desk.services.filing_check_run import advance_filing_check

    with dying_before(limit):
        return advance_filing_check(uuid)


def look_at(number: str) -> dict[str, Any]:
    """Return the state of the newest check of a class, its runs, entries of the act, and what lies about."""
    from lantai.base.actors import SYSTEM
    from lantai.checks.models import Run
    from lantai.desk import queries_arrangement as arrangement
    from lantai.desk import queries_checks
    from lantai.desk.services import collect_checks
    from lantai.ledger.models import Entry

    newest, _reported = queries_checks.checks_of(SYSTEM, number)
    assert newest is not None
    told = {
        "state": newest.state,
        "runs": Run.objects.filter(subject=f"urn:uuid:{newest.uuid}").count(),
        "entries": Entry.objects.filter(act="desk.check.run").count(),
        "class": arrangement.filing_class(SYSTEM, number).state,
    }
    if newest.state == "done":
        collect_checks()
        told["left"] = len(queries_checks.folders())
    return told

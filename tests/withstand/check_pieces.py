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


def mend_until(number: str, limit: int) -> str:
    """Replace the 正文 of the first item of a class, but die without warning before the ``limit``-th step."""
    from lantai.base.actors import SYSTEM
    from lantai.desk import opening
    from lantai.desk import queries_arrangement as arrangement
    from lantai.desk.services.replacing import Fresh, Spot, mend_file
    from tests.office import brought

    line = arrangement.in_class(SYSTEM, number)[0]
    shown = arrangement.item(SYSTEM, line.uuid)
    told = brought("", "正文.txt", "改正的正文".encode())
    assert told.path is not None
    folder = told.path.parent / told.path.stem
    folder.mkdir()
    path = told.path.rename(folder / "came.txt")
    opening.open_all([])  # what the workers begin with is no step
    with dying_before(limit):
        spot = Spot(line.uuid, shown.captures[0], 1)
        return mend_file(SYSTEM, spot, Fresh("正文.txt", path), reason="错页", seen=line.revision)


def look_at_item(number: str) -> dict[str, Any]:
    """Return what the first item of a class is made of, the states of all captured documents, the replacements."""
    from lantai.base.actors import SYSTEM
    from lantai.desk import queries_arrangement as arrangement
    from lantai.desk.models import Capture, Replacement

    line = arrangement.in_class(SYSTEM, number)[0]
    shown = arrangement.item(SYSTEM, line.uuid)
    return {
        "captures": list(shown.captures),
        "files": len(shown.files),
        "states": list(Capture.objects.order_by("id").values_list("state", flat=True)),
        "replaced": Replacement.objects.count(),
        "revision": line.revision,
    }

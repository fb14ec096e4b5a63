"""received → checking: the four-property run is made and kept; then a person decides."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.base.scanner import scanner
from lantai.checks.services import record_run
from lantai.holdings import queries as holdings
from lantai.ingest.models import State, Transfer
from lantai.ingest.services.states import move
from lantai.ingest.steps.belonging import with_belonging
from lantai.ingest.steps.keep import write_plan
from lantai.ingest.workspace import Workspace, workspace
from lantai.kernel.fourprops import Context, Report, Stage, run
from lantai.kernel.packages import Package, open_package
from lantai.ledger.acts import act, record


def check(row: Transfer) -> bool:
    """Open the package and check it. Bad content makes a failing report, never an error."""
    place = workspace(row.uuid)
    package = open_package(place.content, holdings.types())
    report = with_belonging(run(package, Stage.YJ, _context(place), _Reporter(place)), row, package)
    write_plan(place, row, package, report.formats)
    _checked(SYSTEM, row, package, report)
    return False


def _context(place: Workspace) -> Context:
    container = place.received()
    return Context(
        types=holdings.types(),
        digests=container.digests,
        existing=holdings.existing_refs,
        scanner=scanner(),
        today=date.today(),
        database_readable=_database_readable,
    )


def _database_readable() -> bool:
    return Transfer.objects.exists() and home().root.exists()


class _Reporter:
    """Tells the workspace how far the run is, at most once per percent."""

    def __init__(self, place: Workspace) -> None:
        self._place = place
        self._told = -1

    def __call__(self, done: int, total: int, code: str) -> None:
        share = done * 100 // total if total else 100
        if share != self._told:
            self._told = share
            self._place.report(State.RECEIVED, done, total)


@act("ingest.transfer.check")
def _checked(actor: Actor, row: Transfer, package: Package, report: Report) -> UUID:
    run_uuid = record_run(actor, row.urn, report)
    row.form, row.fonds = package.form, package.fonds[:20]
    row.items = len(package.records)
    row.run = run_uuid
    move(row, State.CHECKING)
    record(row.urn, {"number": row.number, "run": str(run_uuid), "fonds": row.fonds, "items": row.items})
    return run_uuid

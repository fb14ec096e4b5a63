"""``lantai rebuild database``: the database made anew from the vault (decision 0018)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from lantai.base.actors import Actor
from lantai.base.connections import working_on
from lantai.base.home import home
from lantai.base.locks import held
from lantai.desk.services import rebuild_own_index
from lantai.kernel.errors import Conflict, Corrupt
from lantai.kernel.findings import failed
from lantai.kernel.tlog import Log
from lantai.ledger import queries_rows as ledger
from lantai.ledger.services import Loading, Reached, database_rebuilt, refuse_newer, sequence, shelf
from lantai.people.policies import require
from lantai.search.services import rebuild as rebuild_index
from lantai.site.comparing import Report, compare, counts, on_the_way

Progress = Callable[[str, int, int], None]
SITE = "site"
"""The lock that what serves a site shares for as long as it runs."""


def _quiet(what: str, done: int, total: int) -> None:
    """Tell nothing."""


def rebuild_database(actor: Actor, *, replace: bool = False, tell: Progress = _quiet) -> Report:
    """Make the database from the vault, then the indexes from the database, and compare what came back.

    Killed anywhere, the same call goes on: until everything is loaded, the new one lies beside the old. That one is kept
    beside the new (``lantai.sqlite3.<time>.old``). ``Conflict``: ``rebuild.site.running`` while something serves the site,
    ``rebuild.database.there`` for one that is not empty without ``replace``, ``rebuild.database.server`` for one on a
    server. ``Corrupt`` when the log or the rows are damaged: nothing was changed then.
    """
    require(actor, "index.rebuild")
    if connection.vendor != "sqlite":
        raise Conflict("rebuild.database.server")
    with alone():
        if not replace and _filled(home().database):
            raise Conflict("rebuild.database.there", path=home().database.name)
        report = load_database(tell)
        install()
    finish(actor, report, tell)
    return report


@contextmanager
def alone() -> Iterator[None]:
    """Let nothing serve the site meanwhile; ``Conflict("rebuild.site.running")``."""
    with held(SITE) as got:
        if not got:
            raise Conflict("rebuild.site.running")
        yield


def load_database(tell: Progress = _quiet) -> Report:
    """Fill the new database, which lies beside the one in use until :func:`install`, and compare it."""
    started = time.monotonic()
    _check_ledger(tell)
    known = ledger.vault_log()
    with working_on(_fresh()) as fresh:
        loading = Loading(fresh, shelf(), known, tell)
        whole = loading.begin()
        refuse_newer(whole, MigrationLoader(None).disk_migrations)
        _migrate(whole.migrations)
        reached = loading.run(whole)
        call_command("migrate", verbosity=0, interactive=False)
        report = _report(known, reached, started)
        shelf().cut(reached.part)
        loading.end()
        with fresh.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return report


def finish(actor: Actor, report: Report, tell: Progress, *, restored: bool = False) -> None:
    """Let the ledger say what was done, and make the indexes anew. Killed here, ``lantai rebuild index`` does the rest."""
    connections.close_all()
    differences = [one.what_en for one in report.compared if not one.ok]
    database_rebuilt(
        actor,
        part=report.part,
        digest=report.digest,
        size=report.size,
        differences=differences,
        restored=restored,
    )
    sequence()
    rebuild_index(actor, lambda done, total: tell("index", done, total))
    rebuild_own_index(actor)
    sequence()


def _report(known: Log, reached: Reached, started: float) -> Report:
    published = known.checkpoint()
    return Report(
        at=datetime.now(UTC),
        seconds=time.monotonic() - started,
        origin=known.origin,
        size=published.size if published else 0,
        root=published.root.hex() if published else "",
        part=reached.part,
        digest=reached.digest,
        rows=reached.rows,
        tables=counts(),
        compared=tuple(compare(known, reached)),
        waiting=tuple(on_the_way()),
    )


def _check_ledger(tell: Progress) -> None:
    """``Corrupt`` with the code of what is wrong first."""
    findings = ledger.check_files(lambda done, total: tell("ledger", done, total))
    if failed(list(findings)):
        first = next(finding for finding in findings if failed([finding]))
        raise Corrupt("rebuild.ledger.damaged", problem=first.message("zh"), path=first.path)


def _migrate(migrations: tuple[tuple[str, str], ...]) -> None:
    """Bring the tables to the state in which the rows were written, no further.

    Where that is the state of this release, they are made as its models say, at once: to walk there takes much longer.
    """
    executor = MigrationExecutor(connection)
    graph, wanted = executor.loader.graph, set(migrations)
    if not executor.loader.applied_migrations and wanted == set(graph.nodes):
        _make_tables(migrations)
        return
    last = [
        one for one in migrations if not any(child.key in wanted for child in graph.node_map[one].children)
    ]
    executor.migrate(last)


def _make_tables(migrations: tuple[tuple[str, str], ...]) -> None:
    """Make every table in one transaction, with the word that these migrations have run."""
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    connection.disable_constraint_checking()
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
        for room, name in migrations:
            recorder.record_applied(room, name)


def _filled(database: Path) -> bool:
    """Return whether the database there holds entries, or is none that can be asked."""
    if not database.exists():
        return False
    with working_on(database) as asked:
        if "ledger_entry" not in asked.introspection.table_names():
            return False
        with asked.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM ledger_entry)")
            return bool(cursor.fetchone()[0])


def _fresh() -> Path:
    return home().root / "lantai.sqlite3.new"


def install() -> None:
    """Put the new database in the place of the old, which is kept beside it with what it has not yet taken in.

    Killed anywhere, the same call again finishes it; when it is done, it does nothing.
    """
    database = home().database
    if not _fresh().exists():
        return
    kept = database.with_name(f"{database.name}.{datetime.now(UTC):%Y%m%dT%H%M%S}.old")
    for ending in ("-wal", "-shm", ""):
        old = database.with_name(database.name + ending)
        if old.exists():
            os.replace(old, kept.with_name(kept.name + ending))
    os.replace(_fresh(), database)

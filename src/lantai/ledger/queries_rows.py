"""Reads of the log's files alone, without a database, and of the rows beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import connection

from lantai.base.home import home
from lantai.kernel.errors import LantaiError
from lantai.kernel.findings import Finding
from lantai.kernel.storage import read
from lantai.kernel.tlog import Log
from lantai.kernel.witness.folder import Folder
from lantai.kernel.witness.kept import Given, check_ledger
from lantai.ledger import store
from lantai.ledger.models import RowNote, RowState
from lantai.ledger.rows.tables import shelf
from lantai.ledger.rows.triggers import triggers_missing

Progress = Callable[[int, int], None]


def key_exists() -> bool:
    """Return whether the site has the keys by which it signs."""
    return store.key_exists()


def vault_log() -> Log:
    """Return the log in the vault, as its files tell it."""
    return store.log()


def check_files(progress: Progress = lambda done, size: None) -> tuple[Finding, ...]:
    """Recompute the log from its files and return what is wrong; its keys are those that lie beside it."""
    return check_ledger("", Folder(home().vault / "ledger"), Given(), progress).findings


@dataclass(frozen=True, slots=True)
class RowsStanding:
    """How the writing of rows stands: notes that wait, triggers that are missing, the newest part, what is wrong."""

    waiting: int
    missing: int
    part: int
    whole: int
    sealed_at: datetime | None
    problem: LantaiError | None


def rows_standing() -> RowsStanding:
    """Return how the writing of rows stands; the end of the chain is compared with the files."""
    state, problem = RowState.present(), None
    try:
        shelf().tail()
        if state.whole:
            shelf().whole(state.whole)
    except LantaiError as damage:
        problem = damage
    missing, notes = triggers_missing(connection), RowNote.objects.count()
    return RowsStanding(notes, missing, state.part, state.whole, state.sealed_at, problem)


def damaged_rows() -> list[tuple[str, str]]:
    """Return key (below the vault) and code of what breaks the chain of rows: every bad file of a whole copy, and the
    first bad file of the parts; [] when the chain holds to its end, which the database knows."""
    found: list[tuple[str, str]] = []
    state, rows = RowState.present(), shelf()
    if not state.part:
        return found
    for number in rows.wholes():
        try:
            whole = rows.whole(number)
        except LantaiError as problem:
            found.append((f"rows/whole/{number:09}/index.json", problem.code))
            continue
        for file in whole.files:
            key = f"whole/{number:09}/{file.name}"
            if not rows.store.exists(key) or sha256(read(rows.store, key)).hexdigest() != file.sha256:
                found.append((f"rows/{key}", "rowlog.part.form"))
    try:
        for part in rows.parts(after=state.whole):
            if part.said.head.part == state.part and part.digest != state.digest:
                found.append((f"rows/{part.key}", "rowlog.part.chain"))
    except LantaiError as problem:
        found.append((f"rows/{problem.facts.get('path') or 'parts'}", problem.code))
    return found

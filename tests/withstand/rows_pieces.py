"""What children do with rows: write them and bring them back, dying before a chosen step."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.withstand.dying import dying_before


def add(name: str) -> None:
    """Do an act that changes a row."""
    from lantai.base.actors import SYSTEM
    from lantai.people.services import add_unit, change_unit

    add_unit(SYSTEM, name, f"单位{name}")
    change_unit(SYSTEM, "MZJ", name=f"区民政局{name}", is_open=True)


def sequence_until(limit: int) -> bool:
    """Sequence, but die before the ``limit``-th step."""
    from lantai.ledger.services import sequence

    with dying_before(limit):
        sequence()
    return True


def look() -> dict[str, Any]:
    """Sequence what was left, and return what the rows' files say of the units, and what contradicts itself."""
    from lantai.kernel.rowlog import Row, Table
    from lantai.ledger import queries as ledger
    from lantai.ledger.models import RowNote, RowState
    from lantai.ledger.services import sequence, shelf

    sequence()
    state, names, table = RowState.present(), {}, ""
    whole = shelf().whole(shelf().wholes()[-1])
    parts = list(shelf().parts(whole.head.part, whole.digest))
    for said in [*shelf().files_of(whole), *(part.said for part in parts)]:
        for line in said.lines:
            table = line.name if isinstance(line, Table) else table
            if table == "people_unit" and isinstance(line, Row):
                names[str(line.values[1])] = line.values[2]
    wrong = [finding.message("en") for finding in ledger.check_log().findings]
    if shelf().tail() != state.tail() or RowNote.objects.exists():
        wrong.append("the database knows another end of the rows")
    if parts and parts[-1].said.head.size != ledger.published():
        wrong.append("the rows reach to another entry than the ledger")
    return {"names": names, "wrong": wrong, "part": state.part}


def restore_until(source: str, limit: int) -> bool:
    """Restore, or go on with it, but die before the ``limit``-th step."""
    with dying_before(limit):
        restore(source)
    return True


def restore(source: str) -> dict[str, Any]:
    """Restore from the copy and return what was compared, and who is invited."""
    from lantai.site.fetching import copy_at
    from lantai.site.restore import restore as bring_back

    done = bring_back(copy_at(source), source, whole=True, tell=lambda work, seen, total: None)
    invited = [username for username, _, _ in done.invitations]
    return {
        "ok": done.report.ok,
        "compared": len(done.report.compared),
        "invited": invited,
        "lost": done.lost_key,
    }


def picture() -> dict[str, str]:
    """Return a digest of the rows of each table that is written, but for what coming back itself changes."""
    from django.db import connection

    from lantai.ledger.rows import tables

    found = {}
    for table in tables():
        names = ", ".join(f'"{name}"' for name in table.columns)
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT {names} FROM "{table.name}" ORDER BY "{table.key}"')
            rows = [list(map(_value, table.kinds, row)) for row in cursor.fetchall()]
        told = json.dumps(rows, default=str, ensure_ascii=False)
        found[table.name] = hashlib.sha256(told.encode()).hexdigest()
    return found


def _value(kind: str, value: Any) -> Any:
    return json.dumps(json.loads(value), sort_keys=True) if kind == "json" and value is not None else value


def people() -> None:
    """Enter an officer, so that somebody is invited."""
    from lantai.base.actors import SYSTEM
    from lantai.people.services import add_account, grant_role

    add_account(SYSTEM, "sysadmin", "系统管理员", password="correct-horse-兰台")
    grant_role(SYSTEM, "sysadmin", "sysadmin")


def keep(path: str) -> str:
    """Preserve a package from its receipt to its end, and return the state."""
    from lantai.base.actors import SYSTEM
    from lantai.ingest import queries
    from tests.withstand.pieces import accept_waiting, settle, submit

    number = submit(path)
    settle()
    accept_waiting()
    settle()
    return queries.transfer(SYSTEM, number).state


def left(home: str) -> list[str]:
    """Return what a finished restore left that nobody needs."""
    names = {"restore.json", "lantai.sqlite3.new", "lantai.sqlite3.new-wal", ".staging"}
    return sorted(str(one) for one in Path(home).rglob("*") if one.name in names)

"""Rows beside the log: every change is noted and written, and the database comes back from it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from lantai.base.actors import SYSTEM
from lantai.base.connections import working_on
from lantai.base.home import home
from lantai.ledger.models import RowNote, RowState
from lantai.ledger.rows.tables import left_out, our_models
from lantai.ledger.services import sequence, shelf, tables
from lantai.people.services import add_unit, change_unit
from lantai.site import rebuild
from tests.conftest import Site


def dump() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of ours, but for what is not written beside the log."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for model in our_models():
        told = model._meta
        if told.db_table in left_out().tables and told.db_table != "ledger_entry":
            continue
        names = [
            f.attname for f in told.concrete_fields if (told.db_table, f.column) not in left_out().columns
        ]
        found[told.db_table] = [
            tuple(map(_plain, row)) for row in model._base_manager.order_by("pk").values_list(*names)
        ]
    return found


def _plain(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


def test_every_table_is_written_or_on_the_list_with_a_reason() -> None:
    ours = {model._meta.db_table for model in our_models()}
    assert set(left_out().tables) <= ours
    assert {table.name for table in tables()} == ours - set(left_out().tables)
    assert all(left_out().tables.values())
    assert all(left_out().reasons.values())


def test_every_column_named_like_a_secret_is_left_out_or_says_why_not() -> None:
    named = re.compile(r"pass(word|wd|phrase)|secret|token|hash|digest|credential|private|otp|salt")
    stated, found = left_out().stated, set()
    for table in tables():
        for column in table.columns:
            if named.search(column) and f"{table.name}.{column}" not in stated:
                found.add(f"{table.name}.{column}")
    assert not found
    columns = {f"{table.name}.{column}" for table in tables() for column in table.columns}
    assert set(stated) <= columns
    assert all(stated.values())


def test_a_published_entry_has_its_rows(noted: None) -> None:
    sequence()
    add_unit(SYSTEM, "X1", "新单位")
    assert RowNote.objects.count() == 1
    assert sequence() == 1
    assert not RowNote.objects.exists()
    parts = list(shelf().parts())
    lines = parts[-1].said.lines
    assert [type(line).__name__ for line in lines] == ["Table", "Row"]
    assert lines[1].values[1:3] == ["X1", "新单位"]  # type: ignore[union-attr]
    assert parts[-1].said.head.size == 27
    assert shelf().tail() == RowState.present().tail()


def test_the_database_comes_back_equal(noted: None) -> None:
    sequence()
    add_unit(SYSTEM, "X1", "新单位")
    sequence()
    change_unit(SYSTEM, "X1", name="改名", is_open=False)
    sequence()
    before = dump()
    report = rebuild.load_database()
    assert report.ok, report.compared
    with working_on(home().root / "lantai.sqlite3.new"):
        assert dump() == before


def test_tables_made_at_once_are_those_that_the_migrations_make(site: Site, tmp_path: Path) -> None:
    """Same columns, indexes and constraints, whatever their order."""

    def described(connection: Any) -> dict[str, Any]:
        told = {}
        with connection.cursor() as cursor:
            for name in connection.introspection.table_names(cursor):
                columns = connection.introspection.get_table_description(cursor, name)
                constraints = connection.introspection.get_constraints(cursor, name)
                told[name] = (
                    sorted((one.name, str(one.type_code).lower(), one.null_ok) for one in columns),
                    sorted(
                        (
                            sorted(one["columns"] or []),
                            one["unique"],
                            one["check"],
                            str(one["foreign_key"]),
                            one["index"],
                        )
                        for one in constraints.values()
                        if not one["check"]
                    ),
                    sorted(name for name in constraints if not name.startswith("__unnamed")),
                )
        return told

    with working_on(tmp_path / "at-once.sqlite3") as fresh:
        rebuild._migrate(tuple(MigrationLoader(None).graph.nodes))
        found = described(fresh)
    assert found == described(connection)

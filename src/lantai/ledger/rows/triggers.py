"""Triggers that note table and key of every row that changes, in its transaction: raw statements are seen as well."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from django.apps import AppConfig
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from lantai.kernel.rowlog import Table
from lantai.ledger.rows.tables import tables

PREFIX = "lantai_rows_"

_INTO = 'INSERT INTO ledger_rownote ("table", "key", "change")'
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {PREFIX}note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    EXECUTE format('{_INTO} SELECT %L, ($1).%I, 1', TG_TABLE_NAME, TG_ARGV[0]) USING NEW;
  ELSIF TG_OP = 'DELETE' THEN
    EXECUTE format('{_INTO} SELECT %L, ($1).%I, -1', TG_TABLE_NAME, TG_ARGV[0]) USING OLD;
  ELSE
    EXECUTE format('{_INTO} SELECT %L, ($1).%I, 0', TG_TABLE_NAME, TG_ARGV[0]) USING NEW;
    EXECUTE format('{_INTO} SELECT %L, ($2).%I, 0 WHERE ($1).%I IS DISTINCT FROM ($2).%I',
      TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[0], TG_ARGV[0]) USING NEW, OLD;
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608


def after_migrations(sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Make the triggers of all tables, once the last migration has run; where the setting says no, nothing."""
    if settings.ROW_NOTES:
        make_triggers(connections[using])


def make_triggers(connection: BaseDatabaseWrapper) -> None:
    """Make every trigger that is missing or of another form, and remove those of tables that are gone. Idempotent.

    A table that is not there yet (not every migration has run) gets them when it is.
    """
    there = set(connection.introspection.table_names())
    wanted = {name: told for name, told in _wanted(connection.vendor).items() if told[0] in there}
    found = _found(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for name, (table, _) in found.items():
            if name not in wanted or _differs(connection.vendor, wanted[name][1], found[name][1]):
                cursor.execute(_drop(connection.vendor, name, table))
        for name, (_, statement) in wanted.items():
            if name not in found or _differs(connection.vendor, statement, found[name][1]):
                cursor.execute(statement)


def remove_triggers(connection: BaseDatabaseWrapper) -> None:
    """Remove every trigger of ours."""
    with connection.cursor() as cursor:
        for name, (table, _) in _found(connection).items():
            cursor.execute(_drop(connection.vendor, name, table))


def triggers_missing(connection: BaseDatabaseWrapper) -> int:
    """Return how many triggers are missing or of another form: changes pass them unnoted."""
    found = _found(connection)
    return sum(
        name not in found or _differs(connection.vendor, statement, found[name][1])
        for name, (_, statement) in _wanted(connection.vendor).items()
    )


@functools.cache
def _wanted(vendor: str) -> Mapping[str, tuple[str, str]]:
    """Return the triggers by name, each with its table and the statement that makes it."""
    make = _for_postgresql if vendor == "postgresql" else _for_sqlite
    return {name: (table.name, statement) for table in tables() for name, statement in make(table)}


def _for_sqlite(table: Table) -> list[tuple[str, str]]:
    def trigger(verb: str, when: str, side: str, change: int) -> tuple[str, str]:
        name = f"{PREFIX}{table.name}_{verb}"
        note = f"{_INTO} VALUES ('{table.name}', {side}.\"{table.key}\", {change})"
        return name, f'CREATE TRIGGER {name} AFTER {when} ON "{table.name}" BEGIN {note}; END'

    return [
        trigger("insert", "INSERT", "NEW", 1),
        trigger("update", "UPDATE", "NEW", 0),
        trigger("rekey", f'UPDATE OF "{table.key}"', "OLD", 0),
        trigger("delete", "DELETE", "OLD", -1),
    ]


def _for_postgresql(table: Table) -> list[tuple[str, str]]:
    name = f"{PREFIX}{table.name}"
    statement = (
        f'CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON "{table.name}"'
        f" FOR EACH ROW EXECUTE FUNCTION {PREFIX}note('{table.key}')"
    )
    return [(name, statement)]


def _differs(vendor: str, wanted: str, found: str) -> bool:
    """SQLite keeps the statement as it was given; PostgreSQL's triggers say nothing but their function's name."""
    return vendor == "sqlite" and wanted != found


def _drop(vendor: str, name: str, table: str) -> str:
    return f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if vendor == "postgresql" else "")


def _found(connection: BaseDatabaseWrapper) -> dict[str, tuple[str, str]]:
    statement = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
    if connection.vendor == "postgresql":
        statement = (
            "SELECT t.tgname, c.relname, '' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgname LIKE %s"
        )
    with connection.cursor() as cursor:
        cursor.execute(statement, [f"{PREFIX}%"])
        return {name: (table, text) for name, table, text in cursor.fetchall()}

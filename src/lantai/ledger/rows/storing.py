"""Rows put into a database as they were written."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper

from lantai.kernel.errors import Corrupt
from lantai.kernel.rowlog import Table
from lantai.ledger.rows import reading
from lantai.ledger.rows.tables import left_out, tables

_PORTION = 500
"""Keys named in one statement."""


class Storing:
    """Writes into the tables that ``connection`` has now; a column that they lack, or a table, is ``Corrupt``."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._known: dict[Table, tuple[str, list[tuple[int, Callable[[Any], Any]]], list[str]]] = {}

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows; what stands under their keys, or in the way of what is unique, is theirs now.

        Whatever has to give way was changed in the same portion and comes in it. ``Corrupt("rows.table.unknown")``.
        """
        if table not in self._known:
            self._known[table] = self._prepared(table)
        statement, forms, more = self._known[table]
        if self._connection.vendor != "sqlite":
            place = table.columns.index(table.key)
            self.delete(table, [row[place] for row in rows])
        with self._connection.cursor() as cursor:
            cursor.executemany(statement, [_formed(row, forms, more) for row in rows])

    def delete(self, table: Table, keys: Sequence[int]) -> None:
        """Remove the rows with these keys, those that are there."""
        with self._connection.cursor() as cursor:
            for start in range(0, len(keys), _PORTION):
                some = keys[start : start + _PORTION]
                places = ", ".join(["%s"] * len(some))
                cursor.execute(
                    f'DELETE FROM "{table.name}" WHERE "{table.key}" IN ({places})',  # noqa: S608
                    list(some),
                )

    def counts(self) -> dict[str, int]:
        """Return how many rows each written table has, those that have some."""
        there = set(self._connection.introspection.table_names())
        counted = {one.name: reading.count(self._connection, one) for one in tables() if one.name in there}
        return {name: count for name, count in counted.items() if count}

    def drop_indexes(self) -> list[str]:
        """Drop the indexes that only make reading quick, and return the statements that make them again."""
        if self._connection.vendor != "sqlite":
            return []
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX%%' ORDER BY name",
                [],
            )
            found = cursor.fetchall()
            for name, _ in found:
                cursor.execute(f'DROP INDEX "{name}"')
        return [str(statement) for _, statement in found]

    def make_indexes(self, statements: Sequence[str]) -> None:
        """Make indexes that are not there: each is whole or not at all."""
        with self._connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS", 1))

    def set_highest(self, highest: Mapping[str, int]) -> None:
        """Let no key be given out again that was given out before."""
        with self._connection.cursor() as cursor:
            for name, key in highest.items():
                if not key:
                    continue
                if self._connection.vendor == "sqlite":
                    cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [name])
                    cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, key])
                else:
                    cursor.execute(
                        "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)"
                        " WHERE pg_get_serial_sequence(%s, 'id') IS NOT NULL",
                        [f'"{name}"', key, f'"{name}"'],
                    )

    def _prepared(self, table: Table) -> tuple[str, list[tuple[int, Callable[[Any], Any]]], list[str]]:
        """Return the statement, what to do to which value, and the values of the columns that are left out."""
        required = self._columns(table.name)
        if not set(table.columns) <= set(required):
            raise Corrupt("rows.table.unknown", table=table.name)
        left = {name: value for (owner, name), value in left_out().columns.items() if owner == table.name}
        more = {name: value for name, value in left.items() if name in required}
        names = ", ".join(f'"{name}"' for name in (*table.columns, *more))
        vendor = self._connection.vendor
        places = ", ".join([*(_place(vendor, kind) for kind in table.kinds), *["%s"] * len(more)])
        verb = "INSERT OR REPLACE" if vendor == "sqlite" else "INSERT"
        forms: list[tuple[int, Callable[[Any], Any]]] = []
        for place, (column, kind) in enumerate(zip(table.columns, table.kinds, strict=True)):
            if kind == "json":
                forms.append((place, _json_required if required[column] else _json))
            elif kind == "bytes":
                forms.append((place, _bytes))
        return f'{verb} INTO "{table.name}" ({names}) VALUES ({places})', forms, list(more.values())

    def _columns(self, table: str) -> dict[str, bool]:
        """Return the columns of a table with whether they must hold something; ``Corrupt`` when there is no such table."""
        with self._connection.cursor() as cursor:
            if table not in self._connection.introspection.table_names(cursor):
                raise Corrupt("rows.table.unknown", table=table)
            told = self._connection.introspection.get_table_description(cursor, table)
        return {column.name: not column.null_ok for column in told}


def _formed(
    row: Sequence[Any], forms: Sequence[tuple[int, Callable[[Any], Any]]], more: Sequence[str]
) -> list[Any]:
    values = [*row, *more]
    for place, form in forms:
        values[place] = form(values[place])
    return values


def _json(value: Any) -> str | None:
    return None if value is None else _json_required(value)


def _json_required(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a whole number beyond 64 bits
        return json.dumps(value)


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value)


@cache
def _place(vendor: str, kind: str) -> str:
    if vendor == "postgresql":
        return {"json": "%s::jsonb", "moment": "(%s::timestamp AT TIME ZONE 'UTC')"}.get(kind, "%s")
    return "%s"

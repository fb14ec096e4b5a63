"""Reading the rows of one moment, in the forms in which they are written."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from lantai.kernel.rowlog import Table

AT_ONCE = 2_000
"""Rows held at once."""

Form = Callable[[Any], Any]


@contextmanager
def snapshot(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let everything that ``connection`` reads within be of one moment, while others write; it writes nothing itself.

    A database in memory, which only tests have, is locked instead.
    """
    if connection.in_atomic_block or _in_memory(connection):
        with transaction.atomic(using=connection.alias):
            yield
        return
    begin = (
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if connection.vendor == "postgresql" else "BEGIN"
    )
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def rows(
    connection: BaseDatabaseWrapper, table: Table, where: str = "", given: Sequence[Any] = ()
) -> Iterator[list[list[Any]]]:
    """Yield the rows of ``table`` by their keys, some at once; ``where`` is SQL with places for ``given``."""
    columns = ", ".join(
        _plain(connection.vendor, column, kind)
        for column, kind in zip(table.columns, table.kinds, strict=True)
    )
    statement = f'SELECT {columns} FROM "{table.name}" {where} ORDER BY "{table.key}"'  # noqa: S608
    forms = _forms(connection.vendor, table.kinds)
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, list(given) or None)
        while found := cursor.fetchmany(AT_ONCE):
            yield [_formed(row, forms) for row in found]


def count(connection: BaseDatabaseWrapper, table: Table) -> int:
    """Return how many rows ``table`` has."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COUNT(*) FROM "{table.name}"')  # noqa: S608
        return int(cursor.fetchone()[0])


def highest(connection: BaseDatabaseWrapper, table: Table) -> int:
    """Return the highest key that was ever given out for ``table``, 0 when none was: none is given out twice."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table.name}"', table.key])
            (name,) = cursor.fetchone()
            if name is None:
                return 0
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}")  # noqa: S608
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table.name])
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def _in_memory(connection: BaseDatabaseWrapper) -> bool:
    return connection.vendor == "sqlite" and bool(connection.is_in_memory_db())  # type: ignore[attr-defined]


def _plain(vendor: str, column: str, kind: str) -> str:
    """Return what gives a column as it is kept: to an expression, Python's driver does not apply its own ideas."""
    return f'+"{column}"' if vendor == "sqlite" and kind in {"bool", "moment", "day"} else f'"{column}"'


def _forms(vendor: str, kinds: Sequence[str]) -> list[tuple[int, Form]]:
    made: dict[str, Form] = {"bool": bool, "json": orjson.Fragment, "bytes": _base64}
    if vendor == "postgresql":
        made |= {"uuid": _hex, "moment": _moment, "day": date.isoformat}
    return [(place, made[kind]) for place, kind in enumerate(kinds) if kind in made]


def _formed(row: Sequence[Any], forms: Sequence[tuple[int, Form]]) -> list[Any]:
    values = list(row)
    for place, form in forms:
        if values[place] is not None:
            values[place] = form(values[place])
    return values


def _base64(value: bytes | memoryview) -> str:
    return base64.b64encode(value).decode("ascii")


def _hex(value: UUID) -> str:
    return value.hex


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")

"""Numbers that people read: counted by year, with four digits or more."""

from __future__ import annotations

import zlib
from typing import Any

from django.db import connections
from django.db.models import QuerySet


def next_number(rows: QuerySet[Any], prefix: str) -> str:
    """Return the number behind the newest of ``rows`` whose ``number`` begins with ``prefix``: ``2026-0001`` at first.

    Only inside the transaction that uses it: until its end nobody else is given a number of that table.
    """
    _alone(rows)
    own = rows.filter(number__startswith=prefix).order_by("-id")
    newest = own.values_list("number", flat=True).first()
    return f"{prefix}{(int(newest.removeprefix(prefix)) + 1 if newest else 1):04d}"


def _alone(rows: QuerySet[Any]) -> None:
    """Wait until no other transaction numbers rows of this table. On SQLite one alone writes, from its beginning."""
    connection = connections[rows.db]
    if connection.vendor == "postgresql":
        name = f"lantai.numbers.{rows.model._meta.db_table}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [zlib.crc32(name.encode())])

"""Numbers that people read: counted by year, with four digits or more."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet


def next_number(rows: QuerySet[Any], prefix: str) -> str:
    """Return the number behind the newest of ``rows`` whose ``number`` begins with ``prefix``: ``2026-0001`` at first.

    Only inside the transaction that uses it.
    """
    own = rows.filter(number__startswith=prefix).order_by("-id")
    newest = own.values_list("number", flat=True).first()
    return f"{prefix}{(int(newest.removeprefix(prefix)) + 1 if newest else 1):04d}"

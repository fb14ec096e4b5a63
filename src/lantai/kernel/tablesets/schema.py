"""What a table set says of itself."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA = "schema.xml"
VERSION = "lantai.tables/1"
COLUMNS = 2_000
"""Columns of one table."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: ``file`` is its path in the set, ``rows`` their number, ``sm3`` that of the file."""

    name: str
    file: str
    columns: tuple[str, ...]
    rows: int
    sm3: str


@dataclass(frozen=True, slots=True)
class TableSet:
    """A database by its name with its tables in order."""

    name: str
    tables: tuple[Table, ...]

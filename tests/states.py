"""States of the test's database, and of the site's folder beside it, that are kept once and laid out again."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

kept: dict[str, tuple[sqlite3.Connection, Path | None]] = {}
"""By name: the database, and the folder that belongs to it. Of this process, until it ends."""


def _database() -> sqlite3.Connection | None:
    """Return the connection to the test's database where that is an SQLite in memory, which one call replaces."""
    from django.db import connection

    if connection.vendor != "sqlite" or not connection.is_in_memory_db():  # type: ignore[attr-defined]
        return None
    connection.ensure_connection()
    database: sqlite3.Connection = connection.connection
    return database


def keep(name: str, folder: Path | None = None) -> None:
    """Keep the database as it is now, and what lies in ``folder``, as the state ``name``."""
    database = _database()
    if database is None:
        return
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    database.backup(copy)
    place = None
    if folder is not None:
        place = Path(tempfile.mkdtemp(prefix="lantai-state-")) / "site"
        shutil.copytree(folder, place)
    kept[name] = (copy, place)


def lay(name: str, folder: Path | None = None) -> None:
    """Make the database what it was when the state ``name`` was kept, and ``folder``, which is not there yet."""
    copy, place = kept[name]
    database = _database()
    if database is None:
        raise RuntimeError(f"the state {name} was kept of another database")
    copy.backup(database)
    if folder is not None and place is not None:
        shutil.copytree(place, folder)

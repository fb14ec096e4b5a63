"""States of the test's database, and of the site's folder beside it: made once in a process, then laid out again."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class State:
    """A database, the folder that belongs to it (None: it is left as it is) and what the making returned."""

    database: sqlite3.Connection
    folder: Path | None
    value: Any


_kept: dict[str, State] = {}


def once(name: str, make: Callable[[], T], folder: Path | None = None) -> T:
    """Return what ``make`` returned when the state ``name`` was made, and have it so again.

    What it leaves in the database, and in ``folder``, is kept the first time and laid out ever after. The caller
    closes what is open there.
    """
    if (state := _kept.get(name)) is not None:
        _lay(state, folder)
        told: T = state.value
        return told
    value = make()
    if (database := _database()) is not None:
        _kept[name] = State(_copy(database), _folder(folder), value)
    return value


def _database() -> sqlite3.Connection | None:
    """Return the connection to the test's database where that is an SQLite in memory, which one call replaces."""
    from django.db import connection

    if connection.vendor != "sqlite" or not connection.is_in_memory_db():  # type: ignore[attr-defined]
        return None
    connection.ensure_connection()
    database: sqlite3.Connection = connection.connection
    return database


def _copy(database: sqlite3.Connection) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    database.backup(copy)
    return copy


def _folder(folder: Path | None) -> Path | None:
    if folder is None:
        return None
    place = Path(tempfile.mkdtemp(prefix="lantai-state-")) / folder.name
    shutil.copytree(folder, place, symlinks=True)
    return place


def _lay(state: State, folder: Path | None) -> None:
    database = _database()
    if database is None:
        raise RuntimeError("the state was kept of another database")
    state.database.backup(database)
    if folder is not None and state.folder is not None:
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(state.folder, folder, symlinks=True)

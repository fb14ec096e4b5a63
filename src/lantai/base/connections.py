"""A kept connection to SQLite belongs to one file: when another lies in its place, the connection is let go.

Through a connection to a file that was replaced or removed, what is read is of another site, and what is written
is lost without a word.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

_files: WeakKeyDictionary[BaseDatabaseWrapper, tuple[int, int]] = WeakKeyDictionary()


def remember(connection: BaseDatabaseWrapper, **_signal: object) -> None:
    """Note which file ``connection``, which was just made, has opened."""
    file = _file(connection)
    if file is not None:
        _files[connection] = file


def let_go_of_replaced(**_signal: object) -> None:
    """Close this thread's connections whose file is not there any more, but not inside a transaction."""
    for one in connections.all(initialized_only=True):
        opened = None if one.connection is None or one.in_atomic_block else _files.get(one)
        if opened is not None and _file(one) != opened:
            one.close()


def _file(connection: BaseDatabaseWrapper) -> tuple[int, int] | None:
    """Return what names the file that lies where the database is, None without one (in memory, on a server)."""
    if connection.vendor != "sqlite":
        return None
    try:
        told = os.stat(connection.settings_dict["NAME"])
    except FileNotFoundError:
        return None
    return told.st_dev, told.st_ino


@contextmanager
def working_on(path: Path) -> Iterator[BaseDatabaseWrapper]:
    """Let this thread work on the SQLite file ``path`` as its database, and give the usual one back."""
    usual = connections[DEFAULT_DB_ALIAS]
    other = type(usual)({**usual.settings_dict, "NAME": str(path)}, DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield other
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        other.close()

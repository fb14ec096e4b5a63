"""Connections that are kept let go of a database file that another one has replaced."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.signals import request_started
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from lantai.site.work import work_once


def _database(path: Path, told: str) -> Path:
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE told (text)")
        made.execute("INSERT INTO told VALUES (?)", [told])
    made.close()
    return path


@pytest.fixture
def kept(site: object, tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A connection to a file, as a thread of the server keeps it."""
    path = _database(tmp_path / "a.sqlite3", "old")
    connections.settings["kept"] = {**connections.settings["default"], "NAME": str(path)}
    yield connections["kept"]
    connections["kept"].close()
    del connections["kept"], connections.settings["kept"]


def _told(connection: BaseDatabaseWrapper) -> str:
    if connection.connection is None:
        connection.connect()  # the test's guard lets only its own database be opened by asking
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM told")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("worker", [False, True])
def test_a_replaced_file_is_read_at_once(kept: BaseDatabaseWrapper, tmp_path: Path, worker: bool) -> None:
    def goes_on() -> None:
        work_once() if worker else request_started.send(None)

    assert _told(kept) == "old"
    same = kept.connection
    goes_on()
    assert kept.connection is same, "nothing was replaced: it is kept"
    _database(tmp_path / "b.sqlite3", "new").replace(tmp_path / "a.sqlite3")
    goes_on()
    assert _told(kept) == "new"

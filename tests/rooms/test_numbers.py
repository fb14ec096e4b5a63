"""Numbers by year: one after the other, and on PostgreSQL never to two at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lantai.base import numbers
from lantai.base.actors import Actor
from lantai.desk.models import Capture
from lantai.desk.services import capture
from lantai.ingest.models import Transfer
from tests.office import letter


class Postgres:
    """What :mod:`lantai.base.numbers` sees of a PostgreSQL connection; it remembers what it was told."""

    vendor = "postgresql"

    def __init__(self) -> None:
        self.told: list[tuple[str, list[int]]] = []

    @contextmanager
    def cursor(self) -> Iterator[Postgres]:
        yield self

    def execute(self, statement: str, given: list[int]) -> None:
        self.told.append((statement, given))


def test_numbers_follow_each_other(cast: dict[str, Actor]) -> None:
    assert numbers.next_number(Capture.objects.all(), "C2026-") == "C2026-0001"
    first = capture(cast["沈文"], letter()).number
    prefix, _, count = first.rpartition("-")
    assert numbers.next_number(Capture.objects.all(), f"{prefix}-") == f"{prefix}-{int(count) + 1:04d}"


def test_on_postgresql_one_transaction_at_a_time_numbers_a_table(
    cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = Postgres()
    given: dict[str, Any] = {"default": connection}
    monkeypatch.setattr(numbers, "connections", given)
    for model in (Capture, Capture, Transfer):
        numbers.next_number(model.objects.all(), "X2026-")
    assert {statement for statement, _ in connection.told} == {"SELECT pg_advisory_xact_lock(%s)"}
    locks = [given[0] for _, given in connection.told]
    assert locks[0] == locks[1] != locks[2] and all(0 <= lock < 1 << 63 for lock in locks)

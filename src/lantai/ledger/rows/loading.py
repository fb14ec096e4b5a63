"""A database made from what lies in the vault: the newest whole copy, the parts after it, and the log.

Each file, each group of parts and each portion of entries is one transaction, in which also stands how far it is:
killed anywhere, the same call goes on. Rows are written as they were, without triggers and without looking at what
they point to; that is compared at the end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from lantai.kernel.errors import Conflict, Corrupt
from lantai.kernel.rowlog import Gone, Part, Row, Said, Shelf, Table, Whole
from lantai.kernel.tlog import Log
from lantai.ledger.rows.sealing import SUBJECT
from lantai.ledger.rows.storing import Storing

PROGRESS = "lantai_loading"
ENTRIES = 1_000
"""Entries written at once."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much it is in all (0: not known)."""


@dataclass(slots=True)
class Reached:
    """How far a database is: kept in it until it is finished.

    ``seals`` are the digests of parts that the log names, ``sealed`` is how many of them were met; ``counts`` are how
    many rows the tables should have, and ``differences`` the tables that do not: name, should, has. ``indexes`` are
    those that are made at the end: to fill them row by row takes three times as long.
    """

    whole: int = -1
    files: int = 0
    entries: int = 0
    part: int = 0
    digest: str = ""
    size: int = 0
    rows: int = 0
    highest: dict[str, int] = field(default_factory=dict)
    seals: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    sealed: int = 0
    differences: list[list[Any]] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)


class Loading:
    """Loads into ``connection``, an empty database but for its tables, or one that an earlier call has begun."""

    def __init__(self, connection: BaseDatabaseWrapper, rows: Shelf, ledger: Log, tell: Progress) -> None:
        self._connection = connection
        self._rows = rows
        self._ledger = ledger
        self._tell = tell
        published = ledger.checkpoint()
        self._size = published.size if published else 0
        self._storing = Storing(connection)
        self.reached = Reached()

    def begin(self) -> Whole:
        """Return the whole copy to begin with: the newest that the log has reached.

        ``Corrupt``: ``rows.whole.none`` when there is none, ``rows.part.foreign`` for one that belongs to another log.
        """
        self.reached = self._read()
        if self.reached.whole >= 0:
            return self._rows.whole(self.reached.whole)
        for number in reversed(self._rows.wholes()):
            whole = self._rows.whole(number)
            if whole.head.size <= self._size:
                self._refuse_foreign(whole.head.size, whole.head.last, number)
                return whole
        raise Corrupt("rows.whole.none", size=self._size)

    def run(self, whole: Whole) -> Reached:
        """Load everything; the tables are as ``whole`` has them. Returns how far it came.

        ``Corrupt``: what the shelf and the log say of damaged files, ``rows.part.foreign`` for a part of another log,
        ``rows.seal.differs`` for one that is not the one the log names, ``rows.table.unknown``.
        """
        self._connection.disable_constraint_checking()
        self._load_whole(whole)
        self._load_entries()
        if self.reached.part == whole.head.part:
            self._compare_seal(whole.head.part, whole.digest, f"whole/{whole.head.part:09}")
        self._load_parts()
        self._storing.make_indexes(self.reached.indexes)
        self._compare_counts()
        self._storing.set_highest(self.reached.highest)
        return self.reached

    def end(self) -> None:
        """Forget how far it was: the database is finished."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {PROGRESS}")

    def _load_whole(self, whole: Whole) -> None:
        reached, total = self.reached, len(whole.files)
        if reached.whole < 0:
            with self._step():
                reached.indexes = self._storing.drop_indexes()
                reached.whole, reached.part = whole.head.part, whole.head.part
                reached.digest, reached.size = whole.digest, whole.head.size
                reached.counts = {table.name: table.rows for table in whole.tables}
                reached.highest = {table.name: table.highest for table in whole.tables}
        for said in self._rows.files_of(whole, reached.files):
            with self._step():
                self._apply(said.lines)
                reached.files += 1
            self._tell("whole", reached.files, total)

    def _load_entries(self) -> None:
        while self.reached.entries < self._size:
            first = self.reached.entries
            with self._step():
                end = min(first + ENTRIES, self._size)
                made = [self._entry(index, text) for index, text in self._texts(first, end)]
                self._storing.insert(_ENTRY, made)
                self.reached.entries = end
            self._tell("entries", end, self._size)

    def _texts(self, first: int, end: int) -> Iterator[tuple[int, str]]:
        for index, entry in enumerate(self._ledger.entries(first, end), first):
            yield index, entry.decode()

    def _entry(self, index: int, text: str) -> list[Any]:
        told = json.loads(text)
        if told["act"] == "ledger.rows.seal" and told["subject"] == SUBJECT:
            self.reached.seals[str(told["data"]["part"])] = told["data"]["digest"]
        at = (
            datetime.fromisoformat(told["at"])
            .replace(tzinfo=None)
            .isoformat(sep=" ", timespec="microseconds")
        )
        values = (told["act"], told["subject"], told["actor"], at, text)
        return [index + 1, UUID(told["id"]).hex, index, *values]

    def _load_parts(self) -> None:
        parts = self._reachable()
        while self._load_group(parts):
            self._tell("parts", self.reached.part, 0)

    def _load_group(self, parts: Iterator[Part]) -> bool:
        """Load the parts that only together lead from one moment to another; False when no whole one is left."""
        try:
            with self._step():
                for part in parts:
                    head = part.said.head
                    self._compare_seal(head.part, part.digest, part.key)
                    self._apply(part.said.lines)
                    if part.said.whole:
                        reached = self.reached
                        reached.part, reached.digest, reached.size = head.part, part.digest, head.size
                        reached.counts.update(part.said.counts)
                        return True
                raise _NoneLeft
        except _NoneLeft:
            self.reached = self._read()  # what the beginning of a group told is forgotten with its rows
            return False

    def _reachable(self) -> Iterator[Part]:
        """Yield the parts as far as the log has reached them."""
        for part in self._rows.parts(self.reached.part, self.reached.digest):
            head = part.said.head
            if head.size > self._size:
                return
            self._refuse_foreign(head.size, head.last, head.part)
            yield part

    def _compare_seal(self, part: int, digest: str, key: str) -> None:
        """``Corrupt("rows.seal.differs")`` for another part than the one that the log names."""
        sealed = self.reached.seals.get(str(part))
        if sealed is not None and sealed != digest:
            raise Corrupt("rows.seal.differs", part=part, path=key)
        self.reached.sealed += sealed is not None

    def _compare_counts(self) -> None:
        told = self.reached.counts
        found = self._storing.counts()
        wrong = [[name, told.get(name, 0), found.get(name, 0)] for name in sorted({*told, *found})]
        self.reached.differences = [one for one in wrong if one[1] != one[2]]

    def _refuse_foreign(self, size: int, last: str, part: int) -> None:
        if size and self._ledger.leaf_hash(size - 1).hex() != last:
            raise Corrupt("rows.part.foreign", part=part, index=size - 1)

    def _apply(self, lines: Iterable[Table | Row | Gone]) -> None:
        table: Table | None = None
        waiting: list[list[Any]] = []
        for line in lines:
            if isinstance(line, Row):
                waiting.append(line.values)
                continue
            self._put(table, waiting)
            waiting = []
            if isinstance(line, Table):
                table = line
            elif table is not None:
                self._storing.delete(table, line.keys)
                self._higher(table, line.keys)
        self._put(table, waiting)

    def _put(self, table: Table | None, rows: Sequence[list[Any]]) -> None:
        if not rows:
            return
        if table is None:
            raise Corrupt("rows.table.unknown", table="")
        self._storing.insert(table, rows)
        self.reached.rows += len(rows)
        place = table.columns.index(table.key)
        self._higher(table, [row[place] for row in rows])

    def _higher(self, table: Table, keys: Sequence[int]) -> None:
        known = self.reached.highest
        known[table.name] = max(known.get(table.name, 0), *keys)

    def _step(self) -> _Step:
        return _Step(self)

    def _read(self) -> Reached:
        with self._connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {PROGRESS} (told TEXT NOT NULL)")
            cursor.execute(f"SELECT told FROM {PROGRESS}")  # noqa: S608
            found = cursor.fetchone()
        return Reached(**json.loads(found[0])) if found else Reached()

    def write(self) -> None:
        """Write down how far it is, in the transaction that is open."""
        told = json.dumps({name: getattr(self.reached, name) for name in Reached.__slots__})
        with self._connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {PROGRESS}")  # noqa: S608
            cursor.execute(f"INSERT INTO {PROGRESS} (told) VALUES (%s)", [told])  # noqa: S608


class _NoneLeft(Exception):
    """No part is left that leads to a whole moment."""


class _Step:
    """One transaction, at whose end stands how far it is."""

    def __init__(self, loading: Loading) -> None:
        self._loading = loading
        self._atomic = transaction.atomic()

    def __enter__(self) -> None:
        self._atomic.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None:
            self._loading.write()
        self._atomic.__exit__(kind, error, trace)


_ENTRY = Table(
    "ledger_entry",
    "id",
    ("id", "uuid", "index", "act", "subject", "actor", "at", "text"),
    ("int", "uuid", "int", "text", "text", "text", "moment", "text"),
)


def refuse_newer(whole: Whole, known: Iterable[tuple[str, str]]) -> None:
    """``Conflict("rows.whole.newer")`` when the tables were changed by a release that this one does not know."""
    unknown = sorted(set(whole.migrations) - set(known))
    if unknown:
        raise Conflict("rows.whole.newer", migration=".".join(unknown[0]))


__all__ = ["Loading", "Reached", "Said", "refuse_newer"]

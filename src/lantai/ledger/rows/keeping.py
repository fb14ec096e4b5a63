"""Writing what changed into the vault, before the entries that tell of it are published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from lantai.base.actors import SYSTEM
from lantai.base.locks import held
from lantai.kernel.rowlog import Head, PartWriter, Shelf, Table, Tail, Whole, WholeTable, WholeWriter
from lantai.kernel.tlog import leaf_hash
from lantai.ledger.models import RowState
from lantai.ledger.numbering import Waiting, number, waiting
from lantai.ledger.rows import reading
from lantai.ledger.rows.sealing import seal
from lantai.ledger.rows.tables import shelf, tables
from lantai.ledger.rows.triggers import make_triggers

NOTES = 2_000
"""Notes dealt with at once."""

PART_BYTES = 2 << 20
"""Bytes of lines from which on a part ends although more is to come."""

LEAST = 16 << 20
"""Bytes of parts below which a whole copy is not written anew."""

SEAL_EVERY = timedelta(days=1)
SETTLED = timedelta(hours=1)
"""Time after which every target that can be reached has the newest whole copy."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one call wrote: the end of the chain, the head of its last part, the bytes of its parts.

    ``counts`` are how many rows each table has now.
    """

    tail: Tail
    head: Head
    bytes: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Standing:
    """What one moment holds that is not written yet."""

    waiting: Waiting
    notes: int
    seen: tuple[int, ...]
    migrations: tuple[tuple[str, str], ...]

    @property
    def schema(self) -> str:
        return sha256(repr(self.migrations).encode()).hexdigest()[:16]


def keep() -> bool:
    """Write the rows that changed since the last call, give the entries that changed them their indexes.

    The caller holds the lock of the sequencer. The part is durable before the entries have an index, so a published
    entry always has its rows. Killed anywhere, the next call writes the same rows again: they are told as they stand.
    Where there is no whole copy of the present tables, one is written too. Returns whether an entry was made that names
    the newest part (``ledger.rows.seal``).
    """
    state = RowState.present()
    with reading.snapshot(connection):
        now = _standing(connection)
        due = state.whole == 0 or state.schema != now.schema
        if not (now.waiting.ids or now.notes or due):
            return False
        kept = _write_parts(connection, shelf(), state, now)
        whole = None
        if due or kept.head.part <= state.whole:
            whole = _write_whole(connection, shelf(), kept, now)
    if whole is not None:
        kept = replace(kept, counts={table.name: table.rows for table in whole.tables})
    return _settle(state, now, kept, whole)


def begin_rows() -> None:
    """Make the triggers that are missing, and let the next call of :func:`keep` write all rows anew, in files of their own."""
    make_triggers(connection)
    with transaction.atomic():
        state = RowState.present()
        state.hold(Tail(state.part, state.digest, state.part + 1, 0))
        state.schema = ""
        state.save()


def renew(go_on: Callable[[], bool] = lambda: True) -> bool:
    """Write a whole copy anew when the parts since the last one outweigh it; return whether that was done.

    Writers and the sequencer go on meanwhile: the copy is of the one moment at which its last part was written.
    """
    state = RowState.present()
    if not state.whole or state.since_bytes <= max(LEAST, state.whole_bytes):
        return False
    with held("rows-whole") as got, ExitStack() as stack:
        if not got:
            return False
        asked = connections.create_connection(DEFAULT_DB_ALIAS)
        stack.callback(asked.close)
        with held("sequencer", wait=True):
            state = RowState.present()
            stack.enter_context(reading.snapshot(asked))
            now = _standing(asked)
            kept = _write_parts(asked, shelf(), state, now)
            _settle(state, now, kept, None)
        whole = _write_whole(asked, shelf(), kept, now, go_on)
    if whole is None:
        return False
    with transaction.atomic():
        since = shelf().bytes_after(whole.head.part)
        RowState.objects.update(whole=whole.head.part, whole_bytes=whole.bytes, since_bytes=since)
    return True


def trim(after: timedelta = SETTLED) -> None:
    """Remove what the newest whole copy makes superfluous, some time after a published entry named it.

    Till then a target that is still under an earlier checkpoint has what belongs to that.
    """
    state = RowState.present()
    if not state.whole or state.sealed_whole != state.whole or state.trimmed == state.whole:
        return
    if state.sealed_at is None or abs(datetime.now(UTC) - state.sealed_at) >= after:
        shelf().trim(state.whole)
        RowState.objects.update(trimmed=state.whole)


def _standing(asked: BaseDatabaseWrapper) -> _Standing:
    with asked.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM ledger_rownote")
        (notes,) = cursor.fetchone()
        seen: tuple[int, ...] = ()
        if asked.vendor != "sqlite":
            cursor.execute("SELECT id FROM ledger_rownote")
            seen = tuple(int(one) for (one,) in cursor.fetchall())
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        migrations = tuple((str(app), str(name)) for app, name in cursor.fetchall())
    return _Standing(waiting(asked), notes or 0, seen, migrations)


class _Parts:
    """One part after another on a shelf: when one has grown large, it is written and the next begun."""

    def __init__(self, rows: Shelf, tail: Tail, head: Head) -> None:
        self.tail, self.head, self.bytes = tail, head, 0
        self._rows = rows
        self.writer = PartWriter(head)

    def pause(self) -> None:
        """Begin another part where this one is large enough; the table has to be said again then."""
        if self.writer.plain >= PART_BYTES:
            self._write(whole=False)
            self.head = replace(self.head, part=self.tail.part + 1, before=self.tail.digest)
            self.writer = PartWriter(self.head)

    def close(self, counts: Mapping[str, int]) -> None:
        """Write the last part."""
        self._write(whole=True, counts=counts)

    def _write(self, *, whole: bool, counts: Mapping[str, int] | None = None) -> None:
        member = self.writer.close(whole=whole, counts=counts)
        self.tail = self._rows.append(self.tail, member)
        self.bytes += len(member)


def _write_parts(asked: BaseDatabaseWrapper, rows: Shelf, state: RowState, now: _Standing) -> Kept:
    """Write what the notes of this moment tell as one part, or as several of which only the last is whole."""
    tail = rows.confirmed(state.tail())
    last = leaf_hash(now.waiting.last.encode()).hex() if now.waiting.size else ""
    at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    head = Head(tail.part + 1, tail.digest, now.waiting.size, last, at, now.schema)
    parts = _Parts(rows, tail, head)
    for given in _portions(asked, now.notes):
        for table in _noted(asked, given):
            parts.pause()
            _write_changed(asked, parts.writer, table, given)
    changed = _counted(asked, state.counts, now.notes)
    parts.close(changed)
    return Kept(parts.tail, parts.head, parts.bytes, {**state.counts, **changed})


def _counted(asked: BaseDatabaseWrapper, before: Mapping[str, int], newest: int) -> dict[str, int]:
    """Return how many rows the tables have now of which there are notes, by what the notes say of their growth."""
    with asked.cursor() as cursor:
        statement = 'SELECT "table", SUM("change") FROM ledger_rownote WHERE "id" <= %s GROUP BY "table" ORDER BY "table"'
        cursor.execute(statement, [newest])
        return {str(name): before.get(name, 0) + int(grown) for name, grown in cursor.fetchall()}


def _portions(asked: BaseDatabaseWrapper, newest: int) -> Iterator[list[int]]:
    """Yield spans of notes: behind the first number, up to the second."""
    with asked.cursor() as cursor:
        cursor.execute("SELECT MIN(id) FROM ledger_rownote")
        low = (cursor.fetchone()[0] or 1) - 1
    while low < newest:
        yield [low, min(low + NOTES, newest)]
        low += NOTES


def _noted(asked: BaseDatabaseWrapper, given: list[int]) -> list[Table]:
    """Return the tables of which the notes of a span tell."""
    with asked.cursor() as cursor:
        cursor.execute('SELECT DISTINCT "table" FROM ledger_rownote WHERE "id" > %s AND "id" <= %s', given)
        names = {name for (name,) in cursor.fetchall()}
    return [table for table in tables() if table.name in names]


def _write_changed(asked: BaseDatabaseWrapper, writer: PartWriter, table: Table, given: list[int]) -> None:
    """Write the rows of ``table`` that a span of notes tells of, and the keys of those that are gone."""
    values: list[int | str] = [*given, table.name]
    noted = 'FROM ledger_rownote WHERE "id" > %s AND "id" <= %s AND "table" = %s'
    key = f'"{table.name}"."{table.key}"'
    writer.table(table)
    for some in reading.rows(asked, table, f'WHERE {key} IN (SELECT "key" {noted})', values):
        writer.rows(some)
    with asked.cursor() as cursor:
        there = f'SELECT 1 FROM "{table.name}" WHERE {key} = ledger_rownote."key"'  # noqa: S608
        cursor.execute(f'SELECT DISTINCT "key" {noted} AND NOT EXISTS ({there}) ORDER BY "key"', values)
        writer.gone([int(one) for (one,) in cursor.fetchall()])


def _write_whole(
    asked: BaseDatabaseWrapper,
    rows: Shelf,
    kept: Kept,
    now: _Standing,
    go_on: Callable[[], bool] = lambda: True,
) -> Whole | None:
    """Write every row of this moment; None when ``go_on`` said no."""
    writer = WholeWriter(rows.store, Whole(kept.head, kept.tail.digest, now.migrations))
    told = []
    for table in tables():
        total = 0
        writer.table(table)
        for some in reading.rows(asked, table):
            writer.rows(some)
            total += len(some)
            if not go_on():
                return None
        told.append(WholeTable(*table, rows=total, highest=reading.highest(asked, table)))
    return writer.close(told)


def _settle(state: RowState, now: _Standing, kept: Kept, whole: Whole | None) -> bool:
    """Number the entries whose rows are written, forget their notes, remember the end of the chain; seal it if due."""
    with transaction.atomic():
        number(now.waiting)
        _forget(now)
        state.hold(kept.tail)
        state.since_bytes += kept.bytes
        if whole is not None:
            state.whole, state.whole_bytes, state.since_bytes = whole.head.part, whole.bytes, 0
            state.schema = now.schema
        state.counts = {name: count for name, count in kept.counts.items() if count}
        sealing = _seal_due(state)
        if sealing:
            seal(SYSTEM, kept.tail, kept.head.size, state.whole, state.counts)
            state.sealed_at, state.sealed_whole = datetime.now(UTC), state.whole
        state.save()
    return sealing


def _forget(now: _Standing) -> None:
    """Remove the notes of that moment.

    With SQLite one writes at a time, and what came later has a higher id. Elsewhere who began earlier may commit later:
    only those are removed that were seen.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM ledger_rownote WHERE id <= %s", [now.notes])
        else:
            cursor.executemany("DELETE FROM ledger_rownote WHERE id = %s", [(one,) for one in now.seen])


def _seal_due(state: RowState) -> bool:
    if state.sealed_at is None or state.sealed_whole != state.whole:
        return True
    return abs(datetime.now(UTC) - state.sealed_at) >= SEAL_EVERY

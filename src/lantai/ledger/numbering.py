"""Entries that wait for their index, and giving it to them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries without an index, by id in the order in which they will get theirs, from ``first`` on.

    ``size`` is how many entries there are with them, ``last`` the text of the last of these.
    """

    ids: tuple[int, ...]
    first: int
    last: str

    @property
    def size(self) -> int:
        return self.first + len(self.ids)


def waiting(asked: BaseDatabaseWrapper) -> Waiting:
    """Return what waits, as ``asked`` sees it now."""
    with asked.cursor() as cursor:
        cursor.execute('SELECT id FROM ledger_entry WHERE "index" IS NULL ORDER BY id')
        ids = tuple(int(id) for (id,) in cursor.fetchall())
        cursor.execute('SELECT MAX("index") FROM ledger_entry')
        (newest,) = cursor.fetchone()
        first = 0 if newest is None else int(newest) + 1
        wanted, value = ("id", ids[-1]) if ids else ("index", first - 1)
        cursor.execute(f'SELECT text FROM ledger_entry WHERE "{wanted}" = %s', [value])  # noqa: S608
        found = cursor.fetchone()
    return Waiting(ids, first, str(found[0]) if found else "")


def number(told: Waiting) -> None:
    """Give the entries their indexes. The caller has begun a transaction, and holds the lock of the sequencer."""
    if told.ids:
        with connection.cursor() as cursor:
            cursor.executemany(
                'UPDATE ledger_entry SET "index" = %s WHERE id = %s AND "index" IS NULL',
                [(told.first + place, id) for place, id in enumerate(told.ids)],
            )

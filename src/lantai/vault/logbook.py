"""What is known of a target between two looks: what lies there beside the objects, and how far its workers are.

One small SQLite file per target below ``LANTAI_HOME/copies/``. It is a memory, not a truth: where it is lost, what lies
at the target is read and compared again. It stands beside the database because every row there is an act's, and
noting that the log has been copied would be a new row for the log.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from lantai.base.home import home

_SCHEMA = """
CREATE TABLE IF NOT EXISTS lies (
  key TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, sha512 TEXT NOT NULL, sealed TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS far (work TEXT PRIMARY KEY, told TEXT NOT NULL) WITHOUT ROWID;
"""
_SOME = 500


class Lies(NamedTuple):
    """A file beside the objects as it lies at the target: size and time it had here, its digest, that of its sealed form."""

    size: int
    mtime: int
    sha512: str
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Far:
    """How far a worker is. Times are seconds since 1970, 0 = never.

    ``seen``: its last sign of life; ``good``: when everything lay there; ``tries`` failed in a row, the next at ``next``;
    ``problem`` as :meth:`LantaiError.document`. ``size``: entries under the checkpoint that lies there; ``marks``:
    folder → time of its last look, in nanoseconds.
    """

    seen: float = 0.0
    good: float = 0.0
    tries: int = 0
    next: float = 0.0
    problem: dict[str, Any] | None = None
    size: int = 0
    marks: Mapping[str, int] | None = None

    @property
    def good_at(self) -> datetime | None:
        """When everything lay there."""
        return datetime.fromtimestamp(self.good, UTC) if self.good else None

    @property
    def next_at(self) -> datetime | None:
        """When it is tried again."""
        return datetime.fromtimestamp(self.next, UTC) if self.next else None


class Logbook:
    """The logbook of one target; every method is one transaction of its own. For one thread at a time."""

    def __init__(self, target: UUID) -> None:
        self._path = home().root / "copies" / f"{target}.sqlite3"

    def far(self, work: str) -> Far:
        """Return how far the worker ``work`` (``objects`` or ``log``) is."""
        with self._open() as book:
            row = book.execute("SELECT told FROM far WHERE work = ?", (work,)).fetchone()
        return Far(**json.loads(row[0])) if row else Far()

    def note(self, work: str, **told: Any) -> Far:
        """Change what is known of a worker and return it."""
        now = replace(self.far(work), **told)
        with self._open() as book:
            said = json.dumps(asdict(now), ensure_ascii=False)
            book.execute("INSERT OR REPLACE INTO far VALUES (?, ?)", (work, said))
        return now

    def lies(self, keys: Iterable[str]) -> dict[str, Lies]:
        """Return what is known of ``keys``; what is not known is left out."""
        wanted, found = list(keys), {}
        with self._open() as book:
            for start in range(0, len(wanted), _SOME):
                some = wanted[start : start + _SOME]
                marks = ",".join("?" * len(some))
                asked = f"SELECT key, size, mtime, sha512, sealed FROM lies WHERE key IN ({marks})"  # noqa: S608
                found.update({row[0]: Lies(*row[1:]) for row in book.execute(asked, some)})
        return found

    def keep(self, files: Mapping[str, Lies]) -> None:
        """Note that ``files`` lie there."""
        with self._open() as book:
            rows = [(key, *one) for key, one in files.items()]
            book.executemany("INSERT OR REPLACE INTO lies VALUES (?, ?, ?, ?, ?)", rows)

    def forget(self, keys: Iterable[str]) -> None:
        """Note that ``keys`` lie there no more, or may not."""
        with self._open() as book:
            book.executemany("DELETE FROM lies WHERE key = ?", [(key,) for key in keys])

    def below(self, folder: str) -> list[str]:
        """Return the keys below a folder that are known to lie there, sorted."""
        with self._open() as book:
            rows = book.execute(
                "SELECT key FROM lies WHERE key >= ? AND key < ?", (f"{folder}/", f"{folder}0")
            )
            return sorted(row[0] for row in rows)

    def remove(self) -> None:
        """Forget everything: the target is used no more, or was exchanged for another."""
        for name in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + name).unlink(missing_ok=True)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        book = sqlite3.connect(self._path, timeout=30)
        try:
            book.executescript(_SCHEMA)
            with book:
                yield book
        finally:
            book.close()

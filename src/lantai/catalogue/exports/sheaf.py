"""Records on their way out, laid on disk once: then it is known which elements they use and what lies in what."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from lantai.base.actors import Actor
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView

_CHUNK = 1_000
_TABLE = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-8000;
CREATE TABLE line (n INTEGER PRIMARY KEY, ref TEXT, parent TEXT, type TEXT, fonds TEXT, told TEXT);
"""

Tell = Callable[[int], None]
"""Told how many records went by since the last time; what it raises ends the work."""


def untold(count: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record as it leaves: only the values that the actor may see, empty ones left out."""

    ref: str
    level: str
    parent: str
    urn: str
    type: str
    fonds: str
    values: dict[str, str]


def shown(actor: Actor) -> Callable[[RecordView], dict[str, str]]:
    """Return what gives the values of a record that ``actor`` may see.

    Who sees a record only because it is open gets the public elements that are not personal; of elements
    that no record type knows, nothing.
    """
    offices: dict[int, bool] = {}
    public: dict[str, frozenset[str]] = {}

    def values(record: RecordView) -> dict[str, str]:
        if record.unit not in offices:
            offices[record.unit] = holdings.sees_by_office(actor, record.unit)
        told = {key: value for key, value in record.values.items() if value}
        if offices[record.unit]:
            return told
        if record.type not in public:
            kind = holdings.types().get(record.type)
            elements = kind.elements if kind else ()
            public[record.type] = frozenset(e.key for e in elements if e.public and not e.personal)
        return {key: value for key, value in told.items() if key in public[record.type]}

    return values


class Sheaf:
    """Lines in a database file of their own, which is taken away at the end. Use it with ``with``.

    ``tell`` hears of every thousand lines laid down, and again of every thousand read.
    """

    def __init__(self, path: Path, tell: Tell = untold) -> None:
        self._path = path
        self._tell = tell
        self._gone = 0
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_TABLE)
        self._nested = False
        self.count = 0
        self.keys: dict[str, dict[str, None]] = {}
        self.levels: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        self._path.unlink(missing_ok=True)

    def lay(self, actor: Actor, records: Iterable[RecordView]) -> None:
        """Lay down ``records`` as ``actor`` may see them."""
        values = shown(actor)
        chunk: list[tuple[str, str, str, str, str]] = []
        for record in records:
            told = values(record)
            self.keys.setdefault(record.type, {}).update(dict.fromkeys(told))
            self.levels.add(record.level)
            document = json.dumps([record.level, record.urn, told])
            chunk.append((record.ref, record.parent, record.type, record.fonds, document))
            if len(chunk) == _CHUNK:
                self._put(chunk)
                chunk = []
        self._put(chunk)

    def _put(self, chunk: Sequence[tuple[str, str, str, str, str]]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO line (ref, parent, type, fonds, told) VALUES (?, ?, ?, ?, ?)", chunk
        )
        self._database.execute("COMMIT")
        self.count += len(chunk)
        self._tell(len(chunk))

    def lines(self, kind: str = "") -> Iterator[Line]:
        """Yield the lines in order, all or those of one type."""
        query = "SELECT ref, parent, type, fonds, told FROM line WHERE ? IN ('', type) ORDER BY n"
        yield from self._read(query, (kind,))

    def fonds(self) -> list[str]:
        """Return the fonds that occur, in order."""
        return [
            number for (number,) in self._database.execute("SELECT DISTINCT fonds FROM line ORDER BY fonds")
        ]

    def tops(self, fonds: str) -> Iterator[Line]:
        """Yield the lines of a fonds that lie in no other line."""
        self._nest()
        yield from self._read(
            "SELECT ref, parent, type, fonds, told FROM line WHERE fonds = ? AND (parent = '' OR NOT EXISTS "
            "(SELECT 1 FROM line AS above WHERE above.ref = line.parent)) ORDER BY n",
            (fonds,),
        )

    def inside(self, ref: str) -> Iterator[Line]:
        """Yield the lines that lie in the line ``ref``."""
        self._nest()
        query = "SELECT ref, parent, type, fonds, told FROM line WHERE parent = ? ORDER BY n"
        yield from self._read(query, (ref,))

    def _nest(self) -> None:
        if not self._nested:
            self._database.execute("CREATE INDEX by_parent ON line (parent, n)")
            self._database.execute("CREATE INDEX by_ref ON line (ref)")
            self._nested = True

    def _read(self, query: str, given: Sequence[str]) -> Iterator[Line]:
        with closing(self._database.execute(query, given)) as rows:
            for ref, parent, kind, fonds, document in rows:
                self._gone += 1
                if self._gone % _CHUNK == 0:
                    self._tell(_CHUNK)
                level, urn, values = json.loads(document)
                yield Line(ref, level, parent, urn, kind, fonds, values)

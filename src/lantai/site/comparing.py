"""What was brought back, compared with what the vault, the log and the desk's store hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from lantai.base.home import home
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.ocfl import Repository
from lantai.kernel.storage import LocalStore
from lantai.kernel.tlog import Log
from lantai.ledger.services import Reached

NAMED = 20
"""Things that differ that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that was compared: what it is called, what should be there, what is."""

    what: str
    what_en: str
    expected: int
    found: int
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.findings and self.expected == self.found


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild or a restore brought back.

    ``size``, ``root`` and ``origin`` are of the last checkpoint that the copy holds; ``part`` and ``digest`` of the last
    rows; ``waiting`` what was on its way when the copy was made, by table and state: its files did not come back.
    """

    at: datetime
    seconds: float
    origin: str
    size: int
    root: str
    part: int
    digest: str
    rows: int
    tables: dict[str, int]
    compared: tuple[Compared, ...]
    waiting: tuple[tuple[str, str, int], ...] = ()

    @property
    def ok(self) -> bool:
        return all(one.ok for one in self.compared)

    def told(self) -> dict[str, Any]:
        """Return everything as plain data, for :meth:`of`."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def of(cls, told: dict[str, Any]) -> Report:
        """Return the report that :meth:`told` told."""
        compared = tuple(
            Compared(**{**one, "findings": tuple(map(_finding, one["findings"]))}) for one in told["compared"]
        )
        waiting = tuple((str(table), str(state), int(count)) for table, state, count in told["waiting"])
        at = datetime.fromisoformat(told["at"])
        return cls(**{**told, "at": at, "compared": compared, "waiting": waiting})

    def document(self, language: str) -> dict[str, Any]:
        """Return the report as the data of a document."""
        compared = [
            {
                "what": one.what_en if language == "en" else one.what,
                "expected": one.expected,
                "found": one.found,
                "ok": one.ok,
                "findings": [finding.as_json(language) for finding in one.findings],
            }
            for one in self.compared
        ]
        return {
            "verdict": "pass" if self.ok else "fail",
            "at": self.at.isoformat(),
            "seconds": round(self.seconds, 3),
            "checkpoint": {"origin": self.origin, "size": self.size, "root": self.root},
            "rows": {"part": self.part, "digest": self.digest, "count": self.rows},
            "tables": self.tables,
            "compared": compared,
            "waiting": [list(one) for one in self.waiting],
        }


def _finding(told: dict[str, Any]) -> Finding:
    return Finding(**{**told, "severity": Severity(told["severity"])})


def compare(ledger: Log, reached: Reached) -> Iterator[Compared]:
    """Compare the database that this thread works on with everything that it was made from or that it speaks of."""
    published = ledger.checkpoint()
    size = published.size if published else 0
    yield Compared("账目", "entries of the ledger", size, _number("SELECT COUNT(*) FROM ledger_entry"))
    behind = (
        (Finding("restore.rows.behind", "", str(size), str(reached.size)),) if reached.size < size else ()
    )
    yield Compared("行库所及的账目", "entries whose rows came back", size, reached.size, behind)
    wrong = tuple(
        Finding("restore.table.differs", name, str(told), str(found))
        for name, told, found in reached.differences
    )
    told = len(reached.counts)
    yield Compared("各表行数", "tables with the rows they had", told, told - len(wrong), wrong)
    yield Compared(
        "账本所封的行库段",
        "parts that the ledger sealed",
        _seals(reached),
        min(_seals(reached), reached.sealed),
    )
    broken = tuple(_pointing_nowhere())
    yield Compared("表间引用", "rows that point nowhere", 0, len(broken), broken[:NAMED])
    codes = ("restore.object.missing", "restore.object.unknown")
    yield _sets("保管对象", "preserved objects", codes, _known_objects(), _objects())
    yield _sets("待交文件", "files at the desks", ("restore.desk.missing", ""), _known_files(), _files())


def counts() -> dict[str, int]:
    """Return how many rows each table has, those that have some."""
    names = [name for name in connection.introspection.table_names() if not name.startswith("sqlite_")]
    found = {name: _number(f'SELECT COUNT(*) FROM "{name}"') for name in sorted(names)}  # noqa: S608
    return {name: count for name, count in found.items() if count}


_ON_THE_WAY = (
    ("ingest_transfer", ("submitted", "received", "checking", "accepted", "registered")),
    ("catalogue_import", ("received", "unmapped", "planned", "running", "undoing")),
    ("desk_delivery", ("arrived",)),
)
"""Tables with the states in which files are in folders that no copy holds."""


def on_the_way() -> Iterator[tuple[str, str, int]]:
    """Yield table, state and number of what had not come to its end: its files were in folders that no copy holds."""
    for table, states in _ON_THE_WAY:
        places = ", ".join(["%s"] * len(states))
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT state, COUNT(*) FROM "{table}" WHERE state IN ({places}) GROUP BY state ORDER BY state',  # noqa: S608
                list(states),
            )
            yield from ((table, str(state), int(count)) for state, count in cursor.fetchall())


def _seals(reached: Reached) -> int:
    """Return how many sealed parts should have been met: those before the whole copy are not there any more."""
    return sum(int(part) >= reached.whole for part in reached.seals if int(part) <= reached.part)


def _pointing_nowhere() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        return  # the constraints of the server were looked at when it committed
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_key_check")
        for table, row, parent, _ in cursor.fetchall():
            yield Finding("restore.row.dangling", f"{table} {row}", str(parent))


def _sets(
    what: str, what_en: str, codes: tuple[str, str], known: Iterable[str], there: Iterable[str]
) -> Compared:
    """Compare names that rows know with those that are there; with no second code more may be there."""
    wanted, found = set(known), set(there)
    missing, unknown = sorted(wanted - found), sorted(found - wanted) if codes[1] else []
    findings = [Finding(codes[0], one) for one in missing[:NAMED]]
    findings += [Finding(codes[1], one) for one in unknown[:NAMED]]
    return Compared(what, what_en, len(wanted), len(wanted) - len(missing) + len(unknown), tuple(findings))


def _objects() -> Iterator[str]:
    if (home().vault / "ocfl").exists():
        yield from Repository(LocalStore(home().vault / "ocfl")).objects()


def _files() -> Iterator[str]:
    yield from (key.rpartition("/")[2] for key in LocalStore(home().desk).list())


def _known_objects() -> Iterator[str]:
    return _texts("SELECT DISTINCT object_id FROM vault_deposit")


def _known_files() -> Iterator[str]:
    return _texts("SELECT DISTINCT sha512 FROM desk_component")


def _texts(statement: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        yield from (str(value) for (value,) in cursor.fetchall())


def _number(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])

"""SQLite files: one table, read in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.sources import spool, sqlite_process
from lantai.kernel.sources.headings import unique
from lantai.kernel.sources.model import Row, Source, SourceLimits

SQLITE = b"SQLite format 3\0"
_LOGGED = b"\2\2"
"""What the header says of a database with a write-ahead log (file format, 1.3.3)."""


def read_sqlite(path: Path, table: str, limits: SourceLimits, scratch: Path | None = None) -> Source:
    """Return the rows of ``table``, or of the table with the most rows; NULL is "".

    Texts that are no UTF-8 are read as GB 18030, which old programs put there, and that is a finding; so is a
    write-ahead log. Raises Invalid: ``sources.table.none``, ``.missing``, ``.too_wide``,
    ``sources.sqlite.blob``, ``sources.text.undecodable``, ``sources.file.broken``, ``.too_large``, ``spreadsheets.file.too_demanding``.
    """
    size = path.stat().st_size
    if size > limits.database:
        raise Invalid("sources.file.too_large", name=path.name, size=size, limit=limits.database)
    request = {"table": table, "cell": limits.cell}
    spooled = spool.run(sqlite_process.__file__, path, request, limits, scratch)

    def stream() -> Iterator[Row]:
        for number, cells in spooled.numbered():
            if any(cells):
                yield Row(number, tuple(cells))

    report = spooled.report
    findings = [
        Finding("encodings.text.guessed", path.name, "", code, Severity.WARNING) for code in report["guessed"]
    ]
    with open(path, "rb") as file:
        if file.read(20)[18:] == _LOGGED:
            findings.append(Finding("sources.sqlite.wal", path.name, severity=Severity.WARNING))
    return Source(
        path,
        "sqlite",
        unique(report["headings"]),
        stream,
        findings=tuple(findings),
        sheets=tuple(report["tables"]),
        sheet=report["table"],
    )

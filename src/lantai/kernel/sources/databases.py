"""SQLite files: one table, read in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lantai.kernel.errors import Invalid
from lantai.kernel.sources import spool, sqlite_process
from lantai.kernel.sources.headings import unique
from lantai.kernel.sources.model import Row, Source, SourceLimits

SQLITE = b"SQLite format 3\0"


def read_sqlite(path: Path, table: str, limits: SourceLimits, scratch: Path | None = None) -> Source:
    """Return the rows of ``table``, or of the table with the most rows; NULL is "".

    Raises Invalid: ``sources.table.none``, ``.missing``, ``.too_wide``, ``sources.sqlite.blob``,
    ``sources.file.broken``, ``.too_large``, ``spreadsheets.file.too_demanding``.
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
    return Source(
        path,
        "sqlite",
        unique(report["headings"]),
        stream,
        sheets=tuple(report["tables"]),
        sheet=report["table"],
    )

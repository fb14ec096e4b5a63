"""A catalogue in Excel or CSV as one table in memory, for lists that travel with packages.

Large catalogues are streamed: :mod:`lantai.kernel.sources`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding
from lantai.kernel.sources.delimited import open_delimited
from lantai.kernel.sources.model import SourceLimits
from lantai.kernel.sources.shaping import END
from lantai.kernel.sources.workbooks import OLE, ZIP, findings_of, spool_workbook


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """How large a table in memory may be; ``bytes`` is the file, ``unpacked`` what its zip says it holds."""

    rows: int = 200_000
    columns: int = 512
    bytes: int = 128 << 20
    unpacked: int = 1 << 30
    memory: int = 1 << 30
    seconds: int = 120

    def source(self) -> SourceLimits:
        """Return the limits as the streaming readers take them."""
        return SourceLimits(
            text=self.bytes,
            workbook=self.bytes,
            unpacked=self.unpacked,
            rows=self.rows,
            columns=self.columns,
            memory=self.memory,
            seconds=self.seconds,
        )


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, all of equal width; the sheet's name ("" for CSV) and the encoding ("" for workbooks)."""

    rows: tuple[tuple[str, ...], ...]
    sheet: str = ""
    encoding: str = ""
    findings: tuple[Finding, ...] = ()


def read_table(path: Path, sheet: str = "", limits: SheetLimits = SheetLimits()) -> Table:
    """Return the rows of a CSV, TSV, XLSX or XLS file; of a workbook the named or the first visible sheet.

    Raises Invalid: ``spreadsheets.file.too_large``, ``.encrypted``, ``.broken``, ``.too_demanding`` (the
    reading process died or ran out of time), ``spreadsheets.sheet.missing``, ``.too_large``, and for text what
    :mod:`lantai.kernel.sources.delimited` raises (``sources.file.kind``: neither a workbook nor text).
    """
    size = path.stat().st_size
    if size > limits.bytes:
        raise Invalid("spreadsheets.file.too_large", name=path.name, size=size, limit=limits.bytes)
    with open(path, "rb") as stream:
        start = stream.read(8)
    if start.startswith(ZIP) or start == OLE:
        spooled = spool_workbook(path, sheet, limits.source())
        rows = _rectangle((cells for _, cells in spooled.numbered()), path, limits)
        return Table(rows, spooled.report["sheet"], "", findings_of(spooled, path))
    opened = open_delimited(path, limits.source())
    rows = _rectangle((cells for _, cells in opened.lines() if cells != [END]), path, limits)
    return Table(rows, "", opened.encoding, opened.findings)


def _rectangle(rows: Iterable[list[str]], path: Path, limits: SheetLimits) -> tuple[tuple[str, ...], ...]:
    """Return the rows filled to one width, without the empty ones at the end."""
    kept: list[list[str]] = []
    for row in rows:
        kept.append(row)
        if len(kept) > limits.rows or len(row) > limits.columns:
            raise Invalid(
                "spreadsheets.sheet.too_large", name=path.name, rows=limits.rows, columns=limits.columns
            )
    while kept and not any(kept[-1]):
        kept.pop()
    width = max((len(row) for row in kept), default=0)
    return tuple((*row, *[""] * (width - len(row))) for row in kept)

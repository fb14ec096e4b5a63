"""Workbooks (xlsx, xls, xlsb, ods): opened in a process of their own, read back as rows of text."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lantai.kernel import spreadsheet_process
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.sources import spool
from lantai.kernel.sources.headings import LOOK, Known, find_headings
from lantai.kernel.sources.model import Row, Source, SourceLimits
from lantai.kernel.sources.shaping import shaped

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(path: Path) -> str:
    """Return xlsx, xlsb or ods by what lies in the zip, xls for the old container; "" for another zip.

    Raises Invalid("spreadsheets.file.broken") for a damaged zip.
    """
    with open(path, "rb") as file:
        if file.read(8) == OLE:
            return "xls"
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Invalid("spreadsheets.file.broken", name=path.name, reason=str(error)) from error
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "content.xml" in names:
        return "ods"
    return "xlsx" if any(name.startswith("xl/") for name in names) else ""


def spool_workbook(path: Path, sheet: str, limits: SourceLimits, scratch: Path | None = None) -> spool.Spool:
    """Return all rows of the named or the first visible sheet.

    Raises Invalid: ``spreadsheets.file.too_large``, ``.encrypted``, ``.broken``, ``.too_demanding``,
    ``spreadsheets.sheet.missing``, ``.too_large``.
    """
    size = path.stat().st_size
    if size > limits.workbook:
        raise Invalid("spreadsheets.file.too_large", name=path.name, size=size, limit=limits.workbook)
    with open(path, "rb") as file:
        if file.read(4) == ZIP:
            _guard(path, limits)
    return spool.run(
        spreadsheet_process.__file__, path, {"sheet": sheet, "rows": limits.rows}, limits, scratch
    )


def _guard(path: Path, limits: SourceLimits) -> None:
    """Refuse what its own directory says is a bomb; the reading process is limited against liars."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Invalid("spreadsheets.file.broken", name=path.name, reason=str(error)) from error
    if unpacked > limits.unpacked:
        raise Invalid("spreadsheets.file.too_large", name=path.name, size=unpacked, limit=limits.unpacked)


def findings_of(spooled: spool.Spool, path: Path) -> tuple[Finding, ...]:
    """Return the doubts about long numbers that Excel stored as numbers."""
    return tuple(
        Finding("spreadsheets.number.imprecise", path.name, "", cell, Severity.WARNING)
        for cell in spooled.report["imprecise"]
    )


def read_workbook(
    path: Path, sheet: str, limits: SourceLimits, known: Known | None = None, scratch: Path | None = None
) -> Source:
    """Return one sheet as a source; what is wrong with the file shows here, not in ``rows()``."""
    spooled = spool_workbook(path, sheet, limits, scratch)
    first = [cells for _, cells in itertools.islice(spooled.numbered(), LOOK * 3)]
    heading = find_headings(first, known)
    head = heading.place + 1

    def stream() -> Iterator[Row]:
        return shaped(spooled.numbered(), heading.columns, head)

    report = spooled.report
    return Source(
        path,
        kind_of(path) or "xlsx",
        heading.names,
        stream,
        findings=findings_of(spooled, path),
        sheets=tuple(report["sheets"]),
        sheet=report["sheet"],
        head=head,
    )

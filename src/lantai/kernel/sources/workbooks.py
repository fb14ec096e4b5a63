"""Workbooks (xlsx, xls, xlsb, ods): opened in a process of their own, read back as rows of text."""

from __future__ import annotations

import itertools
import os
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

_FEW = 10
_DIRECTORY = 4 << 20
"""Bytes of a zip's directory, about 50,000 entries; what opens it makes ten times as much of it."""
_END, _END64 = b"PK\x05\x06", b"PK\x06\x06"
_BEHIND = (1 << 16) + (1 << 10)

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(path: Path) -> str:
    """Return xlsx, xlsb or ods by what lies in the zip, xls for the old container; "" for another zip.

    Raises Invalid("spreadsheets.file.broken") for a damaged zip.
    """
    with open(path, "rb") as file:
        if file.read(8) == OLE:
            return "xls"
    _guard_directory(path)
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
    _guard_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Invalid("spreadsheets.file.broken", name=path.name, reason=str(error)) from error
    if unpacked > limits.unpacked:
        raise Invalid("spreadsheets.file.too_large", name=path.name, size=unpacked, limit=limits.unpacked)


def _guard_directory(path: Path) -> None:
    """Refuse a zip whose directory is so large that only looking into it would take the memory."""
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _BEHIND))
        end = file.read()
    sizes = []
    place = end.rfind(_END)
    if 0 <= place <= len(end) - 22:
        sizes.append(int.from_bytes(end[place + 12 : place + 16], "little"))
    wide = end.rfind(_END64, 0, max(place, 0))
    if 0 <= wide <= len(end) - 56:
        sizes.append(int.from_bytes(end[wide + 40 : wide + 48], "little"))
    told = [size for size in sizes if size != 0xFFFFFFFF]
    if max(told, default=0) > _DIRECTORY:
        raise Invalid("spreadsheets.file.too_large", name=path.name, size=max(told), limit=_DIRECTORY)


def findings_of(spooled: spool.Spool, path: Path) -> tuple[Finding, ...]:
    """Return what is doubtful: long numbers that Excel stored as numbers, merged cells, sheets not read."""
    report, name = spooled.report, path.name
    found = [
        Finding("spreadsheets.number.imprecise", name, "", cell, Severity.WARNING)
        for cell in report["imprecise"]
    ]
    for code, told in (("spreadsheets.cells.merged", "merged"), ("spreadsheets.sheets.left_out", "left_out")):
        if report[told]:
            shown = "、".join(report[told][:_FEW]) + ("…" if len(report[told]) > _FEW else "")
            found.append(Finding(code, name, report["sheet"], shown, Severity.WARNING))
    return tuple(found)


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

"""Catalogues in Excel or CSV, read as rows of text.

A workbook is read by native code in a process of its own with limits on memory and time: a hostile one can
end that process and nothing else. Numbers and dates become the text an archivist would have typed.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel import spreadsheet_process
from lantai.kernel.encodings import decode
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_DELIMITERS = ",\t;|"


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """How large a catalogue may be; ``bytes`` is the file, ``unpacked`` what its zip says it holds."""

    rows: int = 200_000
    columns: int = 512
    bytes: int = 128 << 20
    unpacked: int = 512 << 20
    memory: int = 1 << 30
    seconds: int = 120


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, all of equal width; the sheet's name ("" for CSV) and the encoding ("" for workbooks)."""

    rows: tuple[tuple[str, ...], ...]
    sheet: str = ""
    encoding: str = ""
    findings: tuple[Finding, ...] = ()


def read_table(path: Path, sheet: str = "", limits: SheetLimits = SheetLimits()) -> Table:
    """Return the rows of a CSV, TSV, XLSX or XLS file; of a workbook the named or the first visible sheet.

    Raises Invalid: ``spreadsheets.file.too_large``, ``.encrypted``, ``.broken``, ``.kind`` (neither a
    workbook nor text), ``.too_demanding`` (the reading process died or ran out of time),
    ``spreadsheets.sheet.missing``, ``.too_large``.
    """
    size = path.stat().st_size
    if size > limits.bytes:
        raise Invalid("spreadsheets.file.too_large", name=path.name, size=size, limit=limits.bytes)
    with open(path, "rb") as stream:
        start = stream.read(8)
    if start.startswith(_ZIP):
        _guard(path, limits)
        return _workbook(path, sheet, limits)
    if start == _OLE:
        return _workbook(path, sheet, limits)
    return _delimited(path, limits)


def _guard(path: Path, limits: SheetLimits) -> None:
    """Refuse what its own directory says is a bomb; the reading process is limited against liars."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Invalid("spreadsheets.file.broken", name=path.name, reason=str(error)) from error
    if unpacked > limits.unpacked:
        raise Invalid("spreadsheets.file.too_large", name=path.name, size=unpacked, limit=limits.unpacked)


def _workbook(path: Path, sheet: str, limits: SheetLimits) -> Table:
    asked = {
        "path": str(path),
        "sheet": sheet,
        "rows": limits.rows,
        "columns": limits.columns,
        "memory": limits.memory,
        "seconds": limits.seconds,
    }
    command = [sys.executable, "-P", spreadsheet_process.__file__]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=limits.seconds * 2,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Invalid("spreadsheets.file.too_demanding", name=path.name) from error
    if done.returncode:
        raise Invalid("spreadsheets.file.too_demanding", name=path.name)
    head, *rows = [json.loads(line) for line in done.stdout.splitlines()]
    if head["problem"]:
        raise Invalid(head["problem"], name=path.name, **head["facts"])
    findings = tuple(
        Finding("spreadsheets.number.imprecise", path.name, "", cell, Severity.WARNING)
        for cell in head["imprecise"]
    )
    return Table(_rectangle(rows), head["sheet"], "", findings)


def _delimited(path: Path, limits: SheetLimits) -> Table:
    decoded = decode(path.read_bytes(), path.name)
    text = decoded.text
    if "\0" in text:
        raise Invalid("spreadsheets.file.kind", name=path.name)
    rows: list[list[str]] = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
        for row in reader:
            rows.append(row)
            if len(rows) > limits.rows or len(row) > limits.columns:
                raise Invalid(
                    "spreadsheets.sheet.too_large", name=path.name, rows=limits.rows, columns=limits.columns
                )
    except csv.Error as error:
        raise Invalid("spreadsheets.file.broken", name=path.name, reason=str(error)) from error
    return Table(_rectangle(rows), "", decoded.encoding, decoded.findings)


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts the first rows most evenly, comma when none does."""
    sample = "".join(text[: 1 << 16].splitlines(keepends=True)[:20])
    best, width = ",", 1
    for candidate in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=candidate)]
        except csv.Error:
            continue
        filled = [count for count in widths if count]
        if filled and min(filled[:5]) > width:
            best, width = candidate, min(filled[:5])
    return best


def _rectangle(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    """Return the rows filled to one width, without the empty ones at the end."""
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((len(row) for row in rows), default=0)
    return tuple((*row, *[""] * (width - len(row))) for row in rows)

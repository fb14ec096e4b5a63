"""Files of tables, as databases are exported: does every one of them open, and has every row its cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from lantai.kernel import xml
from lantai.kernel.digests import FileDigests
from lantai.kernel.encodings import decode
from lantai.kernel.errors import LantaiError
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.packages.telling import finding_of
from lantai.kernel.tablesets import SCHEMA, check_set

TABLES = (".csv", ".tsv")
LARGE = 256 << 20
"""Bytes of one file from which only its beginning is looked at."""


def table_findings(root: Path, digests: Mapping[str, FileDigests], *, needed: bool) -> list[Finding]:
    """Return what is wrong with the tables (CSV, TSV, XML) among the files below ``root``.

    ``needed``: it is an error when there is no table at all. Rows that have not the cells of their head are told once
    a file. A table set (``schema.xml``) is held against what it says of itself. Anything else than tables is left alone.
    """
    paths = sorted(path for path in digests if path.lower().endswith((*TABLES, ".xml", ".xsd")))
    if SCHEMA in digests:
        return check_set(root)
    findings = [finding for path in paths for finding in _of(root / path, path)]
    if needed and not any(path.lower().endswith((*TABLES, ".xml")) for path in paths):
        findings.append(Finding("registration.tables.none"))
    return findings


def _of(file: Path, path: str) -> Iterator[Finding]:
    with open(file, "rb") as stream:
        data = stream.read(LARGE)
    if path.lower().endswith((".xml", ".xsd")):
        if len(data) < LARGE:
            yield from _markup(data, path)
        return
    decoded = decode(data, path)
    yield from decoded.findings
    delimiter = "\t" if path.lower().endswith(".tsv") else ","
    rows = csv.reader(io.StringIO(decoded.text, newline=""), delimiter=delimiter)
    try:
        head = next(rows, [])
        odd = [number for number, row in enumerate(rows, 2) if row and len(row) != len(head)]
    except csv.Error:
        yield Finding("registration.table.unreadable", path)
        return
    if not any(cell.strip() for cell in head):
        yield Finding("registration.table.without_head", path)
    if odd and len(data) < LARGE:
        yield Finding(
            "registration.table.rows",
            path,
            expected=str(len(head)),
            found=str(odd[0]),
            severity=Severity.ERROR,
            facts={"count": len(odd)},
        )


def _markup(data: bytes, path: str) -> Iterator[Finding]:
    try:
        yield from xml.parse(data, path).findings
    except LantaiError as wrong:
        yield finding_of(wrong, path)

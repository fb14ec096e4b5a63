"""A table set is read back, from the folder into which it was unpacked: checked, row by row, as CSV files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.digests import digest_file
from lantai.kernel.errors import Invalid, LantaiError
from lantai.kernel.findings import Finding
from lantai.kernel.tablesets.schema import COLUMNS, SCHEMA, VERSION, Table, TableSet

_FILE = re.compile(r"tables/t[0-9]{1,6}\.xml")
_LARGE = 64 << 20
_UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f]')


def read_schema(root: Path) -> TableSet:
    """Return what the set below ``root`` says of itself; ``Invalid("tablesets.schema.…")`` when it is none."""
    path = root / SCHEMA
    if not path.is_file() or path.stat().st_size > _LARGE:
        raise Invalid("tablesets.schema.missing")
    parsed = xml.parse(path.read_bytes(), SCHEMA).root
    if parsed.get("schema") != VERSION:
        raise Invalid("tablesets.schema.unknown", found=str(parsed.get("schema"))[:60])
    return TableSet(parsed.get("name", ""), tuple(_table(one) for one in parsed if xml.name(one) == "table"))


def _table(one: etree._Element) -> Table:
    file, rows = one.get("file", ""), one.get("rows", "")
    columns = tuple(column.get("name", "") for column in one if xml.name(column) == "column")
    known = _FILE.fullmatch(file) and rows.isascii() and rows.isdecimal() and len(rows) < 16
    if not known or not 0 < len(columns) <= COLUMNS:
        raise Invalid("tablesets.schema.table", table=one.get("name", "")[:80])
    return Table(one.get("name", ""), file, columns, int(rows), one.get("sm3", ""))


def rows(root: Path, table: Table) -> Iterator[list[str]]:
    """Yield the rows of a table, each with a cell for every column; ``Invalid("tablesets.table.broken")``."""
    names = {f"c{place}": place - 1 for place in range(1, len(table.columns) + 1)}
    events = etree.iterparse(
        str(root / table.file),
        events=("end",),
        tag="row",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for _event, row in events:
            cells = [""] * len(table.columns)
            for cell in row:
                cells[names[str(cell.tag)]] = cell.text or ""
            yield cells
            row.clear()
            while row.getprevious() is not None:
                del row.getparent()[0]
    except (etree.XMLSyntaxError, KeyError, OSError) as broken:
        raise Invalid("tablesets.table.broken", table=table.name) from broken


def check_set(root: Path) -> list[Finding]:
    """Return what is not as ``schema.xml`` says: digests, numbers of rows, cells without a column."""
    try:
        told = read_schema(root)
    except LantaiError as wrong:
        return [Finding(wrong.code, SCHEMA, facts=dict(wrong.facts))]
    return [finding for table in told.tables for finding in _checked(root, table)]


def _checked(root: Path, table: Table) -> Iterator[Finding]:
    path = root / table.file
    if not path.is_file():
        yield Finding("tablesets.table.missing", table.file, facts={"table": table.name})
        return
    if (found := digest_file(path, ("sm3",)).sm3) != table.sm3:
        yield Finding("tablesets.table.digest", table.file, table.sm3, found, facts={"table": table.name})
    try:
        count = sum(1 for _row in rows(root, table))
    except Invalid as broken:
        yield Finding(broken.code, table.file, facts=dict(broken.facts))
        return
    if count != table.rows:
        facts = {"table": table.name}
        yield Finding("tablesets.table.rows", table.file, str(table.rows), str(count), facts=facts)


def write_csv(root: Path, folder: Path) -> list[Path]:
    """Write every table of the set below ``root`` as a CSV file (UTF-8 with its mark) into ``folder``; return them."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for number, table in enumerate(read_schema(root).tables, 1):
        path = folder / f"{_UNSAFE.sub('_', table.name)[:80] or f't{number}'}.csv"
        with open(path, "x", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(table.columns)
            writer.writerows(rows(root, table))
        made.append(path)
    return made

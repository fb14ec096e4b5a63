"""CSV files become a table set. The same files give the same bytes; memory stays flat."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from lxml import etree

from lantai.kernel import digests, encodings
from lantai.kernel.errors import Invalid
from lantai.kernel.tablesets.schema import COLUMNS, SCHEMA, VERSION, Table, TableSet

_HEAD = 1 << 20
_CELL = 16 << 20
_WHEN = (1980, 1, 1, 0, 0, 0)


def write_set(tables: Mapping[str, Path], out: Path, name: str) -> TableSet:
    """Write the CSV files ``tables`` (by name of the table) as the set ``out`` (a new zip); return what it says.

    The first row of each names its columns. ``Invalid``: ``tablesets.table.*`` when a file is no text, has no head, or
    a row with other cells than its head; ``tablesets.cell.unwritable`` for a sign that no XML can hold.
    """
    with open(out, "xb") as file:
        try:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                made = [
                    _table(archive, f"tables/t{number}.xml", title, path)
                    for number, (title, path) in enumerate(tables.items(), 1)
                ]
                told = TableSet(name, tuple(made))
                archive.writestr(_entry(SCHEMA), _schema(told))
        except BaseException:
            out.unlink(missing_ok=True)
            raise
    return told


def _entry(path: str) -> zipfile.ZipInfo:
    told = zipfile.ZipInfo(path, _WHEN)
    told.compress_type = zipfile.ZIP_DEFLATED
    return told


class _Counted(io.RawIOBase):
    """Hands bytes on and hashes them."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self.hasher = out, digests.new("sm3")

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.hasher.update(data)
        return self._out.write(data)


def _table(archive: zipfile.ZipFile, file: str, title: str, path: Path) -> Table:
    count = 0
    with _rows(path) as lines, archive.open(_entry(file), "w", force_zip64=True) as member:
        columns = next(lines, [])
        if not any(cell.strip() for cell in columns) or len(columns) > COLUMNS:
            raise Invalid("tablesets.table.head", table=title)
        out = _Counted(member)
        with etree.xmlfile(out, encoding="utf-8") as xml:
            xml.write_declaration()
            with xml.element("table"):
                for count, row in enumerate(lines, 1):
                    xml.write(_row(row, columns, title, count))
    return Table(title, file, tuple(columns), count, out.hasher.hexdigest())


@contextmanager
def _rows(path: Path) -> Iterator[Iterator[list[str]]]:
    """Yield the rows of a CSV file; what is no text, or no CSV, is ``Invalid``."""
    with open(path, "rb") as stream:
        head = stream.read(_HEAD)
    encoding, _sure = encodings.detect(head[: head.rfind(b"\n") + 1] or head)  # no sign cut in two
    with open(path, encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as text:
        yield _read(text, path.name)


def _read(text: TextIO, name: str) -> Iterator[list[str]]:
    limit = csv.field_size_limit(_CELL)  # the process's: others read catalogues by their own
    try:
        yield from (row for row in csv.reader(text) if row)
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise Invalid("tablesets.table.unreadable", table=name) from wrong
    finally:
        csv.field_size_limit(limit)


def _row(row: Sequence[str], columns: Sequence[str], title: str, number: int) -> etree._Element:
    if len(row) != len(columns):
        raise Invalid("tablesets.table.row", table=title, row=number, count=len(row), columns=len(columns))
    made = etree.Element("row")
    for place, cell in enumerate(row, 1):
        if cell:
            try:
                etree.SubElement(made, f"c{place}").text = cell
            except ValueError as unwritable:
                raise Invalid(
                    "tablesets.cell.unwritable", table=title, row=number, column=columns[place - 1]
                ) from unwritable
    return made


def _schema(told: TableSet) -> bytes:
    root = etree.Element("tableset", schema=VERSION, name=told.name)
    for table in told.tables:
        made = etree.SubElement(
            root, "table", name=table.name, file=table.file, rows=str(table.rows), sm3=table.sm3
        )
        for column in table.columns:
            etree.SubElement(made, "column", name=column)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)

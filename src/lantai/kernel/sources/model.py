"""What every source of a catalogue looks like: headings and a stream of rows of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lantai.kernel.findings import Finding

LEVEL, PARENT = "level", "parent"
TYPE = "=type"
"""Heading of the codes of record types where a source says them itself; no element has such a key."""
"""Headings of hierarchical kinds beside the element keys: series|file|item|fonds|agent, and the parent's ref."""

HIERARCHICAL = frozenset({"dat93", "ead2002", "ead3", "marcxml", "eac", "oai", "archivesspace"})
"""Kinds whose headings are element keys and need no mapping by hand."""


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """How much a catalogue may be; sizes in bytes.

    ``rows`` and ``unpacked`` bind workbooks only (delimited text is bound by ``text`` alone), ``cell`` one
    cell or line, ``memory`` and ``seconds`` the process that opens workbooks and databases, ``spool`` what it
    may write, ``object`` one element or object of XML and JSON.
    """

    text: int = 8 << 30
    workbook: int = 256 << 20
    unpacked: int = 4 << 30
    database: int = 8 << 30
    rows: int = 1_048_576
    columns: int = 512
    cell: int = 1 << 20
    object: int = 16 << 20
    memory: int = 1 << 30
    seconds: int = 600
    spool: int = 8 << 30


class Row(NamedTuple):
    """One row: ``number`` as a person counts it in the file, ``cells`` aligned with the headings.

    ``number`` is the row of a sheet or of delimited text (a cell with line ends counts as one row), the record
    number of DBF, SQLite and JSON, the line of the start tag in XML. ``extra`` are filled cells that stand
    under no heading: a row that has them is out of step. A tuple, because millions are made.
    """

    number: int
    cells: tuple[str, ...]
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """An opened catalogue; nothing of it is in memory.

    ``kind``      xlsx xls xlsb ods csv dbf sqlite xml json dat93 ead2002 ead3 marcxml eac oai archivesspace
    ``headings``  unique and not empty; element keys, "level" and "parent" when ``kind`` is hierarchical
    ``encoding``  Python's name of it, "" where the container knows
    ``findings``  what is doubtful about the whole
    ``sheets``    visible sheets, tables of a database
    ``sheet``     the one that was chosen
    ``head``      number of the heading row, 0 where there is none
    """

    path: Path
    kind: str
    headings: tuple[str, ...]
    stream: Callable[[], Iterator[Row]]
    encoding: str = ""
    findings: tuple[Finding, ...] = ()
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    head: int = 0

    @property
    def hierarchical(self) -> bool:
        """Return whether the headings are element keys already."""
        return self.kind in HIERARCHICAL

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything, in the order of the file; may be called again.

        Raises Invalid in the middle of the file for what shows only there (``sources.text.undecodable``,
        ``sources.cell.too_long``, ``sources.text.unfinished``, ``xml.document.broken`` …): a caller that keeps
        what it was given so far has read half a catalogue.
        """
        return self.stream()

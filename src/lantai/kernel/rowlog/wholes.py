"""All rows at one moment: files that are written as parts are, and an index that is written last and makes them count.

``whole/000000120/00001.jsonl.gz``, …   each one member whose head is that of part 120
``whole/000000120/index.json``          the tables with how many rows they have, the files with their digests
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

from lantai.kernel.errors import Corrupt, NotFound
from lantai.kernel.rowlog.parts import Head, PartWriter, Place, Said, Table, members, said, table_of
from lantai.kernel.storage import Store, read

WHOLE = "lantai.rows.whole/1"
FILE_BYTES = 2 << 20
"""Bytes of lines from which on the next file begins."""

_KEY = re.compile(r"whole/(\d{9})/(\d{5}\.jsonl\.gz|index\.json)")


@dataclass(frozen=True, slots=True)
class WholeTable:
    """A table at that moment: how many rows, and the highest key ever given out (0 when none was)."""

    name: str
    key: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: int
    highest: int


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A file of a whole copy."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Whole:
    """The index of a whole copy: what the database was after ``head.part``, whose digest is ``digest``.

    ``migrations`` are the changes of the tables that had been made, as (room, name).
    """

    head: Head
    digest: str
    migrations: tuple[tuple[str, str], ...]
    tables: tuple[WholeTable, ...] = ()
    files: tuple[WholeFile, ...] = ()

    @property
    def bytes(self) -> int:
        """Bytes of all files."""
        return sum(file.bytes for file in self.files)


class WholeWriter:
    """Writes a whole copy; what an earlier, killed writer left of the same number is removed first."""

    def __init__(self, store: Store, begun: Whole) -> None:
        self._store = store
        self._begun = begun
        self._folder = _folder(begun.head.part)
        self._files: list[WholeFile] = []
        self._open: PartWriter | None = None
        self._table: Table | None = None
        store.delete_tree(self._folder)

    def table(self, table: Table) -> None:
        """Let the rows that follow be of ``table``."""
        self._table = table
        if self._open is not None:
            self._open.table(table)

    def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows, as :meth:`PartWriter.rows`."""
        if self._open is None:
            self._open = PartWriter(self._begun.head)
            if self._table is not None:
                self._open.table(self._table)
        self._open.rows(rows)
        if self._open.plain >= FILE_BYTES:
            self._finish()

    def close(self, tables: Sequence[WholeTable]) -> Whole:
        """Write the last file and the index; return what it says."""
        self._finish()
        made = replace(self._begun, tables=tuple(tables), files=tuple(self._files))
        document = json.dumps({"schema": WHOLE, **asdict(made)}, ensure_ascii=False, indent=1)
        self._store.put(f"{self._folder}/index.json", document.encode() + b"\n")
        return made

    def _finish(self) -> None:
        if self._open is None:
            return
        data, self._open = self._open.close(whole=True), None
        name = f"{len(self._files) + 1:05}.jsonl.gz"
        self._store.put(f"{self._folder}/{name}", data)
        self._files.append(WholeFile(name, len(data), sha256(data).hexdigest()))


class WholeShelf:
    """The whole copies in the folder ``rows`` of a vault."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def wholes(self, *, unfinished: bool = False) -> list[int]:
        """Return the numbers of the parts after which whole copies stand, ascending; with ``unfinished`` all begun."""
        found = set()
        for key in self.store.list("whole"):
            told = _KEY.fullmatch(key)
            if told is None:
                raise Corrupt("rowlog.file.unknown", path=key)
            if unfinished or told[2] == "index.json":
                found.add(int(told[1]))
        return sorted(found)

    def whole(self, part: int) -> Whole:
        """Return the index of a whole copy; ``Corrupt``: ``rowlog.whole.missing``, ``rowlog.whole.form``."""
        key = f"{_folder(part)}/index.json"
        try:
            told = json.loads(read(self.store, key))
            if told["schema"] != WHOLE:
                raise ValueError("another schema")
            return Whole(
                Head(**told["head"]),
                str(told["digest"]),
                tuple((str(room), str(name)) for room, name in told["migrations"]),
                tuple(_table(one) for one in told["tables"]),
                tuple(
                    WholeFile(str(one["name"]), int(one["bytes"]), str(one["sha256"]))
                    for one in told["files"]
                ),
            )
        except NotFound as gone:
            raise Corrupt("rowlog.whole.missing", part=part) from gone
        except (ValueError, KeyError, TypeError, AttributeError) as broken:
            raise Corrupt("rowlog.whole.form", path=key) from broken

    def whole_file(self, whole: Whole, file: WholeFile) -> Said:
        """Return what one of its files says.

        ``Corrupt``: ``rowlog.whole.file_missing``, ``rowlog.whole.differs`` (not the bytes the index names),
        ``rowlog.part.form``, ``rowlog.part.order`` (a file of another copy).
        """
        key = f"{_folder(whole.head.part)}/{file.name}"
        try:
            data = read(self.store, key)
        except NotFound as gone:
            raise Corrupt("rowlog.whole.file_missing", path=key) from gone
        if sha256(data).hexdigest() != file.sha256:
            raise Corrupt("rowlog.whole.differs", path=key)
        [(_, plain)] = members(data, key)
        told = said(plain, Place(key, whole.head.part))
        if told.head != whole.head:
            raise Corrupt("rowlog.part.order", path=key, expected=whole.head.part, found=told.head.part)
        return told

    def files_of(self, whole: Whole, done: int = 0) -> Iterator[Said]:
        """Yield what its files say, but for the first ``done`` of them."""
        for file in whole.files[done:]:
            yield self.whole_file(whole, file)

    def remove(self, part: int) -> None:
        """Remove a whole copy, its index first: what is left of it never counts."""
        self.store.delete(f"{_folder(part)}/index.json")
        self.store.delete_tree(_folder(part))


def _folder(part: int) -> str:
    return f"whole/{part:09}"


def _table(told: dict[str, Any]) -> WholeTable:
    table = table_of(told)
    return WholeTable(
        table.name, table.key, table.columns, table.kinds, int(told["rows"]), int(told["highest"])
    )

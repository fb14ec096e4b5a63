"""One part: a gzip member of JSON lines. A head, tables, rows that are there, keys of rows that are gone, an end.

A part's digest is the SHA-256 of the member's bytes; the next part's head names it. How parts are laid into
files does not change it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from lantai.kernel.errors import Corrupt

SCHEMA = "lantai.rows/1"
START = "0" * 64
"""What the first part of all names as the one before it."""

MEMBER_HEAD = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255))
"""Every member begins so: no name, no time, no system, so that the same lines give the same bytes."""

LEVEL = 3
MOST_PLAIN = 64 << 20
"""Bytes of a member's lines that a reader takes; a writer ends a part long before."""

KINDS = ("int", "real", "text", "bool", "moment", "day", "uuid", "json", "bytes")


@dataclass(frozen=True, slots=True)
class Head:
    """What a part begins with.

    ``size`` entries of the log are covered when it is applied; ``last`` is the leaf hash of the last of them in
    hexadecimal ("" when there is none), which ties the part to that log. ``schema`` names the state of the tables.
    """

    part: int
    before: str
    size: int
    last: str
    at: str
    schema: str


class Table(NamedTuple):
    """The rows after it are of this table: its name, the column that is the key, its columns and their kinds."""

    name: str
    key: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]


class Row(NamedTuple):
    """A row as it is now."""

    values: list[Any]


class Gone(NamedTuple):
    """Keys of rows that are not there any more."""

    keys: list[int]


class Place(NamedTuple):
    """Where in a shelf something was read, for messages."""

    key: str
    part: int


@dataclass(frozen=True, slots=True)
class Said:
    """The lines of a part between head and end; ``whole``: after it the database is as it was at one moment.

    ``counts`` are how many rows the tables have then of which it tells.
    """

    head: Head
    lines: list[Table | Row | Gone]
    whole: bool
    counts: dict[str, int]


class PartWriter:
    """Takes lines and gives the member's bytes."""

    def __init__(self, head: Head) -> None:
        self._pack = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._crc = 0
        self._out = [MEMBER_HEAD]
        self._rows = self._gone = 0
        self.plain = 0
        self.number = head.part
        self._line(
            {
                "schema": SCHEMA,
                "part": head.part,
                "before": head.before,
                "size": head.size,
                "last": head.last,
                "at": head.at,
                "tables": head.schema,
            }
        )

    def table(self, table: Table) -> None:
        """Let the rows that follow be of ``table``."""
        self._line(
            {
                "table": table.name,
                "key": table.key,
                "columns": list(table.columns),
                "kinds": list(table.kinds),
            }
        )

    def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows, their values in the order of the table's columns, already in the forms of their kinds."""
        self._write(b"\n".join([*map(orjson.dumps, rows), b""]))
        self._rows += len(rows)

    def gone(self, keys: Sequence[int]) -> None:
        """Write keys of rows of the present table that are not there any more."""
        if keys:
            self._line({"gone": list(keys)})
            self._gone += len(keys)

    def close(self, *, whole: bool, counts: Mapping[str, int] | None = None) -> bytes:
        """Write the end and return the member."""
        told = {"end": self.number, "rows": self._rows, "gone": self._gone, "whole": whole}
        self._line({**told, "counts": dict(counts or {})})
        self._out.append(self._pack.flush())
        trailer = self._crc.to_bytes(4, "little") + (self.plain & 0xFFFFFFFF).to_bytes(4, "little")
        return b"".join([*self._out, trailer])

    def _line(self, told: dict[str, Any]) -> None:
        self._write(orjson.dumps(told) + b"\n")

    def _write(self, data: bytes) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self.plain += len(data)
        self._out.append(self._pack.compress(data))


def digest(member: bytes) -> str:
    """Return what the next part calls this one."""
    return sha256(member).hexdigest()


def members(data: bytes, key: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield each member in ``data`` with its lines; ``Corrupt("rowlog.part.form")``."""
    while data:
        plain, rest = _unpacked(data, key)
        yield data[: len(data) - len(rest)], plain
        data = rest


def _unpacked(data: bytes, key: str) -> tuple[bytes, bytes]:
    """Return the lines of the first member and what follows it."""
    if not data.startswith(MEMBER_HEAD):
        raise Corrupt("rowlog.part.form", path=key)
    opened = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = opened.decompress(data[len(MEMBER_HEAD) :], MOST_PLAIN)
    except zlib.error as broken:
        raise Corrupt("rowlog.part.form", path=key) from broken
    rest = opened.unused_data
    told = zlib.crc32(plain).to_bytes(4, "little") + (len(plain) & 0xFFFFFFFF).to_bytes(4, "little")
    if not opened.eof or rest[:8] != told:
        raise Corrupt("rowlog.part.form", path=key)
    return plain, rest[8:]


def said(plain: bytes, place: Place) -> Said:
    """Return what a member's lines say; ``Corrupt("rowlog.part.form")`` when they are not of this format."""
    try:
        first, *rest = plain.split(b"\n")[:-1]
        head = _head(_value(first))
        end = _value(rest[-1])
        lines = [_line(line) for line in rest[:-1]]
        rows = sum(type(line) is Row for line in lines)
        gone = sum(len(line.keys) for line in lines if isinstance(line, Gone))
        if (end["end"], end["rows"], end["gone"]) != (head.part, rows, gone):
            raise ValueError("the end counts other lines")
        return Said(head, lines, bool(end["whole"]), {str(k): int(v) for k, v in end["counts"].items()})
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as broken:
        raise Corrupt("rowlog.part.form", path=place.key) from broken


def _head(told: Any) -> Head:
    if told["schema"] != SCHEMA:
        raise ValueError("another schema")
    return Head(
        int(told["part"]),
        str(told["before"]),
        int(told["size"]),
        str(told["last"]),
        str(told["at"]),
        str(told["tables"]),
    )


def _line(line: bytes) -> Table | Row | Gone:
    told = _value(line)
    if type(told) is list:
        return Row(told)
    if "gone" in told:
        return Gone([int(key) for key in told["gone"]])
    return table_of(told)


def table_of(told: Any) -> Table:
    """Return the table that a line or an index names; ``ValueError``, ``KeyError`` or ``TypeError``."""
    made = Table(
        str(told.get("table") or told["name"]), told["key"], tuple(told["columns"]), tuple(told["kinds"])
    )
    if (
        len(made.columns) != len(made.kinds)
        or made.key not in made.columns
        or not set(made.kinds) <= set(KINDS)
    ):
        raise ValueError("columns and kinds do not go together")
    return made


def _value(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:  # a whole number beyond 64 bits, in somebody's values
        return json.loads(line)

"""Compound files (OLE2, MS-CFB): the streams of Word, Excel and PowerPoint 97-2003, read within limits."""

from __future__ import annotations

import struct
import sys
from array import array
from pathlib import Path

from lantai.kernel.errors import Corrupt

SIZE_LIMIT = 128 << 20
HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA
"""Sector numbers from here on are marks: end of chain, free, part of a table."""
_ENTRY = 128
_MINI = 64
_MINI_BELOW = 4096
_STREAM, _ROOT = 2, 5


class Compound:
    """The streams of one file by name; names inside inner storages do not hide those of the root.

    Whatever is wrong is ``Corrupt("formats.text.unreadable")``: chains that go round, sectors outside the file.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        if path.stat().st_size > SIZE_LIMIT:
            raise self.refused(f"> {SIZE_LIMIT} bytes")
        self._data = path.read_bytes()
        if len(self._data) < 512 or not self._data.startswith(HEAD):
            raise self.refused("no compound file")
        shift = self._number(30, "<H")
        if shift not in (9, 12):
            raise self.refused(f"sector size 2^{shift}")
        self._sector = 1 << shift
        self._table = self._sectors_table()
        self._small = array("I")
        self._small_data = b""
        self._entries = self._directory(self._number(48))

    def refused(self, reason: str) -> Corrupt:
        """Return the error that says why no text can be had."""
        return Corrupt("formats.text.unreadable", path=self._name, reason=reason[:300])

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all streams of the root."""
        return frozenset(self._entries)

    def stream(self, name: str) -> bytes:
        """Return the bytes of a stream."""
        if name not in self._entries:
            raise self.refused(f"no stream {name}")
        start, size = self._entries[name]
        if size >= _MINI_BELOW:
            return self._chain(start, size)
        pieces = []
        for place in self._walk(start, self._small, -(-size // _MINI)):
            pieces.append(self._small_data[place * _MINI : (place + 1) * _MINI])
        return b"".join(pieces)[:size]

    def _number(self, place: int, form: str = "<I") -> int:
        return int(struct.unpack_from(form, self._data, place)[0])

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        if start >= len(self._data):
            raise self.refused(f"sector {sector} lies outside the file")
        return self._data[start : start + self._sector]

    def _walk(self, start: int, table: array[int], most: int) -> list[int]:
        """Return the sectors of a chain, at most ``most``; a chain that is longer is cut there."""
        told: list[int] = []
        while start < _LAST and len(told) < most:
            if start >= len(table):
                raise self.refused(f"sector {start} is in no table")
            told.append(start)
            start = table[start]
        return told

    def _chain(self, start: int, size: int) -> bytes:
        most = min(-(-size // self._sector), len(self._data) // self._sector + 1)
        return b"".join(self._at(sector) for sector in self._walk(start, self._table, most))[:size]

    def _sectors_table(self) -> array[int]:
        """Return which sector follows each: the first 109 parts are named in the header, others in a chain."""
        parts = list(struct.unpack_from("<109I", self._data, 76))
        most = len(self._data) // self._sector + 1
        beyond, seen = self._number(68), 0
        while beyond < _LAST and seen < most:
            told = self._numbers(self._at(beyond))
            parts += told[:-1]
            beyond, seen = told[-1], seen + 1
        used = [part for part in parts if part < _LAST][: most * 4 // self._sector + 110]
        return self._numbers(b"".join(self._at(part) for part in used))

    def _numbers(self, data: bytes) -> array[int]:
        """Return the 32-bit numbers in ``data``; four bytes each, as large files have many."""
        told = array("I", data[: len(data) // 4 * 4])
        if sys.byteorder == "big":
            told.byteswap()
        return told

    def _directory(self, start: int) -> dict[str, tuple[int, int]]:
        """Return (first sector, size) of each stream that hangs below the root itself."""
        data = self._chain(start, len(self._data))
        entries = [data[place : place + _ENTRY] for place in range(0, len(data) - _ENTRY + 1, _ENTRY)]
        if not entries or entries[0][66] != _ROOT:
            raise self.refused("no root entry")
        first, size = self._extent(entries[0])
        self._small_data = self._chain(first, size)
        self._small = self._numbers(self._chain(self._number(60), len(self._data)))
        found: dict[str, tuple[int, int]] = {}
        waiting, seen = [self._tree(entries[0])[2]], set()
        while waiting:
            number = waiting.pop()
            if number >= len(entries) or number in seen:
                continue
            seen.add(number)
            entry = entries[number]
            waiting += self._tree(entry)[:2]
            if entry[66] == _STREAM:
                length = min(int.from_bytes(entry[64:66], "little"), 64)
                found[entry[: max(0, length - 2)].decode("utf-16-le", "replace")] = self._extent(entry)
        return found

    def _tree(self, entry: bytes) -> tuple[int, int, int]:
        """Return the numbers of the entries left and right of this one and of the first inside it."""
        left, right, inside = struct.unpack_from("<3I", entry, 68)
        return int(left), int(right), int(inside)

    def _extent(self, entry: bytes) -> tuple[int, int]:
        start, size = struct.unpack_from("<II", entry, 116)
        return int(start), int(size)

"""Workbooks of Excel 97–2003 (xls), written by hand: no library at hand writes them, and archives are full of them.

As little as [MS-XLS] and [MS-CFB] ask for: one stream in a compound file, texts in the shared table (of two bytes a
sign, or of one where they fit), numbers, dates by their format.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import date

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_LEAST = 4096
"""Shorter streams lie elsewhere in a compound file."""

_PIECE = 200
"""Bytes of a text in one record before it goes on in the next: real writers break at 8,224."""

Cell = str | int | float | date | None


def xls(sheet: str, rows: Sequence[Sequence[Cell]], *, piece: int = _PIECE) -> bytes:
    """Return a workbook of one sheet; texts longer than ``piece`` bytes go on in CONTINUE records."""
    texts = list(dict.fromkeys(cell for row in rows for cell in row if isinstance(cell, str)))
    cells = b"".join(
        _cell(at, place, cell, texts) for at, row in enumerate(rows) for place, cell in enumerate(row)
    )
    body = _bof(0x10) + cells + _record(0x0A)
    formats = _record(0xE0, struct.pack("<HHH14x", 0, 0, 0)) + _record(0xE0, struct.pack("<HHH14x", 0, 14, 0))
    name = struct.pack("<BB", len(sheet), 1) + sheet.encode("utf-16-le")
    before = _bof(0x05) + _record(0x42, struct.pack("<H", 1200)) + formats
    behind = _shared(texts, piece) + _record(0x0A)
    start = len(before) + 4 + 6 + len(name) + len(behind)
    bound = _record(0x85, struct.pack("<IBB", start, 0, 0) + name)
    return _compound((before + bound + behind + body).ljust(_LEAST, b"\0"))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _bof(what: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, what, 0x0DBB, 1996, 0, 6))


def _cell(row: int, place: int, cell: Cell, texts: Sequence[str]) -> bytes:
    if cell is None:
        return b""
    if isinstance(cell, str):
        return _record(0xFD, struct.pack("<HHHI", row, place, 0, texts.index(cell)))
    if isinstance(cell, date):
        return _record(0x203, struct.pack("<HHHd", row, place, 1, (cell - date(1899, 12, 30)).days))
    if isinstance(cell, int):
        return _record(0x27E, struct.pack("<HHHI", row, place, 0, (cell << 2 & 0xFFFFFFFF) | 2))
    return _record(0x203, struct.pack("<HHHd", row, place, 0, cell))


def _shared(texts: Sequence[str], piece: int) -> bytes:
    """Return the table of texts; every record after the first begins with the width of the signs that follow."""
    records = [bytearray(struct.pack("<II", len(texts), len(texts)))]
    for text in texts:
        wide = any(ord(sign) > 0xFF for sign in text)
        data = text.encode("utf-16-le" if wide else "latin-1")
        if len(records[-1]) > piece:
            records.append(bytearray())
        records[-1] += struct.pack("<HB", len(data) // (2 if wide else 1), wide)
        room = piece // 2 * 2
        records[-1] += data[:room]
        for at in range(room, len(data), room):
            records.append(bytearray([wide]) + data[at : at + room])
    first, *rest = records
    return _record(0xFC, bytes(first)) + b"".join(_record(0x3C, bytes(one)) for one in rest)


def _compound(stream: bytes) -> bytes:
    """Return a compound file whose root holds the one stream ``Workbook``."""
    count = -(-len(stream) // _SECTOR)
    assert count + 2 <= _SECTOR // 4, "one sector of allocation is enough for a test"
    chain = [_FAT, _END, *range(3, count + 2), _END]
    table = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    entries = _entry("Root Entry", 5, child=1, start=_END) + _entry("Workbook", 2, start=2, size=len(stream))
    entries += (struct.pack("<68x3I48x", _FREE, _FREE, _FREE)) * 2
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, _LEAST, _END, 0, _END, 0)
    head += struct.pack("<109I", 0, *[_FREE] * 108)
    return head + table + entries + stream.ljust(count * _SECTOR, b"\0")


def _entry(name: str, kind: int, *, child: int = _FREE, start: int, size: int = 0) -> bytes:
    told = (name + "\0").encode("utf-16-le")
    made = told.ljust(64, b"\0") + struct.pack("<HBBIII", len(told), kind, 1, _FREE, _FREE, child)
    return made + struct.pack("<16xI8x8xIQ", 0, start, size)

"""The text of Word 97-2003 and of WPS Writer: the main document's pieces (MS-DOC 2.4.1, 2.9.38)."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from lantai.kernel.formats.compound import Compound

_WORD = 0xA5EC
_FIRST_VERSION = 0x00C1
"""The nFib of Word 97; older files keep their text in another way."""
_CCP_TEXT = 0x004C
_CLX = 0x01A2
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_EIGHT_BIT = 1 << 30
_CODES = re.compile("\x13[^\x13\x14\x15]*\x14?|[\x14\x15]")
_FIELD = re.compile("\x13[^\x13\x14\x15]*(?:\x14([^\x13\x14\x15]*))?\x15")
_MOST_NESTED = 20
_MARKS = str.maketrans(
    {"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x0e": "\n", "\x07": "\t", "\x1e": "\u2011", "\x1f": None}
    | {chr(code): None for code in (*range(7), 8, *range(15, 19), *range(22, 30))}
)


def text(path: Path, limit: int) -> str:
    """Return the body with its tables, lines parted; field codes are left out, what they show stays.

    ``Corrupt`` for damaged, locked and older documents. Notes, headers and text boxes are not part of it.
    """
    file = Compound(path)
    document = file.stream("WordDocument")
    if len(document) < _CLX + 8:
        raise file.refused("the stream WordDocument is too short")
    kind, version = struct.unpack_from("<HH", document, 0)
    flags = struct.unpack_from("<H", document, 10)[0]
    if kind != _WORD or version < _FIRST_VERSION:
        raise file.refused(f"not Word 97 or later (0x{kind:04X}, 0x{version:04X})")
    if flags & _ENCRYPTED:
        raise file.refused("encrypted")
    table = file.stream("1Table" if flags & _TABLE_1 else "0Table")
    place, size = struct.unpack_from("<II", document, _CLX)
    wanted = min(struct.unpack_from("<I", document, _CCP_TEXT)[0], limit * 4)
    try:
        told = _pieces(document, _plan(table[place : place + size]), wanted)
    except (struct.error, ValueError) as problem:
        raise file.refused(f"table of pieces: {problem}") from problem
    return _shown(told)[:limit]


def _plan(clx: bytes) -> bytes:
    """Return the PlcPcd; the property modifiers before it are passed over."""
    place = 0
    while clx[place : place + 1] == b"\x01":
        place += 3 + int(struct.unpack_from("<H", clx, place + 1)[0])
    if clx[place : place + 1] != b"\x02":
        raise ValueError("no Pcdt")
    size = int(struct.unpack_from("<I", clx, place + 1)[0])
    plan = clx[place + 5 : place + 5 + size]
    if len(plan) < size or size < 16:
        raise ValueError("cut off")
    return plan


def _pieces(document: bytes, plan: bytes, wanted: int) -> str:
    """Return the first ``wanted`` units of text, piece after piece."""
    count = (len(plan) - 4) // 12
    bounds = struct.unpack_from(f"<{count + 1}I", plan, 0)
    told: list[str] = []
    for number in range(count):
        length = min(bounds[number + 1], wanted) - bounds[number]
        if length <= 0:
            if bounds[number] >= wanted:
                break
            raise ValueError("pieces out of order")
        where = int(struct.unpack_from("<I", plan, (count + 1) * 4 + number * 8 + 2)[0])
        narrow = bool(where & _EIGHT_BIT)
        start = (where & (_EIGHT_BIT - 1)) // (2 if narrow else 1)
        data = document[start : start + length * (1 if narrow else 2)]
        if len(data) < length * (1 if narrow else 2):
            raise ValueError(f"piece {number} lies outside the stream")
        told.append(data.decode("cp1252" if narrow else "utf-16-le", "replace"))
    return "".join(told)


def _shown(told: str) -> str:
    for _ in range(_MOST_NESTED):
        told, changed = _FIELD.subn(lambda found: found[1] or "", told)
        if not changed:
            break
    lines = _CODES.sub("", told).translate(_MARKS).split("\n")
    return "\n".join(line for line in map(str.rstrip, lines) if line)

"""Walking a JPEG 2000 file (ISO/IEC 15444-1): boxes, main header, tile parts, end marker.

No pixel is decoded: truncation, overwritten headers and other formats under this name are found, bit rot
inside the entropy-coded data is not.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel.findings import Finding
from lantai.kernel.formats.model import Inspection

SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
SOC, SIZ, COD, QCD, SOT, SOD, EOC = 0xFF4F, 0xFF51, 0xFF52, 0xFF5C, 0xFF90, 0xFF93, 0xFFD9
SIZE_LIMIT = 2 << 30


class _Broken(Exception):
    """The file departs from the standard's structure; the text says where."""


@dataclass(frozen=True, slots=True)
class _Size:
    width: int
    height: int
    components: int
    depth: int
    tiles: int


def inspect(path: Path) -> Inspection:
    """Return width, height and whether the structure is whole."""
    with open(path, "rb") as stream:
        data = stream.read(SIZE_LIMIT)
    try:
        size = _file(data) if data.startswith(SIGNATURE) else _codestream(data)
    except (_Broken, struct.error) as problem:
        return Inspection(False, (Finding("formats.image.damaged_header", found=f"JPEG 2000: {problem}"),))
    return Inspection(True, (), 1, size.width, size.height)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start < end:
        if end - start < 8:
            raise _Broken(f"{end - start} stray bytes after the last box")
        length, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        stop = end if length == 0 else start + length
        if stop > end or (length and length < head):
            raise _Broken(f"box {kind!r} at {start} goes beyond the end of the file")
        yield kind, start + head, stop
        start = stop


def _file(data: bytes) -> _Size:
    header: tuple[int, int, int, int] | None = None
    size: _Size | None = None
    seen: list[bytes] = []
    for kind, start, stop in _boxes(data, 0, len(data)):
        seen.append(kind)
        if kind == b"jp2h":
            header = _image_header(data, start, stop)
        elif kind == b"jp2c" and size is None:
            size = _codestream(data[start:stop])
    if seen[1:2] != [b"ftyp"]:
        raise _Broken("the file type box is missing")
    if header is None or size is None:
        raise _Broken("the image header or the code stream is missing")
    depth = header[3]
    if header[:3] != (size.height, size.width, size.components) or depth not in (255, size.depth):
        raise _Broken(f"the image header {header} does not agree with the code stream {size}")
    return size


def _image_header(data: bytes, start: int, stop: int) -> tuple[int, int, int, int]:
    """Return height, width, components, depth; check the values of the header's boxes (annex I.5.3)."""
    kinds = [kind for kind, _, _ in _boxes(data, start, stop)]
    if kinds[:1] != [b"ihdr"] or b"colr" not in kinds:
        raise _Broken("the header box lacks its image header or colour specification")
    for kind, inner, _ in _boxes(data, start, stop):
        if kind == b"colr" and data[inner] not in (1, 2, 3, 4):
            raise _Broken("the colour specification has an unknown method")
    height, width, components, depth, compression, unknown, rights = struct.unpack_from(
        ">IIHBBBB", data, start + 8
    )
    if compression != 7 or unknown > 1 or rights > 1 or not (height and width and components):
        raise _Broken("the image header holds impossible values")
    return height, width, components, depth


def _codestream(data: bytes) -> _Size:
    if len(data) < 4 or struct.unpack_from(">HH", data) != (SOC, SIZ):
        raise _Broken("the code stream does not begin with SOC and SIZ")
    size = _size(data)
    seen, at = set(), 2
    while True:
        marker, length = struct.unpack_from(">HH", data, at)
        if marker == SOT:
            break
        if marker < 0xFF00 or length < 2:
            raise _Broken(f"no marker at {at} of the main header")
        seen.add(marker)
        at += 2 + length
    if not {COD, QCD} <= seen:
        raise _Broken("the main header lacks its coding or quantisation defaults")
    _tile_parts(data, at, size.tiles)
    return size


def _size(data: bytes) -> _Size:
    length, _, x, y, x0, y0, tx, ty, tx0, ty0, components = struct.unpack_from(">HHIIIIIIIIH", data, 4)
    if length != 38 + 3 * components or not 1 <= components <= 16384:
        raise _Broken("SIZ does not fit its number of components")
    if not (x > x0 and y > y0 and tx and ty and tx0 <= x0 and ty0 <= y0):
        raise _Broken("SIZ holds impossible sizes")
    tiles = -(-(x - tx0) // tx) * -(-(y - ty0) // ty)
    if tiles > 65535:
        raise _Broken(f"SIZ asks for {tiles} tiles")
    return _Size(x - x0, y - y0, components, data[42], tiles)


def _tile_parts(data: bytes, at: int, tiles: int) -> None:
    """Walk from tile part to tile part; the end marker must come where the last one ends."""
    met: set[int] = set()
    while struct.unpack_from(">H", data, at)[0] == SOT:
        length, tile, part = struct.unpack_from(">HHI", data, at + 2)
        if length != 10 or tile >= tiles:
            raise _Broken(f"the tile part at {at} is impossible")
        met.add(tile)
        at = len(data) - 2 if part == 0 else at + part
        if at + 2 > len(data):
            raise _Broken("the last tile part is cut off")
    if struct.unpack_from(">H", data, at)[0] != EOC:
        raise _Broken("the end marker is missing")
    if len(met) != tiles:
        raise _Broken(f"{len(met)} of {tiles} tiles are there")

"""The still picture of a HEIF file (ISO/IEC 23008-12): where its coded tiles lie, and what is done to them afterwards.

Only boxes are read, no pixel. Whatever a file says of itself is held against limits and against its own size first.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lantai.kernel.formats.heif_boxes import BOXES_MOST, HEAD, BrokenHeif, Numbers, StrangeHeif, box, boxes

BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"})
HEVC, AVIF = "hvc1", "av01"
"""Item types: how a picture is coded."""
META_MOST = 4 << 20
"""Bytes of the box that describes all items, colour profiles included; telephones need some ten thousand."""
ITEMS_MOST = 4096
EXTENTS_MOST = 4 * ITEMS_MOST
GRID_MOST = 64
TILES_MOST = 1024
"""Tiles of one picture: 108 million pixels in tiles of 512 × 512 are 432."""
_KNOWN = frozenset(
    {b"ispe", b"hvcC", b"av1C", b"colr", b"pixi", b"pasp", b"irot", b"imir", b"clap", b"auxC", b"rloc"}
)
"""Properties that are understood, or may be left alone; another one that is marked essential stops the reader."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A coded picture: where its bytes lie in the file, as (place, length), and its decoder's configuration."""

    extents: tuple[tuple[int, int], ...]
    configuration: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to the picture after decoding: ``irot`` (quarter turns anticlockwise), ``imir`` (0 up-down, 1
    left-right), ``clap`` (left, top, width, height in pixels)."""

    kind: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Still:
    """The primary picture: pixels as coded (before ``changes``), its tiles row by row, each of ``tile`` pixels.

    ``coding`` is its item type. ``matrix`` is the code of ISO/IEC 23091-2, -1 where the file says
    none (the coded picture may); ``full`` likewise whether all 256 values are used.
    """

    coding: str
    width: int
    height: int
    columns: int
    tile: tuple[int, int]
    tiles: tuple[Tile, ...]
    changes: tuple[Change, ...] = ()
    profile: bytes = b""
    matrix: int = -1
    full: bool | None = None

    @property
    def coded_pixels(self) -> int:
        """Pixels that have to be decoded."""
        return self.tile[0] * self.tile[1] * len(self.tiles)

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height after all changes."""
        width, height = self.width, self.height
        for change in self.changes:
            if change.kind == "clap":
                width, height = change.values[2:]
            elif change.kind == "irot" and change.values[0] % 2:
                width, height = height, width
        return width, height


def is_heif(head: bytes) -> bool:
    """Return whether a file that begins with these 12 bytes says it is HEIF (or AVIF)."""
    return head[4:8] == b"ftyp" and head[8:12] in BRANDS


def read_still(path: Path) -> Still:
    """Return the primary picture of the file; ``BrokenHeif``, ``StrangeHeif``."""
    size = path.stat().st_size
    with open(path, "rb") as stream:
        start, stop = _description(stream, size)
        if stop - start > META_MOST:
            raise StrangeHeif(f"{stop - start} bytes of description")
        stream.seek(start)
        try:
            return _still(_Meta.of(stream.read(stop - start), start, size), stream)
        except IndexError as problem:
            raise BrokenHeif(str(problem)) from problem


def _description(stream: BinaryIO, size: int) -> tuple[int, int]:
    """Return where the content of the file's ``meta`` box begins and ends."""
    at = 0
    for _ in range(BOXES_MOST):
        if at >= size:
            raise StrangeHeif("no still picture")
        stream.seek(at)
        kind, head, length = box(stream.read(HEAD), 0, size - at)
        if kind == b"meta":
            return at + head, at + length
        at += length
    raise BrokenHeif("too many boxes")


@dataclass(slots=True)
class _Meta:
    """What the ``meta`` box says: items by number, their kind, places, properties in order, and parts."""

    primary: int = 0
    kinds: dict[int, str] = field(default_factory=dict)
    places: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    of_item: defaultdict[int, list[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[int, tuple[int, ...]] = field(default_factory=dict)
    size: int = 0
    """Bytes of the whole file."""

    @classmethod
    def of(cls, data: bytes, start: int, size: int) -> _Meta:
        """Read the content of the box, which begins at ``start`` in a file of ``size`` bytes."""
        meta = cls(size=size)
        found: dict[bytes, tuple[bytes, int]] = {}
        for kind, content, at in boxes(data[4:]):
            found.setdefault(kind, (content, start + 4 + at))
        for kind in (b"pitm", b"iinf", b"iloc", b"iprp"):
            if kind not in found:
                raise StrangeHeif(f"no {kind.decode()} box")
        pitm = Numbers(found[b"pitm"][0])
        meta.primary = pitm.take(2 if pitm.take(4) >> 24 == 0 else 4)
        meta._items(found[b"iinf"][0])
        meta._references(found.get(b"iref", (b"", 0))[0])
        meta._properties(found[b"iprp"][0])
        idat, idat_at = found.get(b"idat", (b"", 0))
        meta._places(Numbers(found[b"iloc"][0]), idat_at, len(idat))
        return meta

    def _items(self, data: bytes) -> None:
        numbers = Numbers(data)
        numbers.count(2 if numbers.take(4) >> 24 == 0 else 4, ITEMS_MOST)
        for kind, content, _ in boxes(data[numbers.at :]):
            entry = Numbers(content)
            version = entry.take(4) >> 24
            if kind == b"infe" and version >= 2:
                item = entry.take(2 if version == 2 else 4)
                entry.take(2)
                self.kinds[item] = entry.bytes(4).decode("latin-1")

    def _references(self, data: bytes) -> None:
        if not data:
            return
        width = 2 if data[0] == 0 else 4
        for kind, content, _ in boxes(data[4:]):
            numbers = Numbers(content)
            item = numbers.take(width)
            count = numbers.count(2, ITEMS_MOST)
            if kind == b"dimg":
                self.parts[item] = tuple(numbers.take(width) for _ in range(count))

    def _properties(self, data: bytes) -> None:
        for kind, content, _ in boxes(data):
            if kind == b"ipco":
                self.properties = [(name, told) for name, told, _ in boxes(content)]
            elif kind == b"ipma":
                numbers = Numbers(content)
                head = numbers.take(4)
                for _ in range(numbers.count(4, ITEMS_MOST)):
                    item = numbers.take(2 if head >> 24 == 0 else 4)
                    for _ in range(numbers.take(1)):
                        wide = 2 if head & 1 else 1
                        told = numbers.take(wide)
                        mark = 1 << (8 * wide - 1)
                        self.of_item[item].append((told & ~mark, bool(told & mark)))

    def _places(self, numbers: Numbers, idat: int, idat_size: int) -> None:
        version = numbers.take(4) >> 24
        sizes = numbers.take(2)
        place_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
        index_size = sizes & 15 if version else 0
        wide = 4 if version == 2 else 2
        spare = EXTENTS_MOST
        for _ in range(numbers.count(wide, ITEMS_MOST)):
            item = numbers.take(wide)
            method = numbers.take(2) & 15 if version else 0
            numbers.take(2)
            base = numbers.take(base_size)
            start, room = (idat, idat_size) if method == 1 else (0, self.size)
            extents = []
            for _ in range(numbers.count(2, spare)):
                spare -= 1
                numbers.take(index_size)
                at, length = base + numbers.take(place_size), numbers.take(length_size)
                length = length if length_size else room - at
                if method > 1 or length < 0 or at + length > room:
                    raise BrokenHeif(f"item {item} lies outside the file")
                extents.append((start + at, length))
            self.places[item] = tuple(extents)

    def told(self, item: int) -> list[tuple[bytes, bytes]]:
        """Return the item's properties in their order; ``StrangeHeif`` where one must be understood and is not."""
        found = []
        for number, essential in self.of_item[item]:
            if number == 0:
                continue
            kind, content = self.properties[number - 1]
            if essential and kind not in _KNOWN:
                raise StrangeHeif(f"property {kind!r}")
            found.append((kind, content))
        return found


def _still(meta: _Meta, stream: BinaryIO) -> Still:
    told = meta.told(meta.primary)
    kind = meta.kinds.get(meta.primary, "")
    width, height = _size(told)
    columns = 1
    items: tuple[int, ...] = (meta.primary,)
    if kind == "grid":
        (width, height), columns, items = _grid(meta, stream)
    if not width or not height:
        raise BrokenHeif("a picture without size")
    kinds = {meta.kinds.get(item, "") for item in items}
    tiles = [meta.told(item) for item in items]
    sizes = {_size(properties) for properties in tiles}
    if len(kinds) != 1 or len(sizes) != 1:
        raise StrangeHeif("tiles of several kinds or sizes")
    coding, tile = kinds.pop(), sizes.pop()
    if not all(tile) or columns * tile[0] < width or len(items) // columns * tile[1] < height:
        raise BrokenHeif(f"tiles of {tile[0]} × {tile[1]} do not cover the picture")
    if sum(length for item in items for _, length in meta.places.get(item, ())) > meta.size:
        raise StrangeHeif("tiles that share their bytes")
    matrix, full = _colours([*told, *tiles[0]])
    return Still(
        coding,
        width,
        height,
        columns,
        tile,
        tuple(_tile(meta, item, told) for item, told in zip(items, tiles, strict=True)),
        tuple(_changes(told, width, height)),
        next((data[4:] for name, data in [*told, *tiles[0]] if _is_profile(name, data)), b""),
        matrix,
        full,
    )


def _grid(meta: _Meta, stream: BinaryIO) -> tuple[tuple[int, int], int, tuple[int, ...]]:
    """Return the size of the picture, the number of columns, and the items of the tiles (6.6.2.3)."""
    places = meta.places.get(meta.primary, ())
    if sum(length for _, length in places) > GRID_MOST:
        raise StrangeHeif("a grid of many bytes")
    numbers = Numbers(b"".join(os.pread(stream.fileno(), length, at) for at, length in places))
    numbers.take(1)
    wide = 4 if numbers.take(1) & 1 else 2
    rows, columns = numbers.take(1) + 1, numbers.take(1) + 1
    size = numbers.take(wide), numbers.take(wide)
    items = meta.parts.get(meta.primary, ())
    if len(items) != rows * columns:
        raise BrokenHeif(f"{len(items)} tiles for {rows} × {columns}")
    if len(items) > TILES_MOST:
        raise StrangeHeif(f"{len(items)} tiles")
    return size, columns, items


def _size(properties: Sequence[tuple[bytes, bytes]]) -> tuple[int, int]:
    """Return what ``ispe`` says, zeros without one."""
    for kind, data in properties:
        if kind == b"ispe":
            numbers = Numbers(data, 4)
            return numbers.take(4), numbers.take(4)
    return 0, 0


def _tile(meta: _Meta, item: int, properties: Sequence[tuple[bytes, bytes]]) -> Tile:
    configuration = next((data for kind, data in properties if kind == b"hvcC"), b"")
    if not meta.places.get(item):
        raise BrokenHeif(f"tile {item} has no bytes")
    return Tile(meta.places[item], configuration)


def _is_profile(kind: bytes, data: bytes) -> bool:
    return kind == b"colr" and data[:4] in (b"prof", b"rICC")


def _colours(properties: Sequence[tuple[bytes, bytes]]) -> tuple[int, bool | None]:
    """Return the matrix and whether the range is full, as the container says."""
    for kind, data in properties:
        if kind == b"colr" and data[:4] == b"nclx":
            numbers = Numbers(data, 8)
            return numbers.take(2), bool(numbers.take(1) >> 7)
    return -1, None


def _changes(properties: Sequence[tuple[bytes, bytes]], width: int, height: int) -> Iterator[Change]:
    """Yield what is done to the picture, in the order in which it is."""
    for kind, data in properties:
        if kind == b"irot":
            turns = Numbers(data).take(1) & 3
            if turns % 2:
                width, height = height, width
            yield Change("irot", (turns,))
        elif kind == b"imir":
            yield Change("imir", (Numbers(data).take(1) & 1,))
        elif kind == b"clap":
            left, top, width, height = _clap(Numbers(data), width, height)
            yield Change("clap", (left, top, width, height))


def _clap(numbers: Numbers, width: int, height: int) -> tuple[int, int, int, int]:
    """Return the part that is shown (ISO/IEC 14496-12, 12.1.4): its place is told from the middle, in fractions."""
    parts = []
    for signed in (False, False, True, True):
        above = int.from_bytes(numbers.bytes(4), signed=signed)
        below = numbers.take(4)
        if not below:
            raise BrokenHeif("a fraction without denominator")
        parts.append((above, below))
    wide, high = parts[0][0] // parts[0][1], parts[1][0] // parts[1][1]
    left = _middle(width - wide, *parts[2])
    top = _middle(height - high, *parts[3])
    if not (0 < wide <= width - left and 0 < high <= height - top and left >= 0 and top >= 0):
        raise BrokenHeif("what is shown lies outside the picture")
    return left, top, wide, high


def _middle(spare: int, above: int, below: int) -> int:
    """Return ``spare / 2 + above / below``, rounded."""
    return (spare * below + 2 * above + below) // (2 * below)

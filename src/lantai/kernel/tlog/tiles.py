"""Where the hashes and entries of a log lie (C2SP tlog-tiles): keys, widths, the packing of entries.

A tile holds up to 256 hashes: at level 0 those of leaves, at level L those of the full tiles at level L - 1.
A bundle holds the entries below one tile of level 0. Only full tiles have their final name; the rightmost
one of each level is kept under a name with its width until it is full.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Literal, Protocol

from lantai.kernel.errors import Corrupt, Invalid

FULL = 256
"""How many hashes or entries a full tile or bundle has."""

BITS = 8
"""Heights of the binary tree that one level of tiles covers."""

LONGEST = 65_535
"""Longest entry in bytes: its length is written in two."""

CHECKPOINT = "checkpoint"
KEPT = "checkpoints"

Level = int | Literal["entries"]


class ReadableTiles(Protocol):
    """What reading a log asks of a store; see :mod:`lantai.kernel.storage`."""

    def open(self, key: str) -> BinaryIO: ...

    def list(self, prefix: str = "") -> Iterator[str]: ...


class TileStore(ReadableTiles, Protocol):
    """What writing a log asks of a store; what was put must be whole and durable on return."""

    def put(self, key: str, source: bytes, *, replace: bool = False) -> None: ...

    def put_many(self, files: Mapping[str, bytes], *, replace: bool = False) -> None: ...

    def delete(self, key: str) -> None: ...


def tile_key(level: Level, index: int, width: int = FULL) -> str:
    """Return the key of tile ``index`` at ``level``, like ``tile/0/x001/234``, ``tile/entries/000.p/7``."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    suffix = "" if width == FULL else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{suffix}"


def kept_key(size: int) -> str:
    """Return the key under which a checkpoint of ``size`` entries is kept."""
    return f"{KEPT}/{size}"


def read_key(store: ReadableTiles, key: str) -> bytes:
    """Return the bytes under ``key``; ``NotFound`` when there are none."""
    with store.open(key) as stream:
        return stream.read()


def pack(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of ``entries``; ``Invalid("tlog.entry.too_long")`` for one over 65,535 bytes."""
    parts = []
    for entry in entries:
        if len(entry) > LONGEST:
            raise Invalid("tlog.entry.too_long", bytes=len(entry), limit=LONGEST)
        parts.append(struct.pack(">H", len(entry)))
        parts.append(entry)
    return b"".join(parts)


def unpack(bundle: bytes, key: str) -> list[bytes]:
    """Return the entries of a bundle; ``Corrupt("tlog.entries.form")`` when its lengths do not add up."""
    entries, at, end = [], 0, len(bundle)
    while at < end:
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > end or at > end:
            raise Corrupt("tlog.entries.form", path=key)
        entries.append(bundle[start:at])
    return entries


def split_tile(tile: bytes, key: str, width: int) -> list[bytes]:
    """Return the first ``width`` hashes of a tile; ``Corrupt("tlog.tile.length")`` when it has fewer."""
    if len(tile) < width * 32 or len(tile) % 32:
        raise Corrupt("tlog.tile.length", path=key, expected=width * 32, found=len(tile))
    return [tile[at : at + 32] for at in range(0, width * 32, 32)]

"""The right edge of a log: everything that appending needs to know, small whatever the size of the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from lantai.kernel.tlog.tiles import BITS, FULL, Level, pack, tile_key
from lantai.kernel.tlog.tree import leaf_hash, perfect_root, range_hash


@dataclass(frozen=True, slots=True)
class Edge:
    """``levels[L]`` are the hashes in the unfinished tile of level L (0 to 255), ``bundle`` the entries below
    that of level 0."""

    size: int = 0
    bundle: tuple[bytes, ...] = ()
    levels: tuple[tuple[bytes, ...], ...] = ()

    def tile(self, level: int, index: int) -> tuple[bytes, ...] | None:
        """Return the hashes of the unfinished tile ``index`` of ``level``, None when that is another one."""
        if index != self.size >> BITS * (level + 1):
            return None
        return self.levels[level] if level < len(self.levels) else ()

    def root(self) -> bytes:
        """Return the root over all entries."""
        return range_hash(0, self.size, self._node)

    def _node(self, height: int, index: int) -> bytes:
        level, inside = divmod(height, BITS)
        start = (index << inside) % FULL
        return perfect_root(self.levels[level][start : start + (1 << inside)])


@dataclass(frozen=True, slots=True)
class Growth:
    """What an append makes: the edge after it, the files to write, the tiles that stay unfinished."""

    edge: Edge
    files: dict[str, bytes]
    unfinished: frozenset[tuple[Level, int]]


def grow(edge: Edge, entries: Sequence[bytes]) -> Growth:
    """Return what appending ``entries`` to ``edge`` makes; nothing is written.

    ``Invalid("tlog.entry.too_long")`` for an entry over 65,535 bytes.
    """
    files: dict[str, bytes] = {}
    levels = [list(level) for level in edge.levels]
    bundle, number, rest = list(edge.bundle), edge.size // FULL, iter(entries)
    while fresh := list(islice(rest, FULL - len(bundle))):
        bundle += fresh
        if not levels:
            levels.append([])
        levels[0] += [leaf_hash(entry) for entry in fresh]
        if len(bundle) == FULL:
            files[tile_key("entries", number)] = pack(bundle)
            _close_tiles(levels, number, files)
            bundle, number = [], number + 1
    size = edge.size + len(entries)
    grown = Edge(size, tuple(bundle), tuple(tuple(level) for level in levels))
    unfinished: set[tuple[Level, int]] = set()
    if bundle:
        files[tile_key("entries", number, len(bundle))] = pack(bundle)
        unfinished.add(("entries", number))
    for level, hashes in enumerate(levels):
        index = size >> BITS * (level + 1)
        if hashes and grown.tile(level, index) != edge.tile(level, index):
            files[tile_key(level, index, len(hashes))] = b"".join(hashes)
            unfinished.add((level, index))
    return Growth(grown, files, frozenset(unfinished))


def _close_tiles(levels: list[list[bytes]], number: int, files: dict[str, bytes]) -> None:
    """Move each full tile, from level 0 up, into ``files`` and its root into the level above."""
    level = 0
    while len(levels[level]) == FULL:
        files[tile_key(level, number)] = b"".join(levels[level])
        if level + 1 == len(levels):
            levels.append([])
        levels[level + 1].append(perfect_root(levels[level]))
        levels[level] = []
        level, number = level + 1, number // FULL

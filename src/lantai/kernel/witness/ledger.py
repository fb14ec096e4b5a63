"""One pass over a ledger's files: every entry, every tile, the roots it had at the sizes that somebody asks about."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.witness.folder import Files
from lantai.kernel.witness.hashing import Stack, leaf, root_of

Progress = Callable[[int, int], None]
"""Told now and then: entries read so far, entries in all."""

FULL = 256
_TILE = re.compile(
    r"tile/(?P<kind>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<number>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)


def tile_name(kind: str, number: int, width: int = FULL) -> str:
    """Return where a tile or a bundle of entries lies, like ``tile/0/x001/234.p/7``."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return f"tile/{kind}/{path}" + (f".p/{width}" if width < FULL else "")


def unpack(bundle: bytes) -> list[bytes] | None:
    """Return the entries of a bundle, None when its lengths do not add up."""
    entries, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle) or at + 2 > len(bundle):
            return None
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


def read_entry(entry: bytes) -> dict[str, Any]:
    """Return what an entry says, {} when it is no JSON object."""
    try:
        told = json.loads(entry.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def entries_of(files: Files, size: int, act: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield index and content of the entries of ``act`` among the first ``size``, in a ledger that was checked."""
    for number in range(-(-size // FULL)):
        width = min(FULL, size - number * FULL)
        data = files.read(tile_name("entries", number, width)) or files.read(tile_name("entries", number))
        for index, entry in enumerate(unpack(data or b"") or [], number * FULL):
            if (
                index < size
                and f'"{act}"'.encode() in entry
                and (told := read_entry(entry)).get("act") == act
            ):
                yield index, told


class Walk:
    """The pass; memory does not grow with the ledger.

    ``roots`` are those at the sizes in ``watched`` (and at the end), ``successions`` index and data of the entries
    of the act ``succeed``, ``findings`` what is wrong.
    """

    def __init__(self, files: Files, size: int, watched: Collection[int], succeed: str) -> None:
        self.roots: dict[int, bytes] = {}
        self.successions: list[tuple[int, dict[str, Any]]] = []
        self.findings: list[Finding] = []
        self._files, self._size = files, size
        self._watched = {size, *watched}
        self._succeed = succeed
        self._stack = Stack()
        self._rows: list[list[bytes]] = []
        self._written: list[int] = []

    def run(self, progress: Progress) -> None:
        """Read everything; without entries and tile of some stretch the roots from there on stay unknown."""
        self._note_root()
        for number in range(-(-self._size // FULL)):
            leaves = self._leaves(number, min(FULL, self._size - number * FULL))
            if leaves is None:
                return
            for each in leaves:
                self._stack.add(each)
                self._note_root()
            self._climb(0, leaves)
            progress(self._stack.count, self._size)
        for level, row in enumerate(self._rows):
            if row and level:
                self._compare_tile(level, self._written[level], row)

    def _note_root(self) -> None:
        if self._stack.count in self._watched:
            self.roots[self._stack.count] = self._stack.root()

    def _say(self, code: str, path: str, expected: object = "", found: object = "", **facts: int) -> None:
        self.findings.append(Finding(code, path, str(expected), str(found), facts=facts))

    def _leaves(self, number: int, width: int) -> list[bytes] | None:
        """Return the leaf hashes below tile ``number``, from the entries if they can be read."""
        told = self._tile(0, number, width)
        entries = self._entries(number, width)
        if entries is None:
            return told
        leaves = [leaf(entry) for entry in entries]
        for index, (was, now) in enumerate(zip(told or leaves, leaves, strict=True), number * FULL):
            if was != now:
                path = tile_name("entries", number, width)
                self._say("tlog.entry.differs", path, was.hex(), now.hex(), index=index)
        return leaves

    def _entries(self, number: int, width: int) -> list[bytes] | None:
        path, data = self._read("entries", number, width)
        if data is None:
            return None
        entries = unpack(data)
        if entries is None or len(entries) not in (width, FULL):
            self._say("tlog.entries.form", path, width, len(entries or ()))
            return None
        for index, entry in enumerate(entries[:width], number * FULL):
            if self._succeed.encode() in entry and (told := read_entry(entry)).get("act") == self._succeed:
                data_of = told.get("data")
                self.successions.append((index, data_of if isinstance(data_of, dict) else {}))
        return entries[:width]

    def _tile(self, level: int, number: int, width: int) -> list[bytes] | None:
        path, data = self._read(str(level), number, width)
        if data is None:
            return None
        if len(data) not in (width * 32, FULL * 32):
            self._say("tlog.tile.length", path, width * 32, len(data))
            return None
        return [data[at : at + 32] for at in range(0, width * 32, 32)]

    def _read(self, kind: str, number: int, width: int) -> tuple[str, bytes | None]:
        """Return name and bytes of a tile; a full one may stand for a partial one."""
        for each in dict.fromkeys((width, FULL)):
            data = self._files.read(tile_name(kind, number, each))
            if data is not None:
                return tile_name(kind, number, each), data
        path = tile_name(kind, number, width)
        self._say("tlog.tile.missing", path)
        return path, None

    def _climb(self, level: int, hashes: list[bytes]) -> None:
        """Take in the hashes of a tile: a full one gives one hash to the level above."""
        if len(hashes) < FULL:
            return
        above = level + 1
        while len(self._rows) <= above:
            self._rows.append([])
            self._written.append(0)
        self._rows[above].append(root_of(hashes))
        if len(self._rows[above]) == FULL:
            row, self._rows[above] = self._rows[above], []
            self._compare_tile(above, self._written[above], row)
            self._written[above] += 1
            self._climb(above, row)

    def _compare_tile(self, level: int, number: int, hashes: list[bytes]) -> None:
        told = self._tile(level, number, len(hashes))
        if told is not None and told != hashes:
            self._say("tlog.tile.differs", tile_name(str(level), number, len(hashes)))


def strays(files: Files, size: int) -> Iterator[Finding]:
    """Yield what lies among the tiles without being asked for by the checkpoint; none of it is an error.

    Tiles beyond the checkpoint are what an append left that was not published yet; partial tiles of a smaller
    width are those of older checkpoints and must begin like the tile that took their place.
    """
    beyond = 0
    for name in files.names("tile"):
        match = _TILE.fullmatch(name)
        if match is None:
            yield Finding("tlog.tile.stray", name, severity=Severity.WARNING)
            continue
        kind, number = match["kind"], int(match["number"].replace("/", "").replace("x", ""))
        below = size if kind == "entries" else size >> 8 * int(kind)
        width, wanted = int(match["width"] or FULL), min(FULL, below - number * FULL)
        if wanted <= 0 or width > wanted:
            beyond += 1
        elif width < wanted:
            new = files.read(tile_name(kind, number, wanted)) or files.read(tile_name(kind, number))
            if new is not None and not new.startswith(files.read(name) or b""):
                yield Finding("tlog.tile.stray", name, severity=Severity.WARNING)
    if beyond:
        yield Finding("tlog.tile.unpublished", "tile", severity=Severity.INFO, facts={"count": beyond})

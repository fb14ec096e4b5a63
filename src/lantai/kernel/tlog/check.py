"""An outsider's full check of a log: every entry, every tile, the root, the signature, and no rewritten past.

This module shares with the writer only the reading of signed notes. Hashing, tree and tile layout are
written a second time here, in another way (one pass with a stack of subtrees), so that a mistake in one is
found by the other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from lantai.kernel.errors import LantaiError, NotFound
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.tlog.checkpoint import Checkpoint, open_checkpoint, peek_checkpoint
from lantai.kernel.tlog.note import Verifier

Progress = Callable[[int, int], None]
"""Told now and then: entries read so far, entries in all."""

_TILE = re.compile(
    r"tile/(?P<kind>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<number>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)


class Readable(Protocol):
    """What the check asks of a store."""

    def open(self, key: str) -> BinaryIO: ...

    def list(self, prefix: str = "") -> Iterator[str]: ...


def check(
    store: Readable,
    verifier: Verifier | None,
    since: Checkpoint | None = None,
    progress: Progress | None = None,
) -> list[Finding]:
    """Read the whole log in ``store`` and return what is wrong with it; no errors among them: it is whole.

    ``verifier`` is the key that must have signed the checkpoint; None leaves the signature unchecked, and the
    caller has to say so. ``since`` is a checkpoint that somebody kept: its entries must be the first ones of
    this log. Memory does not grow with the log.
    """
    findings: list[Finding] = []
    checkpoint = _checkpoint(store, verifier, findings)
    if checkpoint is None:
        return findings
    if since is not None and since.origin != checkpoint.origin:
        findings.append(_differs("tlog.checkpoint.origin", "checkpoint", since.origin, checkpoint.origin))
    if since is not None and since.size > checkpoint.size:
        findings.append(
            _differs("tlog.history.truncated", "checkpoint", str(since.size), str(checkpoint.size))
        )
    walk = _Walk(store, checkpoint.size, since, findings, progress)
    root = walk.run()
    if root is not None and root != checkpoint.root:
        findings.append(_differs("tlog.root.differs", "checkpoint", checkpoint.root.hex(), root.hex()))
    findings.extend(_strays(store, checkpoint.size))
    return findings


def _checkpoint(store: Readable, verifier: Verifier | None, findings: list[Finding]) -> Checkpoint | None:
    try:
        with store.open("checkpoint") as stream:
            note = stream.read()
    except NotFound:
        findings.append(Finding("tlog.checkpoint.missing", "checkpoint"))
        return None
    if verifier is not None:
        try:
            return open_checkpoint(note, verifier)
        except LantaiError as error:
            findings.append(finding_from(error, "checkpoint"))
    try:
        return peek_checkpoint(note)
    except LantaiError as error:
        if not findings:
            findings.append(finding_from(error, "checkpoint"))
        return None


def finding_from(error: LantaiError, path: str) -> Finding:
    """Return the finding that says about ``path`` what ``error`` says."""
    facts = dict(error.facts)
    facts.pop("path", None)
    expected, found = (str(facts.pop(name, "")) for name in ("expected", "found"))
    return Finding(error.code, path, expected, found, facts=facts)


def _differs(code: str, path: str, expected: str, found: str) -> Finding:
    return Finding(code, path, expected, found)


def _leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def _pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _name(kind: str, number: int, width: int) -> str:
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return f"tile/{kind}/{path}" + (f".p/{width}" if width < 256 else "")


@dataclass(slots=True)
class _Stack:
    """Perfect subtrees of falling size, left to right; adding a leaf joins those that became equal."""

    count: int = 0
    roots: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        self.roots.append(leaf)
        self.count += 1
        joins = self.count
        while joins % 2 == 0:
            right = self.roots.pop()
            self.roots[-1] = _pair(self.roots[-1], right)
            joins //= 2

    def root(self) -> bytes:
        if not self.roots:
            return hashlib.sha256().digest()
        whole = self.roots[-1]
        for left in self.roots[-2::-1]:
            whole = _pair(left, whole)
        return whole


class _Walk:
    """One pass over all entries that compares every tile and gives the root."""

    def __init__(
        self,
        store: Readable,
        size: int,
        since: Checkpoint | None,
        findings: list[Finding],
        progress: Progress | None,
    ) -> None:
        self._store = store
        self._size = size
        self._since = since
        self._findings = findings
        self._progress = progress
        self._stack = _Stack()
        self._rows: list[list[bytes]] = []
        self._written: list[int] = []

    def run(self) -> bytes | None:
        """Return the root, None when neither bundle nor tile tells some leaf."""
        self._compare_since()
        for number in range(-(-self._size // 256)):
            leaves = self._leaves(number, min(256, self._size - number * 256))
            if leaves is None:
                return None
            for leaf in leaves:
                self._stack.add(leaf)
                self._compare_since()
            self._climb(0, leaves)
            if self._progress is not None:
                self._progress(self._stack.count, self._size)
        for level, row in enumerate(self._rows):
            if row and level:
                self._compare_tile(level, self._written[level], row)
        return self._stack.root()

    def _compare_since(self) -> None:
        since = self._since
        if since is None or since.size != self._stack.count:
            return
        root = self._stack.root()
        if root != since.root:
            was, now, facts = since.root.hex(), root.hex(), {"size": since.size}
            self._findings.append(Finding("tlog.history.forked", "checkpoint", was, now, facts=facts))

    def _leaves(self, number: int, width: int) -> list[bytes] | None:
        """Return the leaf hashes below tile ``number``, from the entries if they can be read."""
        told = self._tile(0, number, width)
        entries = self._entries(number, width)
        if entries is None:
            return told
        leaves = [_leaf(entry) for entry in entries]
        if told is not None and told != leaves:
            path = _name("entries", number, width)
            for index, (was, now) in enumerate(zip(told, leaves, strict=True), number * 256):
                if was != now:
                    facts = {"index": index}
                    self._findings.append(
                        Finding("tlog.entry.differs", path, was.hex(), now.hex(), facts=facts)
                    )
        return leaves

    def _entries(self, number: int, width: int) -> list[bytes] | None:
        path, data = self._read("entries", number, width)
        if data is None:
            return None
        entries, at = [], 0
        while at < len(data):
            length = int.from_bytes(data[at : at + 2], "big")
            if at + 2 + length > len(data):
                break
            entries.append(data[at + 2 : at + 2 + length])
            at += 2 + length
        if at != len(data) or len(entries) not in (width, 256):
            self._findings.append(_differs("tlog.entries.form", path, str(width), str(len(entries))))
            return None
        return entries[:width]

    def _tile(self, level: int, number: int, width: int) -> list[bytes] | None:
        path, data = self._read(str(level), number, width)
        if data is None:
            return None
        if len(data) not in (width * 32, 256 * 32):
            self._findings.append(_differs("tlog.tile.length", path, str(width * 32), str(len(data))))
            return None
        return [data[at : at + 32] for at in range(0, width * 32, 32)]

    def _read(self, kind: str, number: int, width: int) -> tuple[str, bytes | None]:
        """Return the key and bytes of a tile; a full one may stand for a partial one."""
        for each in dict.fromkeys((width, 256)):
            try:
                with self._store.open(_name(kind, number, each)) as stream:
                    return _name(kind, number, each), stream.read()
            except NotFound:
                continue
        path = _name(kind, number, width)
        self._findings.append(Finding("tlog.tile.missing", path))
        return path, None

    def _climb(self, level: int, hashes: list[bytes]) -> None:
        """Take in the hashes of a tile: a full one gives one hash to the level above."""
        if len(hashes) < 256:
            return
        stack = _Stack()
        for each in hashes:
            stack.add(each)
        above = level + 1
        while len(self._rows) <= above:
            self._rows.append([])
            self._written.append(0)
        self._rows[above].append(stack.root())
        if len(self._rows[above]) == 256:
            row, self._rows[above] = self._rows[above], []
            self._compare_tile(above, self._written[above], row)
            self._written[above] += 1
            self._climb(above, row)

    def _compare_tile(self, level: int, number: int, hashes: list[bytes]) -> None:
        told = self._tile(level, number, len(hashes))
        if told is not None and told != hashes:
            self._findings.append(Finding("tlog.tile.differs", _name(str(level), number, len(hashes))))


def _strays(store: Readable, size: int) -> Iterator[Finding]:
    """Yield what lies among the tiles without being asked for by the checkpoint; none of it is an error.

    Tiles beyond the checkpoint are what an append left that was not published yet; partial tiles of a smaller
    width are those of older checkpoints and must begin like the tile that took their place.
    """
    beyond = 0
    for key in store.list("tile"):
        match = _TILE.fullmatch(key)
        if match is None:
            yield Finding("tlog.tile.stray", key, severity=Severity.WARNING)
            continue
        kind, number = match["kind"], int(match["number"].replace("/", "").replace("x", ""))
        below = size if kind == "entries" else size >> 8 * int(kind)
        width, wanted = int(match["width"] or 256), min(256, below - number * 256)
        if wanted <= 0 or width > wanted:
            beyond += 1
        elif width < wanted and not _begins(store, key, kind, number, wanted):
            yield Finding("tlog.tile.stray", key, severity=Severity.WARNING)
    if beyond:
        yield Finding("tlog.tile.unpublished", "tile", severity=Severity.INFO, facts={"count": beyond})


def _begins(store: Readable, key: str, kind: str, number: int, wanted: int) -> bool:
    """Return whether an older partial tile is the beginning of the present one (or that is missing)."""
    with store.open(key) as stream:
        old = stream.read()
    for width in dict.fromkeys((wanted, 256)):
        try:
            with store.open(_name(kind, number, width)) as stream:
                return stream.read().startswith(old)
        except NotFound:
            continue
    return True

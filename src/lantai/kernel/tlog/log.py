"""A log in a store: appending, publishing, reading and proving. One writer at a time, not for several
threads.

The published checkpoint is what counts. Appending writes tiles beyond it, which mean nothing until the next
checkpoint: a writer killed in between leaves files that the repeated append writes again. No file that a
published checkpoint covers is ever written a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from lantai.kernel.errors import Conflict, Corrupt, Invalid, NotFound
from lantai.kernel.tlog import tree
from lantai.kernel.tlog.checkpoint import Checkpoint, open_checkpoint, peek_checkpoint, sign_checkpoint
from lantai.kernel.tlog.edge import Edge, grow
from lantai.kernel.tlog.keys import Signer, Verifier
from lantai.kernel.tlog.note import signed_by
from lantai.kernel.tlog.tiles import (
    BITS,
    CHECKPOINT,
    FULL,
    Level,
    TileStore,
    kept_key,
    read_key,
    split_tile,
    tile_key,
    unpack,
)

KEPT_TILES = 1024
"""Full tiles kept in memory for proofs, at most (8 KiB each)."""


class Appended(NamedTuple):
    """Index of the first entry of the append, number of entries after it, root over them."""

    first: int
    size: int
    root: bytes


class Log:
    """The log ``origin`` in ``store``, opened at its published checkpoint (an absent one means an empty log).

    With ``verifier`` the stored checkpoint must be signed by it; without, :meth:`publish` insists on that
    before it signs. Opening reads the right edge and compares it with the checkpoint: ``Corrupt`` with
    ``tlog.log.root``, ``tlog.tile.…``, ``tlog.entries.form``, ``tlog.entry.differs``, ``tlog.checkpoint.…``
    or ``tlog.note.…``.
    """

    def __init__(self, store: TileStore, origin: str, verifier: Verifier | None = None) -> None:
        self._store = store
        self._verifier = verifier
        self.origin = origin
        self.refresh()

    def refresh(self) -> None:
        """Read the published checkpoint again; what was appended and not published is forgotten."""
        self._note = self._read_note()
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        self._published = self._open_note(self._note)
        self._edge = self._load_edge(self._published)
        at = self._edge.size // FULL
        self._loose: set[tuple[Level, int]] = {("entries", n) for n in (at - 1, at) if n >= 0}
        for level in range(len(self._edge.levels)):
            at = self._edge.size >> BITS * (level + 1)
            self._loose |= {(level, n) for n in (at - 1, at) if n >= 0}

    def size(self) -> int:
        """Return the number of entries, appended ones that are not published yet included."""
        return self._edge.size

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first ``size`` entries (default: all); ``Invalid("tlog.proof.range")``."""
        size = self.size() if size is None else size
        self._check_range(size, size)
        return tree.range_hash(0, size, self._node)

    def checkpoint(self) -> Checkpoint | None:
        """Return the published checkpoint as it was when this log was opened or last published."""
        return self._published

    def note(self) -> bytes:
        """Return the published checkpoint as the signed note, b"" when nothing is published."""
        return self._note

    def continues(self, earlier: Checkpoint) -> bool:
        """Return whether this log begins with the entries of ``earlier``; ask before publishing."""
        known = earlier.origin == self.origin and earlier.size <= self.size()
        return known and self.root(earlier.size) == earlier.root

    def append(self, entries: Sequence[bytes], *, at: int | None = None) -> Appended:
        """Write ``entries`` at the end, durably; they count once :meth:`publish` covers them.

        ``at`` is the index that the first entry must get: entries that are there already are compared and
        skipped, so that the same call may be repeated. ``Conflict``: ``tlog.append.gap`` when entries are
        missing before ``at``, ``tlog.append.differs`` when another entry stands there. ``Invalid``:
        ``tlog.entry.too_long`` (over 65,535 bytes; nothing is written). ``Conflict("tlog.log.moved")`` when
        somebody else published meanwhile (nothing is written).
        """
        first = self.size() if at is None else at
        fresh = entries[self._known(entries, first) :]
        growth = grow(self._edge, fresh)
        if growth.files:
            self._refuse_moved()
            self._store.put_many(growth.files, replace=True)
        self._edge = growth.edge
        self._loose |= growth.unfinished
        return Appended(first, self.size(), self._edge.root())

    def publish(self, *signers: Signer, predecessors: Sequence[Verifier] = ()) -> Checkpoint:
        """Sign and store the checkpoint over all entries; the first signer is the log's own key. Idempotent.

        Partial tiles that are full now are deleted. ``Conflict("tlog.log.moved")`` when somebody else
        published meanwhile, ``Corrupt("tlog.note.…")`` when the stored checkpoint is signed neither by this key
        nor by one of its ``predecessors`` and the log was opened without ``verifier``. The last checkpoint of a
        predecessor is kept (:meth:`keep`) before it is replaced.
        """
        if not signers:
            raise Invalid("tlog.publish.unsigned")
        self._refuse_moved()
        if self._note and self._verifier is None:
            self._accept_signed(signers[0].verifier, predecessors)
        checkpoint = Checkpoint(self.origin, self.size(), self._edge.root())
        note = sign_checkpoint(checkpoint, *signers)
        if note != self._note:
            self._store.put(CHECKPOINT, note, replace=True)
        self._note, self._published = note, replace(checkpoint, note=note.decode())
        self._delete_partials()
        return self._published

    def keep(self) -> str:
        """Keep the published checkpoint under a key of its own and return that; the first one of a size stays.

        ``Invalid("tlog.publish.unsigned")`` when nothing is published.
        """
        if self._published is None:
            raise Invalid("tlog.publish.unsigned")
        key = kept_key(self._published.size)
        try:
            read_key(self._store, key)
        except NotFound:
            self._store.put(key, self._note)
        return key

    def _accept_signed(self, own: Verifier, predecessors: Sequence[Verifier]) -> None:
        """Refuse a stored checkpoint of a stranger; keep that of a predecessor."""
        try:
            open_checkpoint(self._note, own, self.origin)
        except Corrupt as refused:
            for each in predecessors:
                if signed_by(self._note, each):
                    open_checkpoint(self._note, each, self.origin)
                    self.keep()
                    return
            raise refused

    def entry(self, index: int) -> bytes:
        """Return entry ``index``, compared with its leaf hash.

        ``Invalid("tlog.proof.range")`` when there is none, ``Corrupt("tlog.entry.differs")``.
        """
        return next(self.entries(index, index + 1))

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the entries ``start`` to ``stop`` (default: the end), each compared with its leaf hash."""
        stop = self.size() if stop is None else stop
        self._check_range(start, stop)
        while start < stop:
            number, inside = divmod(start, FULL)
            bundle = self._bundle(number)
            for offset in range(inside, min(FULL, inside + stop - start)):
                if tree.leaf_hash(bundle[offset]) != self.leaf_hash(start):
                    raise Corrupt("tlog.entry.differs", path=tile_key("entries", number), index=start)
                yield bundle[offset]
                start += 1

    def leaf_hash(self, index: int) -> bytes:
        """Return the leaf hash of entry ``index``; ``Invalid("tlog.proof.range")`` when there is none."""
        self._check_range(index, index + 1)
        return self._hashes(0, index // FULL)[index % FULL]

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the audit path of entry ``index`` in the tree of ``size`` entries (default: all)."""
        size = self.size() if size is None else size
        self._check_range(0, size)
        return tree.inclusion_proof(index, size, self._node)

    def consistency_proof(self, first: int, second: int | None = None) -> list[bytes]:
        """Return the proof that the tree of ``second`` entries (default: all) continues that of ``first``."""
        second = self.size() if second is None else second
        self._check_range(first, second)
        return tree.consistency_proof(first, second, self._node)

    def _check_range(self, first: int, last: int) -> None:
        if not 0 <= first <= last <= self.size():
            raise Invalid("tlog.proof.range", first=first, size=self.size())

    def _known(self, entries: Sequence[bytes], first: int) -> int:
        """Return how many of ``entries``, the first of which belongs at ``first``, are in the log already."""
        if not 0 <= first <= self.size():
            raise Conflict("tlog.append.gap", first=first, size=self.size())
        known = min(len(entries), self.size() - first)
        for index in range(first, first + known):
            if self.leaf_hash(index) != tree.leaf_hash(entries[index - first]):
                raise Conflict("tlog.append.differs", index=index)
        return known

    def _refuse_moved(self) -> None:
        if self._read_note() != self._note:
            raise Conflict("tlog.log.moved", origin=self.origin)

    def _read_note(self) -> bytes:
        try:
            return read_key(self._store, CHECKPOINT)
        except NotFound:
            return b""

    def _open_note(self, note: bytes) -> Checkpoint | None:
        if not note:
            return None
        if self._verifier is None:
            return peek_checkpoint(note, self.origin)
        return open_checkpoint(note, self._verifier, self.origin)

    def _load_edge(self, checkpoint: Checkpoint | None) -> Edge:
        if checkpoint is None:
            return Edge()
        size = checkpoint.size
        levels: list[tuple[bytes, ...]] = []
        while size >> BITS * len(levels):
            level = len(levels)
            count = size >> BITS * level
            levels.append(tuple(self._read_partial(level, count // FULL, count % FULL)))
        bundle: list[bytes] = []
        if size % FULL:
            key, data = self._read_either("entries", size // FULL, size % FULL)
            bundle = unpack(data, key)[: size % FULL]
            if [tree.leaf_hash(entry) for entry in bundle] != list(levels[0]):
                raise Corrupt("tlog.entries.differ", path=key)
        edge = Edge(size, tuple(bundle), tuple(levels))
        if edge.root() != checkpoint.root:
            raise Corrupt("tlog.log.root", size=size, expected=checkpoint.root.hex(), found=edge.root().hex())
        return edge

    def _read_partial(self, level: int, index: int, width: int) -> list[bytes]:
        if not width:
            return []
        key, data = self._read_either(level, index, width)
        return split_tile(data, key, width)

    def _read_either(self, level: Level, index: int, width: int) -> tuple[str, bytes]:
        """Return key and bytes of a partial tile, or of the full one that took its place."""
        for key in (tile_key(level, index, width), tile_key(level, index)):
            try:
                return key, read_key(self._store, key)
            except NotFound:
                continue
        raise Corrupt("tlog.tile.missing", path=tile_key(level, index, width))

    def _hashes(self, level: int, index: int) -> Sequence[bytes]:
        """Return the hashes of a tile: of the edge from memory, of a full one from the store."""
        unfinished = self._edge.tile(level, index)
        if unfinished is not None:
            return unfinished
        kept = self._tiles.get((level, index))
        if kept is None:
            if len(self._tiles) >= KEPT_TILES:
                self._tiles.clear()
            kept = split_tile(self._read_full(level, index), tile_key(level, index), FULL)
            self._tiles[level, index] = kept
        return kept

    def _bundle(self, number: int) -> Sequence[bytes]:
        if number == self.size() // FULL:
            return self._edge.bundle
        key = tile_key("entries", number)
        bundle = unpack(self._read_full("entries", number), key)
        if len(bundle) != FULL:
            raise Corrupt("tlog.entries.form", path=key)
        return bundle

    def _read_full(self, level: Level, index: int) -> bytes:
        key = tile_key(level, index)
        try:
            return read_key(self._store, key)
        except NotFound as error:
            raise Corrupt("tlog.tile.missing", path=key) from error

    def _node(self, height: int, index: int) -> bytes:
        level, inside = divmod(height, BITS)
        start = index << inside
        hashes = self._hashes(level, start // FULL)
        return tree.perfect_root(hashes[start % FULL : start % FULL + (1 << inside)])

    def _delete_partials(self) -> None:
        """Delete the partial forms of tiles that are full now; a kill in between leaves harmless files."""
        size = self.size()
        for level, index in sorted(self._loose, key=str):
            covered = BITS if level == "entries" else BITS * (level + 1)
            if index < size >> covered:
                for key in list(self._store.list(f"{tile_key(level, index)}.p")):
                    self._store.delete(key)
                self._loose.discard((level, index))

"""The Merkle tree of RFC 9162 section 2.1 as pure functions over SHA-256 hashes of 32 bytes.

A *node* is a perfect subtree, named by ``(height, index)``: it covers the leaves from ``index << height`` up
to ``(index + 1) << height``. Every hash that a proof needs is a range of leaves, and every such range is a
few nodes; so whoever can tell the hash of a node (a list in memory, tiles in a store) gets roots and proofs
from here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from lantai.kernel.errors import Invalid

HASH_BYTES = 32

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""

Node = Callable[[int, int], bytes]
"""Tells the hash of the perfect subtree ``(height, index)``."""

Range = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf with the bytes ``data``."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node from those of its children."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over ``hashes``, whose number must be a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def nodes_of(start: int, stop: int) -> list[tuple[int, int]]:
    """Return the nodes, left to right, that make up the leaves ``start`` to ``stop``.

    ``start`` must be a multiple of the smallest power of two that is at least ``stop - start``, which holds
    for all ranges that occur in the tree.
    """
    found = []
    while start < stop:
        height = (stop - start).bit_length() - 1
        found.append((height, start >> height))
        start += 1 << height
    return found


def range_hash(start: int, stop: int, node: Node) -> bytes:
    """Return the tree hash over the leaves ``start`` to ``stop`` (see :func:`nodes_of`)."""
    if start == stop:
        return EMPTY_ROOT
    *firsts, whole = [node(height, index) for height, index in nodes_of(start, stop)]
    for left in reversed(firsts):
        whole = node_hash(left, whole)
    return whole


def _split(start: int, stop: int) -> int:
    return start + (1 << ((stop - start - 1).bit_length() - 1))


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges whose hashes prove that leaf ``index`` is in a tree of ``size``, lowest first.

    ``Invalid("tlog.proof.range")`` unless ``0 <= index < size``.
    """
    if not 0 <= index < size:
        raise Invalid("tlog.proof.range", first=index, size=size)
    start, stop, ranges = 0, size, []
    while stop - start > 1:
        middle = _split(start, stop)
        if index < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """Return the ranges whose hashes prove that the tree of ``second`` leaves continues that of ``first``.

    Empty when ``first`` is 0 or equal to ``second``. ``Invalid("tlog.proof.range")`` unless
    ``0 <= first <= second``.
    """
    if not 0 <= first <= second:
        raise Invalid("tlog.proof.range", first=first, size=second)
    if first in (0, second):
        return []
    start, stop, ranges = 0, second, []
    while stop != first:
        middle = _split(start, stop)
        if first <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:
        ranges.append((start, stop))
    return ranges[::-1]


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the audit path of leaf ``index`` in the tree of ``size`` (RFC 9162 section 2.1.3.1)."""
    return [range_hash(start, stop, node) for start, stop in inclusion_ranges(index, size)]


def consistency_proof(first: int, second: int, node: Node) -> list[bytes]:
    """Return the proof that ``second`` leaves continue ``first`` (RFC 9162 section 2.1.4.1)."""
    return [range_hash(start, stop, node) for start, stop in consistency_ranges(first, second)]


class HashTree:
    """A whole tree in memory, for lists whose members get a proof each; ``leaves`` are leaf hashes."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.size = len(leaves)
        self._levels: list[Sequence[bytes]] = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            pairs = range(0, len(below) - 1, 2)
            self._levels.append([node_hash(below[i], below[i + 1]) for i in pairs])

    def node(self, height: int, index: int) -> bytes:
        """Return the hash of the perfect subtree ``(height, index)``."""
        return self._levels[height][index]

    def root(self) -> bytes:
        """Return the root, :data:`EMPTY_ROOT` when there are no leaves."""
        return range_hash(0, self.size, self.node)

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Return the audit path of leaf ``index``."""
        return inclusion_proof(index, self.size, self.node)

    def consistency_proof(self, first: int) -> list[bytes]:
        """Return the proof that this tree continues the one of its ``first`` leaves."""
        return consistency_proof(first, self.size, self.node)


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the leaf hashes ``leaves``."""
    return HashTree(leaves).root()


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which ``path`` leads from the leaf hash, None when the path has not the right shape.

    RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size or any(len(each) != HASH_BYTES for each in (leaf, *path)):
        return None
    at, last, whole = index, size - 1, leaf
    for other in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            whole = node_hash(other, whole)
            at, last = _up_to_right_child(at, last)
        else:
            whole = node_hash(whole, other)
        at, last = at >> 1, last >> 1
    return whole if last == 0 else None


def _up_to_right_child(at: int, last: int) -> tuple[int, int]:
    """Climb from a node on the right edge that has no brother to the level where it is somebody's brother."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether ``path`` proves that the leaf hash is at ``index`` in the tree of ``size``."""
    return root_from_path(leaf, index, size, path) == root


def verify_consistency(
    first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Return whether ``path`` proves that the second tree continues the first (RFC 9162 section 2.1.4.2)."""
    if not 0 <= first <= second or any(len(each) != HASH_BYTES for each in path):
        return False
    if first == 0:
        return not path and first_root == EMPTY_ROOT
    if first == second:
        return not path and first_root == second_root
    hashes = list(path)
    if first & (first - 1) == 0:
        hashes.insert(0, first_root)
    if not hashes:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = hashes[0]
    for other in hashes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(other, old), node_hash(other, new)
            at, last = _up_to_right_child(at, last)
        else:
            new = node_hash(new, other)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root

"""The Merkle tree (RFC 6962 and 9162, SHA-256), by its definition: a proof is followed down the tree, not up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

Path = Sequence[bytes]


def leaf(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def pair(left: bytes, right: bytes) -> bytes:
    """Return the hash above two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Stack:
    """Perfect subtrees of falling size, left to right; adding a leaf joins those that became equal."""

    count: int = 0
    roots: list[bytes] = field(default_factory=list)

    def add(self, hashed: bytes) -> None:
        """Take in the hash of the next leaf."""
        self.roots.append(hashed)
        self.count += 1
        joins = self.count
        while joins % 2 == 0:
            right = self.roots.pop()
            self.roots[-1] = pair(self.roots[-1], right)
            joins //= 2

    def root(self) -> bytes:
        """Return the root over the leaves so far."""
        if not self.roots:
            return hashlib.sha256().digest()
        whole = self.roots[-1]
        for left in self.roots[-2::-1]:
            whole = pair(left, whole)
        return whole


def root_of(leaves: Path) -> bytes:
    """Return the root over hashes of leaves."""
    stack = Stack()
    for each in leaves:
        stack.add(each)
    return stack.root()


def includes(hashed: bytes, index: int, size: int, path: Path, root: bytes) -> bool:
    """Return whether ``path`` proves that the leaf is number ``index`` of the ``size`` below ``root``."""
    if not 0 <= index < size or not _sound(path):
        return False
    return _root_by(hashed, index, size, list(path)) == root


def _root_by(hashed: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """PATH(m, D[n]) of RFC 6962 section 2.1.1, backwards: its last hash is the brother nearest to the root."""
    if size == 1:
        return hashed if not path else None
    if not path:
        return None
    brother, left = path.pop(), _left(size)
    inside = _root_by(hashed, index, left, path) if index < left else None
    if index >= left:
        inside = _root_by(hashed, index - left, size - left, path)
        return pair(brother, inside) if inside else None
    return pair(inside, brother) if inside else None


def continues(first: int, old: bytes, second: int, new: bytes, path: Path) -> bool:
    """Return whether ``path`` proves that the ``second`` leaves below ``new`` begin with the ``first`` below ``old``."""
    if not 0 <= first <= second or not _sound([old, new, *path]):
        return False
    if first == 0:
        return not path and old == hashlib.sha256().digest()
    rest = list(path)
    roots = _grown(first, second, rest, old)
    return not rest and roots == (old, new)


def _grown(first: int, size: int, path: list[bytes], old: bytes | None) -> tuple[bytes, bytes] | None:
    """SUBPROOF(m, D[n], b) of RFC 6962 section 2.1.2, backwards: the roots over the first leaves and over all.

    ``old`` is the root the reader already has (b true), None further right, where the proof names it.
    """
    if first == size:
        known = old if old is not None else path.pop() if path else None
        return (known, known) if known else None
    if not path:
        return None
    brother, left = path.pop(), _left(size)
    if first <= left:
        inside = _grown(first, left, path, old)
        return (inside[0], pair(inside[1], brother)) if inside else None
    inside = _grown(first - left, size - left, path, None)
    return (pair(brother, inside[0]), pair(brother, inside[1])) if inside else None


def _left(size: int) -> int:
    """Return how many leaves are left of the middle: the largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _sound(path: Path) -> bool:
    return len(path) <= 130 and all(len(each) == 32 for each in path)

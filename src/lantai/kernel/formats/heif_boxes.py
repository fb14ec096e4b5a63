"""Boxes of the ISO base media file format (ISO/IEC 14496-12), and the numbers in them; nothing behind their end."""

from __future__ import annotations

from collections.abc import Iterator

BOXES_MOST = 10_000
HEAD = 16
"""Bytes of the longest head of a box."""


class BrokenHeif(Exception):
    """The file departs from the standard's structure; the text says where."""


class StrangeHeif(Exception):
    """The file may be whole, but its picture is of a kind that is not read here; the text says which."""


def box(data: bytes, at: int, room: int) -> tuple[bytes, int, int]:
    """Return kind, length of the head, and whole length of the box at ``at``, which has ``room`` bytes."""
    length, kind, head = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8], 8
    if length == 1:
        length, head = int.from_bytes(data[at + 8 : at + 16]), 16
    elif length == 0:
        length = room
    if len(kind) < 4 or length < head or length > room:
        raise BrokenHeif(f"box {kind!r} of {length} bytes where {room} are")
    return kind, head, length


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield kind, content, and where in ``data`` the content begins, of the boxes one after the other."""
    at = 0
    for _ in range(BOXES_MOST):
        if at == len(data):
            return
        kind, head, length = box(data, at, len(data) - at)
        yield kind, data[at + head : at + length], at + head
        at += length
    raise BrokenHeif("too many boxes")


class Numbers:
    """Numbers out of a box, one after the other; ``IndexError`` behind its end."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def take(self, size: int) -> int:
        """Return the next ``size`` bytes as a number, 0 for none."""
        return int.from_bytes(self.bytes(size))

    def bytes(self, size: int) -> bytes:
        """Return the next ``size`` bytes."""
        if self.at + size > len(self.data):
            raise IndexError("a box ends too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def count(self, size: int, most: int) -> int:
        """Return the next number, which is one of things that are at most ``most``."""
        found = self.take(size)
        if found > most:
            raise StrangeHeif(f"{found} items, properties or tiles")
        return found

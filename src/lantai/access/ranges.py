"""Byte ranges of originals (RFC 9110, section 14): players and broken-off downloads ask for parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_ONE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)
_CHUNK = 256 << 10


@dataclass(frozen=True, slots=True)
class Span:
    """``length`` bytes from ``start`` on."""

    start: int
    length: int


UNSATISFIABLE = Span(0, 0)


def wanted(header: str, size: int) -> Span | None:
    """Return the span that a ``Range`` header asks of a file of ``size`` bytes.

    None: the whole file, because no range, several ranges or nothing understandable was asked for, which a
    server may answer in full. :data:`UNSATISFIABLE`: no byte of it is there.
    """
    asked = _ONE.fullmatch(header)
    if asked is None or not (asked[1] or asked[2]):
        return None
    if not asked[1]:
        length = min(int(asked[2]), size)
        return Span(size - length, length) if length else UNSATISFIABLE
    start = int(asked[1])
    end = min(int(asked[2]), size - 1) if asked[2] else size - 1
    if asked[2] and int(asked[2]) < start:
        return None
    return Span(start, end - start + 1) if start < size else UNSATISFIABLE


class Bytes:
    """The bytes of a span of a file, in chunks; closing it closes the file."""

    def __init__(self, path: Path, span: Span) -> None:
        self._file: BinaryIO = open(path, "rb")  # noqa: SIM115 - closed by close(), which the response calls
        self._span = span

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._span.start)
        left = self._span.length
        while left and (chunk := self._file.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Close the file; idempotent."""
        self._file.close()

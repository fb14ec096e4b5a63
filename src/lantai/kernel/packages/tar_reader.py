"""A tar, plain or compressed, read as a stream: one pass, flat memory, every header checked.

Forms: v7, ustar, GNU long names, pax (POSIX.1-2001). Sparse files and everything that is not a file or a
folder are refused.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from lantai.kernel.errors import Invalid
from lantai.kernel.packages.model import Limits
from lantai.kernel.packages.names import decode_name, shown

BLOCK = 512
_STEP = 1 << 20
_MAX_EXTENSION = 1 << 20
_MAX_PADDING = 16 << 20
_MEMORY = 128 << 20
_CHECKED = (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError)


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class _Gzip:
    """zlib's object with the manners of the other two: it keeps what it did not take."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_COMPRESSIONS: tuple[tuple[bytes, Callable[[], _Inflater]], ...] = (
    (b"\x1f\x8b", _Gzip),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\0", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)),
)


@dataclass(frozen=True, slots=True)
class TarEntry:
    """A file or folder: name bytes as received and size; its content follows in the stream."""

    raw: bytes
    size: int
    is_folder: bool


class Stream:
    """The bytes of a tar whatever wraps it, with a limit on how much may come out of how little."""

    def __init__(self, source: BinaryIO, limits: Limits) -> None:
        self._source = source
        self._limits = limits
        self._taken = 0
        self.member = ""
        start = source.read(8)
        source.seek(0)
        self._make = next((make for mark, make in _COMPRESSIONS if start.startswith(mark)), None)
        self._pieces = self._plain() if self._make is None else self._inflated(self._make)
        self._held = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return ``size`` bytes, fewer only at the end; raises ``packages.archive.damaged``."""
        while len(self._held) - self._at < size:
            try:
                piece = next(self._pieces, None)
            except _CHECKED as error:
                raise Invalid("packages.archive.damaged", member=self.member) from error
            if piece is None:
                break
            self._held = self._held[self._at :] + piece
            self._at = 0
        data = self._held[self._at : self._at + size]
        self._at += len(data)
        return data

    def exactly(self, size: int) -> bytes:
        """Return ``size`` bytes or raise ``packages.archive.truncated``."""
        data = self.read(size)
        if len(data) != size:
            raise Invalid("packages.archive.truncated", member=self.member)
        return data

    def _plain(self) -> Iterator[bytes]:
        while data := self._source.read(_STEP):
            yield data

    def _inflated(self, make: Callable[[], _Inflater]) -> Iterator[bytes]:
        inflater, produced, data = make(), 0, b""
        while True:
            if inflater.eof:
                data = inflater.unused_data or self._more()
                if not data.strip(b"\0"):
                    return
                inflater = make()
            piece = inflater.decompress(data, _STEP)
            data = b""
            if piece:
                produced += len(piece)
                self._judge(produced)
                yield piece
            elif not inflater.eof and not (data := self._more()):
                raise Invalid("packages.archive.truncated", member=self.member)

    def _more(self) -> bytes:
        data = self._source.read(1 << 16)
        self._taken += len(data)
        return data

    def _judge(self, produced: int) -> None:
        limits = self._limits
        if produced > limits.ratio_floor and produced > limits.ratio * max(self._taken, 1):
            raise Invalid("packages.limit.ratio", member=self.member, limit=limits.ratio)
        if produced > 2 * limits.bytes + limits.ratio_floor:
            raise Invalid("packages.limit.bytes", member=self.member, limit=limits.bytes)


def entries(stream: Stream) -> Iterator[TarEntry]:
    """Yield the files and folders; the caller reads a file's :func:`content` before asking for the next.

    Raises Invalid ``packages.archive.`` kind (no tar at all), damaged, truncated, trailing;
    ``packages.member.`` link, special, sparse.
    """
    first = True
    pending: dict[bytes, bytes] = {}
    while True:
        header = stream.read(BLOCK)
        if len(header) < BLOCK or header == b"\0" * BLOCK:
            if first and len(header) < BLOCK:
                raise Invalid("packages.archive.kind", found="")
            if len(header) < BLOCK or pending:
                raise Invalid("packages.archive.truncated", member=stream.member)
            return _drain(stream)
        if not _sound(header):
            code = "packages.archive.kind" if first else "packages.archive.damaged"
            raise Invalid(code, member=stream.member, found="")
        first = False
        kind = header[156:157]
        if kind in b"xgLK":
            pending = _extend(stream, kind, _number(header[124:136], stream), pending)
            continue
        yield _entry(stream, header, kind, pending)
        pending = {key: value for key, value in pending.items() if key.startswith(b"global ")}


def content(stream: Stream, size: int) -> Iterator[bytes]:
    """Yield a file's ``size`` bytes in pieces of at most 1 MiB, then step over the padding."""
    rest = size
    while rest:
        piece = stream.exactly(min(_STEP, rest))
        rest -= len(piece)
        yield piece
    stream.exactly(-size % BLOCK)


def _sound(header: bytes) -> bool:
    try:
        told = int(header[148:156].strip(b"\0 ") or b"0", 8)
    except ValueError:
        return False
    blank = header[:148] + b" " * 8 + header[156:]
    return told == sum(blank) or told == sum(byte - 256 if byte > 127 else byte for byte in blank)


def _number(field: bytes, stream: Stream) -> int:
    """Return an octal or, where the first bit is set, base-256 number."""
    if field[0] & 0x80:
        number = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    else:
        try:
            number = int(field.strip(b"\0 ") or b"0", 8)
        except ValueError as error:
            raise Invalid("packages.archive.damaged", member=stream.member) from error
    if number > 1 << 60:
        raise Invalid("packages.archive.damaged", member=stream.member)
    return number


def _extend(stream: Stream, kind: bytes, size: int, pending: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Return ``pending`` with what a long-name or pax record says about the next entry (or all further)."""
    if size > _MAX_EXTENSION:
        raise Invalid("packages.archive.damaged", member=stream.member)
    body = stream.exactly(size + -size % BLOCK)[:size]
    if kind == b"L":
        return pending | {b"path": body.rstrip(b"\0")}
    if kind == b"K":
        return pending
    told = _pax(body, stream)
    if kind == b"g":
        told = {b"global " + key: value for key, value in told.items()}
    return pending | told


def _pax(body: bytes, stream: Stream) -> dict[bytes, bytes]:
    told: dict[bytes, bytes] = {}
    position = 0
    while position < len(body):
        blank = body.find(b" ", position, position + 12)
        digits = body[position:blank] if blank > 0 else b""
        end = position + int(digits) if digits.isdigit() else position
        record = body[blank + 1 : end]
        if end <= blank or end > len(body) or not record.endswith(b"\n") or b"=" not in record:
            raise Invalid("packages.archive.damaged", member=stream.member)
        key, _, value = record[:-1].partition(b"=")
        told[key] = value
        position = end
    return told


def _entry(stream: Stream, header: bytes, kind: bytes, pending: dict[bytes, bytes]) -> TarEntry:
    raw = pending.get(b"path") or pending.get(b"global path") or _ustar_name(header)
    stream.member = member = shown(decode_name(raw)[0])
    if any(key.startswith((b"GNU.sparse", b"global GNU.sparse")) for key in pending) or kind == b"S":
        raise Invalid("packages.member.sparse", member=member)
    if kind in b"12":
        raise Invalid("packages.member.link", member=member)
    if kind not in b"057\0":
        raise Invalid("packages.member.special", member=member)
    size = _number(header[124:136], stream)
    if (told := pending.get(b"size")) is not None:
        if not told.isdigit() or len(told) > 18:
            raise Invalid("packages.archive.damaged", member=member)
        size = int(told)
    is_folder = kind == b"5" or raw.endswith(b"/")
    return TarEntry(raw, 0 if is_folder else size, is_folder)


def _ustar_name(header: bytes) -> bytes:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _drain(stream: Stream) -> None:
    """Read to the end: after the first empty block there may only be more of them, and not for ever."""
    read = 0
    while data := stream.read(_STEP):
        read += len(data)
        if data.strip(b"\0") or read > _MAX_PADDING:
            raise Invalid("packages.archive.trailing", member=stream.member)

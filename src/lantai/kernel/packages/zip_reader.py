"""The bytes of zip entries, bounded by what the directory promised and checked against it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from lantai.kernel.errors import Invalid
from lantai.kernel.packages.placed import read_at
from lantai.kernel.packages.zip_directory import ZipEntry

_STEP = 1 << 20


def read_entry(descriptor: int, entry: ZipEntry, place: int) -> Iterator[bytes]:
    """Yield the content of ``entry``, whose data begins at ``place``, in pieces of at most 1 MiB.

    Raises Invalid ``packages.member.size`` the moment there is more (or at the end, less) than promised,
    ``packages.member.damaged`` for a wrong checksum or a broken stream.
    """
    produced = checksum = 0
    pieces = _stored(descriptor, entry, place) if entry.method == 0 else _deflated(descriptor, entry, place)
    for piece in pieces:
        produced += len(piece)
        if produced > entry.size:
            break
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if produced != entry.size:
        raise Invalid("packages.member.size", member=entry.shown, declared=entry.size, found=produced)
    if checksum != entry.crc:
        raise Invalid("packages.member.damaged", member=entry.shown)


def _packed(descriptor: int, entry: ZipEntry, place: int) -> Iterator[bytes]:
    end = place + entry.packed
    while place < end:
        data = read_at(descriptor, min(_STEP, end - place), place)
        if not data:
            raise Invalid("packages.archive.truncated", member=entry.shown)
        place += len(data)
        yield data


def _stored(descriptor: int, entry: ZipEntry, place: int) -> Iterator[bytes]:
    if entry.packed != entry.size:
        raise Invalid("packages.member.size", member=entry.shown, declared=entry.size, found=entry.packed)
    return _packed(descriptor, entry, place)


def _deflated(descriptor: int, entry: ZipEntry, place: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-15)
    try:
        for data in _packed(descriptor, entry, place):
            while data:
                if inflater.eof:
                    raise Invalid("packages.member.damaged", member=entry.shown)
                piece = inflater.decompress(data, _STEP)
                data = inflater.unconsumed_tail
                if piece:
                    yield piece
            if inflater.unused_data:
                raise Invalid("packages.member.damaged", member=entry.shown)
        while not inflater.eof:
            piece = inflater.decompress(b"", _STEP)
            if not piece:
                raise Invalid("packages.archive.truncated", member=entry.shown)
            yield piece
    except zlib.error as error:
        raise Invalid("packages.member.damaged", member=entry.shown) from error

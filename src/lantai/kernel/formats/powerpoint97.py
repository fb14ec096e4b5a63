"""The text of PowerPoint 97-2003 and of WPS Presentation, slide by slide (MS-PPT 2.1.2, 2.3, 2.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from lantai.kernel.formats.compound import Compound

_EDIT, _PERSIST = 0x0FF5, 0x1772
_DOCUMENT, _SLIDE, _LIST, _SLIDE_IN_LIST = 0x03E8, 0x03EE, 0x0FF0, 0x03F3
_WIDE_TEXT, _NARROW_TEXT = 0x0FA0, 0x0FA8
_ENCRYPTED = 0xF3D1C4DF
_MOST_EDITS = 10_000
_MOST_DEPTH = 32
_LINES = str.maketrans({"\r": "\n", "\x0b": "\n", "\0": None})

Record = tuple[int, int, int, int]
"""Instance, type, first byte and end of the content."""


def texts(path: Path, limit: int) -> list[str]:
    """Return what stands on each slide; ``Corrupt`` for damaged, locked and older files."""
    file = Compound(path)
    try:
        told, left = [], limit
        data = file.stream("PowerPoint Document")
        for slide in _slides(data, file.stream("Current User")):
            told.append(slide[: max(left, 0)])
            left -= len(told[-1])
    except (struct.error, ValueError, KeyError) as problem:
        raise file.refused(f"{type(problem).__name__}: {problem}") from problem
    return told


def _slides(data: bytes, user: bytes) -> list[str]:
    """Return the texts of the slides as the last edit left them: earlier versions stay in the stream."""
    token, edit = struct.unpack_from("<II", user, 12)
    if token == _ENCRYPTED:
        raise ValueError("encrypted")
    places, document = _persist(data, edit)
    _, kind, start, end = _record(data, places[document], len(data))
    if kind != _DOCUMENT:
        raise ValueError("no document")
    for instance, kind, first, last in _records(data, start, end):
        if kind == _LIST and instance == 0:
            return _listed(data, first, last, places)
    return []


def _persist(data: bytes, edit: int) -> tuple[dict[int, int], int]:
    """Return where each persistent object lies, newest edit first, and the number of the document."""
    places: dict[int, int] = {}
    document, seen, left = 0, 0, len(data)
    while edit and seen < _MOST_EDITS:
        _, kind, start, end = _record(data, edit, len(data))
        if kind != _EDIT or end - start < 28:
            raise ValueError("no edit")
        _, _, before, directory, number = struct.unpack_from("<IIIII", data, start)
        if end - start >= 32:
            raise ValueError("encrypted")
        document = document or number
        _, kind, first, last = _record(data, directory, len(data))
        left -= last - first
        if kind != _PERSIST or left < 0:
            raise ValueError("no directory of objects")
        for key, value in _directory(data, first, last):
            places.setdefault(key, value)
        if before >= edit:
            raise ValueError("edits go round")
        edit, seen = before, seen + 1
    return places, document


def _directory(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start + 4 <= end:
        told = struct.unpack_from("<I", data, start)[0]
        first, count = told & 0xFFFFF, told >> 20
        for number, value in enumerate(struct.unpack_from(f"<{count}I", data, start + 4)):
            yield first + number, value
        start += 4 + count * 4


def _listed(data: bytes, start: int, end: int, places: dict[int, int]) -> list[str]:
    """Return one text per slide of the list: its outline text, then what stands in its drawing."""
    outlines: list[list[str]] = []
    drawings: list[int] = []
    for _, kind, first, last in _records(data, start, end):
        if kind == _SLIDE_IN_LIST:
            outlines.append([])
            drawings.append(places.get(struct.unpack_from("<I", data, first)[0], -1))
        elif outlines and kind in (_WIDE_TEXT, _NARROW_TEXT):
            outlines[-1].append(_text(data, kind, first, last))
    told, left = [], len(data)
    for outline, place in zip(outlines, drawings, strict=True):
        _, kind, first, last = _record(data, place, end=len(data)) if place >= 0 else (0, 0, 0, 0)
        left -= last - first
        if left < 0:
            raise ValueError("slides lie in each other")
        lines = outline + (list(_inner(data, first, last, 0)) if kind == _SLIDE else [])
        told.append("\n".join(line for line in lines if line.strip()))
    return told


def _inner(data: bytes, start: int, end: int, depth: int) -> Iterator[str]:
    """Yield the texts of all records inside, however deep."""
    if depth > _MOST_DEPTH:
        raise ValueError("too deep")
    place = start
    while place + 8 <= end:
        version, kind, first, last = _head(data, place, end)
        if version == 0xF:
            yield from _inner(data, first, last, depth + 1)
        elif kind in (_WIDE_TEXT, _NARROW_TEXT):
            yield _text(data, kind, first, last)
        place = last


def _text(data: bytes, kind: int, first: int, last: int) -> str:
    encoding = "utf-16-le" if kind == _WIDE_TEXT else "latin-1"
    return data[first:last].decode(encoding, "replace").translate(_LINES)


def _head(data: bytes, place: int, end: int) -> Record:
    """Return version (15: a container), type, first byte and end of the record at ``place``."""
    mark, kind, size = struct.unpack_from("<HHI", data, place)
    if place + 8 + size > end:
        raise ValueError(f"a record at {place} is cut off")
    return mark & 0xF, kind, place + 8, place + 8 + size


def _record(data: bytes, place: int, end: int) -> Record:
    _, kind, first, last = _head(data, place, end)
    return struct.unpack_from("<H", data, place)[0] >> 4, kind, first, last


def _records(data: bytes, start: int, end: int) -> Iterator[Record]:
    while start + 8 <= end:
        told = _record(data, start, end)
        yield told
        start = told[3]

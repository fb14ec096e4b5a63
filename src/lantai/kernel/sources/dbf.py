"""dBASE tables (dBASE III to Visual FoxPro), in which older catalogues lie: read record by record."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel import encodings
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.sources.headings import unique
from lantai.kernel.sources.model import Row, Source, SourceLimits

_VERSIONS = frozenset(
    {0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8C, 0xCB, 0xE5, 0xF5, 0xFB}
)
_PAGES = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "cp950", 0x78: "cp950", 0x03: "cp1252", 0x57: "cp1252"}
_WESTERN = "cp1252"
_MEMOS = frozenset("MGPBWQV")
_KINDS = _MEMOS | frozenset("CNFDLITYO0+@")
_BLOCK = 1 << 20
_SAMPLE = 1 << 18
_END = 0x1A
_EPOCH = 1721425
"""Julian day number of the day before 0001-01-01."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: bytes
    kind: str
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class _Header:
    records: int
    start: int
    size: int
    page: int
    fields: tuple[_Field, ...]


def is_dbf(start: bytes) -> bool:
    """Return whether a file that starts so has a dBASE header; 44 bytes decide."""
    if len(start) < 32 or start[0] not in _VERSIONS:
        return False
    head, size = struct.unpack_from("<HH", start, 8)
    dated = start[2] <= 12 and start[3] <= 31
    if not dated or head < 65 or (head - 33) % 32 not in {0, 8} or size <= 1:
        return False
    # Text may look like that so far. The kind of the first field cannot be a tab, a zero or Chinese.
    return len(start) >= 44 and chr(start[43]) in _KINDS


def read_dbf(path: Path, limits: SourceLimits) -> Source:
    """Return the records that are not marked as deleted; row numbers are record numbers.

    Numbers and dates come as text (dates as YYYYMMDD); memo fields lie in another file and are a finding when
    they hold anything; records that are deleted, and data behind those the header counts, are findings too.
    Raises Invalid: ``sources.file.broken`` (shorter than its header says), ``.too_large``,
    ``sources.table.too_wide``.
    """
    size = path.stat().st_size
    if size > limits.database:
        raise Invalid("sources.file.too_large", name=path.name, size=size, limit=limits.database)
    header = _header(path)
    if len(header.fields) > limits.columns:
        raise Invalid("sources.table.too_wide", name=path.name, columns=limits.columns)
    if size < header.start + header.records * header.size:
        raise Invalid("sources.file.broken", name=path.name, reason="fewer records than its header says")
    encoding, findings = _encoding(path, header)
    findings = (*findings, *_left_out(path, header, size))
    memos = _memos(path, header)
    if memos:
        names = " ".join(_decoded(name, encoding) for name in memos)
        findings = (*findings, Finding("sources.dbf.memo", path.name, "", names, Severity.WARNING))
    headings = unique(_decoded(field.name, encoding) for field in header.fields)
    texts = [(field, _reader(field, encoding)) for field in header.fields]

    def stream() -> Iterator[Row]:
        for number, record in _records(path, header):
            cells = tuple([text(record[f.start : f.start + f.size]) for f, text in texts])
            if any(cells):
                yield Row(number, cells)

    return Source(path, "dbf", headings, stream, encoding, findings)


def _header(path: Path) -> _Header:
    with open(path, "rb") as file:
        fixed = file.read(32)
        records, start, size = struct.unpack_from("<IHH", fixed, 4)
        described = file.read(start - 32)
    fields: list[_Field] = []
    place = 1
    for offset in range(0, len(described) - 31, 32):
        if described[offset] == 0x0D:
            break
        raw = described[offset : offset + 32]
        kind = chr(raw[11])
        # Character fields keep the high byte of a length over 255 where others keep their decimals.
        length = raw[16] + (raw[17] << 8 if kind == "C" else 0)
        fields.append(_Field(raw[:11].split(b"\0")[0].strip(), kind, place, length))
        place += length
    shown = tuple(field for field in fields if field.kind != "0")
    if not shown or place > size:
        raise Invalid("sources.file.broken", name=path.name, reason="its fields do not fit its records")
    return _Header(records, start, size, fixed[29], shown)


def _records(path: Path, header: _Header) -> Iterator[tuple[int, bytes]]:
    """Yield (number from 1, bytes) of the records that are not deleted."""
    count = max(1, _BLOCK // header.size)
    number = 0
    with open(path, "rb") as file:
        file.seek(header.start)
        while number < header.records:
            block = file.read(count * header.size)
            for place in range(0, len(block) - header.size + 1, header.size):
                number += 1
                if number > header.records or block[place] == _END:
                    return
                if block[place] != 0x2A:
                    yield number, block[place : place + header.size]


def _left_out(path: Path, header: _Header, size: int) -> Iterator[Finding]:
    """Yield what the table holds and its rows do not; Invalid when it ends before its header says."""
    deleted, left = 0, header.records
    count = max(1, _BLOCK // header.size)
    with open(path, "rb") as file:
        file.seek(header.start)
        while left > 0:
            marks = file.read(min(count, left) * header.size)[:: header.size]
            if not marks or _END in marks:
                raise Invalid(
                    "sources.file.broken", name=path.name, reason="fewer records than its header says"
                )
            deleted += marks.count(b"*")
            left -= len(marks)
        behind = file.read(1)
    if deleted:
        yield Finding("sources.dbf.deleted", path.name, "", str(deleted), Severity.WARNING)
    more = (size - header.start) // header.size - header.records
    if more > 0 and behind in {b" ", b"*"}:
        yield Finding("sources.dbf.more", path.name, str(header.records), str(more), Severity.WARNING)


def _encoding(path: Path, header: _Header) -> tuple[str, tuple[Finding, ...]]:
    """Return the encoding the header names, else what the texts of the first records show.

    A header that names Windows' Western page is asked whether its texts agree: programs wrote it there
    whatever they wrote in.
    """
    named = _PAGES.get(header.page, "")
    if named and named != _WESTERN:
        return named, ()
    sample = b"\n".join(field.name for field in header.fields)
    for _, record in _records(path, header):
        if len(sample) > _SAMPLE:
            break
        texts = [record[f.start : f.start + f.size].strip(b" \0") for f in header.fields if f.kind == "C"]
        sample += b"\n" + b"\n".join(texts)
    if named:
        found, sure = encodings.detect(sample)
        if not sure or sample.isascii():
            return named, ()
        wrong = Finding("encodings.text.contradicts", path.name, named, found, Severity.WARNING)
        return found, (wrong,)
    decoded = encodings.decode(sample, path.name)
    if any(finding.code == "encodings.text.damaged" for finding in decoded.findings):
        # Texts cut in the middle of a character are usual: fields are counted in bytes.
        text = sample.decode("utf-8", "replace")
        encoding = "utf-8" if text.count("\ufffd") < len(text) / 20 else "gb18030"
        return encoding, tuple(f for f in decoded.findings if f.code != "encodings.text.damaged")
    return decoded.encoding, decoded.findings


def _memos(path: Path, header: _Header) -> list[bytes]:
    memos = [field for field in header.fields if field.kind in _MEMOS]
    filled: dict[bytes, None] = {}
    if memos:
        for _, record in _records(path, header):
            for field in memos:
                if record[field.start : field.start + field.size].strip(b" \0"):
                    filled[field.name] = None
    return list(filled)


def _decoded(data: bytes, encoding: str) -> str:
    return data.decode(encoding, "replace").strip(" \0\t\r\n")


def _reader(field: _Field, encoding: str) -> Callable[[bytes], str]:
    """Return what makes text of the field's bytes."""
    if field.kind in _BINARY and field.size == _BINARY[field.kind][0]:
        return _BINARY[field.kind][1]
    if field.kind in _MEMOS:
        return lambda data: ""
    if field.kind == "L":
        return lambda data: {b"T": "TRUE", b"Y": "TRUE", b"F": "FALSE", b"N": "FALSE"}.get(data.upper(), "")
    if field.kind in "NFD":
        return lambda data: data.strip(b" \0*").decode("latin-1")
    return lambda data: data.strip(b" \0").decode(encoding, "replace").strip()


def _moment(data: bytes) -> str:
    day, milliseconds = struct.unpack("<ii", data)
    if not 0 < day - _EPOCH <= datetime.date.max.toordinal():
        return ""
    date = datetime.date.fromordinal(day - _EPOCH)
    clock = datetime.timedelta(milliseconds=milliseconds)
    return f"{date.isoformat()} {clock}" if milliseconds else date.isoformat()


_BINARY: dict[str, tuple[int, Callable[[bytes], str]]] = {
    "I": (4, lambda data: str(struct.unpack("<i", data)[0])),
    "+": (4, lambda data: str(struct.unpack(">i", data)[0] & 0x7FFFFFFF)),
    "O": (8, lambda data: f"{struct.unpack('<d', data)[0]:g}"),
    "B": (8, lambda data: f"{struct.unpack('<d', data)[0]:.15g}"),
    "Y": (8, lambda data: f"{struct.unpack('<q', data)[0] / 10000:.4f}".rstrip("0").rstrip(".")),
    "T": (8, _moment),
    "@": (8, _moment),
}

"""A zip's directory, read strictly: every byte of the file belongs to exactly one entry or to the directory.

Two programs must not see two different archives in one file. So what the central directory says must be
what the local headers say, entries follow each other without gap or overlap, and nothing stands before the
first or after the end record. Layout: APPNOTE 6.3.
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from lantai.kernel.errors import Invalid
from lantai.kernel.packages.model import Limits
from lantai.kernel.packages.names import decode_name, shown
from lantai.kernel.packages.placed import read_at

_END = struct.Struct("<4sHHHHIIH")
_END64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR = struct.Struct("<4sIQI")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_FULL, _FULL16 = 0xFFFFFFFF, 0xFFFF
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_DESCRIPTOR, UTF8 = 0x0008, 0x0800
_SAME_FLAGS = _ENCRYPTED | _DESCRIPTOR | UTF8
_METHODS = (0, 8)
_MAX_DIRECTORY = 256 << 20
_MAX_HEADER = _LOCAL.size + 2 * _FULL16


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One entry as both its headers tell it; ``unicode`` is the name of extra field 0x7075, None without."""

    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    start: int
    is_folder: bool
    unicode: bytes | None

    @property
    def shown(self) -> str:
        """Return the name for an error text."""
        return shown(decode_name(self.raw)[0])


@dataclass(frozen=True, slots=True)
class _End:
    count: int
    size: int
    offset: int


def read_directory(descriptor: int, limits: Limits) -> tuple[list[ZipEntry], list[int]]:
    """Return the entries in the directory's order and where the data of each begins.

    Raises Invalid ``packages.zip.`` end, split, directory, entry, extra, disagrees, gap, method;
    ``packages.member.`` encrypted, link, special; ``packages.limit.files``.
    """
    end = _end(descriptor)
    if end.count > 2 * limits.files:
        raise Invalid("packages.limit.files", member="", limit=limits.files)
    if end.size > _MAX_DIRECTORY:
        raise Invalid("packages.zip.directory", reason="size")
    entries = list(_entries(read_at(descriptor, end.size, end.offset), end))
    return entries, _places(descriptor, entries, end.offset)


def _end(descriptor: int) -> _End:
    """Find the one end record whose comment ends with the file; APPNOTE 4.3.14–4.3.16."""
    size = os.fstat(descriptor).st_size
    base = max(0, size - _END.size - _FULL16)
    tail = read_at(descriptor, size - base, base)
    fitting = []
    position = tail.find(b"PK\5\6")
    while position >= 0:
        if position + _END.size <= len(tail):
            length = _END.unpack_from(tail, position)[7]
            if position + _END.size + length == len(tail):
                fitting.append(position)
        position = tail.find(b"PK\5\6", position + 1)
    if len(fitting) != 1:
        raise Invalid("packages.zip.end", found=len(fitting))
    where = base + fitting[0]
    _, disk, start_disk, here, count, length, offset, _ = _END.unpack_from(tail, fitting[0])
    locator = read_at(descriptor, _LOCATOR.size, where - _LOCATOR.size) if where >= _LOCATOR.size else b""
    if locator[:4] == b"PK\6\7":
        return _end64(descriptor, locator, where - _LOCATOR.size)
    if disk or start_disk or here != count:
        raise Invalid("packages.zip.split")
    if offset + length != where:
        raise Invalid("packages.zip.gap", member="", offset=offset + length)
    return _End(count, length, offset)


def _end64(descriptor: int, locator: bytes, where: int) -> _End:
    _, disk, offset, disks = _LOCATOR.unpack(locator)
    record = read_at(descriptor, _END64.size, offset) if offset < where else b""
    if len(record) != _END64.size or record[:4] != b"PK\6\6":
        raise Invalid("packages.zip.directory", reason="zip64")
    _, length, _, _, on_disk, start_disk, here, count, size, start = _END64.unpack(record)
    if disk or disks != 1 or on_disk or start_disk or here != count:
        raise Invalid("packages.zip.split")
    if offset + 12 + length != where or start + size != offset:
        raise Invalid("packages.zip.gap", member="", offset=start + size)
    return _End(count, size, start)


def _entries(data: bytes, end: _End) -> Iterator[ZipEntry]:
    position = 0
    for _ in range(end.count):
        if position + _CENTRAL.size > len(data) or data[position : position + 4] != b"PK\1\2":
            raise Invalid("packages.zip.directory", reason="short")
        fields = _CENTRAL.unpack_from(data, position)
        lengths = fields[10:13]
        position += _CENTRAL.size
        name = data[position : position + lengths[0]]
        extra = data[position + lengths[0] : position + lengths[0] + lengths[1]]
        position += sum(lengths)
        if position > len(data):
            raise Invalid("packages.zip.directory", reason="short")
        yield _entry(fields, name, extra)
    if position != len(data):
        raise Invalid("packages.zip.directory", reason="long")


def _entry(fields: tuple[int, ...], raw: bytes, extra: bytes) -> ZipEntry:
    _, made_by, _, flags, method, _, _, crc, packed, size, _, _, _, disk, _, attributes, start = fields
    member = shown(decode_name(raw)[0])
    if flags & _ENCRYPTED or method == 99:
        raise Invalid("packages.member.encrypted", member=member)
    _refuse_special(attributes >> 16, member)
    if disk:
        raise Invalid("packages.zip.split")
    extras = _extras(extra, member)
    size, packed, start = _wide(extras.get(1), (size, packed, start), member)
    is_folder = raw.endswith(b"/") or (made_by >> 8 in (0, 10) and bool(attributes & 0x10) and not size)
    if is_folder and size:
        raise Invalid("packages.zip.entry", member=member)
    if method not in _METHODS and not is_folder:
        raise Invalid("packages.zip.method", member=member, method=method)
    return ZipEntry(raw, flags, method, crc, packed, size, start, is_folder, _unicode(extras, raw, flags))


def _refuse_special(mode: int, member: str) -> None:
    if stat.S_ISLNK(mode):
        raise Invalid("packages.member.link", member=member)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Invalid("packages.member.special", member=member)


def _extras(extra: bytes, member: str) -> dict[int, bytes]:
    """Return the extra fields that change what is read (zip64, Unicode name); a second one is refused."""
    found: dict[int, bytes] = {}
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        body = extra[position + 4 : position + 4 + length]
        position += 4 + length
        if len(body) != length:
            raise Invalid("packages.zip.extra", member=member)
        if kind in (0x0001, 0x7075):
            if kind in found:
                raise Invalid("packages.zip.extra", member=member)
            found[kind] = body
    if any(extra[position:]):
        raise Invalid("packages.zip.extra", member=member)
    return found


def _wide(extra: bytes | None, narrow: tuple[int, int, int], member: str) -> tuple[int, int, int]:
    """Return size, packed size and offset, each from the zip64 extra where its field is full: 4.5.3."""
    wanted = [value == _FULL for value in narrow]
    if extra is None:
        if any(wanted):
            raise Invalid("packages.zip.extra", member=member)
        return narrow
    if len(extra) != 8 * sum(wanted):
        raise Invalid("packages.zip.extra", member=member)
    values = iter(struct.unpack(f"<{sum(wanted)}Q", extra))
    size, packed, start = (next(values) if w else n for w, n in zip(wanted, narrow, strict=True))
    return size, packed, start


def _unicode(extras: dict[int, bytes], raw: bytes, flags: int) -> bytes | None:
    """Return the name of extra field 0x7075 when it belongs to this name: 4.6.9."""
    field = extras.get(0x7075)
    if field is None or len(field) < 6 or field[0] != 1:
        return None
    if struct.unpack_from("<I", field, 1)[0] != zlib.crc32(raw):
        return None
    if flags & UTF8 and field[5:] != raw:
        raise Invalid("packages.zip.extra", member=shown(decode_name(raw)[0]))
    return field[5:]


def _places(descriptor: int, entries: list[ZipEntry], stop: int) -> list[int]:
    """Return where each entry's data begins, having shown that the entries tile the file up to ``stop``."""
    places = [0] * len(entries)
    order = sorted(range(len(entries)), key=lambda index: entries[index].start)
    expected = 0
    for index in order:
        entry = entries[index]
        if entry.start != expected:
            raise Invalid("packages.zip.gap", member=entry.shown, offset=expected)
        places[index] = _local(descriptor, entry)
        expected = places[index] + entry.packed
        if expected > stop:
            raise Invalid("packages.zip.gap", member=entry.shown, offset=stop)
        if entry.flags & _DESCRIPTOR:
            expected += _descriptor(read_at(descriptor, 24, expected), entry)
    if expected != stop:
        raise Invalid("packages.zip.gap", member="", offset=expected)
    return places


def _local(descriptor: int, entry: ZipEntry) -> int:
    """Compare the local header with the directory; return where the data begins: 4.3.7."""
    head = read_at(descriptor, 512 if len(entry.raw) < 256 else _MAX_HEADER, entry.start)
    if len(head) < _LOCAL.size or head[:4] != b"PK\3\4":
        raise Invalid("packages.zip.disagrees", member=entry.shown, field="header")
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(head)
    whole = _LOCAL.size + name_length + extra_length
    if whole > len(head):
        head = read_at(descriptor, whole, entry.start)
    name = head[_LOCAL.size : _LOCAL.size + name_length]
    extras = _extras(head[_LOCAL.size + name_length : whole], entry.shown)
    if 1 in extras:
        if len(extras[1]) != 16:
            raise Invalid("packages.zip.extra", member=entry.shown)
        wide = struct.unpack("<QQ", extras[1])
        size = wide[0] if size == _FULL else size
        packed = wide[1] if packed == _FULL else packed
    told = {
        "name": name == entry.raw and _unicode(extras, name, flags) in (None, entry.unicode),
        "flags": flags & _SAME_FLAGS == entry.flags & _SAME_FLAGS,
        "method": method == entry.method,
    }
    blank = entry.flags & _DESCRIPTOR
    for field, local, central in (
        ("crc", crc, entry.crc),
        ("packed size", packed, entry.packed),
        ("size", size, entry.size),
    ):
        told[field] = local == central or bool(blank and not local)
    for field, same in told.items():
        if not same:
            raise Invalid("packages.zip.disagrees", member=entry.shown, field=field)
    return entry.start + int(whole)


def _descriptor(data: bytes, entry: ZipEntry) -> int:
    """Return the length of the data descriptor that agrees with the directory: 4.3.9."""
    for lead in (b"PK\7\x08", b""):
        for form in ("<III", "<IQQ"):
            length = len(lead) + struct.calcsize(form)
            if data.startswith(lead) and len(data) >= length:
                crc, packed, size = struct.unpack_from(form, data, len(lead))
                if (crc, packed, size) == (entry.crc, entry.packed, entry.size):
                    return length
    raise Invalid("packages.zip.disagrees", member=entry.shown, field="descriptor")

"""Opening ZIP-based documents and archives: every member is read and its checksum compared."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from lantai.kernel.errors import Corrupt
from lantai.kernel.findings import Finding
from lantai.kernel.formats import markup
from lantai.kernel.formats.model import Inspection, damaged, unchecked

TOTAL_LIMIT = 2 << 30
"""Bytes unpacked for a test; beyond this a file is not tested further."""

MEMBERS_LIMIT = 100_000
CHUNK = 1 << 18
OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError)


def inspect(path: Path) -> Inspection:
    """Return whether all members of a ZIP-based file are whole; an OLE2 document has no tool here."""
    with open(path, "rb") as stream:
        head = stream.read(8)
    if not head.startswith(b"PK"):
        return _container(path, head)
    try:
        with zipfile.ZipFile(path) as archive:
            return _members(archive)
    except BROKEN as problem:
        return damaged("formats.zip.damaged", f"{type(problem).__name__}: {problem}")


def _container(path: Path, head: bytes) -> Inspection:
    """An OLE2 document: an encrypted package says so by a stream name near its start (MS-OFFCRYPTO 1.3)."""
    if head == OLE_HEAD and "EncryptedPackage".encode("utf-16-le") in path.read_bytes()[: 16 << 20]:
        return Inspection(False, (Finding("formats.content.encrypted", found="OLE2"),), encrypted=True)
    return unchecked("formats.content.no_tool", "OLE2")


def _members(archive: zipfile.ZipFile) -> Inspection:
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        return Inspection(False, (Finding("formats.content.encrypted", found="ZIP"),), encrypted=True)
    if len(entries) > MEMBERS_LIMIT:
        return unchecked("formats.zip.too_large", f"{len(entries)} members")
    left = TOTAL_LIMIT
    for entry in entries:
        with archive.open(entry) as stream:
            while part := stream.read(CHUNK):
                left -= len(part)
                if left < 0:
                    return unchecked("formats.zip.too_large", f"> {TOTAL_LIMIT} bytes")
    return Inspection(True)


def word_text(path: Path, limit: int) -> str:
    """Return the paragraphs of a .docx, one per line; ``Corrupt`` when it does not open."""
    lines: list[list[str]] = []
    for node in _elements(path, "word/document.xml", limit, "p", "t"):  # boxes in paragraphs: each word once
        if etree.QName(node).localname == "p":
            lines.append([])
        elif lines:
            lines[-1].append(node.text or "")
    return "\n".join(map("".join, lines))[:limit]


def sheet_texts(path: Path, limit: int) -> list[str]:
    """Return the cells of each sheet of an .xlsx, rows as lines, cells parted by tabs."""
    shared = ["".join(t.text or "" for t in item.iter("{*}t")) for item in _shared(path, limit)]
    texts, left = [], limit
    for member in _sheets(path):
        rows = [_row(row, shared) for row in _elements(path, member, limit, "row")]
        texts.append("\n".join(rows)[: max(left, 0)])
        left -= len(texts[-1])
    return texts


def _shared(path: Path, limit: int) -> Iterator[etree._Element]:
    if "xl/sharedStrings.xml" in names(path):
        yield from _elements(path, "xl/sharedStrings.xml", limit, "si")


def _sheets(path: Path) -> list[str]:
    found = [name for name in names(path) if name.startswith("xl/worksheets/sheet") and name.endswith(".xml")]
    return sorted(found, key=lambda name: (len(name), name))


def names(path: Path) -> list[str]:
    """Return the names of all members; ``Corrupt`` when they cannot be listed."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except BROKEN as problem:
        raise Corrupt("formats.text.unreadable", path=path.name, reason=str(problem)) from problem


def _row(row: etree._Element, shared: list[str]) -> str:
    return "\t".join(_cell(cell, shared) for cell in row.iter("{*}c"))


def _cell(cell: etree._Element, shared: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(node.text or "" for node in cell.iter("{*}t"))
    value = next((node.text or "" for node in cell.iter("{*}v")), "")
    if cell.get("t") == "s" and value.isdigit() and int(value) < len(shared):
        return shared[int(value)]
    return value


def _elements(path: Path, member: str, limit: int, *tags: str) -> Iterator[etree._Element]:
    """Yield the elements ``tags`` of an XML member, read up to forty bytes per wanted character."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
            data = stream.read(min(limit * 40, 256 << 20))
    except (*BROKEN, KeyError) as problem:
        raise Corrupt("formats.text.unreadable", path=path.name, reason=str(problem)) from problem
    root = markup.parse(data, recover=True)
    if root is not None:
        yield from root.iter(*("{*}" + tag for tag in tags))

"""The papers of a DA/T 93 folder: 说明文件.TXT, 目录文件.XML (and the 2012 catalogues), 数字摘要表.csv.

Readers never raise for content: what is wrong comes back as findings.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.digests import FileDigests
from lantai.kernel.encodings import decode
from lantai.kernel.errors import LantaiError
from lantai.kernel.findings import Finding
from lantai.kernel.packages.columns import Types, key_of, name_of, type_of
from lantai.kernel.packages.metadata_xml import algorithm
from lantai.kernel.packages.model import DraftRecord, Level, Register
from lantai.kernel.packages.telling import finding_of

NOTE = "说明文件.TXT"
CATALOGUE = "目录文件.XML"
VOLUMES = "案卷目录.XML"
OTHERS = "其他"
DIGESTS = "数字摘要表.csv"
CATALOGUES = (CATALOGUE, "文件目录.XML", VOLUMES)
REQUIRED = ("移交单位", "内容描述", "起止档号", "档案数量", "软硬件环境")
"""What 说明文件 must say: DA/T 93-2022."""
_COLUMNS = ("author", "title", "date", "retention", "security", "pages", "note")
_DIGEST_COLUMNS = ("载体编号", "文件路径", "文件大小", "SM3", "SHA-512")
_SPAN = re.compile(r"\s*(?:至|～|~|—+|\t)\s*")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A catalogue's rows by 档号 and element key, with the level of each; rows it names twice are findings."""

    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    levels: Mapping[str, Level] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def write_note(description: Mapping[str, str]) -> bytes:
    """Return 说明文件.TXT: one ``名称：值`` per line, further lines of a value indented by one blank."""
    lines = []
    for name, value in description.items():
        first, *more = value.splitlines() or [""]
        lines.append(f"{name}：{first}")
        lines.extend(f"　{line}" for line in more)
    return ("\r\n".join(lines) + "\r\n").encode("utf-8", "replace")


def read_note(data: bytes, path: str) -> tuple[dict[str, str], list[Finding]]:
    """Return what 说明文件.TXT says by name, and findings about its encoding and missing items."""
    decoded = decode(data, path)
    findings = list(decoded.findings)
    told: dict[str, str] = {}
    last = ""
    for line in decoded.text.splitlines():
        if last and line[:1] in (" ", "\t", "　") and line.strip():
            told[last] += "\n" + line[1:].rstrip()
            continue
        name, mark, value = line.strip().replace("：", ":", 1).partition(":")
        if mark and name.strip():
            last = name.strip()
            told[last] = value.strip()
    findings.extend(
        Finding("packages.note.item_missing", path, name) for name in REQUIRED if not told.get(name)
    )
    return told, findings


def register_of(told: Mapping[str, str]) -> Register:
    """Return the counts and names that 说明文件 declares."""
    span = _SPAN.split(told.get("起止档号", ""), maxsplit=1)
    items = re.search(r"(\d+)\s*件", told.get("档案数量", "")) or re.fullmatch(
        r"\s*(\d+)\s*", told.get("档案数量", "")
    )
    return Register(
        items=int(items[1]) if items and len(items[1]) < 19 else None,
        files=_count(told.get("文件数", "")),
        bytes=_count(told.get("总字节数", "")),
        unit=told.get("移交单位", ""),
        first_ref=span[0].strip(),
        last_ref=span[-1].strip(),
    )


def _count(text: str) -> int | None:
    digits = re.match(r"\d{1,18}(?!\d)", text.replace(",", "").replace("，", "").strip())
    return int(digits[0]) if digits else None


def write_catalogue(records: Sequence[DraftRecord], level: Level, types: Types) -> bytes:
    """Return 目录文件.XML (items) or 案卷目录.XML (files) of the records of that level, in their order."""
    root = etree.Element("文件目录" if level == "item" else "案卷目录")
    for order, record in enumerate([r for r in records if r.level == level], 1):
        row = xml.add(root, "文件" if level == "item" else "案卷")
        xml.add(row, "顺序号", str(order))
        xml.add(row, "档号", record.ref)
        for key in _COLUMNS:
            xml.add(row, name_of(key, record.type, types) or _LABELS[key], record.values.get(key, ""))
    return xml.serialize(root)


_LABELS = {
    "author": "责任者",
    "title": "题名",
    "date": "日期",
    "retention": "保管期限",
    "security": "密级",
    "pages": "页数",
    "note": "备注",
}


def read_catalogue(data: bytes, path: str, types: Types) -> Catalogue:
    """Return the rows of a catalogue; ``names`` holds 电子档案名称 by 档号 where the form has it (2012)."""
    try:
        parsed = xml.parse(data, path)
    except LantaiError as error:
        return Catalogue(findings=(finding_of(error, path),))
    level: Level = "file" if xml.name(parsed.root) == "案卷目录" else "item"
    rows: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    findings = list(parsed.findings)
    for order, row in enumerate(parsed.root, 1):
        told = {xml.name(leaf): xml.value(leaf) for leaf in row.iter("{*}*") if not len(leaf)}
        ref = told.get("档号", "")
        if not ref:
            findings.append(Finding("packages.catalogue.row_without_ref", path, found=str(order)))
        elif ref in rows:
            findings.append(Finding("packages.catalogue.row_twice", ref, found=str(order)))
        else:
            rows[ref] = _row(told, type_of(ref, types), types)
            names[ref] = told.get("电子档案名称", "") or told.get("文件名称", "")
    return Catalogue(rows, dict.fromkeys(rows, level), names, tuple(findings))


def _row(told: Mapping[str, str], code: str, types: Types) -> dict[str, str]:
    row: dict[str, str] = {}
    for name, text in told.items():
        key = next((k for k, label in _LABELS.items() if label == name), "") or key_of(name, code, types)
        if key and text:
            row[key] = text
    return row


def write_digests(files: Mapping[str, FileDigests], carrier: str) -> bytes:
    """Return 数字摘要表.csv: every file of the package but itself, with size, SM3 and SHA-512."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(_DIGEST_COLUMNS)
    for path in sorted(files):
        writer.writerow([carrier, path, files[path].size, files[path].sm3, files[path].sha512])
    return table.getvalue().encode("utf-8-sig")


def read_digests(data: bytes, path: str) -> tuple[dict[str, dict[str, str]], list[Finding]]:
    """Return the declared digests by path and algorithm, and findings about unreadable rows."""
    decoded = decode(data, path)
    findings = list(decoded.findings)
    try:
        rows = list(csv.reader(io.StringIO(decoded.text, newline="")))
    except csv.Error:
        return {}, [*findings, Finding("packages.digests.unreadable", path)]
    head = [cell.strip() for cell in rows[0]] if rows else []
    place = next((head.index(name) for name in ("文件路径", "路径", "文件名") if name in head), None)
    columns = {index: code for index, name in enumerate(head) if (code := algorithm(name))}
    if place is None or not columns:
        return {}, [*findings, Finding("packages.digests.unreadable", path)]
    told: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(head):
            findings.append(Finding("packages.digests.row", path, found=str(number)))
        else:
            told[row[place]] = {c: row[i].strip().lower() for i, c in columns.items() if row[i].strip()}
    return told, findings

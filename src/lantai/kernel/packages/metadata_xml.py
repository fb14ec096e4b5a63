"""The metadata file of one record: element names of the record type's standard, then its content files.

Form: ``<电子档案元数据 门类 聚合层次>`` with one child per value (``<元素 键="…">`` where the type has no
Chinese name for it), then ``<电子文件>`` with one ``<文件>`` each: 顺序号, 计算机文件名 (relative to the
record's folder), 计算机文件大小 in bytes, 格式信息, 文件角色, 数字摘要 by algorithm. Reading takes any nesting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import LantaiError
from lantai.kernel.findings import Finding
from lantai.kernel.packages.columns import Types, key_of, level_of, name_of, type_of
from lantai.kernel.packages.model import DraftRecord, Level
from lantai.kernel.packages.telling import finding_of

ROOT = "电子档案元数据"
FILE_NAME = "电子档案元数据.XML"
_FILE_TAGS = {"文件", "文档", "编码", "电子属性", "电子文件", "内容文件"}
_NAME_TAGS = {"计算机文件名", "电子文件名", "文件名"}
_ALGORITHMS = {"SM3": "sm3", "SHA512": "sha512", "SHA256": "sha256", "SHA1": "sha1", "MD5": "md5"}
_NAMES = {"sm3": "SM3", "sha512": "SHA-512", "sha256": "SHA-256"}


@dataclass(frozen=True, slots=True)
class ToldFile:
    """What a metadata file says about one content file; "" and None = nothing."""

    name: str
    role: str = ""
    order: int = 0
    size: int | None = None
    format: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToldRecord:
    """What a metadata file says about its record."""

    ref: str = ""
    level: Level = "item"
    type: str = ""
    parent: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    files: tuple[ToldFile, ...] = ()
    findings: tuple[Finding, ...] = ()


def algorithm(name: str) -> str:
    """Return hashlib's name for an algorithm as people write it, "" when it is not one of those known."""
    return _ALGORITHMS.get(re.sub(r"[^A-Z0-9]", "", name.upper()), "")


def write_metadata(record: DraftRecord, files: Sequence[tuple[str, FileDigests]], types: Types) -> bytes:
    """Return the metadata file of ``record``; ``files`` are its files' digests in their order."""
    root = etree.Element(
        ROOT, {"门类": record.type, "聚合层次": "案卷" if record.level == "file" else "文件"}
    )
    xml.add(root, "档号", record.ref)
    if record.parent:
        xml.add(root, "上级档号", record.parent)
    for key, value in record.values.items():
        if key == "ref" or not value:
            continue
        name = name_of(key, record.type, types)
        if name and name not in {"档号", "上级档号", *_FILE_TAGS}:
            xml.add(root, name, value)
        else:
            xml.add(root, "元素", value, 键=key)
    block = xml.add(root, "电子文件")
    for order, (draft, (name, digests)) in enumerate(zip(record.files, files, strict=True), 1):
        entry = xml.add(block, "文件", "", 顺序号=str(order))
        xml.add(entry, "计算机文件名", name)
        xml.add(entry, "计算机文件大小", str(digests.size))
        xml.add(entry, "格式信息", draft.format)
        xml.add(entry, "文件角色", draft.role)
        for code, told in _NAMES.items():
            if code in digests.digests:
                xml.add(entry, "数字摘要", digests.digests[code], 算法=told)
    return xml.serialize(root)


def read_metadata(data: bytes, path: str, types: Types, folder_type: str = "") -> ToldRecord:
    """Return what the metadata file says; a file that cannot be read gives only its finding."""
    try:
        parsed = xml.parse(data, path)
    except LantaiError as error:
        return ToldRecord(findings=(finding_of(error, path),))
    told = told_record(parsed.root, types, folder_type)
    return replace(told, findings=parsed.findings)


def told_record(root: etree._Element, types: Types, folder_type: str = "") -> ToldRecord:
    """Return what the element of one record says, wherever it stands."""
    leaves = list(_leaves(root))
    ref = next((xml.value(e) for e in leaves if xml.name(e) == "档号"), "") or _mixed_ref(root)
    code = type_of(ref, types, root.get("门类", "") or folder_type)
    values: dict[str, str] = {}
    for leaf in leaves:
        key = _key(leaf, code, types)
        text = xml.value(leaf)
        if key and text and key != "ref":
            values[key] = f"{values[key]}；{text}" if key in values else text
    if ref:
        values["ref"] = ref
    level = root.get("聚合层次", "") or values.get("aggregation", "")
    parent = next((xml.value(e) for e in leaves if xml.name(e) == "上级档号"), "")
    files = tuple(_file(entry, order) for order, entry in enumerate(_file_elements(root), 1))
    return ToldRecord(ref, level_of(level), code, parent, values, files)


def _key(leaf: etree._Element, code: str, types: Types) -> str:
    """Return the key of a value: deep inside the document only the record's own elements are meant."""
    if xml.name(leaf) == "元素":
        return leaf.get("键", "")
    above = leaf.getparent()
    deep = above is not None and above.getparent() is not None
    return key_of(xml.name(leaf), code, types, scoped=deep)


def _leaves(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the elements that carry a value, outside the list of files."""
    for child in element:
        if _is_file(child):
            continue
        if len(child):
            yield from _leaves(child)
        elif xml.name(child) not in _FILE_TAGS or (child.text or "").strip():
            yield child


def _mixed_ref(root: etree._Element) -> str:
    """Return the text before the parts of a 档号 element (DA/T 46 M8 has mixed content), or ""."""
    for element in root.iter("{*}档号"):
        if element.text and element.text.strip():
            return element.text.strip()
    return ""


def _is_file(element: etree._Element) -> bool:
    return xml.name(element) in _FILE_TAGS and any(xml.name(child) in _NAME_TAGS for child in element)


def _file_elements(root: etree._Element) -> Iterator[etree._Element]:
    return (element for element in root.iter("{*}*") if element is not root and _is_file(element))


def _file(element: etree._Element, order: int) -> ToldFile:
    told = {xml.name(child): xml.value(child) for child in element}
    digests = {
        code: xml.value(child).lower()
        for child in element
        if xml.name(child) == "数字摘要" and (code := algorithm(child.get("算法", "")))
    }
    digits = re.match(r"(\d+)\s*(?:字节|B|bytes?)?$", told.get("计算机文件大小", ""), re.IGNORECASE)
    place = element.get("顺序号", "") or told.get("顺序号", "")
    return ToldFile(
        name=next(told[name] for name in told if name in _NAME_TAGS),
        role=told.get("文件角色", ""),
        order=int(place) if place.isdecimal() and len(place) < 10 else order,
        size=int(digits[1]) if digits and len(digits[1]) < 19 else None,
        format=told.get("格式信息", ""),
        digests=digests,
    )

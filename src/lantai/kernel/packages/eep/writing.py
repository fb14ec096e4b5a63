"""One EEP file (DA/T 48, 原始型) from one record of a draft: its XML as a stream, content in Base64 inside.

The element tree is the one of public builders of this form; the standard itself was not at hand, so nothing
here claims conformity. No signature is written: who signs does it over 被签名对象 as it stands.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from struct import Struct
from typing import cast

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.errors import Invalid
from lantai.kernel.packages.columns import Types, key_of, name_of
from lantai.kernel.packages.eep.document import DATA, NAMESPACE, ROOT, SIGNED
from lantai.kernel.packages.model import DraftFile, DraftRecord

VERSION = "2009"
FORMAT = (
    "本EEP依据《基于XML的电子文件封装规范》（DA/T 48-2009）的元素结构生成；"
    "文本为XML，电子文件内容以Base64编码置于编码数据元素之中。"
)
ORIGINAL = "本封装包含有电子文件的原始内容和元数据，自封装以来没有修改。"
CODING = (
    "编码数据元素的内容为计算机文件的Base64编码（RFC 2045）；去除换行后按Base64解码，"
    "即得到计算机文件的原始比特流，文件扩展名见反编码关键字。"
)

_LINE = 57
"""Bytes that become a line of 76 characters."""
_LINE_CODED = Struct("76s")
_STEP = _LINE * 512
_STEP_CODED = Struct("76s" * 512)
_PLACE = "修改0-文档{0}-文档数据1-编码1-编码数据1"
_ORDER = ("provenance", "record_code", "ref", "content", "form", "storage", "rights")
_ATTACHED = ("附件", "附属")

Read = Callable[[DraftFile], Iterator[bytes]]


def eep_size(shell: Sequence[bytes], sizes: Sequence[int]) -> int:
    """Return the bytes an EEP file takes whose files have these sizes."""
    lines = sum(-(-size // 3) * 4 + -(-size // 57) for size in sizes)
    return sum(len(part) for part in shell) + lines


def shell(
    record: DraftRecord, sizes: Sequence[int], sender: str, types: Types, moment: datetime
) -> list[bytes]:
    """Return the document in parts between which the Base64 of the record's files stands, in their order.

    ``sizes`` are the bytes of the files. Raises Invalid ``packages.eep.volume`` for a 案卷 or what lies in
    one: the form knows single records only.
    """
    if record.level == "file" or record.parent:
        raise Invalid("packages.eep.volume", ref=record.ref)
    document = xml.serialize(_document(record, sizes, sender, types, moment))
    parts = []
    for number in range(1, len(record.files) + 1):
        mark = f'编码数据ID="{_PLACE.format(number)}">'.encode()
        before, found, document = document.partition(mark)
        parts.append(before + found + b"\n")
        document = document.removeprefix(b"-")
    return [*parts, document]


def stream(parts: Sequence[bytes], record: DraftRecord, read: Read, *, steps: int = 4) -> Iterator[bytes]:
    """Yield the whole file: the parts of :func:`shell` with the content, as ``read`` gives it, between them.

    Content comes in pieces of ``steps`` times 39 KB, or less.
    """
    for part, file in zip(parts, record.files, strict=False):
        yield part
        yield from _coded(read(file), steps * _STEP)
    yield parts[-1]


def _coded(chunks: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Yield what ``base64.encodebytes`` makes of all chunks together, from at most ``most`` bytes at a time."""
    begun = b""
    for chunk in chunks:
        missing = -len(begun) % _LINE
        begun += chunk[:missing]
        rest = memoryview(chunk)[missing:]
        if rest and begun:
            yield binascii.b2a_base64(begun)
            begun = b""
        whole = rest[: len(rest) - len(rest) % _LINE]
        for at in range(0, len(whole), most):
            yield _lines(whole[at : at + most])
        begun += rest[len(whole) :]
    if begun:
        yield binascii.b2a_base64(begun)


def _lines(data: memoryview) -> bytes:
    """Return whole lines of 57 bytes each, coded in steps: to ask for much memory costs more than the coding."""
    lines: list[bytes] = []
    for at in range(0, len(data), _STEP):
        coded = binascii.b2a_base64(data[at : at + _STEP], newline=False)
        if len(coded) == _STEP_CODED.size:
            lines.append(b"\n".join(_STEP_CODED.unpack(coded)))
        else:
            lines += [line for (line,) in _LINE_CODED.iter_unpack(coded)]
    return b"\n".join([*lines, b""])


def _document(
    record: DraftRecord, sizes: Sequence[int], sender: str, types: Types, moment: datetime
) -> etree._Element:
    root = etree.Element(ROOT, nsmap=cast("dict[str, str]", {None: NAMESPACE}))
    xml.add(root, "封装包格式描述", FORMAT)
    xml.add(root, "版本", VERSION)
    signed = xml.add(root, SIGNED, "", eep版本=VERSION)
    xml.add(signed, "封装包类型", "原始型")
    xml.add(signed, "封装包类型描述", ORIGINAL)
    xml.add(signed, "封装包创建时间", moment.astimezone(UTC).isoformat(timespec="seconds"))
    xml.add(signed, "封装包创建单位", sender)
    entity = xml.add(xml.add(xml.add(signed, "封装内容"), "文件实体块"), "文件实体")
    _metadata(entity, record, types)
    contents = xml.add(entity, "文件数据")
    for number, (file, size) in enumerate(zip(record.files, sizes, strict=True), 1):
        _file(contents, file, size, number)
    return root


def _metadata(entity: etree._Element, record: DraftRecord, types: Types) -> None:
    """Add the record's values below the groups their elements belong to; readers find them by name."""
    xml.add(entity, "聚合层次", "文件")
    kind = types.get(record.type)
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, value in record.values.items():
        element = kind.by_key.get(key) if kind else None
        if value and key not in ("ref", "aggregation"):
            groups.setdefault(element.container or key if element else "", []).append((key, value))
    rest = [group for group in groups if group not in _ORDER]
    for group in (*_ORDER, *rest):
        if group == "ref":
            above = _ref(entity, record.ref, bool(groups.get("ref")))
        elif group not in groups:
            continue
        else:
            label = name_of(group, record.type, types)
            alone = groups[group][0][0] == group or not label
            above = entity if alone else xml.add(entity, label)
        for key, value in groups.get(group, ()):
            _value(above, record.type, key, value, types)


def _ref(entity: etree._Element, ref: str, holds: bool) -> etree._Element:
    """Add 档号 and return where its parts go: into it, as DA/T 46 has it, if it is plain text."""
    element = xml.add(entity, "档号", ref)
    return element if holds and not element.attrib else entity


def _value(above: etree._Element, code: str, key: str, value: str, types: Types) -> None:
    name = name_of(key, code, types)
    if name and key_of(name, code, types, scoped=True) == key:
        xml.add(above, name, value)
    else:
        xml.add(above, "元素", value, 键=key)


def _file(contents: etree._Element, file: DraftFile, size: int, number: int) -> None:
    document = xml.add(contents, "文档")
    xml.add(document, "文档标识符", f"修改0-文档{number}")
    xml.add(document, "文档序号", str(number))
    attached = file.role.startswith(_ATTACHED)
    xml.add(document, "文档主从声明", "附属文档" if attached else "主文档")
    if file.role:
        xml.add(document, "题名", file.role)
    data = xml.add(document, "文档数据", "", 文档数据ID=f"修改0-文档{number}-文档数据1")
    coding = xml.add(data, "编码", "", 编码ID=f"修改0-文档{number}-文档数据1-编码1")
    electronic = xml.add(coding, "电子属性")
    if file.format:
        xml.add(electronic, "格式信息", file.format)
    xml.add(electronic, "计算机文件名", file.name)
    xml.add(electronic, "计算机文件大小", str(size))
    xml.add(coding, "编码描述", CODING)
    xml.add(coding, "反编码关键字", Path(file.name).suffix.removeprefix("."))
    xml.add(coding, DATA, "-", 编码数据ID=_PLACE.format(number))

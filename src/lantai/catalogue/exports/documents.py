"""The catalogue as XML after DA/T 93-2022: 文件目录 with the metadata of each record, element names in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from lxml import etree

from lantai.catalogue.exports.sheaf import Line, Sheaf
from lantai.kernel import xml
from lantai.kernel.packages.columns import name_of
from lantai.kernel.packages.metadata_xml import ROOT
from lantai.kernel.recordtypes import RecordType

_LEVELS = {"series": "类别", "file": "案卷", "item": "文件"}
_OWN = {"档号", "上级档号", "永久标识"}

Types = Mapping[str, RecordType]


def write_xml(sheaf: Sheaf, types: Types, out: BinaryIO) -> None:
    """Write 文件目录, or 案卷目录 when there are only files: records in order, as the metadata files of transfers.

    Each 电子档案元数据 says 顺序号 (its place here, no part of the record), 门类 and 聚合层次 as attributes, then 档号, 上级档号,
    永久标识 and its values; a value whose element has no Chinese name that finds it again stands in
    ``<元素 键="…">``.
    """
    out.write(b"<?xml version='1.0' encoding='UTF-8'?>\n")
    root = "案卷目录" if sheaf.levels == {"file"} else "文件目录"
    out.write(f"<{root}>\n".encode())
    for order, line in enumerate(sheaf.lines(), 1):
        out.write(etree.tostring(_row(line, order, types), encoding="utf-8"))
        out.write(b"\n")
    out.write(f"</{root}>\n".encode())


def _row(line: Line, order: int, types: Types) -> etree._Element:
    level = _LEVELS.get(line.level, "文件")
    row = etree.Element(ROOT, {"顺序号": str(order), "门类": line.type, "聚合层次": level})
    xml.add(row, "档号", line.ref)
    if line.parent:
        xml.add(row, "上级档号", line.parent)
    xml.add(row, "永久标识", line.urn)
    for key, value in line.values.items():
        if key == "ref":
            continue
        name = name_of(key, line.type, types)
        if name and name not in _OWN:
            xml.add(row, name, value)
        else:
            xml.add(row, "元素", value, 键=key)
    return row

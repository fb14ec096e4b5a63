"""Chinese names of metadata elements and the keys they stand for, both ways, by record type."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lantai.kernel import xml
from lantai.kernel.packages.model import Level
from lantai.kernel.recordtypes import RecordType, type_of_path

_CATEGORY = re.compile(r"-([A-Z]{2}(?:[·.][A-Z]{2,10})*)(?=[·.\-－]|$)")
_VOLUME = ("案卷", "卷", "组", "file")

Types = Mapping[str, RecordType]


def type_of(ref: str, types: Types, told: str = "") -> str:
    """Return the 门类 code: what was told if it is known, else the one inside the 档号, else 文书 (or the first).

    DA/T 13-2022 puts the code after the 全宗号, those of a kind of 专业 behind ZY (``ZY·HY``).
    """
    if told in types:
        return told
    for path in _CATEGORY.findall(ref):
        code = type_of_path(re.split("[·.]", path), types)
        if code:
            return code
    return "WS" if "WS" in types or not types else min(types)


def key_of(name: str, code: str, types: Types, *, scoped: bool = False) -> str:
    """Return the key of the element that ``name`` means in the type, or "".

    With ``scoped`` only elements that describe the record itself count, not its agents, events, signatures.
    """
    kind = types.get(code)
    element = kind.column(name) if kind else None
    if element is None or (scoped and element.scope != "record"):
        return ""
    return element.key


def name_of(key: str, code: str, types: Types) -> str:
    """Return the Chinese element name for ``key`` if it can be written in XML and read back, else ""."""
    kind = types.get(code)
    element = kind.by_key.get(key) if kind else None
    if element is None or kind is None:
        return ""
    name = element.label["zh"]
    back = kind.column(name)
    return name if back is not None and back.key == key and xml.writable_name(name) else ""


def level_of(aggregation: str) -> Level:
    """Return the level an 聚合层次 or 著录层级 says; what is not a 案卷 is an item."""
    return "file" if aggregation.strip().removesuffix("级") in _VOLUME else "item"

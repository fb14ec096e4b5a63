"""A valid record of any record type, made from what the type says; every value says which element it is of."""

from __future__ import annotations

import re

from lantai.kernel.recordtypes import Element, RecordType, compose_ref

YEAR = "2019"
_KINDS = {
    "integer": "3",
    "number": "12.5",
    "year": YEAR,
    "digits": "7",
    "date": f"{YEAR}0501",
    "moment": f"{YEAR}0501",
    "duration": "00:12:30",
    "size": "1.5 MB",
    "base64": "QUJD",
    "uri": "https://www.yunling.example/a/1",
}
_PATTERNS = ("330106199001011234", "442002", "1920×1080", "16:9", "N", "E")


def value_of(type: RecordType, element: Element) -> str:
    """Return a value that is right for ``element``: the first term, a day of 2019, its label and its key …"""
    vocabulary = type.vocabulary(element)
    if vocabulary is not None:
        return vocabulary.terms[0].value
    if element.pattern:
        return next(text for text in _PATTERNS if re.fullmatch(element.pattern, text))
    text = _KINDS.get(element.kind, f"{element.label.zh}样例")
    return text[: element.max_length] if element.max_length else text


def sample(type: RecordType, level: str = "item", subkind: str = "") -> dict[str, str]:
    """Return a record of ``type`` with a right value for every element that its level has.

    ``subkind`` is a code: only the elements of that sub-kind; "" = of all of them, whatever the record says it is.
    """
    elements = type.of_subkind(subkind) if subkind else type.of_scope()
    values = {e.key: value_of(type, e) for e in elements if level in e.levels}
    if subkind:
        values[type.subkind_key] = next(one.label.zh for one in type.subkinds if one.code == subkind)
    parts = {"fonds": "Z109", "year": YEAR, "retention": "永久", "function": "BGS"}
    parts |= {"catalogue": "001", "project_number": "02", "file_number": "005", "item_number": "0012"}
    values |= {key: text for key, text in parts.items() if key in type.by_key}
    values["page_number"] = "054"
    values["ref"] = compose_ref(type, values, level=level)
    return values

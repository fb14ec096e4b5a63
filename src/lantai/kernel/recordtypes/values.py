"""Values as they are written and as they are meant: one canonical form per kind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from lantai.kernel.recordtypes.dates import read_duration, read_moment, read_period
from lantai.kernel.recordtypes.model import Element, RecordType, Vocabulary

_SEPARATORS = re.compile(r"[;；\n]+")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(B|BYTES?|字节|K|KB|KIB|M|MB|MIB|G|GB|GIB|T|TB|TIB)?", re.IGNORECASE)
_SIZE_POWER = {"K": 1, "M": 2, "G": 3, "T": 4}
_NO_SECRET = re.compile(r"^(?:非|不|无|未|已解|已降|商业?|工作)|解密$")
# The letter codes of GB/T 7156, and English.
_SECRET_CODES = frozenset({"MM", "JM", "UM", "SECRET", "CONFIDENTIAL", "TOPSECRET"})

PART = re.compile(r"\{([a-z][a-z0-9_]*)(?::([1-9]))?\}")
"""A part of a template: ``{key}``, or ``{key:4}`` for the first four characters."""

NUMBERS = {
    "integer": re.compile(r"-?[0-9]+"),
    "number": re.compile(r"-?[0-9]+(?:\.[0-9]+)?"),
    "year": re.compile(r"[0-9]{4}"),
    "digits": re.compile(r"[0-9]+"),
}
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def pieces(element: Element, value: str) -> list[str]:
    """Return the single values in ``value``: split at ； ; and line ends where ``element`` repeats."""
    parts = _SEPARATORS.split(value) if element.repeat else [value]
    return [part.strip() for part in parts if part.strip()]


def _compact(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _number(element: Element, text: str) -> str | None:
    plain = _compact(text).replace(",", "")
    for suffix in element.suffixes:
        plain = plain.removesuffix(suffix)
    if element.kind == "integer":
        # Spreadsheets hand whole numbers over as 12.0.
        plain = re.sub(r"(?<=[0-9])\.0+$", "", plain)
    return plain if NUMBERS[element.kind].fullmatch(plain) else None


def _year(text: str) -> str | None:
    plain = re.sub(r"(?:年度?|\.0)$", "", _compact(text))
    return plain if NUMBERS["year"].fullmatch(plain) else None


def _digits(text: str) -> str | None:
    plain = _compact(text)
    return plain if NUMBERS["digits"].fullmatch(plain) else None


def read_size(text: str) -> int | None:
    """Return the bytes that a size such as ``1.5 MB`` or ``1,024 字节`` says (K = 1024), or None."""
    found = _SIZE.fullmatch(_compact(text).replace(",", ""))
    if not found:
        return None
    power = _SIZE_POWER.get((found[2] or "B")[0].upper(), 0)
    return int(float(found[1]) * 1024**power)


def canonical(type: RecordType, element: Element, text: str) -> str:
    """Return the form in which one value is stored; what cannot be read comes back stripped, unchanged.

    Codes become the term's value, dates YYYYMMDD, numbers ASCII digits. Free text is only stripped: its
    characters are evidence.
    """
    vocabulary = type.vocabulary(element)
    if vocabulary is not None:
        return _term(element, vocabulary, text)
    reader = _READERS.get(element.kind)
    if element.kind in {"integer", "number"}:
        read = _number(element, text)
    else:
        read = reader(text) if reader else None
    return read if read is not None else text.strip()


def _date(text: str) -> str | None:
    period = read_period(text)
    return str(period) if period else None


_READERS: Mapping[str, Callable[[str], str | None]] = {
    "year": _year,
    "digits": _digits,
    "date": _date,
    "moment": read_moment,
    "duration": read_duration,
}


def _term(element: Element, vocabulary: Vocabulary, text: str) -> str:
    head = text.partition(element.tail_mark)[0] if element.tail_mark else text
    term = vocabulary.term(text) or vocabulary.term(head)
    return term.value if term else text.strip()


def normalise(type: RecordType, values: Mapping[str, str]) -> dict[str, str]:
    """Return ``values`` (by element key) in canonical form; keys the type does not know stay as they are.

    机密★10年 in one cell becomes 密级 and, when that is still empty, 保密期限; 摄影者 fills an empty 责任者;
    then what is still empty is made by its template, where it has one (登记日期 → 年度).
    Values of repeating elements are joined with ``；``. What was received is kept elsewhere, byte for byte;
    this is the catalogue's form.
    """
    result = canonicals(type, values)
    complete(type, result)
    return result


def canonicals(type: RecordType, values: Mapping[str, str]) -> dict[str, str]:
    """Return what :func:`normalise` does before the templates are filled."""
    result: dict[str, str] = {}
    for key, value in values.items():
        element = type.by_key.get(key)
        if element is None:
            result[key] = value
            continue
        result[key] = "；".join(canonical(type, element, part) for part in pieces(element, value))
    for key, value in values.items():
        element = type.by_key.get(key)
        if element is None or not value:
            continue
        if element.tail_mark and element.tail_mark in value:
            tail = value.partition(element.tail_mark)[2].strip()
            _fill(result, element.tail_to, tail)
        if element.feeds:
            fed = type.element(element.feeds)
            parts = (canonical(type, fed, canonical(type, element, p)) for p in pieces(element, value))
            _fill(result, fed.key, "；".join(parts))
    return result


def complete(type: RecordType, values: dict[str, str]) -> None:
    """Fill into canonical ``values`` what is empty and has a template."""
    for element in type.templated:
        _fill(values, element.key, made_of(element, values))


def made_of(element: Element, values: Mapping[str, str]) -> str:
    """Return the first of the templates of ``element`` whose parts all have values, filled in, or ""."""
    for template in element.templates:
        parts = [values.get(part[1], "").strip() for part in PART.finditer(template)]
        if not all(parts):
            continue
        made = PART.sub(lambda part: _cut(values[part[1]].strip(), part[2]), template)
        if element.kind not in NUMBERS or NUMBERS[element.kind].fullmatch(made):
            return made
    return ""


def _cut(value: str, length: str | None) -> str:
    return value.lstrip("[")[: int(length)] if length else value


def _fill(values: dict[str, str], key: str, value: str) -> None:
    if value and not values.get(key, "").strip():
        values[key] = value


def classified(values: Mapping[str, str]) -> bool:
    """Return whether 密级 in ``values`` says 秘密, 机密 or 绝密, in any spelling; in doubt it does.

    Anything with 密 counts unless it says the contrary (非密, 不涉密, 已解密) or names another kind of secret
    (商业秘密, 工作秘密): a state secret must not enter by a slip of spelling.
    """
    text = _compact(values.get("security", ""))
    if text.upper().partition("★")[0] in _SECRET_CODES:
        return True
    return "密" in text and not _NO_SECRET.search(text)

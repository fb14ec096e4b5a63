"""What a sender lays beside files: ``meta.json`` (the form of the API) or ``meta.csv`` (headings, one row of values)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lantai.desk import dropped
from lantai.desk.filing import Stated
from lantai.kernel import encodings
from lantai.kernel.findings import Finding

LIMIT = 2 << 20
"""Bytes of a description."""

NAMES = ("meta.json", "meta.csv")
"""Names of a description inside a folder."""

_TEXTS = ("external_id", "type", "unit")
_LISTS = ("process", "signatures")
_KNOWN = frozenset({*_TEXTS, *_LISTS, "values", "components"})
_COLUMNS = {"电子文件号": "external_id", "门类": "type", "external_id": "external_id", "type": "type"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as its sender lists it: ``file`` is its path among those that came."""

    file: str
    role: str
    name: str
    stated: Stated


@dataclass(frozen=True, slots=True)
class Described:
    """A description as it was read; ``faults`` refuse the document. ``listed`` is None where files are not listed."""

    external_id: str = ""
    type: str = ""
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    process: tuple[Mapping[str, str], ...] = ()
    signatures: tuple[Mapping[str, str], ...] = ()
    listed: tuple[Listed, ...] | None = None
    faults: tuple[Finding, ...] = ()


def read_described(path: Path, name: str) -> Described:
    """Return what the description called ``name`` says; what is badly written stands in its ``faults``."""
    with open(dropped.opened(path.parent, path.name), "rb") as stream:
        data = stream.read(LIMIT + 1)
    if len(data) > LIMIT:
        return Described(faults=(Finding("desk.meta.large", name, str(LIMIT)),))
    return _table(data, name) if name.endswith(".csv") else _document(data, name)


def _table(data: bytes, name: str) -> Described:
    lines = io.StringIO(encodings.decode(data).text, newline=None)  # \r alone ends a line, too
    try:
        rows = [row for row in csv.reader(lines) if any(map(str.strip, row))]
    except csv.Error:  # a cell longer than the reader holds
        return Described(faults=(Finding("desk.meta.table", name),))
    if len(rows) != 2 or len(rows[0]) < len(rows[1]):
        return Described(faults=(Finding("desk.meta.rows", name, found=str(len(rows))),))
    told: dict[str, str] = {}
    values: dict[str, str] = {}
    for heading, text in zip(map(str.strip, rows[0]), rows[1], strict=False):
        if heading in _COLUMNS:
            told[_COLUMNS[heading]] = text.strip()
        elif heading and text.strip():
            values[heading] = text.strip()
    return Described(told.get("external_id", ""), told.get("type", ""), values=values)


def _document(data: bytes, name: str) -> Described:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return Described(faults=(Finding("desk.meta.unreadable", name),))
    if not isinstance(told, dict):
        return Described(faults=(Finding("desk.meta.unreadable", name),))
    faults = [Finding("desk.meta.unknown", str(key)[:80]) for key in told if key not in _KNOWN]
    texts = {key: _text(told.get(key, ""), key, faults) for key in _TEXTS}
    lists = {key: _mappings(told.get(key, []), key, faults) for key in _LISTS}
    values = _mapping(told.get("values", {}), "values", faults)
    listed = _listed(told["components"], faults) if "components" in told else None
    return Described(
        texts["external_id"],
        texts["type"],
        texts["unit"],
        values,
        lists["process"],
        lists["signatures"],
        listed,
        tuple(faults),
    )


def _text(told: Any, at: str, faults: list[Finding]) -> str:
    if isinstance(told, str):
        return told
    faults.append(Finding("desk.meta.text", at))
    return ""


def _mapping(told: Any, at: str, faults: list[Finding]) -> Mapping[str, str]:
    if not isinstance(told, dict):
        faults.append(Finding("desk.meta.object", at))
        return {}
    return {str(key): _text(text, f"{at}.{str(key)[:80]}", faults) for key, text in told.items()}


def _mappings(told: Any, at: str, faults: list[Finding]) -> tuple[Mapping[str, str], ...]:
    if not isinstance(told, list):
        faults.append(Finding("desk.meta.list", at))
        return ()
    return tuple(_mapping(one, f"{at}[{n}]", faults) for n, one in enumerate(told))


def _listed(told: Any, faults: list[Finding]) -> tuple[Listed, ...]:
    if not isinstance(told, list):
        faults.append(Finding("desk.meta.list", "components"))
        return ()
    found = []
    for n, one in enumerate(told):
        at = f"components[{n}]"
        if not isinstance(one, dict):
            faults.append(Finding("desk.meta.object", at))
            continue
        size = one.get("size")
        if not (size is None or (isinstance(size, int) and not isinstance(size, bool))):
            faults.append(Finding("desk.meta.number", f"{at}.size"))
            size = None
        words = {
            key: _text(one.get(key, ""), f"{at}.{key}", faults)
            for key in ("role", "name", "file", "part", "sha512", "sm3")
        }
        file = words["file"] or words["part"] or words["name"]
        stated = Stated(size, words["sha512"], words["sm3"])
        found.append(Listed(file, words["role"], words["name"], stated))
    return tuple(found)


def awaited(described: Described, sizes: Mapping[str, int]) -> Sequence[str]:
    """Return the listed files that are not there yet, or not yet as long as they will be."""
    return [
        one.file
        for one in described.listed or ()
        if one.file not in sizes or (one.stated.size is not None and sizes[one.file] < one.stated.size)
    ]

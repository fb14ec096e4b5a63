"""Reading the TOML of record types: sets, inclusion, strict fields. A fault is ``Invalid`` with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lantai.kernel.errors import Invalid

Table = Mapping[str, Any]

ELEMENT_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("zh", "en", "number", "kind", "vocabulary", "scope", "container", "obligation"), str),
    **dict.fromkeys(("cardinality", "default", "pattern", "hint_zh", "hint_en", "within", "tail_mark"), str),
    **dict.fromkeys(("tail_to", "feeds", "group", "dc", "ead", "basis"), str),
    **dict.fromkeys(("aliases", "levels", "required", "advised", "suffixes"), list),
    **dict.fromkeys(("described", "search"), dict),
    **dict.fromkeys(("max_length", "list", "order"), int),
    **dict.fromkeys(("minimum", "maximum"), (int, float)),
    **dict.fromkeys(("future", "personal", "public", "repeat"), bool),
}
TERM_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("value", "en", "code"), str),
    **dict.fromkeys(("until", "rank"), int),
    "also": list,
}
VOCABULARY_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "zh": str,
    "en": str,
    "closed": bool,
    "terms": list,
}
CONDITION_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "when": str,
    "values": list,
    "needs": list,
    "clause": str,
}
SET_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("defaults", "element", "vocabulary", "groups"), dict),
    "condition": list,
}
TYPE_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    **SET_FIELDS,
    **dict.fromkeys(("code", "zh", "en", "version", "standard", "basis", "included_basis"), str),
    **dict.fromkeys(("levels", "include", "without"), list),
    **dict.fromkeys(("numbers", "characters"), dict),
}
_KEY = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(slots=True)
class Merged:
    """A type's tables after inclusion: elements and vocabularies by key, in order."""

    elements: dict[str, dict[str, Any]] = field(default_factory=dict)
    vocabularies: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, Any] = field(default_factory=dict)
    conditions: list[dict[str, Any]] = field(default_factory=list)


def read_file(path: Path, fields: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """Return the table in ``path`` with known fields only; Invalid("recordtypes.file.…") otherwise."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid("recordtypes.file.unreadable", file=path.name, key="", reason=str(error)) from error
    check_fields(path.name, "", table, fields)
    for key, element in table.get("element", {}).items():
        if not _KEY.fullmatch(key):
            raise Invalid("recordtypes.file.key", file=path.name, key=f"element.{key}")
        check_fields(path.name, f"element.{key}", element, ELEMENT_FIELDS)
    check_fields(path.name, "defaults", table.get("defaults", {}), ELEMENT_FIELDS)
    for key, vocabulary in table.get("vocabulary", {}).items():
        check_fields(path.name, f"vocabulary.{key}", vocabulary, VOCABULARY_FIELDS)
        for term in vocabulary.get("terms", []):
            check_fields(path.name, f"vocabulary.{key}.terms", term, TERM_FIELDS)
    for condition in table.get("condition", []):
        check_fields(path.name, "condition", condition, CONDITION_FIELDS)
    for key, label in table.get("groups", {}).items():
        check_fields(path.name, f"groups.{key}", label, {"zh": str, "en": str})
    return table


def check_fields(file: str, place: str, table: object, fields: Mapping[str, type | tuple[type, ...]]) -> None:
    """Raise Invalid when ``table`` is no table, has a field not in ``fields``, or one of another type."""
    if not isinstance(table, dict):
        raise Invalid("recordtypes.file.type", file=file, key=place, expected="table")
    for name, value in table.items():
        key = f"{place}.{name}" if place else name
        wanted = fields.get(name)
        if wanted is None:
            raise Invalid("recordtypes.file.field", file=file, key=key)
        wrong_bool = isinstance(value, bool) and wanted is not bool
        if wrong_bool or not isinstance(value, wanted):
            names = [kind.__name__ for kind in (wanted if isinstance(wanted, tuple) else (wanted,))]
            raise Invalid("recordtypes.file.type", file=file, key=key, expected=" | ".join(names))


def merge(file: str, table: Table, sets: Mapping[str, Table]) -> Merged:
    """Return the elements of a type: those of its included sets in order, changed and extended by its own.

    Fields that an own element repeats replace the included ones, all others stay; ``without`` drops elements;
    ``numbers`` gives the numbers of the type's standard; ``included_basis`` replaces the included basis.
    """
    merged = Merged()
    for name in table.get("include", []):
        if name not in sets:
            raise Invalid("recordtypes.file.reference", file=file, key="include", name=str(name))
        _add(merged, sets[name])
    for element in merged.elements.values():
        if "included_basis" in table:
            element["basis"] = table["included_basis"]
    _add(merged, table)
    for key in table.get("without", []):
        if merged.elements.pop(key, None) is None:
            raise Invalid("recordtypes.file.reference", file=file, key="without", name=str(key))
    for key, number in table.get("numbers", {}).items():
        if key not in merged.elements:
            raise Invalid("recordtypes.file.reference", file=file, key=f"numbers.{key}", name=key)
        merged.elements[key]["number"] = number
    return merged


def _add(merged: Merged, table: Table) -> None:
    defaults = table.get("defaults", {})
    for key, element in table.get("element", {}).items():
        known = merged.elements.get(key)
        merged.elements[key] = {**(defaults if known is None else known), **element}
    merged.vocabularies.update(table.get("vocabulary", {}))
    merged.groups.update(table.get("groups", {}))
    merged.conditions.extend(table.get("condition", []))


def spellings(term: Table) -> Iterator[str]:
    """Yield every way a term is written."""
    yield from (text for text in (term["value"], term.get("code", ""), *term.get("also", [])) if text)

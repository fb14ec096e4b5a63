"""Reading the TOML of record types: sets, inclusion, strict fields. A fault is ``Invalid`` with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes.model import heading

Table = Mapping[str, Any]

ELEMENT_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("zh", "en", "number", "kind", "vocabulary", "scope", "container", "obligation"), str),
    **dict.fromkeys(("cardinality", "default", "pattern", "hint_zh", "hint_en", "within", "tail_mark"), str),
    **dict.fromkeys(("tail_to", "feeds", "group", "dc", "ead", "basis"), str),
    **dict.fromkeys(("aliases", "levels", "required", "advised", "suffixes", "templates"), list),
    "more_aliases": list,
    **dict.fromkeys(("described", "search"), dict),
    **dict.fromkeys(("max_length", "list", "order"), int),
    **dict.fromkeys(("minimum", "maximum"), (int, float)),
    **dict.fromkeys(("future", "personal", "public", "repeat"), bool),
}
TERM_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("value", "zh", "en", "code"), str),
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
SUBKIND_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("code", "zh", "en", "basis"), str),
    **dict.fromkeys(("also", "elements"), list),
}
COLUMN_FIELDS: Mapping[str, type | tuple[type, ...]] = dict.fromkeys(("key", "zh", "en"), str)
SET_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("defaults", "element", "vocabulary", "groups", "print"), dict),
    **dict.fromkeys(("condition", "reference", "facets"), list),
}
TYPE_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    **SET_FIELDS,
    **dict.fromkeys(("code", "zh", "en", "version", "standard", "basis", "included_basis", "base"), str),
    "subkind_element": str,
    **dict.fromkeys(("levels", "include", "without", "prefixes", "subkind"), list),
    **dict.fromkeys(("numbers", "characters"), dict),
}
_KEY = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(slots=True)
class Merged:
    """A type's tables after inclusion: elements and vocabularies by key, in order.

    ``loose`` names the facets and print forms that came from a set or a base: what the type lacks of them is
    passed over, while a type's own must exist.
    """

    elements: dict[str, dict[str, Any]] = field(default_factory=dict)
    vocabularies: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, Any] = field(default_factory=dict)
    conditions: list[dict[str, Any]] = field(default_factory=list)
    references: list[dict[str, Any]] = field(default_factory=list)
    facets: list[str] = field(default_factory=list)
    prints: dict[str, list[Any]] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)


def read_file(path: Path, fields: Mapping[str, type | tuple[type, ...]], folder: str = "") -> dict[str, Any]:
    """Return the table in ``path`` with known fields only; Invalid("recordtypes.file.…") otherwise.

    ``folder`` goes before the file's name in errors.
    """
    file = f"{folder}{path.name}"
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Invalid("recordtypes.file.unreadable", file=file, key="", reason=str(error)) from error
    check_fields(file, "", table, fields)
    for key, element in table.get("element", {}).items():
        if not _KEY.fullmatch(key):
            raise Invalid("recordtypes.file.key", file=file, key=f"element.{key}")
        check_fields(file, f"element.{key}", element, ELEMENT_FIELDS)
    check_fields(file, "defaults", table.get("defaults", {}), ELEMENT_FIELDS)
    _check_vocabularies(file, table)
    for name, wanted in (("condition", CONDITION_FIELDS), ("subkind", SUBKIND_FIELDS)):
        for row in table.get(name, []):
            check_fields(file, name, row, wanted)
    for key, label in table.get("groups", {}).items():
        check_fields(file, f"groups.{key}", label, {"zh": str, "en": str})
    for form, columns in table.get("print", {}).items():
        check_fields(file, "print", {form: columns}, {form: list})
        for column in columns:
            check_fields(file, f"print.{form}", column_row(column), COLUMN_FIELDS)
    return table


def _check_vocabularies(file: str, table: Table) -> None:
    for key, vocabulary in table.get("vocabulary", {}).items():
        check_fields(file, f"vocabulary.{key}", vocabulary, VOCABULARY_FIELDS)
        for term in vocabulary.get("terms", []):
            check_fields(file, f"vocabulary.{key}.terms", term, TERM_FIELDS)


def column_row(column: Any) -> Any:
    """Return a print column as a table: a bare key stands for ``{ key = … }``."""
    return {"key": column} if isinstance(column, str) else column


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


def merge(file: str, chain: Sequence[Table], sets: Mapping[str, Table]) -> Merged:
    """Return the elements of a type: ``chain`` is its bases, the farthest first, and its own table.

    Of each table: its included sets in order, changed and extended by its own elements. Fields that an own
    element repeats replace the included ones, all others stay; ``without`` drops elements; ``numbers`` gives
    the numbers of the type's standard; ``included_basis`` replaces the included basis.
    """
    merged = Merged()
    for table in chain:
        for name in table.get("include", []):
            if name not in sets:
                raise Invalid("recordtypes.file.reference", file=file, key="include", name=str(name))
            _add(merged, sets[name], loose=True)
        for element in merged.elements.values():
            if "included_basis" in table:
                element["basis"] = table["included_basis"]
        _add(merged, table, loose=table is not chain[-1])
        for key in table.get("without", []):
            if merged.elements.pop(key, None) is None:
                raise Invalid("recordtypes.file.reference", file=file, key="without", name=str(key))
        for key, number in table.get("numbers", {}).items():
            if key not in merged.elements:
                raise Invalid("recordtypes.file.reference", file=file, key=f"numbers.{key}", name=key)
            merged.elements[key]["number"] = number
    return merged


def _add(merged: Merged, table: Table, *, loose: bool) -> None:
    defaults = table.get("defaults", {})
    _take_headings(merged, table.get("element", {}))
    for key, element in table.get("element", {}).items():
        known = merged.elements.get(key)
        made = {**(defaults if known is None else known), **element}
        made["aliases"] = [*made.get("aliases", []), *made.pop("more_aliases", [])]
        merged.elements[key] = made
    merged.vocabularies.update(table.get("vocabulary", {}))
    merged.groups.update(table.get("groups", {}))
    merged.conditions.extend(table.get("condition", []))
    merged.references = table.get("reference", merged.references)
    merged.facets = table.get("facets", merged.facets)
    merged.prints.update(table.get("print", {}))
    said = {*table.get("print", {}), *(["facets"] if "facets" in table else [])}
    merged.loose = merged.loose | said if loose else merged.loose - said


def _take_headings(merged: Merged, elements: Table) -> None:
    """Take from earlier elements the aliases that one of ``elements`` claims: the nearer to the type wins."""
    claimed = {
        heading(text): key
        for key, element in elements.items()
        for text in (*_told(element, "zh"), *element.get("aliases", []), *element.get("more_aliases", []))
    }
    for key, known in merged.elements.items():
        aliases = known.get("aliases", [])
        kept = [alias for alias in aliases if claimed.get(heading(alias), key) == key]
        if len(kept) < len(aliases):
            known["aliases"] = kept


def _told(element: Table, name: str) -> list[str]:
    return [element[name]] if name in element else []


def spellings(term: Table) -> Iterator[str]:
    """Yield every way a term is written."""
    told = (term["value"], term.get("zh", ""), term.get("code", ""), *term.get("also", []))
    yield from (text for text in told if text)

"""Record types from TOML files: the built-in ones and those of a site. The language: docs/recordtypes.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import source
from lantai.kernel.recordtypes.model import (
    DESCRIPTION_OBLIGATIONS,
    KINDS,
    LEVELS,
    OBLIGATIONS,
    SCOPES,
    STAGES,
    Condition,
    Element,
    Label,
    RecordType,
    Search,
    Term,
    Vocabulary,
    heading,
    spelling,
)

BUILTIN = Path(__file__).parent / "builtin"
SEARCH_KINDS = ("text", "exact", "facet", "date", "number", "none")
BASES = ("A", "B", "C", "c", "K", "house")


def load(extra: Path | None = None) -> Mapping[str, RecordType]:
    """Return all record types by code, the built-in ones and those in the folder ``extra``.

    A file ``WS.toml`` in ``extra`` replaces the built-in type whole; a file ``sets/content.toml`` there
    replaces the built-in set of that name for every type that includes it. A file with a fault raises Invalid
    ("recordtypes.file.…" with ``file``, ``key`` and what is wrong): nothing of it is used.
    """
    return _builtin() if extra is None else _load((BUILTIN, extra))


@cache
def _builtin() -> Mapping[str, RecordType]:
    return _load((BUILTIN,))


def _load(folders: Iterable[Path]) -> Mapping[str, RecordType]:
    sets: dict[str, source.Table] = {}
    tables: dict[str, tuple[str, source.Table]] = {}
    for folder in folders:
        for path in sorted((folder / "sets").glob("*.toml")):
            sets[path.stem] = source.read_file(path, source.SET_FIELDS)
        for path in sorted(folder.glob("*.toml")):
            tables[path.stem] = (path.name, source.read_file(path, source.TYPE_FIELDS))
    types = {code: _type(file, code, table, sets) for code, (file, table) in tables.items()}
    return MappingProxyType(types)


def _type(file: str, stem: str, table: source.Table, sets: Mapping[str, source.Table]) -> RecordType:
    for name in ("code", "zh", "en", "version", "levels"):
        if name not in table:
            raise Invalid("recordtypes.file.missing", file=file, key=name)
    if table["code"] != stem:
        raise Invalid("recordtypes.file.choice", file=file, key="code", found=table["code"], allowed=stem)
    merged = source.merge(file, table, sets)
    elements = [_element(file, key, fields, n) for n, (key, fields) in enumerate(merged.elements.items())]
    elements.sort(key=lambda element: element.order)
    vocabularies = {key: _vocabulary(file, key, fields) for key, fields in merged.vocabularies.items()}
    by_key = {element.key: element for element in elements}
    characters = table.get("characters", {})
    made = RecordType(
        code=table["code"],
        label=Label(table["zh"], table["en"]),
        version=table["version"],
        standard=table.get("standard", ""),
        basis=_choice(file, "basis", table.get("basis", "K"), BASES),
        levels=_choices(file, "levels", table["levels"], LEVELS),
        elements=tuple(elements),
        vocabularies=MappingProxyType(vocabularies),
        conditions=tuple(_condition(file, fields) for fields in merged.conditions),
        groups=MappingProxyType({key: _label(file, f"groups.{key}", g) for key, g in merged.groups.items()}),
        allowed_characters=str(characters.get("allow", "")),
        forbidden_characters=str(characters.get("forbid", "")),
        source=file,
        by_key=MappingProxyType(by_key),
        by_heading=MappingProxyType(_headings(file, elements)),
        by_scope=MappingProxyType(_scopes(elements)),
    )
    _check_references(file, made)
    return made


def _choice(file: str, key: str, found: str, allowed: tuple[str, ...]) -> str:
    if found not in allowed:
        raise Invalid("recordtypes.file.choice", file=file, key=key, found=found, allowed=" ".join(allowed))
    return found


def _choices(file: str, key: str, found: Iterable[Any], allowed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_choice(file, key, str(one), allowed) for one in found)


def _label(file: str, key: str, fields: source.Table) -> Label:
    for name in ("zh", "en"):
        if not fields.get(name):
            raise Invalid("recordtypes.file.missing", file=file, key=f"{key}.{name}")
    return Label(fields["zh"], fields["en"])


def _element(file: str, key: str, fields: source.Table, position: int) -> Element:
    place = f"element.{key}"
    pattern = fields.get("pattern", "")
    try:
        re.compile(pattern)
    except re.error as error:
        raise Invalid(
            "recordtypes.file.pattern", file=file, key=f"{place}.pattern", reason=str(error)
        ) from error
    described = fields.get("described", {})
    for level, obligation in described.items():
        _choice(file, f"{place}.described", level, LEVELS)
        _choice(file, f"{place}.described.{level}", obligation, DESCRIPTION_OBLIGATIONS)
    search = fields.get("search", {})
    source.check_fields(file, f"{place}.search", search, {"kind": str, "boost": (int, float)})
    return Element(
        key=key,
        label=_label(file, place, fields),
        kind=_choice(file, f"{place}.kind", fields.get("kind", "text"), KINDS),
        scope=_choice(file, f"{place}.scope", fields.get("scope", "record"), SCOPES),
        obligation=_choice(file, f"{place}.obligation", fields.get("obligation", "可"), OBLIGATIONS),
        basis=_choice(file, f"{place}.basis", fields.get("basis", "K"), BASES),
        levels=_choices(file, f"{place}.levels", fields.get("levels", ("file", "item")), LEVELS),
        required=frozenset(_choices(file, f"{place}.required", fields.get("required", ()), STAGES)),
        advised=frozenset(_choices(file, f"{place}.advised", fields.get("advised", ()), STAGES)),
        aliases=tuple(fields.get("aliases", ())),
        suffixes=tuple(fields.get("suffixes", ())),
        described=MappingProxyType(dict(described)),
        pattern=pattern,
        pattern_hint=Label(fields.get("hint_zh", ""), fields.get("hint_en", "")),
        list_column=fields.get("list", 0),
        order=fields.get("order", (position + 1) * 10),
        search=Search(
            _choice(file, f"{place}.search.kind", search.get("kind", "none"), SEARCH_KINDS),
            float(search.get("boost", 1.0)),
        ),
        **{name: fields[name] for name in _PLAIN if name in fields},
    )


_PLAIN = (
    *("number", "vocabulary", "container", "cardinality", "default", "max_length", "minimum", "maximum"),
    *(
        "future",
        "within",
        "tail_mark",
        "tail_to",
        "feeds",
        "personal",
        "public",
        "repeat",
        "group",
        "dc",
        "ead",
    ),
)


def _vocabulary(file: str, key: str, fields: source.Table) -> Vocabulary:
    place = f"vocabulary.{key}"
    terms: list[Term] = []
    by_spelling: dict[str, Term] = {}
    for row in fields.get("terms", []):
        if not row.get("value"):
            raise Invalid("recordtypes.file.missing", file=file, key=f"{place}.terms.value")
        term = Term(
            value=row["value"],
            label=Label(row["value"], row.get("en", row["value"])),
            code=row.get("code", ""),
            also=tuple(row.get("also", ())),
            until=row.get("until", 0),
            rank=row.get("rank", 0),
        )
        terms.append(term)
        for text in map(spelling, source.spellings(row)):
            if by_spelling.setdefault(text, term) is not term:
                raise Invalid("recordtypes.file.duplicate", file=file, key=f"{place}.terms", name=text)
    label = _label(file, place, fields)
    return Vocabulary(key, label, tuple(terms), fields.get("closed", True), MappingProxyType(by_spelling))


def _condition(file: str, fields: source.Table) -> Condition:
    for name in ("when", "values", "needs"):
        if name not in fields:
            raise Invalid("recordtypes.file.missing", file=file, key=f"condition.{name}")
    return Condition(
        fields["when"], frozenset(fields["values"]), tuple(fields["needs"]), fields.get("clause", "")
    )


def _headings(file: str, elements: Iterable[Element]) -> dict[str, Element]:
    """Return element by heading; two elements with one alias are a fault, an alias beats a later label."""
    found: dict[str, Element] = {}
    ordered = list(elements)
    for element in ordered:
        for text in (element.key, element.label.zh, *element.aliases):
            if found.setdefault(heading(text), element) is not element:
                raise Invalid(
                    "recordtypes.file.duplicate", file=file, key=f"element.{element.key}", name=text
                )
    for element in ordered:
        for text in (element.label.en, element.number):
            if text:
                found.setdefault(heading(text), element)
    return found


def _scopes(elements: Iterable[Element]) -> dict[str, tuple[Element, ...]]:
    valued = [element for element in elements if element.kind != "container"]
    return {scope: tuple(e for e in valued if e.scope == scope) for scope in SCOPES}


def _check_references(file: str, made: RecordType) -> None:
    """Raise Invalid where the type names an element, group or vocabulary that it does not have."""

    def known(key: str, name: str, names: Iterable[str]) -> None:
        if name and name not in names:
            raise Invalid("recordtypes.file.reference", file=file, key=key, name=name)

    for element in made.elements:
        place = f"element.{element.key}"
        known(f"{place}.vocabulary", element.vocabulary, made.vocabularies)
        if element.kind == "code" and not element.vocabulary:
            raise Invalid("recordtypes.file.missing", file=file, key=f"{place}.vocabulary")
        known(f"{place}.group", element.group, made.groups)
        for field in ("container", "within", "tail_to", "feeds"):
            known(f"{place}.{field}", getattr(element, field), made.by_key)
    for condition in made.conditions:
        for key in (condition.when, *condition.needs):
            known("condition", key, made.by_key)

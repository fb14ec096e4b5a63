"""Record types from TOML files: the built-in ones and those of a site. The language: docs/recordtypes.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lantai.kernel import refcodes
from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import source
from lantai.kernel.recordtypes import subkinds as kinds
from lantai.kernel.recordtypes.coherence import check_references
from lantai.kernel.recordtypes.model import (
    DESCRIPTION_OBLIGATIONS,
    FORMS,
    KINDS,
    LEVELS,
    OBLIGATIONS,
    SCOPES,
    STAGES,
    Column,
    Condition,
    Element,
    Label,
    RecordType,
    Search,
    Subkind,
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

    A file ``WS.toml`` in ``extra`` replaces the built-in type whole, or with ``base = "WS"`` changes what it
    says of it; a file ``sets/content.toml`` there replaces the built-in set of that name for every type that
    includes it; ``refcodes/rules.toml`` holds the site's reference-code rules (see :func:`site_rules`). A file
    with a fault raises Invalid ("recordtypes.file.…" with ``file``, ``key`` and what is wrong): nothing of it
    is used.
    """
    return _builtin() if extra is None else _load((BUILTIN, extra), site_rules(extra))


def site_rules(extra: Path | None) -> refcodes.Rules:
    """Return the reference-code rules of a site: those in ``refcodes/rules.toml`` of ``extra`` come first."""
    own = extra / "refcodes" / "rules.toml" if extra else None
    return refcodes.load_rules(own if own and own.is_file() else None)


def relations(extra: Path | None = None) -> Vocabulary:
    """Return how two records can belong together (paper_twin 纸质件, reply 来文与复文 …).

    A file ``vocabularies/relations.toml`` in ``extra`` replaces the built-in one whole.
    """
    own = extra / "vocabularies" / "relations.toml" if extra else None
    return _relations(own if own and own.is_file() else BUILTIN / "vocabularies" / "relations.toml")


def agents(extra: Path | None = None) -> RecordType:
    """Return the elements of name records (机构人员), in the form of a record type with the one level ``item``.

    A file ``authorities/agents.toml`` in ``extra`` replaces the built-in one whole.
    """
    own = extra / "authorities" / "agents.toml" if extra else None
    return _agents(own if own and own.is_file() else BUILTIN / "authorities" / "agents.toml")


@cache
def _agents(path: Path) -> RecordType:
    table = source.read_file(path, source.TYPE_FIELDS, "authorities/")
    return _type(f"authorities/{path.name}", "agents", [table], {}, refcodes.load_rules())


@cache
def _relations(path: Path) -> Vocabulary:
    table = source.read_file(path, {"vocabulary": dict}, "vocabularies/")
    file, known = f"vocabularies/{path.name}", table.get("vocabulary", {})
    if "relations" not in known:
        raise Invalid("recordtypes.file.missing", file=file, key="vocabulary.relations")
    return _vocabulary(file, "relations", known["relations"])


@cache
def _builtin() -> Mapping[str, RecordType]:
    return _load((BUILTIN,), refcodes.load_rules())


def _load(folders: Iterable[Path], rules: refcodes.Rules) -> Mapping[str, RecordType]:
    sets: dict[str, source.Table] = {}
    chains: dict[str, list[source.Table]] = {}
    files: dict[str, str] = {}
    for folder in folders:
        for path in sorted((folder / "sets").glob("*.toml")):
            sets[path.stem] = source.read_file(path, source.SET_FIELDS, "sets/")
        below = dict(chains)
        own = {path.stem: path for path in sorted(folder.glob("*.toml"))}
        tables = {stem: source.read_file(path, source.TYPE_FIELDS) for stem, path in own.items()}
        for stem, path in own.items():
            files[stem] = path.name
            chains[stem] = _chain(path.name, stem, tables, below, ())
    types = {code: _type(files[code], code, chain, sets, rules) for code, chain in chains.items()}
    return MappingProxyType(types)


def _chain(
    file: str,
    stem: str,
    tables: Mapping[str, source.Table],
    below: Mapping[str, list[source.Table]],
    seen: tuple[str, ...],
) -> list[source.Table]:
    """Return the tables of a type, its bases first; a type whose base is its own name changes the one below."""
    table = tables[stem]
    base = table.get("base", "")
    if not base:
        return [table]
    if base != stem and base in tables and base not in seen:
        return [*_chain(file, base, tables, below, (*seen, stem)), table]
    if base not in below:
        raise Invalid("recordtypes.file.reference", file=file, key="base", name=base)
    return [*below[base], table]


def _type(
    file: str,
    stem: str,
    chain: Sequence[source.Table],
    sets: Mapping[str, source.Table],
    rules: refcodes.Rules,
) -> RecordType:
    table: dict[str, Any] = {}
    for one in chain:
        inherited = table if one.get("base") == one.get("code") else _without_place(table)
        table = {**inherited, **one}
    for name in ("code", "zh", "en", "version", "levels"):
        if name not in table:
            raise Invalid("recordtypes.file.missing", file=file, key=name)
    if table["code"] != stem:
        raise Invalid("recordtypes.file.choice", file=file, key="code", found=table["code"], allowed=stem)
    merged = source.merge(file, chain, sets)
    subkind_key = kinds.add_element(merged, table)
    elements = [_element(file, key, fields, n) for n, (key, fields) in enumerate(merged.elements.items())]
    elements.sort(key=lambda element: element.order)
    vocabularies = {key: _vocabulary(file, key, fields) for key, fields in merged.vocabularies.items()}
    characters = table.get("characters", {})
    prefixes = tuple(map(str, table.get("prefixes", [table["code"]])))
    subkinds = tuple(_subkind(file, row) for row in table.get("subkind", ()))
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
        prefixes=prefixes,
        subkinds=subkinds,
        subkind_key=subkind_key,
        reference_rules=tuple(_reference(file, row, rules) for row in merged.references),
        facet_keys=_facets(file, merged),
        printed=MappingProxyType(_printed(file, merged)),
        by_key=MappingProxyType({element.key: element for element in elements}),
        by_heading=MappingProxyType(_headings(file, elements)),
        by_scope=MappingProxyType(_scopes(elements)),
        by_prefix=MappingProxyType(_prefixes(prefixes, subkinds)),
        templated=tuple(element for element in elements if element.templates),
    )
    check_references(file, made)
    kinds.check(file, made)
    return made


def _without_place(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what another type inherits: not the codes by which a 档号 is of its base."""
    return {
        name: value for name, value in table.items() if name not in {"prefixes", "subkind", "subkind_element"}
    }


def _subkind(file: str, row: source.Table) -> Subkind:
    label = _label(file, "subkind", row)
    if not row.get("code"):
        raise Invalid("recordtypes.file.missing", file=file, key="subkind.code")
    basis = _choice(file, "subkind.basis", row.get("basis", "K"), BASES)
    return Subkind(row["code"], label, tuple(row.get("also", ())), tuple(row.get("elements", ())), basis)


def _reference(file: str, row: source.Table, rules: refcodes.Rules) -> refcodes.Span:
    span = refcodes.read_span(file, "reference", row)
    _choice(file, "reference.level", span.level, LEVELS)
    if rules.rule(span.rule) is None:
        raise Invalid("recordtypes.file.reference", file=file, key="reference.rule", name=span.rule)
    return span


def _facets(file: str, merged: source.Merged) -> tuple[str, ...]:
    missing = [key for key in merged.facets if key not in merged.elements]
    if missing and "facets" not in merged.loose:
        raise Invalid("recordtypes.file.reference", file=file, key="facets", name=str(missing[0]))
    return tuple(key for key in merged.facets if key in merged.elements)


def _printed(file: str, merged: source.Merged) -> dict[str, tuple[Column, ...]]:
    forms: dict[str, tuple[Column, ...]] = {}
    for form, columns in merged.prints.items():
        _choice(file, "print", form, FORMS[:-1])
        made: list[Column] = []
        for row in map(source.column_row, columns):
            if row.get("key") in merged.elements:
                label = _label(file, f"print.{form}", row) if "zh" in row else None
                made.append(Column(row["key"], label))
            elif form not in merged.loose:
                name = str(row.get("key", ""))
                raise Invalid("recordtypes.file.reference", file=file, key=f"print.{form}", name=name)
        forms[form] = tuple(made)
    return forms


def _prefixes(prefixes: Sequence[str], subkinds: Sequence[Subkind]) -> dict[str, str]:
    """Return how each beginning of a 类别号 is written today: HY → ZY·HY, ZY·HY → ZY·HY, KJ·JJ → KJ·JJ."""
    today = prefixes[0]
    found = dict.fromkeys(prefixes, today)
    for kind in subkinds:
        for prefix in prefixes:
            for code in (kind.code, *kind.also):
                found[f"{prefix}·{code}"] = f"{today}·{kind.code}"
    return found


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
    kind = _choice(file, f"{place}.kind", fields.get("kind", "text"), KINDS)
    scope = _choice(file, f"{place}.scope", fields.get("scope", "record"), SCOPES)
    return Element(
        key=key,
        label=_label(file, place, fields),
        kind=kind,
        scope=scope,
        templates=tuple(fields.get("templates", ())),
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
        search=_search(file, place, fields.get("search", {}), kind, scope),
        dc=fields.get("dc", _other_dc(kind, scope, fields)),
        ead=fields.get("ead", _OTHER_EAD.get(scope, "odd") if kind != "container" else ""),
        **{name: fields[name] for name in _PLAIN if name in fields},
    )


def _search(file: str, place: str, told: source.Table, kind: str, scope: str) -> Search:
    """Return how the element is searched: of a record everything can be found, unless ``none`` is said."""
    source.check_fields(file, f"{place}.search", told, {"kind": str, "boost": (int, float)})
    other = "none" if scope != "record" else _OTHER_SEARCH.get(kind, "text")
    wanted = _choice(file, f"{place}.search.kind", told.get("kind", other), SEARCH_KINDS)
    return Search(wanted, float(told.get("boost", 1.0)))


_OTHER_SEARCH: Mapping[str, str] = {
    **dict.fromkeys(("digits", "integer", "number", "year", "date", "moment", "uri"), "exact"),
    **dict.fromkeys(("container", "base64"), "none"),
    "code": "facet",
}
"""How an element of a record is searched that does not say it."""

_OTHER_EAD: Mapping[str, str] = {"component": "dao", "agent": "controlaccess", "relation": "relation"}
"""The EAD3 element of what does not say it, by scope; ``odd`` for the others."""


def _other_dc(kind: str, scope: str, fields: source.Table) -> str:
    shown = scope == "record" and kind != "container" and fields.get("public", False)
    return "description" if shown else ""


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
            label=Label(row.get("zh", row["value"]), row.get("en", row["value"])),
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

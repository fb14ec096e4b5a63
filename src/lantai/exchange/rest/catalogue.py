"""Fonds, their trees, record types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lantai.base.paging import cursor, key
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.documents import FondsDoc, FondsPage, FondsWhole, Paged
from lantai.holdings import queries as holdings
from lantai.kernel.errors import NotFound
from lantai.kernel.recordtypes import Element, RecordType


@dataclass(frozen=True, slots=True)
class Branch:
    """How many visible records of one level lie in one series (类别); ``year`` 0 = without one."""

    type: str
    year: int
    series: str
    title: str
    level: str
    count: int


@dataclass(frozen=True, slots=True)
class Tree:
    """A fonds above its records: ``total`` visible records, counted by type, year, series and level."""

    fonds: str
    total: int
    items: tuple[Branch, ...]
    next: str


@dataclass(frozen=True, slots=True)
class TermDoc:
    """A term of a vocabulary."""

    value: str
    label_zh: str
    label_en: str
    code: str


@dataclass(frozen=True, slots=True)
class ElementDoc:
    """An element (著录项目) of a record type."""

    key: str
    number: str
    label_zh: str
    label_en: str
    kind: str
    scope: str
    levels: tuple[str, ...]
    group: str
    required: tuple[str, ...]
    obligation: str
    max_length: int
    pattern: str
    repeat: bool
    personal: bool
    public: bool
    aliases: tuple[str, ...]
    dc: str
    ead: str
    vocabulary: str


@dataclass(frozen=True, slots=True)
class VocabularyDoc:
    """A list of terms; ``closed``: no other value is taken."""

    key: str
    closed: bool
    terms: tuple[TermDoc, ...]


@dataclass(frozen=True, slots=True)
class TypeDoc:
    """A record type (门类) in short."""

    code: str
    label_zh: str
    label_en: str
    version: str
    standard: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TypeList:
    """The record types of this site."""

    items: tuple[TypeDoc, ...]
    next: str


@dataclass(frozen=True, slots=True)
class SubkindDoc:
    """A sub-kind (二级类别): its code below the type's, older codes, and the elements that others do not have."""

    code: str
    label_zh: str
    label_en: str
    also: tuple[str, ...]
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TypeWhole:
    """A record type with its elements in form order and its vocabularies.

    ``subkind_element`` is the element that says of which of the ``subkinds`` a record is, "" without any.
    """

    code: str
    label_zh: str
    label_en: str
    version: str
    standard: str
    levels: tuple[str, ...]
    groups: Mapping[str, str]
    elements: tuple[ElementDoc, ...]
    vocabularies: tuple[VocabularyDoc, ...]
    subkind_element: str
    subkinds: tuple[SubkindDoc, ...]


def _all_fonds(call: Call) -> Answer:
    after = str(key(call.query.cursor, [str])[0]) if call.query.cursor else ""
    rows = [row for row in holdings.fonds_list(call.actor) if row.number > after]
    items = tuple(
        FondsDoc(row.number, row.name, row.unit_name, row.count) for row in rows[: call.query.limit]
    )
    more = len(rows) > len(items)
    return Answer(FondsPage(items, cursor([items[-1].number]) if more else ""))


def _fonds(call: Call) -> Answer:
    row = holdings.fonds(call.actor, call.path["number"])
    values = _fonds_values(call, row.unit)
    return Answer(FondsWhole(row.number, row.name, row.unit_name, row.count, values))


def _fonds_values(call: Call, unit: int) -> dict[str, str]:
    """Return the description of a fonds; who is neither of the unit nor of the archives sees public elements."""
    values = holdings.fonds_values(call.path["number"])
    if holdings.sees_by_office(call.actor, unit):
        return values
    general = next(iter(holdings.types().values())).by_key
    return {k: v for k, v in values.items() if k in general and general[k].public and not general[k].personal}


def _tree(call: Call) -> Answer:
    number = call.path["number"]
    holdings.fonds(call.actor, number)
    found = holdings.branches(call.actor, number)
    items = tuple(Branch(b.type, b.year, b.series, b.title, b.level, b.count) for b in found)
    return Answer(Tree(number, sum(one.count for one in items), items, ""))


def _types(call: Call) -> Answer:
    return Answer(TypeList(tuple(TypeDoc(*_head(kind)) for kind in holdings.types().values()), ""))


def _head(kind: RecordType) -> tuple[str, str, str, str, str, tuple[str, ...]]:
    return kind.code, kind.label.zh, kind.label.en, kind.version, kind.standard, tuple(kind.levels)


def _type(call: Call) -> Answer:
    kind = holdings.types().get(call.path["code"])
    if kind is None:
        raise NotFound("exchange.type.missing", type=call.path["code"][:40])
    vocabularies = tuple(
        VocabularyDoc(
            one.key,
            one.closed,
            tuple(TermDoc(term.value, term.label.zh, term.label.en, term.code) for term in one.terms),
        )
        for one in kind.vocabularies.values()
    )
    groups = {name: label.zh for name, label in kind.groups.items()}
    below = tuple(
        SubkindDoc(one.code, one.label.zh, one.label.en, one.also, one.elements) for one in kind.subkinds
    )
    elements = tuple(map(_element, kind.elements))
    return Answer(TypeWhole(*_head(kind), groups, elements, vocabularies, kind.subkind_key, below))


def _element(one: Element) -> ElementDoc:
    return ElementDoc(
        key=one.key,
        number=one.number,
        label_zh=one.label.zh,
        label_en=one.label.en,
        kind=one.kind,
        scope=one.scope,
        levels=tuple(one.levels),
        group=one.group,
        required=tuple(sorted(one.required)),
        obligation=one.obligation,
        max_length=one.max_length,
        pattern=one.pattern,
        repeat=one.repeat,
        personal=one.personal,
        public=one.public,
        aliases=tuple(one.aliases),
        dc=one.dc,
        ead=one.ead,
        vocabulary=one.vocabulary,
    )


_NUMBER = {"number": "全宗号 of the fonds, such as Z109."}

ENDPOINTS = (
    Endpoint("GET", "fonds", "fonds_list", "全宗 · all fonds", _all_fonds, FondsPage, query=Paged),
    Endpoint("GET", "fonds/{number}", "fonds", "一个全宗 · one fonds", _fonds, FondsWhole, parts=_NUMBER),
    Endpoint(
        "GET", "fonds/{number}/tree", "tree", "全宗的类目树 · a fonds' tree", _tree, Tree, parts=_NUMBER
    ),
    Endpoint("GET", "recordtypes", "recordtypes", "门类 · record types", _types, TypeList),
    Endpoint(
        "GET",
        "recordtypes/{code}",
        "recordtype",
        "一个门类 · one record type",
        _type,
        TypeWhole,
        parts={"code": "Code of the type, such as WS."},
    ),
)

"""What a record type says: elements, vocabularies, conditions. Filled from TOML by :mod:`.loader`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from lantai.kernel.errors import NotFound
from lantai.kernel.refcodes import RefCode, Span

STAGES = ("GD", "YJ", "CQ")
"""归档, 移交与接收, 长期保存: the stages of DA/T 70-2018."""

LEVELS = ("fonds", "series", "file", "item")
"""全宗级, 类别级, 案卷级, 文件级: the levels of DA/T 18-2022."""

KINDS = (
    *("text", "longtext", "code", "digits", "integer", "number", "year", "date", "moment"),
    *("duration", "size", "base64", "uri", "container"),
)
"""How a value is written; ``container`` elements group others and never hold a value."""

SCOPES = ("record", "component", "signature", "grant", "agent", "event", "relation", "segment")
"""What an element describes; one record has many of all scopes but ``record``."""

FORMS = ("item_list", "file_list", "inner_list", "card")
"""归档文件目录, 案卷目录, 卷内文件目录 (DA/T 22-2015), and the 著录卡 with every element of a record."""

OBLIGATIONS = ("必", "条", "可")
"""必选, 条件选, 可选: the obligations of DA/T 46-2009 and its kin."""

DESCRIPTION_OBLIGATIONS = ("必", "有", "选")
"""必著, 有则必著, 选著: the obligations of DA/T 18-2022."""

_MARKS = re.compile(r"[\s*＊:：_\-]+|[(（\[【]\s*(?:必填|必选|选填|可选|必著|必录)\s*[)）\]】]")


@lru_cache(maxsize=16_384)
def heading(text: str) -> str:
    """Return the comparison form of a column heading: no space, star, colon or （必填）; case folded."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", _MARKS.sub("", text))).casefold()


@dataclass(frozen=True, slots=True)
class Label:
    """A name in Chinese and English."""

    zh: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Term:
    """One value of a vocabulary.

    ``value`` is what is stored; ``also`` are other spellings met in lists (code included). ``until`` is the
    last 年度 the term was in use, 0 when it still is. ``rank`` orders terms of a graded vocabulary.
    """

    value: str
    label: Label
    code: str = ""
    also: tuple[str, ...] = ()
    until: int = 0
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A list of terms; when ``closed``, other values are findings, else it only suggests."""

    key: str
    label: Label
    terms: tuple[Term, ...]
    closed: bool
    by_spelling: Mapping[str, Term] = field(repr=False, compare=False)

    def term(self, text: str) -> Term | None:
        """Return the term written as ``text`` in any of its spellings, or None."""
        return self.by_spelling.get(text) or self.by_spelling.get(spelling(text))


def spelling(text: str) -> str:
    """Return the comparison form of a coded value: NFKC, no white space, upper case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


@dataclass(frozen=True, slots=True)
class Search:
    """How an element is searched: ``kind`` text|exact|facet|date|number|none, and its weight in ranking."""

    kind: str = "none"
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Element:
    """One metadata element (元数据元素, 著录项目) of a record type.

    ``key``            name in code and packages, lower case ASCII
    ``number``         number in the type's standard ("M22"), "" where the facts give none
    ``aliases``        headings met in Excel lists and XML
    ``kind``           one of :data:`KINDS`; ``vocabulary`` names the vocabulary of the type, or ""
    ``scope``          one of :data:`SCOPES`; ``container`` the key of the element it lies in, or ""
    ``levels``         levels at which it is used
    ``required``       stages at which its lack is an error; ``advised``: at which it is a warning
    ``obligation``     必/条/可 of the metadata standard; ``cardinality`` of its schema ("1", "0..n", "")
    ``described``      level → 必/有/选 of DA/T 18-2022
    ``default``        value that holds when nothing is said, so that the lack is no finding
    ``max_length``     code points, 0 = unlimited; ``pattern``: whole value must match
    ``minimum``…       bounds of integer, number, year (for dates: of the year); None = none
    ``future``         may a date lie after today; ``within`` key of the year element it should fall in
    ``suffixes``       units that people write after a number and that :func:`normalise` drops
    ``tail_mark``      mark after which ``tail_to`` follows in one cell (机密★10年)
    ``feeds``          key of a general element that takes this value while it has none (摄影者 → 责任者)
    ``templates``      texts that it takes while it has none, the first whose ``{key}`` all have values:
                       ``{key:4}`` is the first four characters (日期 → 年度)
    ``personal``       personal data; ``public``: shown to everybody once the record is open
    ``repeat``         several values, separated by "；" ";" or a line end
    ``list_column``    place in lists, 0 = not shown; ``order`` place in forms; ``group`` form section
    ``dc``, ``ead``    element of Dublin Core terms and of EAD3
    ``basis``          how sure the facts are: A C c K as in the project's notes, "house" for our own
    """

    key: str
    label: Label
    number: str = ""
    aliases: tuple[str, ...] = ()
    kind: str = "text"
    vocabulary: str = ""
    scope: str = "record"
    container: str = ""
    levels: tuple[str, ...] = ("file", "item")
    required: frozenset[str] = frozenset()
    advised: frozenset[str] = frozenset()
    obligation: str = "可"
    cardinality: str = ""
    described: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    max_length: int = 0
    pattern: str = ""
    pattern_hint: Label = Label("", "")
    minimum: float | None = None
    maximum: float | None = None
    future: bool = False
    within: str = ""
    suffixes: tuple[str, ...] = ()
    tail_mark: str = ""
    tail_to: str = ""
    feeds: str = ""
    templates: tuple[str, ...] = ()
    personal: bool = False
    public: bool = False
    repeat: bool = False
    list_column: int = 0
    order: int = 0
    group: str = ""
    dc: str = ""
    ead: str = ""
    search: Search = Search()
    basis: str = "K"


@dataclass(frozen=True, slots=True)
class Condition:
    """``needs`` must have values when the element ``when`` has one of ``values``."""

    when: str
    values: frozenset[str]
    needs: tuple[str, ...]
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Subkind:
    """A kind inside a 门类 (KJ·JJ 基建): its code below the type's, ``also`` other codes met.

    ``elements`` are the keys of those elements that only this and other kinds naming them have.
    """

    code: str
    label: Label
    also: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    basis: str = "K"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a printed list: an element's key, and its heading there when it has another name."""

    key: str
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class RecordType:
    """One 门类: its elements in form order, its vocabularies and rules.

    ``prefixes`` are the beginnings of the 类别号 by which a 档号 is of this type, the one that new codes get
    first (``ZY·HY``, ``HY``); ``reference_rules`` say which rule composes the 档号 of which year.
    ``subkind_key`` is the element that says of which sub-kind a record is, "" without sub-kinds.
    """

    code: str
    label: Label
    version: str
    standard: str
    basis: str
    levels: tuple[str, ...]
    elements: tuple[Element, ...]
    vocabularies: Mapping[str, Vocabulary]
    conditions: tuple[Condition, ...] = ()
    groups: Mapping[str, Label] = field(default_factory=dict)
    allowed_characters: str = ""
    forbidden_characters: str = ""
    source: str = ""
    prefixes: tuple[str, ...] = ()
    subkinds: tuple[Subkind, ...] = ()
    subkind_key: str = ""
    reference_rules: tuple[Span, ...] = ()
    facet_keys: tuple[str, ...] = ()
    printed: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)
    by_key: Mapping[str, Element] = field(default_factory=dict, repr=False, compare=False)
    by_heading: Mapping[str, Element] = field(default_factory=dict, repr=False, compare=False)
    by_scope: Mapping[str, tuple[Element, ...]] = field(default_factory=dict, repr=False, compare=False)
    by_prefix: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    templated: tuple[Element, ...] = field(default=(), repr=False, compare=False)

    def element(self, key: str) -> Element:
        """Return the element ``key``; NotFound("recordtypes.element.unknown")."""
        found = self.by_key.get(key)
        if found is None:
            raise NotFound("recordtypes.element.unknown", type=self.code, key=key)
        return found

    def column(self, alias: str) -> Element | None:
        """Return the element whose label, alias, number or key is the heading ``alias``, or None."""
        return self.by_heading.get(heading(alias))

    def vocabulary(self, element: Element) -> Vocabulary | None:
        """Return the vocabulary of ``element``, or None when it has none."""
        return self.vocabularies.get(element.vocabulary)

    def list_columns(self) -> tuple[Element, ...]:
        """Return the elements shown in lists, in their order."""
        return tuple(sorted((e for e in self.elements if e.list_column), key=lambda e: e.list_column))

    def print_columns(self, form: str) -> tuple[Element, ...]:
        """Return the columns of a printed form, one of :data:`FORMS`, labelled as they are headed there.

        ``card`` has every element of a record in form order. NotFound("recordtypes.form.unknown").
        """
        if form not in FORMS:
            raise NotFound("recordtypes.form.unknown", type=self.code, form=form)
        if form == "card":
            return self.of_scope()
        columns = ((self.element(column.key), column.label) for column in self.printed.get(form, ()))
        return tuple(replace(element, label=label) if label else element for element, label in columns)

    def facets(self) -> tuple[Element, ...]:
        """Return the elements by which results are narrowed, most useful first."""
        return tuple(self.by_key[key] for key in self.facet_keys)

    def search_elements(self) -> tuple[Element, ...]:
        """Return the elements of a record by which it can be found, in form order."""
        return tuple(element for element in self.of_scope() if element.search.kind != "none")

    def of_scope(self, scope: str = "record") -> tuple[Element, ...]:
        """Return the elements that describe ``scope``, in form order, without containers."""
        return self.by_scope.get(scope, ())

    def of_subkind(self, code: str) -> tuple[Element, ...]:
        """Return the elements of a record of the sub-kind ``code``: the general ones and its own.

        In form order; on the places that its own ones have there, they stand in the order the sub-kind says.
        """
        own = [key for kind in self.subkinds if code in {kind.code, *kind.also} for key in kind.elements]
        foreign = {key for kind in self.subkinds for key in kind.elements}.difference(own)
        mine = iter([self.by_key[key] for key in dict.fromkeys(own) if self.by_key[key].scope == "record"])
        return tuple(
            next(mine) if element.key in own else element
            for element in self.of_scope()
            if element.key not in foreign
        )

    def code_of(self, refcode: RefCode) -> str:
        """Return the category of ``refcode`` down to the sub-kind (``KJ·JJ``, ``ZY·HY``); "" if not of this type."""
        path = (refcode.category, *refcode.subcategories)
        for length in range(len(path), 0, -1):
            found = self.by_prefix.get("·".join(path[:length]))
            if found is not None:
                return found
        return ""

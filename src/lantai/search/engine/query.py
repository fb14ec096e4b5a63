"""What a typed line means: a small tree that knows no engine.

Blanks mean AND; ``OR`` or ``|`` binds tighter than AND; ``"…"`` (also “…”, 「…」, 『…』) keeps blanks
inside one string; ``-`` before a word excludes it; ``题名:`` ``责任者:`` ``关键词:`` ``附注:`` ``全文:``
``档号:`` ``文号:`` before a word say where. With 档号 and 文号 a plain word is contained, a ``*`` at its end makes it a
beginning, quotes make it the whole. Words of nothing but punctuation are no terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from lantai.kernel.errors import Invalid
from lantai.search.engine.folding import canon, identifier

Scope = Literal["any", "title", "author", "keywords", "note", "text"]
Number = Literal["ref", "doc_number"]
Match = Literal["inner", "prefix", "exact"]

MAX_CHARACTERS = 1_000
MAX_WORDS = 64


@dataclass(frozen=True, slots=True)
class Word:
    """The canonical string must be contained in a field of ``scope``.

    With ``any``, a string of one character is looked for in titles only, and ``number`` (the identifier
    form) may also be the whole of a 档号 or 文号.
    """

    canon: str
    number: str
    scope: Scope = "any"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A 档号 or 文号 must contain ``canon``, or begin with or be ``number`` (the identifier form)."""

    canon: str
    number: str
    field: Number
    match: Match


@dataclass(frozen=True, slots=True)
class Not:
    """What ``node`` finds is excluded."""

    node: Word | Identifier


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of ``nodes``; two or more."""

    nodes: tuple[Word | Identifier | Not, ...]


@dataclass(frozen=True, slots=True)
class And:
    """All of ``nodes``; two or more."""

    nodes: tuple[Word | Identifier | Not | Or, ...]


Leaf = Word | Identifier | Not
Node = Leaf | Or | And


@dataclass(frozen=True, slots=True)
class Parsed:
    """``node`` is None when there is no term; ``blank`` tells nothing typed from nothing but punctuation."""

    node: Node | None
    blank: bool

    @property
    def no_terms(self) -> bool:
        """Whether something was typed of which nothing can be searched."""
        return self.node is None and not self.blank


@dataclass(frozen=True, slots=True)
class _Token:
    negative: bool
    prefix: str
    text: str
    quoted: bool


_SCOPES: MappingProxyType[str, Scope] = MappingProxyType(
    {
        "题名": "title",
        "标题": "title",
        "title": "title",
        "责任者": "author",
        "作者": "author",
        "author": "author",
        "关键词": "keywords",
        "主题词": "keywords",
        "keywords": "keywords",
        "附注": "note",
        "note": "note",
        "全文": "text",
        "正文": "text",
        "text": "text",
    }
)
_NUMBERS: MappingProxyType[str, Number] = MappingProxyType(
    {"档号": "ref", "ref": "ref", "文号": "doc_number", "文件编号": "doc_number", "doc": "doc_number"}
)
_CLOSING = MappingProxyType({'"': '"＂”“', "＂": '"＂', "“": '”“"', "”": '”“"', "「": "」", "『": "』"})
_MINUS = "-－"
_STARS = "*＊"
_STAR = re.compile(f"[{_STARS}]$")
_PREFIX = re.compile(f"({'|'.join((*_SCOPES, *_NUMBERS))})[:：](?=\\S)", re.IGNORECASE)
_STROKES = "|｜"
_OR = frozenset(("OR", *_STROKES))


@lru_cache(maxsize=64)
def parse(text: str) -> Parsed:
    """Return what ``text`` asks for; asked by the page, the engine and who marks the words in turn.

    Raises ``Invalid("search.query.long")`` beyond 1,000 characters or 64 words.
    """
    if len(text) > MAX_CHARACTERS:
        raise Invalid("search.query.long", characters=MAX_CHARACTERS, words=MAX_WORDS)
    clauses = list(_clauses(_tokens(text)))
    if sum(len(clause.nodes) if isinstance(clause, Or) else 1 for clause in clauses) > MAX_WORDS:
        raise Invalid("search.query.long", characters=MAX_CHARACTERS, words=MAX_WORDS)
    node: Node | None = None
    if clauses:
        node = clauses[0] if len(clauses) == 1 else And(tuple(clauses))
    return Parsed(node, blank=not text.strip())


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        negative = text[at] in _MINUS and at + 1 < len(text) and not text[at + 1].isspace()
        at += negative
        scoped = _PREFIX.match(text, at)
        at = scoped.end() if scoped else at
        quoted = text[at] in _CLOSING
        start, end, after = _quoted(text, at) if quoted else _bare(text, at)
        yield _Token(negative, scoped[1].lower() if scoped else "", text[start:end], quoted)
        at = after


def _quoted(text: str, at: int) -> tuple[int, int, int]:
    """Return start and end of the quoted string that opens at ``at``, and where to go on.

    Open ends are closed.
    """
    closing = _CLOSING[text[at]]
    end = next((i for i in range(at + 1, len(text)) if text[i] in closing), len(text))
    return at + 1, end, end + 1


def _bare(text: str, at: int) -> tuple[int, int, int]:
    """Return the bounds of the word at ``at``: up to a blank, stroke or opening quote; a stroke is one."""
    end = at + 1
    while text[at] not in _STROKES and end < len(text):
        if text[end].isspace() or text[end] in _STROKES or text[end] in _CLOSING:
            break
        end += 1
    return at, end, end


def _clauses(tokens: Iterable[_Token]) -> Iterator[Leaf | Or]:
    """Return the parts to be joined by AND; an OR with a side missing joins nothing."""
    group: list[Leaf] = []
    joined = False
    for token in tokens:
        if token.text in _OR and not token.quoted and not token.negative and not token.prefix:
            joined = bool(group)
            continue
        leaf = _leaf(token)
        if leaf is None:
            continue
        if group and not joined:
            yield _either(group)
            group = []
        group.append(leaf)
        joined = False
    if group:
        yield _either(group)


def _either(group: Sequence[Leaf]) -> Leaf | Or:
    return group[0] if len(group) == 1 else Or(tuple(group))


def _leaf(token: _Token) -> Leaf | None:
    """Return what one token asks for, or None when nothing in it can be searched."""
    canonical, number = canon(token.text), identifier(token.text)
    if not canonical:
        return None
    found: Word | Identifier
    if field := _NUMBERS.get(token.prefix):
        match: Match = "exact" if token.quoted else "prefix" if _STAR.search(token.text) else "inner"
        found = Identifier(canonical, number, field, match)
    else:
        found = Word(canonical, number, _SCOPES.get(token.prefix, "any"))
    return Not(found) if token.negative else found


def wanted(node: Node | None, scope: Scope | None = None) -> tuple[str, ...]:
    """Return the canonical strings to highlight: every one asked for and not excluded, longest first.

    With ``scope``, only those that are looked for there.
    """
    found = dict.fromkeys(_wanted(node, scope)) if node else {}
    return tuple(sorted(found, key=len, reverse=True))


def _wanted(node: Node, scope: Scope | None) -> Iterator[str]:
    match node:
        case Word():
            if scope is None or node.scope in ("any", scope):
                yield node.canon
        case Identifier():
            if scope is None:
                yield node.canon
        case And() | Or():
            for part in node.nodes:
                yield from _wanted(part, scope)
        case Not():
            return

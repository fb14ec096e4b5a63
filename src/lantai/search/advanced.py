"""The advanced form: it writes the line that people could have typed, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy

from lantai.base.actors import Actor
from lantai.search.engine.query import MAX_CHARACTERS
from lantai.search.forms import SORTS, Asked
from lantai.search.question import FACETS, Question, result
from lantai.search.results import TITLES, Choice, ordered, said

FIELDS = (
    ("title", "题名", gettext_lazy("题名"), gettext_lazy("几个词用空格隔开，都要有")),
    ("author", "责任者", gettext_lazy("责任者"), gettext_lazy("例如 水利局")),
    ("keywords", "关键词", gettext_lazy("关键词、人名、主题词"), ""),
    ("doc", "文号", gettext_lazy("文件编号"), gettext_lazy("例如 云政发〔2015〕12号，括号可不写")),
    ("text", "全文", gettext_lazy("正文（全文）"), gettext_lazy("文件里的字句")),
    ("note", "附注", gettext_lazy("摘要、附注"), ""),
)
"""Name in the address, word of the query language, label, hint."""
REF_WAYS = (
    ("inner", gettext_lazy("含有")),
    ("prefix", gettext_lazy("开头是")),
    ("exact", gettext_lazy("就是")),
)
_QUOTES = re.compile(r'["＂“”「」『』]')
_READ_OTHERWISE = re.compile(r"^[-－]|[|｜]|^OR$|[*＊]$|^[^:：]+[:：]")


@dataclass(frozen=True, slots=True)
class FieldView:
    """One text field of the form."""

    name: str
    label: str
    hint: str
    value: str


@dataclass(frozen=True, slots=True)
class SelectView:
    """One choice of the form, with the values that the reader can find."""

    name: str
    label: str
    choices: Sequence[Choice]


def composed(told: QueryDict) -> str:
    """Return the address part of the search that a filled form asks for."""
    line = " ".join(_parts(told))[:MAX_CHARACTERS]
    pairs = [("q", line)] if line else []
    for name in (*FACETS, "from", "to"):
        pairs += [(name, value.strip()) for value in told.getlist(name) if value.strip()]
    pairs += [("sort", sort) for sort in SORTS[1:] if sort == told.get("sort")]
    return urlencode(pairs)


def _parts(told: QueryDict) -> Iterator[str]:
    yield from told.get("q", "").split()
    phrase = _QUOTES.sub(" ", told.get("phrase", "")).strip()
    if phrase:
        yield f'"{phrase}"'
    either = [_word("", word) for word in _words(told.get("any", ""))]
    if either:
        yield " OR ".join(either)
    for name, scope, *_ in FIELDS:
        yield from (_word(f"{scope}:", word) for word in _words(told.get(name, "")))
    yield from _ref(told.get("ref", ""), told.get("way", ""))
    yield from (_word("-", word) for word in _words(told.get("without", "")))


def _words(text: str) -> list[str]:
    return _QUOTES.sub(" ", text).split()


def _word(prefix: str, word: str) -> str:
    """Return one word as it is typed: in quotes where a sign in it would be read as something else.

    Of a 档号 or 文号 quotes would mean the whole; there such signs are joints, and a blank does as well.
    """
    if prefix in ("文号:", "档号:"):
        return f"{prefix}{re.sub('[|｜*＊]', '', word)}"
    return f'{prefix}"{word}"' if _READ_OTHERWISE.search(word) else f"{prefix}{word}"


def _ref(text: str, way: str) -> Iterator[str]:
    words = _words(text)
    if way == "exact" and words:
        yield f'档号:"{" ".join(words)}"'
    elif way == "prefix" and words:
        yield f"档号:{''.join(words)}*"
    else:
        yield from (_word("档号:", word) for word in words)


def fields(told: QueryDict) -> list[FieldView]:
    """Return the text fields with what is in the address."""
    return [FieldView(name, str(label), str(hint), told.get(name, "")) for name, _, label, hint in FIELDS]


def selects(actor: Actor, asked: Asked) -> list[SelectView]:
    """Return what can be chosen: only values that something has that ``actor`` may see."""
    found = result(actor, Question(limit=0), tuple(name for name in FACETS if name != "year"))
    made = []
    for name, values in found.facets.items():
        mine = asked.chosen.get(name, ())
        counted = {str(one.value): one.count for one in values}
        names = sorted(counted) if name in ("fonds", "type") else ordered(name, counted)
        told = zip(names, said(name, names), strict=True)
        choices = [Choice(value, label, counted[value], value in mine, "") for value, label in told]
        if choices:
            made.append(SelectView(name, str(TITLES[name]), choices))
    return made

"""Help for whoever describes: values and title patterns that the unit uses, hints about texts. Nothing is written.

Hints are asked for by POST: their texts are long and may be personal, and an address stands in logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.catalogue import queries as catalogue
from lantai.catalogue.queries import Own
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.shapes import told
from lantai.holdings import queries as holdings
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.recordtypes import RecordType

TITLE = "title"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSuggestions:
    """For which element of which fonds, and what is typed already."""

    fonds: str = told("全宗号.", most=60)
    element: str = told("Key of an element; of `title`, patterns are told.", most=60)
    type: str = told("门类: the terms of its vocabulary are told, too.", default="", most=40)
    q: str = told("What they contain; those that begin with it come first.", default="", most=100)
    limit: int = told("How many at most.", default=12, least=1, bound=200)


@dataclass(frozen=True, slots=True)
class SuggestionDoc:
    """A value, and in how many of the last visible records it stands.

    ``kind``: used (in the fonds), pattern (… any words, 〔年〕 a year), term (of the type's vocabulary, not used yet).
    """

    value: str
    count: int
    kind: Literal["used", "pattern", "term"]


@dataclass(frozen=True, slots=True)
class SuggestionList:
    """Suggestions, the best first."""

    items: tuple[SuggestionDoc, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHints:
    """Texts by element key, as they are being written; they are not kept."""

    values: Mapping[str, str] = told("Texts by element key (`title`, `abstract`, …).", most=300)
    fonds: str = told("全宗号: what its unit used is known, too.", default="", most=60)
    type: str = told("门类: values are proposed for its elements only.", default="", most=40)
    level: Literal["series", "file", "item"] = told("The level that is described.", default="item")


@dataclass(frozen=True, slots=True, kw_only=True)
class HintDoc:
    """What might be so of ``element``, and why.

    ``start`` and ``end`` are places in its text (code points; 0, 0 = all of it); ``value`` is what was found there, or
    what is proposed for the element ``fills``.
    """

    kind: str
    element: str
    start: int
    end: int
    value: str
    fills: str
    confidence: str = told("strong, fair or weak.")
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class HintList:
    """Hints in the order in which the form shows them."""

    items: tuple[HintDoc, ...]
    next: str


def _suggest(call: Call) -> Answer:
    asked: AskSuggestions = call.query
    kind = _kind(asked.type)
    if kind is not None and asked.element not in kind.by_key:
        raise Invalid("exchange.field.wrong", field="element", expected=f"recordtypes/{kind.code}")
    items = [*_used(call.actor, asked)]
    had = {one.value for one in items}
    if kind is not None:
        own = catalogue.terms(kind, asked.element, asked.q)
        items += [SuggestionDoc(term, 0, "term") for term in own if term not in had]
    return Answer(SuggestionList(tuple(items[: asked.limit]), ""))


def _used(actor: Actor, asked: AskSuggestions) -> list[SuggestionDoc]:
    """Return what stands in the records of the fonds that the actor sees."""
    if asked.element == TITLE:
        found = catalogue.patterns(actor, asked.fonds, asked.q, asked.limit)
        return [SuggestionDoc(one.value, one.count, "pattern") for one in found]
    found = catalogue.suggest(actor, asked.fonds, asked.element, asked.q, asked.limit)
    return [SuggestionDoc(one.value, one.count, "used") for one in found]


def _hints(call: Call) -> Answer:
    asked: AskHints = call.body
    known = catalogue.own(call.actor, asked.fonds) if asked.fonds else Own({}, ())
    language = reader_language()
    items = tuple(
        HintDoc(
            kind=hint.kind,
            element=hint.key,
            start=hint.start,
            end=hint.end,
            value=hint.value,
            fills=hint.fills,
            confidence=hint.confidence.value,
            code=hint.code,
            reason=hint.reason(language),
        )
        for hint in catalogue.hints_about(asked.values, known, _kind(asked.type), asked.level)
    )
    return Answer(HintList(items, ""))


def _kind(code: str) -> RecordType | None:
    """Return the record type, None for ""; ``NotFound`` when there is none of that code."""
    kind = holdings.types().get(code)
    if code and kind is None:
        raise NotFound("exchange.type.missing", type=code)
    return kind


ENDPOINTS = (
    Endpoint(
        "GET",
        "suggestions",
        "suggestions",
        "著录建议 · values that the unit uses",
        _suggest,
        SuggestionList,
        query=AskSuggestions,
        people=True,
    ),
    Endpoint(
        "POST",
        "hints",
        "hints",
        "著录提示（不写入） · hints about texts, nothing is written",
        _hints,
        HintList,
        body=AskHints,
        people=True,
        repeatable=True,
    ),
)

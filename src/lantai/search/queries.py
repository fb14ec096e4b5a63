"""The one search behind page, command line and API. What the actor may not see is not found, counted or shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lantai.base.actors import Actor
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.search.engine.highlight import marked, snippets
from lantai.search.engine.protocol import Request, Result, Sort
from lantai.search.engine.query import parse, wanted
from lantai.search.index import engine
from lantai.search.models import ExtractedText

FACETS = ("fonds", "type", "year", "retention", "open")
PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asks: words, values by facet field, a span of years, an order, a place in the list."""

    text: str = ""
    filters: Mapping[str, frozenset[str | int]] = field(default_factory=dict)
    year_from: int | None = None
    year_to: int | None = None
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: the record, its score, and escaped HTML of title and passages with the words marked."""

    record: RecordView
    score: float
    title_html: str
    passages: tuple[str, ...]

    def highlights(self) -> dict[str, Any]:
        """Return the marked pieces for machines."""
        return {"title": self.title_html, "text": list(self.passages)}


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything a result page shows; ``facets`` are (value, count) by field, counted exactly."""

    question: Question
    total: int
    found: tuple[Found, ...]
    facets: Mapping[str, tuple[tuple[str | int, int], ...]]
    took_ms: float


def search(actor: Actor, question: Question) -> Answer:
    """Answer ``question`` for ``actor``."""
    result = engine().search(
        Request(
            acl=holdings.visible_classes(actor),
            text=question.text,
            filters=question.filters,
            year_from=question.year_from,
            year_to=question.year_to,
            facets=FACETS,
            sort=question.sort,
            offset=question.offset,
            limit=question.limit,
        )
    )
    facets = {
        name: tuple((facet.value, facet.count) for facet in values) for name, values in result.facets.items()
    }
    return Answer(question, result.total, _found(actor, question, result), facets, result.took_ms)


def _found(actor: Actor, question: Question, result: Result) -> tuple[Found, ...]:
    records = holdings.records_by_id(actor, [hit.id for hit in result.hits])
    terms = wanted(parse(question.text).node)
    texts = _texts([record.object_id for record in records.values() if record.object_id])
    found: list[Found] = []
    for hit in result.hits:
        record = records.get(hit.id)
        if record is None:
            continue  # the index lags by less than a second: gone or no longer permitted
        passages = [
            piece.html() for text in texts.get(record.object_id, []) for piece in snippets(text, terms)
        ]
        found.append(Found(record, hit.score, marked(record.title, terms), tuple(passages[:3])))
    return tuple(found)


def _texts(objects: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in ExtractedText.objects.filter(object_id__in=objects).order_by("path"):
        found.setdefault(row.object_id, []).extend(row.pages)
    return found


def object_texts(object_id: str, path: str) -> list[str]:
    """Return the pages of text of one preserved file that the caller may see."""
    row = ExtractedText.objects.filter(object_id=object_id, path=path).first()
    return list(row.pages) if row else []


def indexed() -> int:
    """Return how many documents the index holds."""
    return engine().count()

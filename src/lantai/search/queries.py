"""The one search behind page, command line and API. What the actor may not see is not found, counted or shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lantai.base.actors import Actor
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.search.engine.highlight import marked, snippets, spans
from lantai.search.engine.protocol import WINDOW, Cursor, Hit, Request, Result, Sort
from lantai.search.engine.query import parse, wanted
from lantai.search.index import engine
from lantai.search.models import ExtractedText

__all__ = [
    "CHUNK",
    "FACETS",
    "PAGE",
    "WINDOW",
    "Answer",
    "Found",
    "Question",
    "Sort",
    "indexed",
    "mark_words",
    "matching",
    "object_texts",
    "only_punctuation",
    "search",
    "whole_result",
    "word_spans",
    "words",
]

FACETS = ("fonds", "type", "year", "retention", "open")
PAGE = 20
CHUNK = 200


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

    def document(self) -> dict[str, Any]:
        """Return the hit for machines, as in ``lantai.search/1``."""
        one = self.record
        return {
            "ref": one.ref,
            "urn": one.urn,
            "title": one.title,
            "fonds": one.fonds,
            "year": one.year,
            "type": one.type,
            "open": one.open_status,
            "score": round(self.score, 4),
            "highlights": self.highlights(),
        }

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
    result = _result(actor, question)
    found = tuple(_found(actor, question, result.hits))
    return Answer(question, result.total, found, _facets(result), result.took_ms)


def whole_result(actor: Actor, question: Question) -> tuple[Answer, Iterator[Found]]:
    """Return the answer without hits, and all its hits up to the window, looked up in chunks, for an export."""
    whole = replace(question, offset=0, limit=WINDOW)
    result = _result(actor, whole)

    def found() -> Iterator[Found]:
        for start in range(0, len(result.hits), CHUNK):
            yield from _found(actor, whole, result.hits[start : start + CHUNK])

    return Answer(whole, result.total, (), _facets(result), result.took_ms), found()


def matching(actor: Actor, question: Question) -> Iterator[int]:
    """Yield the row ids of everything that answers ``question``, beyond the window too, by date."""
    asked = Request(
        acl=holdings.visible_classes(actor),
        text=question.text,
        filters=question.filters,
        year_from=question.year_from,
        year_to=question.year_to,
        sort="date",
        limit=WINDOW,
    )
    after: Cursor | None = None
    while True:
        result = engine().search(replace(asked, after=after))
        yield from (hit.id for hit in result.hits)
        after = result.cursor
        if after is None:
            return


def _result(actor: Actor, question: Question) -> Result:
    return engine().search(
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


def _facets(result: Result) -> dict[str, tuple[tuple[str | int, int], ...]]:
    return {
        name: tuple((facet.value, facet.count) for facet in values) for name, values in result.facets.items()
    }


def only_punctuation(text: str) -> bool:
    """Return whether something was typed of which nothing can be searched; ``Invalid`` when it is too long."""
    return parse(text).no_terms


def _found(actor: Actor, question: Question, hits: Sequence[Hit]) -> list[Found]:
    records = holdings.records_by_id(actor, [hit.id for hit in hits])
    terms = wanted(parse(question.text).node)
    texts = _texts([record.object_id for record in records.values() if record.object_id])
    found: list[Found] = []
    for hit in hits:
        record = records.get(hit.id)
        if record is None:
            continue  # the index lags by less than a second: gone or no longer permitted
        passages = [
            piece.html() for text in texts.get(record.object_id, []) for piece in snippets(text, terms)
        ]
        found.append(Found(record, hit.score, marked(record.title, terms), tuple(passages[:3])))
    return found


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


def words(text: str) -> tuple[str, ...]:
    """Return the canonical strings that a query asks to be marked; ``Invalid`` when it is too long."""
    return wanted(parse(text).node)


def word_spans(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Return where ``terms``, as from :func:`words`, stand in ``text``: [start, end), in order."""
    return spans(text, terms)


def mark_words(text: str, terms: Sequence[str]) -> str:
    """Return ``text`` as escaped HTML with ``terms`` in ``<mark>``."""
    return marked(text, terms)

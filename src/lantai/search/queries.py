"""The one search behind page, command line and API. What the actor may not see is not found, counted or shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Sum

from lantai.base.actors import Actor
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.kernel.findings import Finding
from lantai.ledger import queries as ledger
from lantai.search.engine.highlight import marked, spans
from lantai.search.engine.protocol import WINDOW, Cursor, Hit, Result, Sort
from lantai.search.engine.query import parse, wanted
from lantai.search.index import engine
from lantai.search.models import ExtractedText
from lantai.search.pagetexts import MOST_OF_FILE, MOST_OF_RECORD, pages_of, with_text
from lantai.search.passages import Passage, passages
from lantai.search.question import CHUNK, FACETS, PAGE, Question, count, every_hit, result
from lantai.search.saved import Saved, alerts, saved, saved_one

__all__ = [
    "CHUNK",
    "FACETS",
    "PAGE",
    "WINDOW",
    "Answer",
    "Cursor",
    "Found",
    "Lag",
    "Passage",
    "Question",
    "Saved",
    "Sort",
    "alerts",
    "count",
    "every",
    "indexed",
    "lag",
    "mark_words",
    "matching",
    "object_texts",
    "only_punctuation",
    "saved",
    "saved_one",
    "search",
    "unsearched",
    "whole_result",
    "word_spans",
    "words",
]


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: the record, its score, escaped HTML of the title and the places with the words marked."""

    record: RecordView
    score: float
    title_html: str
    passages: tuple[Passage, ...]

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
        """Return the marked pieces for machines: ``text`` from files, ``places`` with where each stands."""
        return {
            "title": self.title_html,
            "text": [one.html for one in self.passages if one.file],
            "places": [one.document() for one in self.passages],
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything a result page shows; ``facets`` are (value, count) by field, counted exactly.

    ``cursor`` goes to ``Question.after`` for what follows; None at the end, and in the order by relevance.
    """

    question: Question
    total: int
    found: tuple[Found, ...]
    facets: Mapping[str, tuple[tuple[str | int, int], ...]]
    took_ms: float
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the index is behind the catalogue: entries of the ledger, and seconds the oldest has waited."""

    entries: int
    seconds: float


def search(actor: Actor, question: Question) -> Answer:
    """Answer ``question`` for ``actor``."""
    told = result(actor, question, FACETS)
    found = tuple(_found(actor, question, told.hits))
    return Answer(question, told.total, found, _facets(told), told.took_ms, told.cursor)


def whole_result(actor: Actor, question: Question, *, plain: bool = False) -> tuple[Answer, Iterator[Found]]:
    """Return the answer without hits, and all its hits, looked up in chunks, for an export.

    More than 10,000 come in the order of 档号 where relevance was asked for. ``plain`` marks no words.
    """
    told = result(actor, replace(question, offset=0, limit=0, after=None), FACETS)

    def found() -> Iterator[Found]:
        for hits in every_hit(actor, question):
            yield from _found(actor, question, hits, plain=plain)

    return Answer(question, told.total, (), _facets(told), told.took_ms), found()


def every(actor: Actor, question: Question) -> Iterator[RecordView]:
    """Yield every record that answers ``question``, however many, in the order of :func:`every_hit`."""
    for hits in every_hit(actor, question):
        records = holdings.records_by_id(actor, [hit.id for hit in hits])
        yield from (records[hit.id] for hit in hits if hit.id in records)


def matching(actor: Actor, question: Question) -> Iterator[int]:
    """Yield the row ids of everything that answers ``question``, beyond the window too, by date."""
    for hits in every_hit(actor, replace(question, sort="date")):
        yield from (hit.id for hit in hits)


def _facets(told: Result) -> dict[str, tuple[tuple[str | int, int], ...]]:
    return {
        name: tuple((facet.value, facet.count) for facet in values) for name, values in told.facets.items()
    }


def lag() -> Lag:
    """Return how far the index is behind."""
    state = ledger.follower("search")
    return Lag(state.lag, state.seconds)


def unsearched() -> list[Finding]:
    """Return which files and records have more text than is searched: by its first part they are found."""
    found = [
        Finding("search.text.file_cut", f"{object_id} {path}", str(MOST_OF_FILE))
        for object_id, path in ExtractedText.objects.filter(whole=False).values_list("object_id", "path")
    ]
    sums = ExtractedText.objects.values("object_id").annotate(all=Sum("characters")).order_by("object_id")
    long = sums.filter(all__gt=MOST_OF_RECORD).values_list("object_id", "all")
    return found + [
        Finding("search.text.record_cut", object_id, str(MOST_OF_RECORD), str(size))
        for object_id, size in long
    ]


def only_punctuation(text: str) -> bool:
    """Return whether something was typed of which nothing can be searched; ``Invalid`` when it is too long."""
    return parse(text).no_terms


def _found(actor: Actor, question: Question, hits: Sequence[Hit], *, plain: bool = False) -> list[Found]:
    if not hits:
        return []
    records = holdings.records_by_id(actor, [hit.id for hit in hits])
    node = None if plain else parse(question.text).node
    terms = wanted(node, "title")
    texts = with_text({one.object_id for one in records.values() if one.object_id}) if node else set()
    found: list[Found] = []
    for hit in hits:
        record = records.get(hit.id)
        if record is None:
            continue  # the index lags by less than a second: gone or no longer permitted
        places = passages(actor, record, node, has_text=record.object_id in texts)
        found.append(Found(record, hit.score, marked(record.title, terms), places))
    return found


def object_texts(object_id: str, path: str) -> list[str]:
    """Return the pages of text of one preserved file that the caller may see."""
    return pages_of([object_id]).get((object_id, path), [])


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

"""A question as a person asks it, and how it is put to the index: always with the access classes of the asker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lantai.base.actors import Actor
from lantai.holdings import queries as holdings
from lantai.people.policies import units_of
from lantai.search.engine.protocol import WINDOW, Among, Cursor, Hit, Request, Result, Sort
from lantai.search.index import engine

FACETS = ("fonds", "type", "year", "retention", "open", "level", "unit")
PAGE = 20
CHUNK = 500
"""Hits of a long answer that are looked up together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asks: words, values by facet field, a span of years, an order, a place in the list.

    The place is an ``offset`` within the window of 10,000, or ``after`` the cursor of the page before.
    ``among`` narrows to some records; it is not for people.
    """

    text: str = ""
    filters: Mapping[str, frozenset[str | int]] = field(default_factory=dict)
    year_from: int | None = None
    year_to: int | None = None
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = PAGE
    after: Cursor | None = None
    among: Among | None = None


def withheld(actor: Actor) -> frozenset[str]:
    """Return the facets that count what is not public, for who sees nothing by office or unit."""
    if units_of(actor, "holdings.see") != frozenset():
        return frozenset()
    elements = [kind.by_key.get("retention") for kind in holdings.types().values()]
    public = all(element is None or (element.public and not element.personal) for element in elements)
    return frozenset() if public else frozenset({"retention"})


def request(actor: Actor, question: Question, facets: tuple[str, ...] = ()) -> Request:
    """Return ``question`` as the engine takes it, for what ``actor`` may see at this moment.

    What she may not read she cannot ask for: such a filter asks for nothing.
    """
    hidden = withheld(actor)
    return Request(
        acl=holdings.indexed_classes(actor),
        text=question.text,
        filters={name: values for name, values in question.filters.items() if name not in hidden},
        year_from=question.year_from,
        year_to=question.year_to,
        among=question.among,
        facets=tuple(name for name in facets if name not in hidden),
        sort=question.sort,
        offset=question.offset,
        limit=question.limit,
        after=question.after,
    )


def result(actor: Actor, question: Question, facets: tuple[str, ...] = ()) -> Result:
    """Answer ``question`` for ``actor``, with the counts of ``facets``; of those withheld there are none."""
    told = engine().search(request(actor, question, facets))
    return replace(told, facets={name: told.facets.get(name, ()) for name in facets})


def count(actor: Actor, question: Question) -> int:
    """Return how many records answer ``question``."""
    return result(actor, replace(question, offset=0, limit=0, after=None)).total


def every_hit(actor: Actor, question: Question) -> Iterator[tuple[Hit, ...]]:
    """Yield all hits of ``question`` in chunks, beyond the window too, from the first on.

    In the order asked for; more than 10,000 cannot be ranked and come in the order of 档号 then.
    """
    whole = replace(question, offset=0, limit=CHUNK, after=None)
    if question.sort == "relevance":
        if count(actor, whole) <= WINDOW:
            hits = result(actor, replace(whole, limit=WINDOW)).hits
            yield from (hits[start : start + CHUNK] for start in range(0, len(hits), CHUNK))
            return
        whole = replace(whole, sort="ref")
    asked = request(actor, whole)
    while True:
        found = engine().search(asked)
        yield found.hits
        if found.cursor is None:
            return
        asked = replace(asked, after=found.cursor)

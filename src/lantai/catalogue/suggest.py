"""Suggestions from the unit's own vocabulary: what was written last in the fonds, most used first.

The newest ``NEWEST`` records of a fonds that the actor sees are read once a minute per process and point of
view (which access classes are visible, by office or not), so that nothing leaks from one reader to another and a
key stroke costs no query on the records. New values are suggested after a minute at the latest.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lantai.base.actors import Actor
from lantai.holdings import queries as holdings
from lantai.kernel.hints import Confidence, Frame, Hint, frames, hints_of
from lantai.kernel.recordtypes import Element, RecordType, pieces
from lantai.search.queries import word_spans, words

NEWEST = 2_000
SECONDS = 60.0
KEPT = 64
LIMIT = 12
_FREE = frozenset({"text", "longtext", "code"})
_NEVER = frozenset({"ref", "title", "abstract", "signature_value"})
"""Elements in which every record has another value."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value and in how many of the newest records it stands."""

    value: str
    count: int


@dataclass(frozen=True)
class Own:
    """The vocabulary of a fonds as one reader may know it: values by element, most used first, and its titles."""

    values: Mapping[str, Mapping[str, int]]
    titles: Sequence[str]

    @cached_property
    def frames(self) -> Sequence[Frame]:
        """The frames in which the titles are written, found when they are first asked for."""
        return frames(self.titles)

    def names(self, key: str, least: int = 1) -> list[str]:
        """Return the values of an element that stand in at least ``least`` records, most used first."""
        return [value for value, count in self.values.get(key, {}).items() if count >= least]


_known: OrderedDict[tuple[str, bool, frozenset[int]], tuple[float, Own]] = OrderedDict()


def own(actor: Actor, fonds: str) -> Own:
    """Return the vocabulary of the fonds; ``NotFound`` when there is no such fonds."""
    seat = holdings.seat(actor, fonds)
    asked = (seat.number, seat.inner, seat.classes)
    at, found = _known.get(asked, (0.0, None))
    if found is not None and time.monotonic() - at < SECONDS:
        return found
    found = _gathered(holdings.last_values(actor, seat, NEWEST), inner=seat.inner)
    _known[asked] = (time.monotonic(), found)
    _known.move_to_end(asked)
    while len(_known) > KEPT:
        _known.popitem(last=False)
    return found


def forget() -> None:
    """Forget everything: what is asked next is read anew."""
    _known.clear()


def suggest(actor: Actor, fonds: str, key: str, query: str = "", limit: int = LIMIT) -> list[Suggestion]:
    """Return values of the element ``key`` that contain ``query``, those that begin with it first.

    Compared as in search: traditional and simplified, full and half width, case do not matter.
    """
    return _ranked(own(actor, fonds).values.get(key, {}), query, limit)


def patterns(actor: Actor, fonds: str, query: str = "", limit: int = LIMIT) -> list[Suggestion]:
    """Return the frames of the titles of the fonds that contain ``query``, each with how many titles fit.

    ``…`` stands for any words, ``〔年〕`` for a year; those that begin with ``query`` come first.
    """
    return _ranked({str(one): one.count for one in own(actor, fonds).frames}, query, limit)


def terms(kind: RecordType, key: str, query: str = "") -> list[str]:
    """Return the terms with ``query`` of the vocabulary that ``kind`` has for the element, in its order."""
    element = kind.by_key.get(key)
    vocabulary = kind.vocabulary(element) if element else None
    told = {term.value: -place for place, term in enumerate(vocabulary.terms)} if vocabulary else {}
    return [one.value for one in _ranked(told, query, len(told))]


def hints_about(
    values: Mapping[str, str],
    own: Own,
    kind: RecordType | None = None,
    level: str = "",
    fixed: frozenset[str] = frozenset(),
) -> list[Hint]:
    """Return the hints about ``values`` (by element key); what only looks like one is left out.

    A record type says which elements of the ``level`` values are proposed for (not ``fixed`` ones), and which are
    for personal data anyway; without one they are proposed for any.
    """
    offers = {e.key for e in kind.of_scope() if level in e.levels} - fixed if kind else None
    found = hints_of(
        values,
        authors=own.names("author"),
        terms=[*own.names("keywords", 2), *own.names("descriptors", 2)],
        marked={e.key for e in kind.of_scope() if e.personal} if kind else (),
        offers=offers,
    )
    return [hint for hint in found if hint.confidence is not Confidence.NONE]


def _ranked(values: Mapping[str, int], query: str, limit: int) -> list[Suggestion]:
    """Return the values that contain ``query``: those that begin with it first, the most frequent first of them.

    Values of one count stay in their order of signs; without ``query`` all are told.
    """
    asked = words('"' + query.replace('"', " ") + '"') if query.strip() else ()
    if query.strip() and not asked:
        return []
    ranked = []
    for value, count in values.items():
        at = word_spans(value, asked) if asked else [(0, 0)]
        if at:
            ranked.append((at[0][0] != 0, -count, value))
    return [Suggestion(value, -count) for _, count, value in sorted(ranked)[:limit]]


def _gathered(rows: Sequence[Mapping[str, str]], *, inner: bool) -> Own:
    elements = _elements(inner=inner)
    found: dict[str, Counter[str]] = {}
    whole: dict[str, dict[str, int]] = {key: {} for key in elements}
    for values in rows:
        for key, value in values.items():
            if value and key in whole:
                had = whole[key]
                had[value] = had.get(value, 0) + 1
    for key, counts in whole.items():
        for value, count in counts.items():
            for piece in pieces(elements[key], value):
                found.setdefault(key, Counter())[piece] += count
    told = {key: dict(counter.most_common()) for key, counter in found.items()}
    return Own(told, [values.get("title", "") for values in rows])


def _elements(*, inner: bool) -> dict[str, Element]:
    """Return the elements that are suggested: for who is not ``inner`` only public ones that are not personal."""
    return {
        element.key: element
        for kind in holdings.types().values()
        for element in kind.of_scope()
        if element.kind in _FREE
        and element.key not in _NEVER
        and (inner or (element.public and not element.personal))
    }

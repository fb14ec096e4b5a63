"""Walking through a list in portions. The token that leads on is signed and holds all that is needed: no state
is kept here, a token never ends, and asking twice with the same one gives the same portion of an unchanged
catalogue.

All records go by their last change, so that one changed meanwhile comes (again) at the end with its new
datestamp. A set without dates goes by place, which costs the same however many other records there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core import signing

from lantai.base.actors import PUBLIC
from lantai.exchange.oai.errors import Refused
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Mark, Place, RecordView, Span

PORTION = 100
_SALT = "lantai.oai"


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a harvester is in which list. ``by`` is change or place; ``after`` the key of the last record told,
    ``size`` how long the list was when it was begun (0 = unknown)."""

    verb: str
    prefix: str
    place: Place
    span: Span
    by: str
    after: tuple[Any, ...] = ()
    told: int = 0
    size: int = 0

    def token(self) -> str:
        """Return the text that leads on from here."""
        moments = [moment.isoformat() if moment else "" for moment in (self.span.since, self.span.until)]
        after = [one.isoformat() if isinstance(one, datetime) else one for one in self.after]
        return signing.dumps(
            [
                *(self.verb, self.prefix, self.place.fonds, self.place.type),
                *(moments, self.by, after, self.told, self.size),
            ],
            salt=_SALT,
        )


def begin(verb: str, prefix: str, place: Place, span: Span) -> Walk:
    """Return the beginning of a list, in the order that serves it best."""
    narrowed = bool(place.fonds or place.type)
    by = "place" if narrowed and not (span and holdings.few_changes(span)) else "change"
    size = 0 if span else holdings.feed_size(PUBLIC, place)
    return Walk(verb, prefix, place, span, by, size=size)


def resume(verb: str, token: str) -> Walk:
    """Return the walk that ``token`` was made for; ``badResumptionToken`` for anything we did not make."""
    try:
        made, prefix, fonds, kind, moments, by, after, told, size = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError) as broken:
        raise Refused("badResumptionToken", "The token was not made here.") from broken
    if made != verb:
        raise Refused("badResumptionToken", f"The token belongs to {made}.")
    first, last = (datetime.fromisoformat(text) if text else None for text in moments)
    if by == "change":
        after = [datetime.fromisoformat(after[0]), after[1]]
    return Walk(verb, prefix, Place(fonds=fonds, type=kind), Span(first, last), by, tuple(after), told, size)


@dataclass(frozen=True, slots=True)
class Portion:
    """Some records with their states, where the list goes on (None = it is over), and how long it is (0 = unknown)."""

    records: tuple[tuple[RecordView, Mark], ...]
    cursor: int
    onward: Walk | None
    size: int


def portion(walk: Walk) -> Portion:
    """Return the next records of ``walk``."""
    at = walk
    while True:
        keys = _keys(at)
        records = _records([key[-1] for key in keys[:PORTION]])
        more = len(keys) > PORTION
        told = at.told + len(keys[:PORTION])
        onward = replace(at, after=keys[PORTION - 1], told=told) if more else None
        if records or onward is None:
            return Portion(records, walk.told, onward, max(walk.size, told) if walk.size else 0)
        at = onward  # every record of this portion was closed or withdrawn a moment ago


def _keys(walk: Walk) -> list[tuple[Any, ...]]:
    if walk.by == "place":
        place = (walk.after[0], walk.after[1], walk.after[2]) if walk.after else None
        return list(holdings.by_place(PUBLIC, walk.place, walk.span, place, PORTION + 1))
    change = (walk.after[0], walk.after[1]) if walk.after else None
    return list(holdings.by_change(PUBLIC, walk.place, walk.span, change, PORTION + 1))


def _records(ids: list[int]) -> tuple[tuple[RecordView, Mark], ...]:
    views: Mapping[int, RecordView] = holdings.records_by_id(PUBLIC, ids)
    marks = holdings.marks(list(views))
    return tuple((views[one], marks[one]) for one in ids if one in marks)

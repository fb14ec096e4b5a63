"""The catalogue handed out in portions, for harvesters, machines and site maps: every portion costs the same.

Two orders: by the moment of the last change, and by place (series, then 档号 within it). Both answer from
indexes alone; a portion goes on after a key, so that it does not matter how much went before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from lantai.base.actors import Actor
from lantai.holdings.access import visible_classes, visible_to
from lantai.holdings.models import Fonds, Record, Series, Tally
from lantai.holdings.places import Place

FEW = 20_000
_SERIES = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """Which state of a record: its version and when it was last changed."""

    id: int
    urn: str
    ref: str
    version: int
    accepted: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Changes from ``since`` (inclusive) to ``until`` (exclusive); None = without end."""

    since: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None


def marks(ids: Sequence[int]) -> dict[int, Mark]:
    """Return the state of records by row id, which the caller has already been allowed to see."""
    told = Record.objects.filter(pk__in=list(ids)).values_list(
        "id", "urn", "ref", "version", "accepted", "changed_at"
    )
    return {row[0]: Mark(*row) for row in told}


def _within(rows: QuerySet[Record], span: Span) -> QuerySet[Record]:
    if span.since is not None:
        rows = rows.filter(changed_at__gte=span.since)
    return rows.filter(changed_at__lt=span.until) if span.until is not None else rows


def few_changes(span: Span) -> bool:
    """Return whether so little changed in ``span`` that looking at all of it costs nothing."""
    rows = _within(Record.objects.order_by("changed_at"), span)
    return not rows.values_list("id")[FEW : FEW + 1].exists()


def by_change(
    actor: Actor, place: Place, span: Span, after: tuple[datetime, int] | None, size: int
) -> list[tuple[datetime, int]]:
    """Return when and which: the next ``size`` visible records of ``place`` in the order of their changes.

    Of ``place`` only fonds and type are asked; where they are, ``span`` should hold few changes.
    """
    rows = _within(visible_to(actor), span)
    if place.fonds:
        rows = rows.filter(fonds__in=list(Fonds.objects.filter(number=place.fonds)))
    if place.type:
        rows = rows.filter(type=place.type)
    if after:
        moment, number = after
        rows = rows.filter(changed_at__gte=moment).exclude(changed_at=moment, pk__lte=number)
    return list(rows.order_by("changed_at", "id").values_list("changed_at", "id")[:size])


def _tallies(actor: Actor, place: Place) -> QuerySet[Tally]:
    asked = {"fonds__number": place.fonds, "type": place.type, "series__code": place.series}
    rows = Tally.objects.filter(access__in=visible_classes(actor), count__gt=0)
    rows = rows.filter(**{name: value for name, value in asked.items() if value})
    if place.year is not None:
        rows = rows.filter(year=place.year)
    return rows.filter(level=place.level) if place.level in Record.LEVELS else rows


def feed_size(actor: Actor, place: Place) -> int:
    """Return how many records of a fonds, type, year, series or level the actor sees, without counting them."""
    return int(_tallies(actor, place).aggregate(n=Sum("count"))["n"] or 0)


Key = tuple[int, str, int]
"""A place in the order by place: series, sort key, row id."""


def by_place(actor: Actor, place: Place, span: Span, after: Key | None, size: int) -> list[Key]:
    """Return the keys of the next ``size`` visible records of ``place``, series by series, by 档号 in each."""
    rows = _narrowed(_within(visible_to(actor), span), place)
    if place.file:
        within = visible_to(actor).filter(ref=place.file).values_list("id", flat=True).first() or 0
        return _portion(rows.filter(parent=within), after, size)
    found: list[Key] = []
    if after:
        found = _portion(rows.filter(series=after[0]), after, size)
    for series in _series(actor, place, after[0] if after else 0):
        if len(found) >= size:
            break
        found += _portion(rows.filter(series=series), None, size - len(found))
    return found


def _narrowed(rows: QuerySet[Record], place: Place) -> QuerySet[Record]:
    asked = {"type": place.type, "open_status": place.open}
    rows = rows.filter(**{name: value for name, value in asked.items() if value})
    if place.year is not None:
        rows = rows.filter(year=place.year or None)
    if place.level == "top":
        return rows.filter(parent=None)
    return rows.filter(level=place.level) if place.level else rows


def _portion(rows: QuerySet[Record], after: Key | None, size: int) -> list[Key]:
    if after:
        _, sort_key, number = after
        rows = rows.filter(sort_key__gte=sort_key).filter(Q(sort_key__gt=sort_key) | Q(pk__gt=number))
    ordered = rows.order_by("sort_key", "id").values_list("series_id", "sort_key", "id")
    return list(ordered[:size])


def _series(actor: Actor, place: Place, after: int) -> Iterator[int]:
    """Yield the series after ``after`` in which the actor sees something of ``place``."""
    while True:
        rows = _tallies(actor, place).filter(series__gt=after).order_by("series").values_list("series")
        some = [number for (number,) in rows.distinct()[:_SERIES]]
        yield from some
        if len(some) < _SERIES:
            return
        after = some[-1]


def newest_change() -> datetime | None:
    """Return when anything was last changed, None while there is nothing."""
    return Record.objects.order_by("-changed_at").values_list("changed_at", flat=True).first()


def oldest_change() -> datetime | None:
    """Return the oldest moment of a last change, None while there is nothing."""
    return Record.objects.order_by("changed_at").values_list("changed_at", flat=True).first()


def seen_types(actor: Actor) -> list[str]:
    """Return the types (门类) of which the actor sees something."""
    return sorted(_tallies(actor, Place()).values_list("type", flat=True).distinct())


def seen_fonds(actor: Actor) -> list[tuple[str, str]]:
    """Return number and name of the fonds in which the actor sees something."""
    known = _tallies(actor, Place()).values("fonds")
    return list(Fonds.objects.filter(pk__in=known).order_by("number").values_list("number", "name"))


@dataclass(frozen=True, slots=True)
class Branch:
    """How many records the actor sees in one series, by type, year (0 = none) and level."""

    type: str
    year: int
    series: str
    title: str
    level: str
    count: int


def branches(actor: Actor, number: str) -> list[Branch]:
    """Return the tree of a fonds above its records, from the tallies."""
    rows = _tallies(actor, Place(fonds=number)).order_by("type", "year", "series__code", "level")
    grouped = rows.values_list("type", "year", "series", "level").annotate(n=Sum("count"))
    known = {row.pk: row for row in Series.objects.filter(fonds__number=number)}
    return [
        Branch(kind, year, known[key].code, known[key].values.get("title", ""), level, n)
        for kind, year, key, level, n in grouped
    ]


def id_range() -> tuple[int, int]:
    """Return the least and greatest row id, (0, -1) while there is none."""
    ids = Record.objects.order_by("id").values_list("id", flat=True)
    first, last = ids.first(), ids.last()
    return (first, last) if first is not None and last is not None else (0, -1)


def in_id_range(actor: Actor, first: int, last: int) -> list[tuple[str, str, datetime]]:
    """Return 档号, urn and last change of the visible records with row ids from ``first`` to ``last``."""
    rows = visible_to(actor).filter(pk__gte=first, pk__lte=last).order_by("id")
    return list(rows.values_list("ref", "urn", "changed_at"))

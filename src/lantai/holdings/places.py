"""Any part of the catalogue as row ids in the order of the 档号: eight bytes a record, however many there are."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from lantai.base.actors import Actor
from lantai.holdings.access import tallies, visible_to
from lantai.holdings.models import Fonds, Record, Series, Tally

SORTED_IN_MEMORY = 20_000
_CHUNK = 1_000

LEVELS = ("", "top", Record.SERIES, Record.FILE, Record.ITEM)


@dataclass(frozen=True, slots=True)
class Place:
    """A fonds and filters on it, what batches described, or single records; they narrow one another.

    ``year`` is None = any, 0 = records without a year. ``series`` is a 类别号, ``file`` the 档号 of a file whose
    items are meant. ``level`` "" means everything, "top" files and the items that lie in no file. ``batches``
    and ``urns`` None = any. An empty place is the whole catalogue.
    """

    fonds: str = ""
    type: str = ""
    year: int | None = None
    series: str = ""
    file: str = ""
    open: str = ""
    level: str = ""
    batches: tuple[UUID, ...] | None = None
    urns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """How many visible records of one kind a fonds has; ``year`` None = without one."""

    type: str
    year: int | None
    retention: str
    level: str
    count: int
    pages: int


def _rows(actor: Actor, place: Place) -> QuerySet[Record]:
    """Return the rows of ``place`` by the one id that names it most closely, so that one index is walked."""
    rows = visible_to(actor)
    if place.file:  # what lies in a file is not told to who may not see the file
        file = visible_to(actor).filter(ref=place.file)
        within = file.filter(fonds__number=place.fonds) if place.fonds else file
        rows = rows.filter(parent=within.order_by().values_list("id", flat=True).first() or 0)
    elif place.series:
        series = Series.objects.filter(code=place.series)
        found = series.filter(fonds__number=place.fonds) if place.fonds else series
        rows = rows.filter(series__in=list(found.values_list("id", flat=True)))
    elif place.fonds:
        number = Fonds.objects.filter(number=place.fonds).values_list("id", flat=True).first()
        rows = rows.filter(fonds=number or 0)
    asked = {"type": place.type, "open_status": place.open}
    rows = rows.filter(**{name: value for name, value in asked.items() if value})
    if place.year is not None:
        rows = rows.filter(year=place.year or None)
    if place.batches is not None:
        rows = rows.filter(batch__in=place.batches)
    if place.level == "top":
        return rows.filter(parent=None)
    return rows.filter(level=place.level) if place.level else rows


def _tallied(actor: Actor, place: Place) -> QuerySet[Tally] | None:
    """Return the tallies that say how many records ``place`` has, None where only the rows can say it."""
    if (
        place.file
        or place.open
        or place.level == "top"
        or place.batches is not None
        or place.urns is not None
    ):
        return None
    asked = {
        "fonds__number": place.fonds,
        "type": place.type,
        "series__code": place.series,
        "level": place.level,
    }
    counted = tallies(actor).filter(**{name: value for name, value in asked.items() if value})
    return counted if place.year is None else counted.filter(year=place.year)


def count_of(actor: Actor, place: Place) -> int:
    """Return how many records of ``place`` the actor sees."""
    counted = _tallied(actor, place)
    if counted is not None:
        return counted.aggregate(n=Sum("count"))["n"] or 0
    return len(ids(actor, place)) if place.urns is not None else _rows(actor, place).count()


def ids(actor: Actor, place: Place) -> array[int]:
    """Return the row ids of the records of ``place`` that the actor sees, by fonds and then by 档号."""
    rows = _rows(actor, place)
    if place.urns is not None:
        wanted = [urn for urn in place.urns if "\0" not in urn]
        found = array("q")
        for start in range(0, len(wanted), _CHUNK):
            found.extend(rows.filter(urn__in=wanted[start : start + _CHUNK]).values_list("id", flat=True))
        return in_order(actor, found)
    if place.fonds:
        ordered = rows.order_by("sort_key", "id").values_list("id", flat=True)
        return array("q", ordered.iterator(_CHUNK))
    return in_order(actor, array("q", rows.order_by().values_list("id", flat=True).iterator(_CHUNK)))


def in_order(actor: Actor, found: Collection[int]) -> array[int]:
    """Return those of the row ids ``found`` that the actor sees, by fonds and then by 档号, each once."""
    wanted = array("q", sorted(set(found)))
    if len(wanted) <= SORTED_IN_MEMORY:
        keyed: list[tuple[str, str, int]] = []
        for start in range(0, len(wanted), _CHUNK):
            some = visible_to(actor).filter(pk__in=list(wanted[start : start + _CHUNK]))
            keyed += some.order_by().values_list("fonds__number", "sort_key", "id")
        return array("q", (number for *_, number in sorted(keyed)))
    return array("q", _met(actor, wanted))


def _met(actor: Actor, wanted: array[int]) -> Iterator[int]:
    """Yield ``wanted`` (rising) as they are met on a walk along the index: no memory but that of the ids."""
    for fonds in Fonds.objects.order_by("number").values_list("id", flat=True):
        rows = visible_to(actor).filter(fonds=fonds).order_by("sort_key", "id").values_list("id", flat=True)
        for number in rows.iterator(_CHUNK):
            at = bisect_left(wanted, number)
            if at < len(wanted) and wanted[at] == number:
                yield number


def kinds(actor: Actor, place: Place) -> dict[str, int]:
    """Return how many records of each type (门类) the actor sees in ``place``."""
    if place.urns is not None:
        shown = visible_to(actor).filter(urn__in=[urn for urn in place.urns if "\0" not in urn])
        return dict(Counter(shown.values_list("type", flat=True)))
    counted = _tallied(actor, place)
    if counted is not None:
        return dict(counted.order_by().values_list("type").annotate(n=Sum("count")))
    return dict(_rows(actor, place).order_by().values_list("type").annotate(n=Count("id")))


def figures(actor: Actor, place: Place) -> list[Figure]:
    """Return the visible records of ``place`` counted by type, year, retention period and level."""
    rows = _rows(actor, place).order_by().values_list("type", "year", "retention", "level")
    counted = rows.annotate(n=Count("id"), p=Sum("pages"))
    found = [Figure(kind, year, term, level, n, pages or 0) for kind, year, term, level, n, pages in counted]
    return sorted(found, key=lambda one: (one.type, one.year or 0, one.retention, one.level))


def fonds_values(number: str) -> dict[str, str]:
    """Return the description (全宗级著录) of a fonds by element key, {} when there is no such fonds."""
    return dict(Fonds.objects.filter(number=number).values_list("values", flat=True).first() or {})

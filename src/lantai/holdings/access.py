"""The only place where visibility is decided: which access classes an actor may see."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from lantai.base.actors import Actor
from lantai.base.statements import Statement
from lantai.holdings.models import OPEN, AccessClass, Record, Tally
from lantai.people.policies import may, units_of

EVERYBODY = 0
"""Stands in the index for every opened class, of which there is one a unit; no class has this row id."""


def visible_classes(actor: Actor, among: Collection[int] | None = None) -> frozenset[int]:
    """Return the ids of the access classes that ``actor`` may see: opened ones, and by office or unit.

    Where only some are asked for, as of the records of one page, those of ``among``.
    """
    units = units_of(actor, "holdings.see")
    if among is not None:
        rows = _CLASSES(sorted(among))
        return frozenset(pk for pk, status, unit in rows if units is None or status == OPEN or unit in units)
    classes = AccessClass.objects.all()
    if units is not None:
        opened = Q(open_status=OPEN)
        classes = classes.filter(opened | Q(unit__in=units) if units else opened)
    return frozenset(classes.values_list("id", flat=True))


_CLASSES = Statement(
    lambda ids: AccessClass.objects.filter(pk__in=ids).values_list("id", "open_status", "unit"), int
)


def indexed_classes(actor: Actor) -> frozenset[int] | None:
    """Return :func:`visible_classes` as the index knows them: the opened ones are one. None: whatever there is."""
    units = units_of(actor, "holdings.see")
    if units is None:
        return None
    if not units:
        return frozenset({EVERYBODY})
    closed = AccessClass.objects.exclude(open_status=OPEN).filter(unit__in=units)
    return frozenset({EVERYBODY, *closed.values_list("id", flat=True)})


def visible_to(actor: Actor) -> QuerySet[Record]:
    """Return the records that ``actor`` may see, for every list, count, facet and look-up."""
    if units_of(actor, "holdings.see") is None:
        return Record.objects.all()
    return Record.objects.filter(access__in=visible_classes(actor))


def tallies(actor: Actor) -> QuerySet[Tally]:
    """Return the counts of what ``actor`` may see: the same classes as :func:`visible_to`, without the rows."""
    if units_of(actor, "holdings.see") is None:
        return Tally.objects.all()
    return Tally.objects.filter(access__in=visible_classes(actor))


def sees_by_office(actor: Actor, unit: int) -> bool:
    """Return whether ``actor`` sees the records of ``unit`` by office or unit, not only because they are open."""
    return may(actor, "holdings.see", unit)

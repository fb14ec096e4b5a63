"""What was written last in a fonds: where suggestions, title frames and the next free number come from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import orjson
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from lantai.base.actors import Actor
from lantai.holdings.access import sees_by_office, visible_classes, visible_to
from lantai.holdings.models import Fonds, Record, Series
from lantai.kernel.errors import NotFound

_LAST_NUMBER = re.compile(r"(.*?)([0-9]+)$", re.DOTALL)
_TRIES = 50


@dataclass(frozen=True, slots=True)
class Seat:
    """A fonds from where an actor stands: ``inner`` by office or unit, ``classes`` what is visible at all."""

    id: int
    number: str
    unit: int
    inner: bool
    classes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Last:
    """The record that lies last in a place, as far as the next one is described like it."""

    ref: str
    level: str
    type: str
    values: Mapping[str, str]


def seat(actor: Actor, number: str) -> Seat:
    """Return the fonds ``number`` as ``actor`` stands to it; ``NotFound`` when there is none."""
    row = Fonds.objects.filter(number=number).first() if "\0" not in number else None
    if row is None:
        raise NotFound("holdings.fonds.missing", fonds=number)
    inner = sees_by_office(actor, row.unit_id)
    return Seat(row.pk, row.number, row.unit_id, inner, visible_classes(actor))


def last_values(actor: Actor, seat: Seat, limit: int) -> list[dict[str, str]]:
    """Return the element values of the visible records with the last 档号 of a fonds, last first.

    Read backwards along the index of the fonds: the cost is that of ``limit`` rows, however large the fonds is.
    """
    rows = visible_to(actor).filter(fonds=seat.id).order_by("-sort_key", "-id")
    told = rows.annotate(told=Cast("values", TextField())).values_list("told", flat=True)[:limit]
    return [orjson.loads(one) for one in told]


def last_record(
    actor: Actor,
    number: str,
    *,
    series: str = "",
    parent: str = "",
    type: str = "",
    under: Sequence[str] = (),
) -> Last | None:
    """Return the visible record with the last place in the file ``parent`` (档号), at the top of a series, or of
    the fonds: where ``type`` is said, in the last series of that record type that has one, ``under`` one of these
    beginnings of the 类别号 (``KJ·JJ``)."""
    rows = visible_to(actor)
    # Row ids, so that the database walks the index of the place from its end.
    if parent:
        rows = rows.filter(
            parent=visible_to(actor).filter(ref=parent).values_list("id", flat=True).first() or 0
        )
    elif series:
        place = Series.objects.filter(fonds__number=number, code=series)
        rows = rows.filter(series=place.values_list("id", flat=True).first() or 0, parent=None)
    elif type:
        return _last_of_type(rows, number, type, under)
    else:
        rows = rows.filter(
            fonds=Fonds.objects.filter(number=number).values_list("id", flat=True).first() or 0
        )
    row = rows.order_by("-sort_key", "-id").first()
    return Last(row.ref, row.level, row.type, row.values) if row else None


def _last_of_type(rows: QuerySet[Record], number: str, type: str, under: Sequence[str]) -> Last | None:
    """Return the last of ``rows`` at the top of the latest series of ``type`` that has one: a few seeks."""
    places = Series.objects.filter(fonds__number=number, type=type).order_by("-year", "-code")
    if under:
        places = places.filter(reduce(or_, (Q(code=one) | Q(code__startswith=f"{one}·") for one in under)))
    for place in places.values_list("id", flat=True)[:_TRIES]:
        row = rows.filter(series=place, parent=None).order_by("-sort_key", "-id").first()
        if row is not None:
            return Last(row.ref, row.level, row.type, row.values)
    return None


def next_ref(ref: str) -> str:
    """Return the first free 档号 after ``ref``: its last number, as wide as it is, plus one; "" without a number.

    Free means taken by nobody, whoever may see it; at most 50 taken ones are passed over.
    """
    match = _LAST_NUMBER.fullmatch(ref)
    if not match:
        return ""
    head, digits = match.groups()
    wanted = [f"{head}{int(digits) + step:0{len(digits)}d}" for step in range(1, _TRIES + 1)]
    taken = set(Record.objects.filter(ref__in=wanted).values_list("ref", flat=True))
    return next((one for one in wanted if one not in taken), "")

"""Records as the index needs them: read by the hundred thousand, whoever may see them (the index filters)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from lantai.holdings.models import AccessClass, Change, Fonds, Record

CHUNK = 2_000
_COLUMNS = (
    *("id", "ref", "level", "type", "fonds_id", "title", "author", "doc_number", "date", "year", "retention"),
    *("open_status", "told", "object_id", "access_id", "accepted", "batch"),
)


class IndexRow(NamedTuple):
    """What is indexed of one record.

    ``fonds`` is a number, ``access`` the row id of the access class, ``batch`` the 32 digits of its uuid.
    """

    id: int
    ref: str
    level: str
    type: str
    fonds: str
    title: str
    author: str
    doc_number: str
    date: str
    year: int | None
    retention: str
    open_status: str
    values: Mapping[str, str]
    object_id: str
    access: int
    accepted: bool
    batch: str


def all_rows(after_id: int = 0, chunk: int = CHUNK) -> Iterator[list[IndexRow]]:
    """Yield every record in the order of row ids, in chunks, after ``after_id``."""
    return _chunks(Record.objects.all(), after_id, chunk)


def batch_rows(batch: UUID, chunk: int = CHUNK) -> Iterator[list[IndexRow]]:
    """Yield the records that one batch described, in chunks."""
    return _chunks(Record.objects.filter(batch=batch), 0, chunk)


def changed_rows(entries: Collection[UUID], chunk: int = CHUNK) -> Iterator[list[IndexRow]]:
    """Yield the records whose history names one of the acts ``entries``, in chunks, each once."""
    changes = Change.objects.filter(entry__in=list(entries)).order_by("record")
    touched = list(changes.values_list("record", flat=True).distinct())
    yield from rows_of(touched, chunk)


def rows_of(ids: Collection[int], chunk: int = CHUNK) -> Iterator[list[IndexRow]]:
    """Yield those of the records with row ids ``ids`` that are there, in chunks."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), chunk):
        yield from _chunks(Record.objects.filter(pk__in=wanted[start : start + chunk]), 0, chunk)


def unit_codes() -> dict[int, str]:
    """Return the code of the unit of every access class by its row id."""
    return dict(AccessClass.objects.values_list("id", "unit__code"))


def gone(first: int, last: int) -> list[int]:
    """Return the row ids from ``first`` to ``last`` at which there is no record (any more)."""
    there = set(Record.objects.filter(pk__gte=first, pk__lte=last).values_list("pk", flat=True))
    return [identity for identity in range(first, last + 1) if identity not in there]


def changed_ids(entries: Collection[UUID], most: int) -> list[int]:
    """Return the row ids of the ``most`` newest records whose history names one of the acts ``entries``."""
    touched = (
        Change.objects.filter(entry__in=list(entries)).order_by("-record").values_list("record", flat=True)
    )
    return list(touched.distinct()[:most])


def count_to(last: int) -> int:
    """Return how many records have a row id up to ``last``."""
    return Record.objects.filter(pk__lte=last).count()


def last_id() -> int:
    """Return the row id of the newest record, 0 without any."""
    return Record.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _chunks(rows: QuerySet[Record], after: int, chunk: int) -> Iterator[list[IndexRow]]:
    """Yield ``rows`` behind the row id ``after``.

    Django says what is asked; its answer is taken as the database gives it: a catalogue is read whole here,
    and to make objects of JSON, dates and identifiers only to take them apart again is a third of the work.
    """
    numbers = cache(lambda pk: Fonds.objects.values_list("number", flat=True).get(pk=pk))
    while True:
        some = rows.filter(pk__gt=after).order_by("pk").annotate(told=Cast("values", TextField()))
        statement, facts = some.values_list(*_COLUMNS)[:chunk].query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(statement, facts)
            found = cursor.fetchall()
        if not found:
            return
        after = found[-1][0]
        yield [_row(told, numbers) for told in found]


def _row(told: tuple[Any, ...], numbers: Callable[[int], str]) -> IndexRow:
    values, object_id, access, accepted, batch = told[12:]
    return IndexRow._make(
        (
            *told[:4],
            numbers(told[4]),
            *told[5:12],
            orjson.loads(values),
            object_id,
            access,
            bool(accepted),
            batch if isinstance(batch, str) else batch.hex,
        )
    )

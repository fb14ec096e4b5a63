"""Rows of many records at once: what they share is looked up once, what they are goes in by one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from lantai.holdings.models import ARRANGING, AccessClass, Fonds, Series
from lantai.holdings.services.columns import SeriesCodes, columns, number, sort_key
from lantai.holdings.services.tally import Place
from lantai.kernel.errors import NotFound

CHUNK = 2_000
ASKED = 500
"""档号 that one question names."""

_INSERT = """
INSERT INTO holdings_record (
  urn, ref, level, type, fonds_id, series_id, parent_id, access_id,
  title, author, doc_number, date, year, retention, open_status, pages,
  "values", sort_key, batch, object_id, accepted, version, described_at, changed_at
) VALUES (
  %s, %s, %s, %s, %s, %s, %s, %s,
  %s, %s, %s, %s, %s, %s, %s, %s,
  %s, %s, %s, %s, %s, %s, %s, %s
)"""


@dataclass(frozen=True, slots=True)
class NewRow:
    """One record to be inserted; ``parent`` is a row id or None."""

    urn: str
    ref: str
    level: str
    type: str
    fonds: str
    values: Mapping[str, str]
    parent: int | None = None
    object_id: str = ""


@dataclass(slots=True)
class Desk:
    """Rows that the records of one batch share, looked up once."""

    fonds: dict[str, Fonds] = field(default_factory=dict)
    series: dict[tuple[int, str], int] = field(default_factory=dict)
    access: dict[tuple[int, str], int] = field(default_factory=dict)
    codes: SeriesCodes = field(default_factory=SeriesCodes)

    def fonds_of(self, asked: str) -> Fonds:
        """Return the fonds with the number ``asked``; ``NotFound("holdings.fonds.missing")``."""
        if asked not in self.fonds:
            found = Fonds.objects.filter(number=asked).first()
            if found is None:
                raise NotFound("holdings.fonds.missing", fonds=asked)
            self.fonds[asked] = found
        return self.fonds[asked]

    def series_of(self, rows: Sequence[NewRow]) -> list[int]:
        """Return the row id of the series of each of ``rows``; those that are not there are made, all at once."""
        places = [(self.fonds_of(row.fonds).pk, self.codes.of(row.ref, row.type, row.level)) for row in rows]
        self._make(rows, places)
        return [self.series[place] for place in places]

    def _make(self, rows: Sequence[NewRow], places: Sequence[tuple[int, str]]) -> None:
        fresh: dict[tuple[int, str], Series] = {}
        for row, known in zip(rows, places, strict=True):
            if known not in self.series and known not in fresh:
                year = row.values.get("year", "")
                fresh[known] = Series(
                    fonds_id=known[0],
                    code=known[1],
                    type=row.type,
                    year=number(year) if len(year) == 4 else None,
                    retention=row.values.get("retention", "")[:10],
                )
        if not fresh:
            return
        Series.objects.bulk_create(fresh.values(), batch_size=500, ignore_conflicts=True)
        within = {fonds for fonds, _ in fresh}
        codes = sorted({code for _, code in fresh})
        for start in range(0, len(codes), 500):
            found = Series.objects.filter(fonds__in=within, code__in=codes[start : start + 500])
            self.series.update({(f, code): pk for f, code, pk in found.values_list("fonds", "code", "pk")})

    def access_of(self, fonds: Fonds, open_status: str, accepted: bool) -> int:
        """Return the row id of the access class; what is still being arranged has a class of its own."""
        known = (fonds.unit_id, open_status if accepted else ARRANGING)
        if known not in self.access:
            row, _ = AccessClass.objects.get_or_create(unit_id=known[0], open_status=known[1])
            self.access[known] = row.pk
        return self.access[known]


def stored(uuid: UUID) -> UUID | str:
    """Return ``uuid`` as statements of our own must say it to this database."""
    return uuid if connection.features.has_native_uuid_field else uuid.hex


def insert(desk: Desk, batch: UUID, rows: Sequence[NewRow], *, accepted: bool) -> Counter[Place]:
    """Insert ``rows`` and return where they are counted (the caller adds that to the tallies).

    ``IntegrityError`` for a urn or 档号 that is taken. Only inside an act.
    """
    places: Counter[Place] = Counter()
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    told = stored(batch)
    with connection.cursor() as cursor:
        every = iter(rows)
        while some := list(islice(every, CHUNK)):
            cursor.executemany(_INSERT, list(_tuples(desk, told, some, accepted, now, places)))
    return places


def _tuples(
    desk: Desk,
    batch: Any,
    rows: Sequence[NewRow],
    accepted: bool,
    now: Any,
    places: Counter[Place],
) -> Iterator[tuple[Any, ...]]:
    for row, series in zip(rows, desk.series_of(rows), strict=True):
        fonds, values = desk.fonds_of(row.fonds), row.values
        told = columns(values)
        access = desk.access_of(fonds, told["open_status"], accepted)
        places[Place(fonds.pk, row.type, told["year"] or 0, series, row.level, access)] += 1
        yield (
            *(row.urn, row.ref, row.level, row.type, fonds.pk, series, row.parent, access),
            *(told["title"], told["author"], told["doc_number"], told["date"], told["year"]),
            *(told["retention"], told["open_status"], told["pages"]),
            orjson.dumps(values).decode(),
            *(sort_key(row.ref), batch, row.object_id, accepted, 1, now, now),
        )


def ids_of(refs: Collection[str]) -> dict[str, int]:
    """Return the row id of each of ``refs`` that is in the catalogue."""
    return _by_ref("id", refs)


def urns_of(refs: Collection[str]) -> dict[str, str]:
    """Return the permanent name of each of ``refs`` that is in the catalogue."""
    return _by_ref("urn", refs)


def _by_ref(column: str, refs: Collection[str]) -> dict[str, Any]:
    """Return ``column`` by 档号: asked for every row of an import, so without the model's way to say it."""
    wanted = sorted(refs)
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), ASKED):
            some = wanted[start : start + ASKED]
            places = ", ".join(["%s"] * len(some))
            cursor.execute(f"SELECT ref, {column} FROM holdings_record WHERE ref IN ({places})", some)  # noqa: S608
            found.update(cursor.fetchall())
    return found

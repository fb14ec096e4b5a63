"""The tallies: how many records lie in each place, kept in the transaction of every act that moves records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, F
from django.db.models.functions import Coalesce

from lantai.base.actors import Actor
from lantai.holdings.models import Record, Tally
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require


class Place(NamedTuple):
    """Where a record is counted; ``year`` is 0 where it has none. Ids are row ids."""

    fonds: int
    type: str
    year: int
    series: int
    level: str
    access: int


def place_of(row: Record) -> Place:
    """Return the place in which ``row`` is counted."""
    return Place(row.fonds_id, row.type, row.year or 0, row.series_id, row.level, row.access_id)


def shift(before: Place | None, after: Place | None, n: int = 1) -> None:
    """Count ``n`` records from ``before`` to ``after``; None where they come from or go to nowhere."""
    change: Counter[Place] = Counter()
    if before is not None:
        change[before] -= n
    if after is not None:
        change[after] += n
    add(change)


def add(change: Mapping[Place, int]) -> None:
    """Add ``change`` to the tallies. Only inside an act, whose transaction it shares."""
    rows = [(*place, n) for place, n in change.items() if n]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO holdings_tally (fonds_id, type, year, series_id, level, access_id, count)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (fonds_id, type, year, series_id, level, access_id)"
            " DO UPDATE SET count = holdings_tally.count + excluded.count",
            rows,
        )
    lessened = [place for place, n in change.items() if n < 0]
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM holdings_tally WHERE fonds_id = %s AND type = %s AND year = %s AND series_id = %s"
            " AND level = %s AND access_id = %s AND count = 0",
            lessened,
        )


def counted() -> Counter[Place]:
    """Return the tallies as they should be, counted from the records: slow, for doctor and rebuilding."""
    rows = (
        Record.objects.order_by()
        .annotate(told=Coalesce("year", 0))
        .values_list("fonds", "type", "told", "series", "level", "access")
        .annotate(n=Count("id"))
    )
    return Counter({Place(*row[:6]): row[6] for row in rows})


@act("holdings.tallies.recount")
def recount(actor: Actor) -> int:
    """Set the tallies to what the records say; return how many were wrong. Nothing is recorded when none was."""
    require(actor, "index.rebuild")
    right, standing = counted(), told()
    wrong = {place for place in right | standing if right[place] != standing[place]}
    if not wrong:
        unchanged()
        return 0
    add({place: right[place] - standing[place] for place in wrong})
    record("urn:lantai:tallies", {"wrong": len(wrong), "records": right.total()})
    return len(wrong)


def differences() -> int:
    """Return how many tallies differ from the records: slow, for the doctor."""
    right, standing = counted(), told()
    return sum(right[place] != standing[place] for place in right | standing)


def told() -> Counter[Place]:
    """Return the tallies as they stand."""
    rows = Tally.objects.values_list("fonds", "type", "year", "series", "level", "access", F("count"))
    return Counter({Place(*row[:6]): row[6] for row in rows})

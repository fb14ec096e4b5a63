"""Withdrawing: a batch of descriptions is taken back as a whole, while nothing builds on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from lantai.base.actors import Actor
from lantai.holdings.models import Component, Record, Relation, Series
from lantai.holdings.services.rows import stored
from lantai.holdings.services.standing import changed_since, refuse_for
from lantai.holdings.services.tally import Place, add
from lantai.kernel.errors import NotFound
from lantai.ledger.acts import act, record
from lantai.people.policies import require

_CHUNK = 5_000


@act("holdings.records.withdraw")
def withdraw(actor: Actor, batch: UUID) -> int:
    """Take the records that ``batch`` described out of the catalogue; return how many.

    ``NotFound("holdings.batch.missing")`` when there are none; ``Conflict("holdings.batch.…")``,
    naming them, when a record says anything else than was described, holds files, has others in it that another batch
    described, or is related to another. The list in the vault and the ledger keep what was there.
    """
    require(actor, "holdings.describe")
    rows = Record.objects.filter(batch=batch)
    refuse_built_upon(batch)
    spans, places, series, count = _taken(rows)
    if not count:
        raise NotFound("holdings.batch.missing", batch=str(batch))
    # One statement: nothing hangs on these rows but the history of changes that were taken back, which the ledger
    # has; those in one another go together.
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM holdings_change WHERE record_id IN"
            " (SELECT id FROM holdings_record WHERE batch = %s AND version > 1)",
            [stored(batch)],
        )
        cursor.execute("DELETE FROM holdings_record WHERE batch = %s", [stored(batch)])
    add({place: -n for place, n in places.items()})
    Series.objects.filter(pk__in=series, records=None, values={}).delete()
    record(f"urn:uuid:{batch}", {"batch": str(batch), "count": count, "rows": spans})
    return count


def refuse_built_upon(batch: UUID, own: Collection[UUID] = ()) -> None:
    """Raise what :func:`withdraw` would when something builds on the records of ``batch``, naming all by 档号.

    What the batches ``own`` described may lie in them: they are taken back first. A record that was changed and
    changed back is as the batch described it.
    """
    for code, refs in _reasons(batch, {batch, *own}):
        refuse_for(code, refs)


def _reasons(batch: UUID, own: Collection[UUID]) -> Iterator[tuple[str, list[str]]]:
    revised = list(Record.objects.filter(batch=batch, version__gt=1).values_list("id", "ref", "version"))
    changed = changed_since({row: (1, version) for row, _, version in revised})
    yield "holdings.batch.changed", [ref for row, ref, _ in revised if row in changed]
    parts = Component.objects.filter(record__batch=batch)
    yield "holdings.batch.files", list(parts.values_list("record__ref", flat=True).distinct())
    others = Record.objects.filter(parent__batch=batch).exclude(batch__in=own)
    yield "holdings.batch.inside", list(others.values_list("parent__ref", flat=True).distinct())
    related = Relation.objects.filter(Q(source__batch=batch) | Q(target__batch=batch))
    pairs = related.values_list("source__batch", "source__ref", "target__ref")
    yield "holdings.batch.related", sorted({s if told == batch else t for told, s, t in pairs})


def _taken(rows: QuerySet[Record]) -> tuple[list[list[int]], Counter[Place], set[int], int]:
    """Return the spans of row ids (the index has nothing else to know them by), the places, series, count."""
    spans: list[list[int]] = []
    places: Counter[Place] = Counter()
    found = rows.order_by("id").values_list("id", "fonds", "type", "year", "series", "level", "access")
    count = 0
    for identity, fonds, kind, year, series, level, access in found.iterator(chunk_size=_CHUNK):
        count += 1
        places[Place(fonds, kind, year or 0, series, level, access)] += 1
        if spans and spans[-1][1] == identity - 1:
            spans[-1][1] = identity
        else:
            spans.append([identity, identity])
    return spans, places, {place.series for place in places}, count

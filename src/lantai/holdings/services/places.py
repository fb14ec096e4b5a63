"""The place of a record among its siblings: one row is touched, however many there are."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from lantai.base.actors import Actor
from lantai.holdings.models import Record
from lantai.holdings.services.edits import KEY, Edit, Writer, fetch, refuse_changed
from lantai.holdings.services.keys import behind, between, spread
from lantai.kernel.errors import Invalid
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require

WINDOW = 64
"""Siblings on either side that are given new keys when there is no room between two."""


@act("holdings.record.place")
def place(actor: Actor, urn: str, *, before: str = "", after: str = "", version: int) -> int:
    """Put a record directly before or after a sibling (an urn) and return its new version.

    Siblings lie in the same file, or at the top of the same series; ``Invalid("holdings.place.sibling")`` for
    others. Where no key is left between two, the siblings around get new keys (their order and versions stay).
    """
    require(actor, "holdings.arrange")
    asked = before or after
    if bool(before) == bool(after) or asked == urn:
        raise Invalid("holdings.place.sibling", ref=urn)
    rows = fetch(actor, [urn, asked])
    row, mark = rows[urn], rows[asked]
    refuse_changed(row, version)
    if _scope(row) != _scope(mark):
        raise Invalid("holdings.place.sibling", ref=row.ref)
    siblings = Record.objects.filter(**_scope(row)).exclude(pk=row.pk)
    low, high = (_earlier(siblings, mark), mark) if before else (mark, _next(siblings, mark))
    if _lies_between(row, low, high):
        unchanged()
        return row.version
    key = between(low.sort_key if low else "", high.sort_key if high else None)
    if key is None:
        key = _make_room(siblings, low, high)
    edit = Edit.of(row)
    edit.put(KEY, row.sort_key, key, sort_key=key)
    told = {"urn": urn, "version": version + 1, "place": list(edit.changes[KEY]), "side": _side(before)}
    Writer().save([edit], record(urn, {**told, "sibling": asked}))
    return row.version


def keys_at_end(parent: int | None, series: int, count: int) -> list[str]:
    """Return ``count`` keys behind what lies in the file ``parent``, or at the top of ``series``."""
    siblings = Record.objects.filter(**_where(parent, series))
    last = siblings.order_by("-sort_key", "-id").first()
    made = behind(last.sort_key if last else "", count)
    while made is None:
        _make_room(siblings, last, None)
        last = siblings.order_by("-sort_key", "-id").first()
        made = behind(last.sort_key if last else "", count)
    return made


def _side(before: str) -> str:
    return "before" if before else "after"


def _scope(row: Record) -> dict[str, int | None]:
    return _where(row.parent_id, row.series_id)


def _where(parent: int | None, series: int) -> dict[str, int | None]:
    return {"parent": parent} if parent else {"series": series, "parent": None}


def _order(row: Record) -> tuple[str, int]:
    return row.sort_key, row.pk


def _lies_between(row: Record, low: Record | None, high: Record | None) -> bool:
    return (low is None or _order(low) < _order(row)) and (high is None or _order(row) < _order(high))


def _next(siblings: QuerySet[Record], row: Record) -> Record | None:
    later = siblings.filter(sort_key__gte=row.sort_key).exclude(sort_key=row.sort_key, pk__lte=row.pk)
    return later.order_by("sort_key", "id").first()


def _earlier(siblings: QuerySet[Record], row: Record) -> Record | None:
    earlier = siblings.filter(sort_key__lte=row.sort_key).exclude(sort_key=row.sort_key, pk__gte=row.pk)
    return earlier.order_by("-sort_key", "-id").first()


def _make_room(siblings: QuerySet[Record], low: Record | None, high: Record | None) -> str:
    """Give the siblings around new keys, so that there is one between ``low`` and ``high``; return that."""
    size = WINDOW
    while True:
        left = _window(siblings, low, size + 1, forward=False)
        right = _window(siblings, high, size + 1, forward=True)
        floor = left.pop(0).sort_key if len(left) > size else ""
        ceiling = right.pop().sort_key if len(right) > size else None
        keys = spread(floor, ceiling, len(left) + len(right) + 1)
        if keys is not None:
            break
        size *= 4
    free = keys.pop(len(left))
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE holdings_record SET sort_key = %s WHERE id = %s",
            [(key, row.pk) for key, row in zip(keys, [*left, *right], strict=True)],
        )
    return free


def _window(siblings: QuerySet[Record], row: Record | None, size: int, *, forward: bool) -> list[Record]:
    """Return ``row`` and what follows (or goes before), at most ``size``, in the order of the list."""
    if row is None:
        return []
    if forward:
        rows = siblings.filter(sort_key__gte=row.sort_key).exclude(sort_key=row.sort_key, pk__lt=row.pk)
        return list(rows.order_by("sort_key", "id")[:size])
    rows = siblings.filter(sort_key__lte=row.sort_key).exclude(sort_key=row.sort_key, pk__gt=row.pk)
    return list(reversed(rows.order_by("-sort_key", "-id")[:size]))

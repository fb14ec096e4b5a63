"""What is told of a record: rows as frozen views, for who may see them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from lantai.base.actors import Actor
from lantai.base.statements import Statement
from lantai.holdings.access import visible_classes
from lantai.holdings.models import Record


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as other rooms and pages see it."""

    id: int
    urn: str
    ref: str
    level: str
    type: str
    fonds: str
    fonds_name: str
    unit: int
    series: str
    series_id: int
    parent: str
    title: str
    author: str
    doc_number: str
    date: str
    year: int | None
    retention: str
    open_status: str
    pages: int | None
    values: dict[str, str]
    batch: UUID
    object_id: str
    access: int


def view(row: Record) -> RecordView:
    """Return the frozen view of ``row`` (with ``fonds``, ``series``, ``parent`` selected)."""
    return RecordView(
        id=row.pk,
        urn=row.urn,
        ref=row.ref,
        level=row.level,
        type=row.type,
        fonds=row.fonds.number,
        fonds_name=row.fonds.name,
        unit=row.fonds.unit_id,
        series=row.series.code,
        series_id=row.series_id,
        parent=row.parent.ref if row.parent else "",
        title=row.title,
        author=row.author,
        doc_number=row.doc_number,
        date=row.date,
        year=row.year,
        retention=row.retention,
        open_status=row.open_status,
        pages=row.pages,
        values=row.values,
        batch=row.batch,
        object_id=row.object_id,
        access=row.access_id,
    )


def teller(actor: Actor) -> Callable[[Record], RecordView]:
    """Return how ``actor`` is told of a row: an item does not name the file it lies in to who may not see that."""
    known = visible_classes(actor)
    return lambda row: _told(row, known)


def _told(row: Record, known: Collection[int]) -> RecordView:
    told = view(row)
    hidden = row.parent is not None and row.parent.access_id not in known
    return replace(told, parent="") if hidden else told


def records_by_id(actor: Actor, ids: Sequence[int]) -> dict[int, RecordView]:
    """Return the visible ones of the given row ids."""
    rows = _RECORDS(ids)
    named = {access for row in rows for access in (row[_ACCESS], row[-1]) if access is not None}
    known = visible_classes(actor, named)
    found = (_shown(row, known) for row in rows)
    return {told.id: told for told in found if told.access in known}


_ELSEWHERE = {
    "fonds": "fonds__number",
    "fonds_name": "fonds__name",
    "unit": "fonds__unit",
    "series": "series__code",
    "parent": "parent__ref",
    "access": "access_id",
}
_NAMES = [one.name for one in fields(RecordView)]
_COLUMNS = [*(_ELSEWHERE.get(name, name) for name in _NAMES), "parent__access_id"]
_PARENT, _ACCESS = _NAMES.index("parent"), _NAMES.index("access")
_RECORDS = Statement(lambda ids: Record.objects.filter(pk__in=ids).values_list(*_COLUMNS), int)


def _shown(row: Sequence[Any], known: Collection[int]) -> RecordView:
    """Return what :func:`_told` does, of a row of values: four models for each row cost more than the statement."""
    *told, file_access = row
    if file_access not in known:
        told[_PARENT] = ""
    return RecordView(*told)

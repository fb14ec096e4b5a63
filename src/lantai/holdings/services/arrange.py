"""Arranging: records are moved between files and series. An accepted 档号 never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from lantai.base.actors import Actor
from lantai.holdings.access import visible_to
from lantai.holdings.models import Record, Series
from lantai.holdings.services.columns import sort_key
from lantai.holdings.services.edits import (
    KEY,
    PARENT,
    SERIES,
    Edit,
    Writer,
    attached,
    fetch,
    list_lines,
    refuse_changed,
    told_list,
)
from lantai.holdings.services.places import keys_at_end
from lantai.kernel.errors import Invalid, NotFound
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require


@dataclass(frozen=True, slots=True)
class Arranged:
    """What an act of arranging did: the entry's uuid ("" = nothing to do) and how many records it moved.

    ``urn`` is that of the volume made by splitting, ``kept`` the 档号 of merged volumes that stay, empty.
    """

    entry: str
    count: int
    urn: str = ""
    kept: tuple[str, ...] = ()


@act("holdings.records.move")
def move(
    actor: Actor,
    urns: Sequence[str],
    *,
    parent: str = "",
    series: str = "",
    versions: Mapping[str, int],
    preserved: UUID | None = None,
) -> Arranged:
    """Move records into the file ``parent`` (档号 or urn), or to the top of the series ``series`` (its code).

    All of one fonds and one type; ``versions`` by urn. Into a file they come behind what lies there, in the
    given order; at the top of a series by their 档号. What lies in a moved file goes with it.
    ``preserved`` names the object in the vault that holds a list too long for the ledger.
    ``Invalid("holdings.move.…")`` for another fonds, another type, or a place inside what is moved.
    """
    require(actor, "holdings.arrange")
    if bool(parent) == bool(series):
        raise Invalid("holdings.move.where")
    if not urns:
        unchanged()
        return Arranged("", 0)
    rows = list(fetch(actor, urns).values())
    by_urn = {row.urn: row for row in rows}
    ordered = [by_urn[urn] for urn in dict.fromkeys(urns)]
    for row in ordered:
        refuse_changed(row, versions.get(row.urn))
    into = file_of(actor, parent) if parent else None
    target = into.series if into else _series(ordered, series)
    for row in ordered:
        _refuse_misplaced(row, into, target)
    edits = moved(ordered, into, target)
    if not edits:
        unchanged()
        return Arranged("", 0)
    told = told_list(edits, list_lines(urns, versions), preserved)
    where = {"fonds": rows[0].fonds.number, "parent": into.urn if into else "", "series": target.code}
    entry = record(subject(rows), {**where, **told})
    Writer().save([*edits, *followers(edits)], entry)
    return Arranged(str(entry.uuid), len(edits))


def file_of(actor: Actor, what: str) -> Record:
    """Return the row of a file (or of a record at the level of series) by 档号 or urn, locked.

    ``NotFound``; ``Invalid("holdings.move.no_file")`` for an item.
    """
    if what.startswith("urn:"):
        row = fetch(actor, [what])[what]
    else:
        urn = visible_to(actor).filter(ref=what).values_list("urn", flat=True).first()
        if urn is None:
            raise NotFound("holdings.record.missing", what=what)
        row = fetch(actor, [urn])[urn]
    if row.level == Record.ITEM:
        raise Invalid("holdings.move.no_file", ref=row.ref)
    return row


def moved(rows: Iterable[Record], into: Record | None, series: Series) -> list[Edit]:
    """Return the edits that bring ``rows`` to a place; those that lie there already are left out."""
    place = (into.pk if into else None, series.pk)
    going = [row for row in rows if (row.parent_id, row.series_id) != place]
    keys = keys_at_end(into.pk, series.pk, len(going)) if into else [sort_key(row.ref) for row in going]
    edits = []
    for row, key in zip(going, keys, strict=True):
        edit = Edit.of(row)
        above = row.parent.urn if row.parent else ""
        edit.put(PARENT, above, into.urn if into else "", parent_id=into.pk if into else None)
        edit.put(SERIES, row.series.code, series.code, series_id=series.pk)
        edit.put(KEY, row.sort_key, key, sort_key=key)
        edits.append(edit)
    return edits


def followers(edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits of what lies in moved files: it belongs to the series of its file."""
    found: list[Edit] = []
    above = [edit.row for edit in edits if SERIES in edit.changes and edit.row.level != Record.ITEM]
    for file in above:
        code = Series.objects.get(pk=file.series_id).code
        rows = Record.objects.filter(parent=file).exclude(series=file.series_id)
        below = []
        for row in attached(rows.select_for_update().order_by("id")):
            edit = Edit.of(row)
            edit.put(SERIES, row.series.code, code, series_id=file.series_id)
            below.append(edit)
        found += [*below, *followers(below)]
    return found


def subject(rows: Sequence[Record]) -> str:
    """Return what an entry about ``rows`` is about: the only one of them, else their fonds."""
    return rows[0].urn if len(rows) == 1 else f"urn:lantai:fonds:{rows[0].fonds.number}"


def series_of(row: Record, code: str) -> Series:
    """Return the series ``code`` in the fonds of ``row``, made like it when it is gone."""
    made, _ = Series.objects.get_or_create(
        fonds=row.fonds,
        code=code,
        defaults={"type": row.type, "year": row.year, "retention": row.retention},
    )
    return made


def _series(rows: Sequence[Record], code: str) -> Series:
    found = Series.objects.filter(fonds=rows[0].fonds_id, code=code).first()
    if found is None:
        raise NotFound("holdings.series.missing", fonds=rows[0].fonds.number, series=code)
    return found


def _refuse_misplaced(row: Record, into: Record | None, series: Series) -> None:
    if row.fonds_id != series.fonds_id:
        raise Invalid("holdings.move.fonds", ref=row.ref)
    if row.type != (into.type if into else series.type):
        raise Invalid("holdings.move.type", ref=row.ref, type=row.type)
    if into is None:
        return
    above: Record | None = into
    while above is not None:
        if above.pk == row.pk:
            raise Invalid("holdings.move.inside", ref=row.ref, parent=into.ref)
        above = above.parent
    if Record.LEVELS.index(row.level) <= Record.LEVELS.index(into.level):
        raise Invalid("holdings.move.level", ref=row.ref, parent=into.ref)

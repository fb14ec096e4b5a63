"""Volumes: split into two, merged into one. Codes stay; a volume that is accepted stays, even empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from lantai.base.actors import Actor
from lantai.holdings.models import Component, Record, Relation
from lantai.holdings.queries import types
from lantai.holdings.services.arrange import Arranged, file_of, followers, moved, series_of, subject
from lantai.holdings.services.columns import own_rules
from lantai.holdings.services.edits import (
    LISTED,
    Edit,
    Writer,
    attached,
    fetch,
    list_lines,
    refuse_changed,
    told_list,
)
from lantai.holdings.services.rows import Desk, NewRow, insert
from lantai.holdings.services.tally import Place, add, place_of
from lantai.holdings.services.weigh import Weigher
from lantai.kernel import canonical, refcodes
from lantai.kernel.errors import Conflict, Invalid
from lantai.ledger.acts import act, record
from lantai.people.policies import require

MOST = 50
"""Volumes merged in one act: those that are withdrawn stand whole in its entry."""

PART = "part"


@act("holdings.volume.split")
def split(
    actor: Actor,
    file: str,
    items: Sequence[str],
    *,
    ref: str,
    values: Mapping[str, str],
    versions: Mapping[str, int],
    preserved: UUID | None = None,
) -> Arranged:
    """Make a new volume ``ref`` beside the volume ``file`` (urn) and move ``items`` (urns) of it there.

    ``versions`` of the items by urn. The new volume is accepted when the old one is. ``Conflict`` when ``ref``
    is taken, ``Invalid`` when it names another fonds, or an item does not lie in ``file``. ``preserved`` as in
    :func:`lantai.holdings.services.move`.
    """
    require(actor, "holdings.arrange")
    old = file_of(actor, file)
    rows = fetch(actor, items)
    for urn in items:
        refuse_changed(rows[urn], versions.get(urn))
        if rows[urn].parent_id != old.pk:
            raise Invalid("holdings.split.not_inside", ref=rows[urn].ref, parent=old.ref)
    if not items:
        raise Invalid("holdings.split.nothing", ref=old.ref)
    _refuse_code(ref, old)
    meant = Weigher().new(old.type, Record.FILE, {**values, "ref": ref}, like=old.values)
    made = {
        "urn": f"urn:uuid:{uuid4()}",
        "ref": ref,
        "level": Record.FILE,
        "type": old.type,
        "fonds": old.fonds.number,
        "parent": old.parent.urn if old.parent else "",
        "values": meant,
        "accepted": old.accepted,
        "batch": str(uuid4()),
    }
    desk = Desk()
    volume = put_back(desk, made)
    edits = moved([rows[urn] for urn in items], volume, volume.series)
    told: dict[str, Any] = {"file": old.urn, "made": [{**made, "id": volume.pk}]}
    told |= told_list(edits, list_lines(items, versions), preserved)
    entry = record(subject([old]), told)
    Writer(desk).save([*edits, *followers(edits)], entry)
    return Arranged(str(entry.uuid), len(edits), volume.urn)


def _refuse_code(ref: str, old: Record) -> None:
    if Record.objects.filter(ref=ref).exists():
        raise Conflict("holdings.record.ref_taken", ref=ref)
    if refcodes.parse(ref, own_rules(), level=Record.FILE).fonds != old.fonds.number:
        raise Invalid("holdings.split.fonds", ref=ref, fonds=old.fonds.number)


@act("holdings.volume.merge")
def merge(actor: Actor, into: str, files: Sequence[str], *, versions: Mapping[str, int]) -> Arranged:
    """Move all that lies in ``files`` (urns) behind what lies in the volume ``into`` (urn).

    Emptied volumes that are not accepted and were never changed, and hold and relate to nothing, are withdrawn;
    the others stay, empty, with a note and the relation "part". ``versions`` of all volumes by urn.
    """
    require(actor, "holdings.arrange")
    target = file_of(actor, into)
    if not files or into in files or len(files) > MOST:
        raise Invalid("holdings.merge.files", most=MOST)
    found = fetch(actor, files)
    sources = [found[urn] for urn in dict.fromkeys(files)]
    for row in (target, *sources):
        refuse_changed(row, versions.get(row.urn))
        if (row.fonds_id, row.type, row.level) != (target.fonds_id, target.type, Record.FILE):
            raise Invalid("holdings.merge.unlike", ref=row.ref, parent=target.ref)
    edits = moved([row for file in sources for row in _inside(file)], target, target.series)
    removed = [row for row in sources if _withdrawable(row)]
    kept = [row for row in sources if row not in removed]
    notes = [edit for edit in (_noted(row, target) for row in kept) if edit.changes]
    told: dict[str, Any] = {
        "into": target.urn,
        "files": [row.urn for row in sources],
        "removed": [as_told(row) for row in removed],
        "rows": [[row.pk, row.pk] for row in removed],
        "related": [[row.urn, PART, target.urn] for row in kept if _relate(row, target)],
    }
    room = LISTED - len(canonical.dumps(told["removed"]))
    told |= told_list([*edits, *notes], list_lines([into, *files], versions), room=room)
    entry = record(subject([target]), told)
    Writer().save([*edits, *notes], entry)
    take_out(removed)
    return Arranged(str(entry.uuid), len(edits), kept=tuple(row.ref for row in kept))


def _inside(file: Record) -> list[Record]:
    rows = Record.objects.filter(parent=file).order_by("sort_key", "id")
    return attached(rows.select_for_update())


def _withdrawable(row: Record) -> bool:
    return not (
        row.accepted
        or row.version > 1
        or row.object_id
        or Component.objects.filter(record=row).exists()
        or Relation.objects.filter(source=row).exists()
        or Relation.objects.filter(target=row).exists()
    )


def _noted(row: Record, target: Record) -> Edit:
    """Return the edit that notes on an emptied volume where its contents went."""
    edit = Edit.of(row)
    kind = types().get(row.type)
    if kind is not None and "note" in kind.by_key:
        before = row.values.get("note", "")
        after = "；".join(filter(None, (before, f"卷内文件已并入 {target.ref}")))
        edit.revise({"note": (before, after)})
    return edit


def _relate(row: Record, target: Record) -> bool:
    _, made = Relation.objects.get_or_create(source=row, target=target, kind=PART, text="")
    return made


def as_told(row: Record) -> dict[str, Any]:
    """Return all that :func:`put_back` needs to bring a withdrawn volume back."""
    return {
        "id": row.pk,
        "urn": row.urn,
        "ref": row.ref,
        "level": row.level,
        "type": row.type,
        "fonds": row.fonds.number,
        "parent": row.parent.urn if row.parent else "",
        "series": row.series.code,
        "key": row.sort_key,
        "values": row.values,
        "accepted": row.accepted,
        "batch": str(row.batch),
    }


def put_back(desk: Desk, told: Mapping[str, Any]) -> Record:
    """Insert the record of :func:`as_told`, with its row id, series and place where it names them."""
    above = Record.objects.filter(urn=told["parent"]).first() if told["parent"] else None
    if told["parent"] and above is None:
        raise Conflict("holdings.change.place_gone", ref=told["ref"], what=told["parent"])
    if Record.objects.filter(ref=told["ref"]).exists():
        raise Conflict("holdings.record.ref_taken", ref=told["ref"])
    new = NewRow(
        urn=told["urn"],
        ref=told["ref"],
        level=told["level"],
        type=told["type"],
        fonds=told["fonds"],
        values=told["values"],
        parent=above.pk if above else None,
    )
    counted = insert(desk, UUID(told["batch"]), [new], accepted=told["accepted"])
    row = Record.objects.select_related("fonds", "series", "parent").get(urn=told["urn"])
    if "id" in told:
        row = _as_it_was(row, told)
        counted = Counter([place_of(row)])
    add(counted)
    return row


def _as_it_was(row: Record, told: Mapping[str, Any]) -> Record:
    series = series_of(row, told["series"]) if "series" in told else row.series
    key = told.get("key", row.sort_key)
    Record.objects.filter(pk=row.pk).update(id=told["id"], series=series, sort_key=key)
    return Record.objects.select_related("fonds", "series", "parent").get(pk=told["id"])


def take_out(rows: Sequence[Record]) -> None:
    """Delete rows on which nothing hangs, and count them out."""
    gone: Counter[Place] = Counter(place_of(row) for row in rows)
    Record.objects.filter(pk__in=[row.pk for row in rows]).delete()
    add({place: -n for place, n in gone.items()})

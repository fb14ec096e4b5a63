"""Taking back: an act of changing is set back as a new act, while nothing has built on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lantai.base.actors import Actor
from lantai.holdings.models import Change, Component, Record, Relation
from lantai.holdings.services.arrange import series_of
from lantai.holdings.services.edits import (
    KEY,
    PARENT,
    REF,
    SERIES,
    Edit,
    Writer,
    attached,
    told_change,
)
from lantai.holdings.services.rows import Desk
from lantai.holdings.services.standing import standing
from lantai.holdings.services.volumes import as_told, put_back, take_out
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger.acts import act, record
from lantai.ledger.models import Entry
from lantai.people.policies import require

_CHUNK = 500

PERMISSIONS = {
    "holdings.record.revise": "holdings.revise",
    "holdings.records.revise": "holdings.revise",
    "holdings.record.place": "holdings.arrange",
    "holdings.records.move": "holdings.arrange",
    "holdings.records.renumber": "holdings.arrange",
    "holdings.volume.merge": "holdings.arrange",
    "holdings.volume.split": "holdings.arrange",
    "holdings.change.undo": "holdings.arrange",
}
"""Acts that can be taken back, and what who takes them back must be allowed."""


@act("holdings.change.undo")
def undo(actor: Actor, entry: str) -> str:
    """Set back what the ledger entry with the uuid ``entry`` changed; return the new entry's uuid.

    Revisions, moves, places, splits, merges, renumberings and undoings. All or nothing:
    ``Conflict("holdings.change.built_on")`` names the first record that was changed since, with who, when and
    what; what was changed and taken back does not count. ``NotFound("holdings.change.missing")``;
    ``Invalid("holdings.change.final")`` for other acts.
    """
    done = Entry.objects.filter(uuid=entry).first() if _is_uuid(entry) else None
    if done is None:
        raise NotFound("holdings.change.missing", entry=entry)
    if done.act not in PERMISSIONS:
        raise Invalid("holdings.change.final", act=done.act)
    require(actor, PERMISSIONS[done.act])
    data = json.loads(done.text)["data"]
    desk = Desk()
    for told in data.get("removed", ()):
        put_back(desk, told)
    made = _made(data)
    new = record(done.subject, _told(done, data, made))
    writer = Writer(desk)
    writer.free(list(Change.objects.filter(entry=done.uuid, key=REF).values_list("record", flat=True)))
    there = bool(data.get("removed") or made)
    for edits in _backward(done):
        _refuse_given_away(edits)
        writer.save(edits, new)
        there = True
    if not there:
        raise NotFound("holdings.change.missing", entry=entry)
    _unrelate(data)
    _refuse_used(made)
    take_out(made)
    return str(new.uuid)


def _is_uuid(text: str) -> bool:
    return len(text) in {32, 36} and all(sign in "0123456789abcdef-" for sign in text)


def _told(done: Entry, data: Mapping[str, Any], made: Sequence[Record]) -> dict[str, Any]:
    """Return the data of the new entry: what it undoes says the rest, volumes that come and go stand whole."""
    return {
        "entry": str(done.uuid),
        "act": done.act,
        "count": data.get("count", 1),
        "made": data.get("removed", []),
        "removed": [as_told(row) for row in made],
        "rows": [[row.pk, row.pk] for row in made],
        "related": data.get("unrelated", []),
        "unrelated": data.get("related", []),
    }


def _backward(done: Entry) -> Iterator[list[Edit]]:
    """Yield the edits that set back the changes of ``done``, whose rows are as it left them."""
    for first, last in _spans(done):
        changes: dict[int, list[Change]] = {}
        for change in Change.objects.filter(entry=done.uuid, pk__gte=first, pk__lte=last).order_by("id"):
            changes.setdefault(change.record_id, []).append(change)
        rows = Record.objects.filter(pk__in=list(changes)).select_for_update().order_by("id")
        yield [_set_back(row, changes[row.pk]) for row in attached(rows)]


def _spans(done: Entry) -> list[tuple[int, int]]:
    """Return spans of change ids with some hundred records each: those of one record follow one another."""
    pairs = Change.objects.filter(entry=done.uuid).order_by("id").values_list("id", "record")
    spans: list[tuple[int, int]] = []
    records, first, last, known = 0, 0, 0, 0
    for identity, record_id in pairs.iterator(chunk_size=5_000):
        if record_id != known:
            if records == _CHUNK:
                spans.append((first, last))
                records = 0
            first = identity if records == 0 else first
            records, known = records + 1, record_id
        last = identity
    return [*spans, (first, last)] if records else spans


def _set_back(row: Record, changes: list[Change]) -> Edit:
    row.ref = next((change.after for change in changes if change.key == REF), row.ref)
    if row.version != changes[0].version:
        _refuse_built_on(row, changes[0].version)
    edit = Edit.of(row)
    edit.revise({c.key: (c.after, c.before) for c in changes if not c.key.startswith("@")})
    for change in changes:
        if change.key in _RETURNS:
            _RETURNS[change.key](edit, change)
    return edit


def _refuse_given_away(edits: Sequence[Edit]) -> None:
    """Raise ``Conflict`` when a code that shall return (all of the act's are free now) is another record's."""
    wanted = [edit.row.ref for edit in edits if REF in edit.changes]
    taken = Record.objects.filter(ref__in=wanted).values_list("ref", flat=True).first() if wanted else None
    if taken is not None:
        raise Conflict("holdings.record.ref_taken", ref=taken)


def _refuse_built_on(row: Record, version: int) -> None:
    """Raise ``Conflict`` unless the changes since ``version`` have all been taken back."""
    found = standing(Change.objects.filter(record=row, version__gt=version).order_by("id"))
    if not found:
        return
    newest = found[-1]
    keys = [change.key for change in found if change.entry == newest.entry][:20]
    raise Conflict("holdings.change.built_on", ref=row.ref, **told_change(row, newest, keys))


def _parent(edit: Edit, change: Change) -> None:
    above = Record.objects.filter(urn=change.before).first() if change.before else None
    if change.before and above is None:
        raise Conflict("holdings.change.place_gone", ref=edit.row.ref, what=change.before)
    edit.put(PARENT, change.after, change.before, parent_id=above.pk if above else None)


def _series(edit: Edit, change: Change) -> None:
    series = series_of(edit.row, change.before)
    edit.put(SERIES, change.after, change.before, series_id=series.pk)


def _key(edit: Edit, change: Change) -> None:
    edit.put(KEY, edit.row.sort_key, change.before, sort_key=change.before)


def _ref(edit: Edit, change: Change) -> None:
    edit.put(REF, change.after, change.before, ref=change.before)


_RETURNS = {PARENT: _parent, SERIES: _series, KEY: _key, REF: _ref}


def _made(data: Mapping[str, Any]) -> list[Record]:
    """Return the volumes that the act made, which go when it is taken back."""
    rows = Record.objects.filter(urn__in=[told["urn"] for told in data.get("made", ())])
    return list(
        rows.select_for_update(of=("self",)).select_related("fonds", "series", "parent").order_by("id")
    )


def _refuse_used(made: Sequence[Record]) -> None:
    """Raise ``Conflict`` when something hangs on a volume that shall go."""
    for row in made:
        if (
            row.version > 1
            or row.object_id
            or Record.objects.filter(parent=row).exists()
            or Component.objects.filter(record=row).exists()
            or Relation.objects.filter(source=row).exists()
            or Relation.objects.filter(target=row).exists()
        ):
            raise Conflict("holdings.change.in_use", ref=row.ref)


def _unrelate(data: Mapping[str, Any]) -> None:
    for source, kind, target in data.get("related", ()):
        Relation.objects.filter(source__urn=source, target__urn=target, kind=kind, text="").delete()
    for source, kind, target in data.get("unrelated", ()):
        ends = {row.urn: row for row in Record.objects.filter(urn__in=[source, target])}
        Relation.objects.get_or_create(source=ends[source], target=ends[target], kind=kind, text="")

"""Reads of what was changed: the history of every field, and which records an act changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.holdings.access import sees_by_office, visible_to
from lantai.holdings.models import Change, Record
from lantai.holdings.queries import RecordView, records_by_id
from lantai.holdings.services.edits import KEY, PARENT, REF, SERIES, label
from lantai.ledger import queries as ledger
from lantai.people.queries import names

MOST = 1_000
"""Changes of one record that are told at most, the newest."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of one field. ``actor`` is a name for people, ``entry`` the uuid in the ledger.

    Of a change of the place among its neighbours alone (``order``) both ``before`` and ``after`` are "": the keys in
    which places are kept say nothing to people; where the place follows from the file or the 档号 it is not told.
    """

    version: int
    at: datetime
    actor: str
    before: str
    after: str
    entry: str
    order: bool = False


@dataclass(frozen=True, slots=True)
class FieldHistory:
    """A field with its changes, newest first; ``key`` begins with "@" for place, code and acceptance."""

    key: str
    label: str
    changes: tuple[Changed, ...]


def fields(actor: Actor, record: RecordView) -> tuple[FieldHistory, ...]:
    """Return the history of each field, the last changed field first.

    None for who sees the record only because it is open: what was taken out of a title before it was opened
    stands here.
    """
    if not sees_by_office(actor, record.unit):
        return ()
    rows = list(Change.objects.filter(record=record.id).order_by("-id")[:MOST])
    who = names({row.actor for row in rows})
    above = _files(actor, rows)
    found: dict[str, list[Changed]] = {}
    moved = {row.entry for row in rows if row.key in {PARENT, SERIES, REF}}
    for row in rows:
        before, after = row.before, row.after
        if row.key == KEY:
            if row.entry in moved:
                continue
            before = after = ""
        if row.key == PARENT:
            before, after = above.get(before, ""), above.get(after, "")
        name = who.get(row.actor, row.actor)
        found.setdefault(row.key, []).append(
            Changed(row.version, row.at, name, before, after, str(row.entry), row.key == KEY)
        )
    language = reader_language()
    return tuple(
        FieldHistory(key, label(record.type, key, language), tuple(changes)) for key, changes in found.items()
    )


def changed_by(actor: Actor, entry: str, limit: int = 50) -> list[RecordView]:
    """Return the first records that an act changed and the actor sees, in the order of their codes."""
    rows = visible_to(actor).filter(changes__entry=entry).order_by("sort_key", "id").distinct()
    ids = list(rows.values_list("id", flat=True)[:limit])
    seen = records_by_id(actor, ids)
    return [seen[identity] for identity in ids]


def version_of(actor: Actor, urn: str) -> int:
    """Return the version of a record as it stands, 0 when the actor does not see it."""
    return visible_to(actor).filter(urn=urn).values_list("version", flat=True).first() or 0


def _files(actor: Actor, rows: list[Change]) -> dict[str, str]:
    """Return the 档号 of the files named in ``rows`` by urn: those that the actor sees, and those that are gone."""
    named = [row for row in rows if row.key == PARENT]
    urns = {urn for row in named for urn in (row.before, row.after) if urn}
    if not urns:
        return {}
    found = dict(visible_to(actor).filter(urn__in=urns).values_list("urn", "ref"))
    lost = urns - found.keys()
    if lost:
        lost -= set(Record.objects.filter(urn__in=lost).values_list("urn", flat=True))
    return found | _withdrawn({str(row.entry) for row in named if {row.before, row.after} & lost}, lost)


def _withdrawn(entries: set[str], urns: set[str]) -> dict[str, str]:
    """Return the 档号 of volumes that were withdrawn, as the acts that emptied them tell it.

    Such a volume was of the fonds of what lay in it: who may read the history of that may know its number.
    """
    told = [ledger.entry(entry).data for entry in entries]
    return {one["urn"]: one["ref"] for data in told for one in data.get("removed", ()) if one["urn"] in urns}

"""Reads of what was changed: the history of every field, and which records an act changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.holdings.access import sees_by_office, visible_to
from lantai.holdings.models import Change, Record
from lantai.holdings.queries import RecordView, records_by_id, types
from lantai.holdings.services.edits import KEY, PARENT, SERIES, label
from lantai.people.queries import names

MOST = 1_000
"""Changes of one record that are told at most, the newest."""

_INNER = frozenset({KEY, SERIES})
"""Fields that say how the catalogue is kept, not what the record is."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of one field. ``actor`` is a name for people, ``entry`` the uuid in the ledger."""

    version: int
    at: datetime
    actor: str
    before: str
    after: str
    entry: str


@dataclass(frozen=True, slots=True)
class FieldHistory:
    """A field with its changes, newest first; ``key`` begins with "@" for place, code and acceptance."""

    key: str
    label: str
    changes: tuple[Changed, ...]


def fields(actor: Actor, record: RecordView) -> tuple[FieldHistory, ...]:
    """Return the history of each field that ``actor`` may read, the last changed field first.

    Who sees the record only because it is open sees public elements that are not personal, as on its page,
    and no names of those who changed them.
    """
    inner = sees_by_office(actor, record.unit)
    rows = list(Change.objects.filter(record=record.id).order_by("-id")[:MOST])
    rows = [row for row in rows if _readable(record.type, row.key, inner)]
    who = names({row.actor for row in rows}) if inner else {}
    above = _files(actor, rows)
    found: dict[str, list[Changed]] = {}
    for row in rows:
        before, after = row.before, row.after
        if row.key == PARENT:
            before, after = above.get(before, ""), above.get(after, "")
        name = who.get(row.actor, row.actor) if inner else ""
        found.setdefault(row.key, []).append(
            Changed(row.version, row.at, name, before, after, str(row.entry))
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


def _readable(type: str, key: str, inner: bool) -> bool:
    if inner:
        return True
    if key.startswith("@"):
        return key not in _INNER
    kind = types().get(type)
    element = kind.by_key.get(key) if kind else None
    return element is not None and element.public and not element.personal


def _files(actor: Actor, rows: list[Change]) -> dict[str, str]:
    """Return the 档号 of the files named in ``rows`` that the actor sees, by urn."""
    urns = {urn for row in rows if row.key == PARENT for urn in (row.before, row.after) if urn}
    found = visible_to(actor).filter(urn__in=urns) if urns else Record.objects.none()
    return dict(found.values_list("urn", "ref"))

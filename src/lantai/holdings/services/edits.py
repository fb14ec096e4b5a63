"""Edits of rows: what acts of changing share. An edit is noted on the row, then many are written at once.

What is no element of a record type is noted under a key with "@": ``@parent`` (urn of the record it lies in, ""
at the top), ``@series`` (类别号), ``@key`` (place among siblings), ``@ref`` (档号), ``@accepted`` ("1" or "").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.holdings.access import visible_to
from lantai.holdings.models import Change, Fonds, Record, Series
from lantai.holdings.queries import types
from lantai.holdings.services.columns import COLUMNS, columns
from lantai.holdings.services.rows import Desk, stored
from lantai.holdings.services.tally import Place, add, place_of
from lantai.kernel import canonical
from lantai.kernel.errors import Conflict, Fact, NotFound
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.models import Entry
from lantai.people.queries import names

CHUNK = 2_000
LISTED = 40_000
"""Bytes of a list that an entry holds itself; of a longer one it holds the root only."""

PARENT, SERIES, KEY, REF, ACCEPTED = "@parent", "@series", "@key", "@ref", "@accepted"

_JSON = "values"


@dataclass(slots=True)
class Edit:
    """A row being changed. ``changes`` are what history keeps, ``touched`` the columns to be written."""

    row: Record
    was: Place
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, row: Record) -> Edit:
        """Begin to change ``row`` (with its fonds)."""
        return cls(row, place_of(row))

    def put(self, key: str, before: str, after: str, **written: Any) -> None:
        """Note the change of ``key`` and set the columns it is written to; the same value is no change."""
        if before == after:
            return
        self.changes[key] = (before, after)
        for column, value in written.items():
            setattr(self.row, column, value)
            self.touched.add(column)

    def revise(self, changes: Mapping[str, tuple[str, str]]) -> None:
        """Set element values; the columns that repeat them follow."""
        values = dict(self.row.values)
        for key, (_, after) in changes.items():
            if after:
                values[key] = after
            else:
                values.pop(key, None)
        told = columns(values)
        for key, (before, after) in changes.items():
            self.put(key, before, after, values=values)
        for column in COLUMNS:
            if getattr(self.row, column) != told[column]:
                setattr(self.row, column, told[column])
                self.touched.add(column)


def fetch(actor: Actor, urns: Iterable[str], *, lock: bool = True) -> dict[str, Record]:
    """Return the rows of ``urns`` that ``actor`` may see, by urn; ``NotFound`` names the first that is missing.

    Locked, in the order of row ids so that two acts cannot wait for each other; ``lock`` only inside an act.
    """
    wanted = list(dict.fromkeys(urns))
    found: dict[str, Record] = {}
    rows = visible_to(actor).order_by("id")
    rows = rows.select_for_update() if lock else rows
    for start in range(0, len(wanted), 500):
        found.update({row.urn: row for row in attached(rows.filter(urn__in=wanted[start : start + 500]))})
    for urn in wanted:
        if urn not in found:
            raise NotFound("holdings.record.missing", what=urn)
    return found


def attached(rows: Iterable[Record]) -> list[Record]:
    """Return ``rows`` with their fonds, series and parents, each of these read once however many share it."""
    found = list(rows)
    fonds = Fonds.objects.in_bulk({row.fonds_id for row in found})
    series = Series.objects.in_bulk({row.series_id for row in found})
    parents = Record.objects.in_bulk({row.parent_id for row in found if row.parent_id is not None})
    for row in found:
        row.fonds = fonds[row.fonds_id]
        row.series = series[row.series_id]
        row.parent = parents[row.parent_id] if row.parent_id is not None else None
    return found


def refuse_changed(row: Record, version: int | None) -> None:
    """Raise ``Conflict`` unless ``row`` is still at ``version``: who changed what since, and when."""
    if row.version == version:
        return
    since = Change.objects.filter(record=row, version__gt=version or 0).order_by("-id")
    newest = since.first()
    if version is None or newest is None:
        raise Conflict("holdings.record.version", ref=row.ref, version=version or 0, now=row.version)
    keys = list(dict.fromkeys(since.values_list("key", flat=True)[:20]))
    raise Conflict("holdings.record.changed", ref=row.ref, now=row.version, **told_change(row, newest, keys))


def told_change(row: Record, newest: Change, keys: Sequence[str]) -> dict[str, Fact]:
    """Return the facts who, when and what of a change, for the words of a conflict."""
    at = timezone.localtime(newest.at)
    return {
        "who": names({newest.actor}).get(newest.actor, newest.actor),
        "when": f"{at:%Y-%m-%d %H:%M}",
        "what": "、".join(label(row.type, key, "zh") for key in keys),
        "what_en": ", ".join(label(row.type, key, "en") for key in keys),
    }


_OWN = {
    PARENT: ("所属案卷", "file it lies in"),
    SERIES: ("类别号", "series"),
    KEY: ("排列位置", "place in order"),
    REF: ("档号", "reference code"),
    ACCEPTED: ("验收", "acceptance"),
    "other": ("其他", "other"),
}


def label(type: str, key: str, language: str) -> str:
    """Return the name of a field of history."""
    if key in _OWN:
        return _OWN[key][language == "en"]
    kind = types().get(type)
    element = kind.by_key.get(key) if kind else None
    return element.label[language] if element else key


def list_lines(urns: Iterable[str], versions: Mapping[str, int]) -> list[bytes]:
    """Return the canonical lines [urn, version] of a list of records that an act is given."""
    return [canonical.dumps([urn, versions.get(urn, 0)]) for urn in dict.fromkeys(urns)]


def told_list(
    edits: Sequence[Edit], given: Sequence[bytes], preserved: UUID | None = None, *, room: int = LISTED
) -> dict[str, Any]:
    """Return how an entry tells of many records: their count, and the root of the list that was ``given``.

    While they are few (``room`` bytes), each with what was and what is; of a longer list the object in the
    vault that holds it.
    """
    told: dict[str, Any] = {
        "count": len(edits),
        "list_root": HashTree([leaf_hash(line) for line in given]).root().hex(),
    }
    details = [
        [edit.row.urn, edit.row.version, {key: list(both) for key, both in edit.changes.items()}]
        for edit in edits
    ]
    if sum(len(canonical.dumps(one)) for one in details) <= room:
        told["records"] = details
    elif preserved is not None:
        told["list"] = f"urn:uuid:{preserved}"
    return told


class Writer:
    """Writes edits under one entry: rows, history and tallies together."""

    def __init__(self, desk: Desk | None = None) -> None:
        self.desk = desk or Desk()
        self._now = timezone.now()

    def save(self, edits: Sequence[Edit], entry: Entry) -> None:
        """Write ``edits``; each row gets its next version. Only inside an act."""
        moved: Counter[Place] = Counter()
        for edit in edits:
            self._classify(edit)
            now = place_of(edit.row)
            if now != edit.was:
                moved[edit.was] -= 1
                moved[now] += 1
        renamed = [edit.row.pk for edit in edits if REF in edit.changes]
        if renamed:
            self.free(renamed)
        self._rows(edits)
        self._history(edits, entry)
        add(moved)

    def _classify(self, edit: Edit) -> None:
        row = edit.row
        access = self.desk.access_of(row.fonds, row.open_status, row.accepted)
        if row.access_id != access:
            row.access_id = access
            edit.touched.add("access_id")

    def free(self, ids: Iterable[int]) -> None:
        """Free the codes of rows, so that they can be given to others of the same act."""
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE holdings_record SET ref = %s WHERE id = %s",
                [(f"\x7f{identity}", identity) for identity in ids],
            )

    def _rows(self, edits: Sequence[Edit]) -> None:
        now = connection.ops.adapt_datetimefield_value(self._now)
        groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        for edit in edits:
            names = tuple(sorted(edit.touched))
            told = [_told(edit.row, name) for name in names]
            groups.setdefault(names, []).append((*told, now, edit.row.pk, edit.row.version))
            edit.row.version += 1
            edit.row.changed_at = self._now
        with connection.cursor() as cursor:
            for names, rows in groups.items():
                written = "".join(f'"{name}" = %s, ' for name in names)
                cursor.executemany(
                    f"UPDATE holdings_record SET {written}version = version + 1, changed_at = %s"  # noqa: S608 (our own column names)
                    " WHERE id = %s AND version = %s",
                    rows,
                )
                if cursor.rowcount != len(rows):
                    raise RuntimeError("rows changed between being locked and being written")

    def _history(self, edits: Sequence[Edit], entry: Entry) -> None:
        at = connection.ops.adapt_datetimefield_value(self._now)
        uuid = stored(entry.uuid)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO holdings_change (record_id, entry, version, at, actor, key, before, after)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    (edit.row.pk, uuid, edit.row.version, at, entry.actor, key, before, after)
                    for edit in edits
                    for key, (before, after) in edit.changes.items()
                ],
            )

    @property
    def now(self) -> datetime:
        """The moment that all rows of this act are given."""
        return self._now


def _told(row: Record, name: str) -> Any:
    value = getattr(row, name)
    return orjson.dumps(value).decode() if name == _JSON else value


def chunks(urns: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield ``urns`` in pieces that memory does not notice."""
    for start in range(0, len(urns), CHUNK):
        yield urns[start : start + CHUNK]

"""Describing: records enter the catalogue, many in one act, after their bytes are safe."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lantai.base.actors import Actor
from lantai.holdings.models import UNREVIEWED, AccessClass, Component, Fonds, Record, Series
from lantai.kernel import canonical, refcodes
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.recordtypes import classified
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a record: its path inside the preserved object and what is known of it."""

    path: str
    size: int
    role: str = ""
    puid: str = ""
    mime: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """A record to be described. ``values`` are normalised element values by key; ``parent`` is a 档号 or ""."""

    urn: str
    ref: str
    level: str
    type: str
    fonds: str
    values: Mapping[str, str]
    parts: tuple[Part, ...] = ()
    parent: str = ""
    object_id: str = ""

    def line(self) -> bytes:
        """Return the canonical form whose digests the ledger holds."""
        return canonical.dumps(
            {
                "fonds": self.fonds,
                "level": self.level,
                "object": self.object_id,
                "parent": self.parent,
                "parts": [[part.path, part.size, part.role, part.puid] for part in self.parts],
                "ref": self.ref,
                "type": self.type,
                "urn": self.urn,
                "values": dict(self.values),
            }
        )


@dataclass(slots=True)
class _Desk:
    """Rows that the records of one batch share, looked up once."""

    fonds: dict[str, Fonds] = field(default_factory=dict)
    series: dict[tuple[int, str], Series] = field(default_factory=dict)
    access: dict[tuple[int, str], AccessClass] = field(default_factory=dict)

    def fonds_of(self, number: str) -> Fonds:
        if number not in self.fonds:
            found = Fonds.objects.filter(number=number).first()
            if found is None:
                raise NotFound("holdings.fonds.missing", fonds=number)
            self.fonds[number] = found
        return self.fonds[number]

    def series_of(self, fonds: Fonds, description: Description) -> Series:
        code = _series_code(description)
        known = (fonds.pk, code)
        if known not in self.series:
            year = description.values.get("year", "")
            self.series[known], _ = Series.objects.get_or_create(
                fonds=fonds,
                code=code,
                defaults={
                    "type": description.type,
                    "year": _number(year) if len(year) == 4 else None,
                    "retention": description.values.get("retention", ""),
                },
            )
        return self.series[known]

    def access_of(self, fonds: Fonds, open_status: str) -> AccessClass:
        known = (fonds.unit_id, open_status)
        if known not in self.access:
            self.access[known], _ = AccessClass.objects.get_or_create(
                unit_id=fonds.unit_id, open_status=open_status
            )
        return self.access[known]


def _parsed(ref: str) -> refcodes.RefCode | None:
    try:
        return refcodes.parse(ref)
    except Invalid:
        return None  # an old or foreign code: kept as it is, arranged by its type alone


def _series_code(description: Description) -> str:
    code = _parsed(description.ref)
    return code.series if code else description.type


def _sort_key(ref: str) -> str:
    """Return a text that sorts numbers inside the code by value: runs of digits are padded to eight."""
    padded: list[str] = []
    digits = ""
    for sign in ref + "\0":
        if sign.isascii() and sign.isdigit():
            digits += sign
            continue
        if digits:
            padded.append(digits.rjust(8, "0"))
            digits = ""
        padded.append(sign)
    return "".join(padded).rstrip("\0")[:250]


def _number(text: str) -> int | None:
    """Return the number that ``text`` is, None when it has anything but the digits 0 to 9."""
    return int(text) if text.isascii() and text.isdecimal() else None


def _row(desk: _Desk, batch: UUID, d: Description, parents: Mapping[str, int]) -> Record:
    _refuse_classified(d)
    if d.parent and d.parent not in parents:
        raise NotFound("holdings.record.parent_missing", ref=d.ref, parent=d.parent)
    fonds = desk.fonds_of(d.fonds)
    values = d.values
    status = values.get("open_status") or UNREVIEWED
    year, pages = values.get("year", ""), values.get("pages", "")
    return Record(
        urn=d.urn,
        ref=d.ref,
        level=d.level,
        type=d.type,
        fonds=fonds,
        series=desk.series_of(fonds, d),
        parent_id=parents.get(d.parent),
        access=desk.access_of(fonds, status),
        title=values.get("title", ""),
        author=values.get("author", ""),
        doc_number=values.get("doc_number", "")[:200],
        date=values.get("date", "")[:40],
        year=_number(year) if len(year) == 4 else None,
        retention=values.get("retention", "")[:10],
        open_status=status,
        pages=_number(pages) if len(pages) < 9 else None,
        values=dict(values),
        sort_key=_sort_key(d.ref),
        batch=batch,
        object_id=d.object_id,
    )


def _refuse_taken(descriptions: Sequence[Description]) -> set[str]:
    """Return the urns already described; ``Conflict`` when a 档号 belongs to another record."""
    done: set[str] = set()
    for start in range(0, len(descriptions), 500):
        some = {d.ref: d.urn for d in descriptions[start : start + 500]}
        for ref, urn in Record.objects.filter(ref__in=list(some)).values_list("ref", "urn"):
            if some[ref] != urn:
                raise Conflict("holdings.record.ref_taken", ref=ref)
            done.add(urn)
    return done


def refuse_undescribable(descriptions: Sequence[Description]) -> None:
    """Raise what :func:`describe` would: to be asked before anything of ``descriptions`` is preserved.

    ``Invalid`` for a state secret, ``Conflict`` for a 档号 given twice or taken, ``NotFound`` for a fonds or
    a file that is not there.
    """
    desk, seen = _Desk(), set[str]()
    for d in descriptions:
        _refuse_classified(d)
        desk.fonds_of(d.fonds)
        if d.ref in seen:
            raise Conflict("holdings.record.ref_taken", ref=d.ref)
        seen.add(d.ref)
    done = _refuse_taken(descriptions)
    files = {d.ref for d in descriptions if d.level == Record.FILE}
    known = _rows_of({d.parent for d in descriptions if d.parent} - files)
    for d in descriptions:
        placed = d.parent in known or (d.level == Record.ITEM and d.parent in files)
        if d.parent and not placed and d.urn not in done:
            raise NotFound("holdings.record.parent_missing", ref=d.ref, parent=d.parent)


def _refuse_classified(d: Description) -> None:
    if classified(d.values):
        raise Invalid("holdings.record.classified", ref=d.ref, security=d.values.get("security", ""))


@act("holdings.records.describe")
def describe(actor: Actor, batch: UUID, descriptions: Sequence[Description]) -> str:
    """Describe records in one act and return the ledger entry's uuid ("" when all were there already).

    All or nothing. Files before the items in them, in any order otherwise. Describing the same records
    again changes nothing; a 档号 that belongs to another record raises ``Conflict``.
    """
    require(actor, "holdings.describe")
    done = _refuse_taken(descriptions)
    fresh = [d for d in descriptions if d.urn not in done]
    if not fresh:
        unchanged()
        return ""
    desk = _Desk()
    for level in (Record.FILE, Record.ITEM):
        _insert(desk, batch, [d for d in fresh if d.level == level])
    lines = [d.line() for d in fresh]
    data: dict[str, Any] = {
        "batch": str(batch),
        "count": len(fresh),
        "list_root": HashTree([leaf_hash(line) for line in lines]).root().hex(),
        "fonds": sorted(desk.fonds),
    }
    return str(record(f"urn:uuid:{batch}", data).uuid)


def _insert(desk: _Desk, batch: UUID, descriptions: Sequence[Description]) -> None:
    parents = _rows_of({d.parent for d in descriptions if d.parent})
    made = Record.objects.bulk_create([_row(desk, batch, d, parents) for d in descriptions], batch_size=500)
    Component.objects.bulk_create(
        [
            Component(
                record=row,
                order=order,
                role=part.role,
                path=part.path,
                size=part.size,
                puid=part.puid,
                mime=part.mime,
                format=part.format,
            )
            for row, d in zip(made, descriptions, strict=True)
            for order, part in enumerate(d.parts, 1)
        ],
        batch_size=500,
    )


def _rows_of(refs: Collection[str]) -> dict[str, int]:
    """Return the row id of each of ``refs`` that is in the catalogue."""
    wanted = sorted(refs)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        rows = Record.objects.filter(ref__in=wanted[start : start + 500])
        found.update(rows.values_list("ref", "id"))
    return found

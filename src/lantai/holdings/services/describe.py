"""Describing: records enter the catalogue, many in one act, after their bytes are safe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction

from lantai.base.actors import Actor
from lantai.holdings.models import Component, Record
from lantai.holdings.services.rows import Desk, NewRow, ids_of, insert, urns_of
from lantai.holdings.services.tally import Place, add
from lantai.kernel import canonical
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.recordtypes import classified
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require

FONDS_NAMED = 300
"""Fonds that an entry names at most; the list itself, whose root it holds, names them all."""


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
    """A record to be described. ``values`` are normalised element values by key; ``parent`` is a 档号 or "".

    ``told`` is the canonical form where the record was read from it, so that it need not be made again.
    """

    urn: str
    ref: str
    level: str
    type: str
    fonds: str
    values: Mapping[str, str]
    parts: tuple[Part, ...] = ()
    parent: str = ""
    object_id: str = ""
    told: bytes = field(default=b"", repr=False, compare=False)

    def line(self) -> bytes:
        """Return the canonical form whose digests the ledger holds."""
        return self.told or canonical.dumps_texts(
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


def _refuse_taken(descriptions: Sequence[Description]) -> set[str]:
    """Return the urns already described; ``Conflict`` when a 档号 belongs to another record."""
    done: set[str] = set()
    told = {d.ref: d.urn for d in descriptions}
    for ref, urn in urns_of(told).items():
        if told[ref] != urn:
            raise Conflict("holdings.record.ref_taken", ref=ref)
        done.add(urn)
    return done


def refuse_undescribable(descriptions: Sequence[Description]) -> None:
    """Raise what :func:`describe` would: to be asked before anything of ``descriptions`` is preserved.

    ``Invalid`` for a state secret or a place in another fonds or in an item, ``Conflict`` for a 档号 given
    twice or taken, ``NotFound`` for a fonds or a file that is not there.
    """
    desk, seen = Desk(), set[str]()
    for d in descriptions:
        _refuse_classified(d)
        desk.fonds_of(d.fonds)
        if d.ref in seen:
            raise Conflict("holdings.record.ref_taken", ref=d.ref)
        seen.add(d.ref)
    done = _refuse_taken(descriptions)
    above = {d.ref for d in descriptions if d.level != Record.ITEM}
    known = _files({d.parent for d in descriptions if d.parent} - above)
    for d in descriptions:
        if d.parent in known and d.urn not in done:
            _refuse_unfit(d, known[d.parent])
        placed = d.parent in known or d.parent in above
        if d.parent and not placed and d.urn not in done:
            raise NotFound("holdings.record.parent_missing", ref=d.ref, parent=d.parent)


def _refuse_classified(d: Description) -> None:
    if classified(d.values):
        raise Invalid("holdings.record.classified", ref=d.ref, security=d.values.get("security", ""))


@act("holdings.records.describe")
def describe(actor: Actor, batch: UUID, descriptions: Sequence[Description], *, accepted: bool = True) -> str:
    """Describe records in one act and return the ledger entry's uuid ("" when all were there already).

    All or nothing. A level above before the one below it (series, files, items), in any order otherwise.
    Describing the same records again changes nothing; a 档号 that belongs to another record raises
    ``Conflict``. ``accepted=False``: the catalogue is still being arranged, its codes may change, and only
    the office and the unit see it.
    """
    require(actor, "holdings.describe")
    done = _refuse_taken(descriptions)
    fresh = [d for d in descriptions if d.urn not in done]
    if not fresh:
        unchanged()
        return ""
    for d in fresh:
        _refuse_classified(d)
    desk, places = Desk(), Counter[Place]()
    try:
        with transaction.atomic():
            for some in _by_depth(fresh):
                places += _insert(desk, batch, some, accepted)
    except IntegrityError as clash:
        raise _clash(fresh) or clash from clash
    add(places)
    data: dict[str, Any] = {
        "accepted": accepted,
        "batch": str(batch),
        "count": len(fresh),
        "list_root": HashTree([leaf_hash(d.line()) for d in fresh]).root().hex(),
        "fonds": sorted(desk.fonds)[:FONDS_NAMED],
    }
    return str(record(f"urn:uuid:{batch}", data).uuid)


def _clash(descriptions: Sequence[Description]) -> Conflict | None:
    """Return whose permanent name or 档号 another record has: one numbered anew, or described a moment ago."""
    for start in range(0, len(descriptions), 500):
        some = {d.urn: d.ref for d in descriptions[start : start + 500]}
        held = Record.objects.filter(urn__in=list(some)).values_list("urn", "ref").first()
        if held is not None:
            return Conflict("holdings.record.urn_taken", ref=some[held[0]], other=held[1])
        ref = Record.objects.filter(ref__in=list(some.values())).values_list("ref", flat=True).first()
        if ref is not None:
            return Conflict("holdings.record.ref_taken", ref=ref)
    return None


def _by_depth(descriptions: Sequence[Description]) -> Iterator[list[Description]]:
    """Yield ``descriptions`` so that whatever lies in another of them comes later than that one."""
    within = {d.ref: d.parent for d in descriptions if d.parent}
    if not within:
        yield list(descriptions)
        return
    own = {d.ref for d in descriptions}
    depths: dict[int, list[Description]] = {}
    for d in descriptions:
        depth, above, met = 0, d.parent, {d.ref}
        while above in own and above not in met:
            met.add(above)
            depth, above = depth + 1, within.get(above, "")
        if above in met:
            raise Conflict("holdings.record.circle", ref=d.ref)
        depths.setdefault(depth, []).append(d)
    for depth in sorted(depths):
        yield depths[depth]


def _insert(desk: Desk, batch: UUID, descriptions: Sequence[Description], accepted: bool) -> Counter[Place]:
    parents = _files({d.parent for d in descriptions if d.parent})
    rows = [_row(d, parents) for d in descriptions]
    places = insert(desk, batch, rows, accepted=accepted)
    parted = [d for d in descriptions if d.parts]
    made = ids_of([d.ref for d in parted])
    Component.objects.bulk_create(
        [
            Component(
                record_id=made[d.ref],
                order=order,
                role=part.role,
                path=part.path,
                size=part.size,
                puid=part.puid,
                mime=part.mime,
                format=part.format,
            )
            for d in parted
            for order, part in enumerate(d.parts, 1)
        ],
        batch_size=500,
    )
    return places


def _row(d: Description, parents: Mapping[str, _File]) -> NewRow:
    above = parents.get(d.parent)
    if d.parent and above is None:
        raise NotFound("holdings.record.parent_missing", ref=d.ref, parent=d.parent)
    if above is not None:
        _refuse_unfit(d, above)
    return NewRow(d.urn, d.ref, d.level, d.type, d.fonds, d.values, above and above.id, d.object_id)


class _File(NamedTuple):
    """What others shall lie in: its row id, level and the number of its fonds."""

    id: int
    level: str
    fonds: str


def _files(refs: Collection[str]) -> dict[str, _File]:
    wanted, found = sorted(refs), dict[str, _File]()
    for start in range(0, len(wanted), 500):
        rows = Record.objects.filter(ref__in=wanted[start : start + 500])
        told = rows.values_list("ref", "id", "level", "fonds__number")
        found.update({ref: _File(identity, level, fonds) for ref, identity, level, fonds in told})
    return found


def _refuse_unfit(d: Description, above: _File) -> None:
    """Raise ``Invalid`` for a place in another fonds (it would show there, whoever may see it) or in an item."""
    if above.fonds != d.fonds or above.level == Record.ITEM:
        raise Invalid("holdings.record.parent_unfit", ref=d.ref, parent=d.parent)

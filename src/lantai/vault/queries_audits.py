"""Reads of audits: what was read back when, what is damaged, repaired or lost, what belongs to nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db.models import Q, QuerySet
from django.utils import timezone

from lantai.kernel.errors import LantaiError
from lantai.kernel.findings import Finding
from lantai.kernel.ocfl import Repository
from lantai.kernel.storage import read
from lantai.vault.coverage import oldest_check, reads_of
from lantai.vault.models import Audit, Damage, Deposit, Stray, Target
from lantai.vault.policy import policy
from lantai.vault.rotation import Rotation, rotations
from lantai.vault.services.audits import ACTIVE, audit_row
from lantai.vault.services.ends import OPEN
from lantai.vault.services.verify import message
from lantai.vault.store import object_store


@dataclass(frozen=True, slots=True)
class AuditView:
    """An audit: what was ordered, how far it is, what it found. ``target`` "" is the vault itself; ``done`` is 0 to 1."""

    uuid: UUID
    target: str
    target_uuid: UUID | None
    part: int
    parts: int
    share: float
    most_bytes: int
    sm3: str
    in_turn: bool
    ordered_by: str
    ordered_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    state: str
    stage: str
    planned: int
    versions: int
    files: int
    bytes: int
    damaged: int
    missing: int
    unread: int
    wavering: int
    beside: int
    strays: int
    list_root: str
    tries: int
    next_at: datetime | None
    problem: dict[str, object] | None

    @property
    def done(self) -> float:
        """How much of it is done."""
        return (
            1.0 if self.state == "done" else min(1.0, self.versions / self.planned) if self.planned else 0.0
        )

    @property
    def bad(self) -> int:
        """Versions that were not good."""
        return self.damaged + self.missing + self.unread

    @property
    def seconds(self) -> float:
        """Seconds it took, or takes by now."""
        if self.started_at is None:
            return 0.0
        return ((self.ended_at or timezone.now()) - self.started_at).total_seconds()


def audits(limit: int = 50) -> list[AuditView]:
    """Return audits of all places, those under way first, then the newest."""
    rows = Audit.objects.select_related("target")
    active = list(rows.filter(state__in=ACTIVE).order_by("pk")[:limit])
    ended = rows.exclude(state__in=ACTIVE).order_by("-ended_at", "-pk")[: limit - len(active)]
    return [_view(row) for row in [*active, *ended]]


def audit(uuid: UUID | str) -> AuditView:
    """Return one audit; ``NotFound("vault.audit.unknown")``."""
    return _view(audit_row(uuid))


def _view(row: Audit) -> AuditView:
    names = AuditView.__dataclass_fields__
    plain = {name: getattr(row, name) for name in names if name not in {"target", "target_uuid"}}
    target = row.target
    return AuditView(
        target=target.name if target else "", target_uuid=target.uuid if target else None, **plain
    )


@dataclass(frozen=True, slots=True)
class DamageView:
    """Something that is or was damaged: a version of an object, or a file beside the objects (``key``).

    ``ref`` is the 档号 of its record, "" for what is none or cannot be read; ``told`` says what is wrong in words,
    ``why`` why it is not repaired.
    """

    number: int
    object_id: str
    version: str
    key: str
    ref: str
    target: str
    kind: str
    state: str
    files: tuple[str, ...]
    told: str
    found_at: datetime
    ended_at: datetime | None
    source: str
    aside: tuple[str, ...]
    why: str


def damages(*, open_only: bool = True, limit: int = 200, language: str = "zh") -> list[DamageView]:
    """Return what is damaged now, or all that ever was, lost ones first, then the newest."""
    rows = Damage.objects.filter(state__in=OPEN) if open_only else Damage.objects.all()
    return _damages(rows.order_by("-pk"), limit, language)


def damages_of(uuid: UUID | str, limit: int = 200, language: str = "zh") -> list[DamageView]:
    """Return what one audit found: new damage, and what was known before and is read badly still."""
    row = audit_row(uuid)
    end = row.ended_at or timezone.now()
    known = Damage.objects.filter(target=row.target, found_at__lte=end)
    known = known.filter(Q(ended_at=None) | Q(ended_at__gte=row.started_at or end))
    mine = [
        one.pk
        for one in known.order_by("pk")[: limit * 5]
        if one.audit_id == row.pk
        or (one.deposit_id and reads_of(one.deposit_id, row.target).filter(audit=row).exists())
    ]
    return _damages(Damage.objects.filter(pk__in=mine).order_by("pk"), limit, language)


def _damages(rows: QuerySet[Damage], limit: int, language: str) -> list[DamageView]:
    chosen = list(rows.select_related("deposit", "target")[:limit])
    found = [_damage(row, language) for row in chosen]
    return sorted(found, key=lambda one: one.state != Damage.LOST)


def _damage(row: Damage, language: str) -> DamageView:
    deposit = row.deposit
    return DamageView(
        row.pk,
        deposit.object_id if deposit else "",
        f"v{deposit.version}" if deposit else "",
        row.key,
        _ref(deposit.object_id) if deposit and deposit.kind in ("", "record") else "",
        row.target.name if row.target else "",
        row.kind,
        row.state,
        tuple(str(fault[0]) for fault in row.faults),
        message(row, language),
        row.found_at,
        row.ended_at,
        row.source,
        tuple(row.aside),
        Finding(row.problem["code"], facts=row.problem["facts"]).message(language) if row.problem else "",
    )


def _ref(object_id: str) -> str:
    """Return the 档号 that an object's own record tells, as far as that can be read."""
    try:
        shelf = Repository(object_store())
        told = orjson.loads(read(shelf.store, f"{shelf.prefix(object_id)}/v1/content/record.json"))
        return str(told.get("ref", ""))[:200]
    except (LantaiError, OSError, ValueError, AttributeError):
        return ""


def lost_count() -> int:
    """Return of how many damaged things no place has a good copy."""
    return Damage.objects.filter(state=Damage.LOST).count()


def damage_count() -> int:
    """Return how many damages are not repaired, the lost ones included."""
    return Damage.objects.filter(state__in=OPEN).count()


@dataclass(frozen=True, slots=True)
class StrayView:
    """An orphan: an object's folder or a file that no row or no inventory names."""

    number: int
    target: str
    kind: str
    key: str
    object_id: str
    files: int
    bytes: int
    found_at: datetime

    @property
    def adoptable(self) -> bool:
        """Whether a person may adopt it."""
        return self.kind == Stray.OBJECT and not self.target and bool(self.object_id)


def strays(limit: int = 200) -> list[StrayView]:
    """Return the orphans that nobody dealt with yet, oldest first."""
    rows = Stray.objects.filter(state=Stray.OPEN).select_related("target").order_by("pk")
    return [
        StrayView(
            row.pk,
            row.target.name if row.target else "",
            row.kind,
            row.key,
            row.object_id,
            row.files,
            row.bytes,
            row.found_at,
        )
        for row in rows[:limit]
    ]


@dataclass(frozen=True, slots=True)
class Checked:
    """One reading of a version at a place: when, by which audit, and how it stood."""

    at: datetime
    audit: UUID
    target: str
    kind: str


def checks(object_id: str, limit: int = 50) -> list[Checked]:
    """Return the readings of all versions of an object at all places, newest first."""
    found: list[Checked] = []
    places: Sequence[Target | None] = [None, *Target.objects.order_by("pk")]
    for row in Deposit.objects.filter(object_id=object_id):
        for place in places:
            bad = {one.audit_id: one.kind for one in Damage.objects.filter(deposit=row, target=place)}
            for batch in reads_of(row.pk, place)[:limit]:
                kind = bad.get(batch.audit_id, Deposit.GOOD)
                found.append(Checked(batch.at, batch.audit.uuid, place.name if place else "", kind))
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


@dataclass(frozen=True, slots=True)
class PlaceView:
    """How a place is read in turn: its rule, when what was read longest ago was read, whether that is too long ago."""

    target: str
    rule: Rotation
    oldest: datetime | None
    late: bool


def places() -> list[PlaceView]:
    """Return how the vault and every target in use are read in turn."""
    told, days = rotations(), policy().default.check_days
    online = Target.objects.filter(ended_at=None).exclude(kind=Target.CARRIER).order_by("pk")
    found = []
    for target in (None, *online):
        oldest = oldest_check(target)
        late = oldest is not None and timezone.now() - oldest > timedelta(days=days)
        name = target.name if target else ""
        found.append(PlaceView(name, told.of(name), oldest, late))
    return found

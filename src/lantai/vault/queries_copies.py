"""Reads of copies: what every object should have and has, how far each target is, what is late and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from lantai.kernel.errors import NotFound
from lantai.ledger import queries as ledger
from lantai.vault.logbook import Far, Logbook
from lantai.vault.models import Carrier, Copy, Deposit, Target
from lantai.vault.policy import Lack, Rule, Spot, lack, policy
from lantai.vault.services.targets import target_row

Problem = dict[str, Any]
"""What went wrong as a row keeps it: code and facts (:meth:`LantaiError.document`)."""

LOSS_SECONDS = 60
"""So many seconds of acts may be lost when everything here is lost at once."""


@dataclass(frozen=True, slots=True)
class TargetView:
    """A target and how far it is. ``good`` to ``lacking`` are versions of objects; ``bytes`` those that are good.

    ``state``: good, behind (copies are being made), trouble (it failed and is tried again, or copies there are bad),
    paused, ended, carrier.
    ``log_behind``: entries of the ledger that do not lie there, None when nothing ever went there.
    """

    uuid: UUID
    name: str
    kind: str
    address: str
    place: str
    medium: str
    recipient: str
    rate: int
    paused: bool
    weaknesses: tuple[str, ...]
    made_by: str
    made_at: datetime
    tested_at: datetime
    ended_at: datetime | None
    good: int
    damaged: int
    missing: int
    troubled: int
    lacking: int
    bytes: int
    objects: Far
    log: Far
    log_behind: int | None
    state: str

    @property
    def urn(self) -> str:
        """Name it in the ledger."""
        return f"urn:lantai:target:{self.uuid}"


def in_use() -> QuerySet[Target]:
    """Return the targets that count, in the order they were registered."""
    return Target.objects.filter(ended_at=None).order_by("pk")


def targets(ended: bool = False) -> list[TargetView]:
    """Return the targets in use, or the ended ones."""
    rows = Target.objects.filter(ended_at__isnull=not ended).order_by("pk")
    total = Deposit.objects.count()
    published = ledger.published()
    return [_view(row, total, published) for row in rows]


def target(told: str | UUID) -> TargetView:
    """Return one target by its uuid or name; ``NotFound("vault.target.missing")``."""
    return _view(target_row(told), Deposit.objects.count(), ledger.published())


def _view(row: Target, total: int, published: int) -> TargetView:
    counts = dict(row.copies.values_list("state").annotate(n=Count("pk")))
    troubled = row.copies.filter(state=Copy.WANTED, problem__isnull=False).count()
    size = row.copies.filter(state=Copy.GOOD).aggregate(n=Sum("deposit__bytes"))["n"] or 0
    good = counts.get(Copy.GOOD, 0)
    if row.ended_at is None and row.kind != Target.CARRIER:
        book = Logbook(row.uuid)
        objects, log = book.far("objects"), book.far("log")
    else:
        objects = log = Far()
    return TargetView(
        uuid=row.uuid,
        name=row.name,
        kind=row.kind,
        address=row.address,
        place=row.place,
        medium=row.medium,
        recipient=row.recipient,
        rate=row.rate,
        paused=row.paused,
        weaknesses=tuple(row.weaknesses),
        made_by=row.made_by,
        made_at=row.made_at,
        tested_at=row.tested_at,
        ended_at=row.ended_at,
        good=good,
        damaged=counts.get(Copy.DAMAGED, 0),
        missing=counts.get(Copy.MISSING, 0),
        troubled=troubled,
        lacking=total - good,
        bytes=size,
        objects=objects,
        log=log,
        log_behind=max(0, published - log.size) if log.good else None,
        state=_state(row, objects, log, total - good, _bad(counts)),
    )


def _bad(counts: dict[str, int]) -> int:
    return counts.get(Copy.DAMAGED, 0) + counts.get(Copy.MISSING, 0)


def _state(row: Target, objects: Far, log: Far, lacking: int, bad: int) -> str:
    if row.ended_at is not None:
        return "ended"
    if row.kind == Target.CARRIER:
        return "carrier"
    if row.paused:
        return "paused"
    if objects.problem or log.problem or bad:
        return "trouble"
    return "behind" if lacking else "good"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A copy that could not be made, or is not good any more; ``problem`` as a row keeps it, None when none is told."""

    object_id: str
    version: str
    state: str
    problem: Problem | None
    tries: int
    next_at: datetime | None


def troubles(uuid: UUID, limit: int = 100) -> list[Trouble]:
    """Return the copies of a target that somebody should look at, oldest first."""
    wrong = Q(state__in=(Copy.DAMAGED, Copy.MISSING)) | Q(problem__isnull=False)
    rows = Copy.objects.filter(wrong, target__uuid=uuid).exclude(state=Copy.GOOD).select_related("deposit")
    return [
        Trouble(
            row.deposit.object_id,
            f"v{row.deposit.version}",
            row.state,
            row.problem,
            row.tries,
            row.next_at,
        )
        for row in rows.order_by("deposit_id")[:limit]
    ]


@dataclass(frozen=True, slots=True)
class CopyView:
    """One copy, or the lack of one: where it lies or should lie. ``state`` is wanted where nothing was tried."""

    name: str
    target: UUID | None
    place: str
    medium: str
    state: str
    made_at: datetime | None
    checked_at: datetime | None
    problem: Problem | None = None
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a version of an object should have by the rule, and has. ``late`` when the rule's hours are over."""

    object_id: str
    version: str
    kind: str
    rule: Rule
    copies: tuple[CopyView, ...]
    lack: Lack
    late: bool
    bytes: int
    files: int


def standing(object_id: str) -> list[Standing]:
    """Return what each version of an object should have and has, newest first; ``NotFound("vault.object.missing")``."""
    rows = list(Deposit.objects.filter(object_id=object_id).order_by("-version"))
    if not rows:
        raise NotFound("vault.object.missing", object=object_id[:100])
    told = policy()
    return [_standing(row, told.rule(row.kind), told.here) for row in rows]


def _standing(row: Deposit, rule: Rule, here: Spot) -> Standing:
    made = {copy.target_id: copy for copy in row.copies.select_related("carrier")}
    views = [
        CopyView("", None, here.place, here.medium, row.state, row.deposited_at, row.checked_at),
        *(_copy_view(one, made.get(one.pk)) for one in in_use()),
    ]
    spots = [Spot(view.place, view.medium) for view in views if view.state == Copy.GOOD]
    missing = lack(rule, spots)
    due = row.deposited_at + timedelta(hours=rule.within_hours)
    return Standing(
        row.object_id,
        f"v{row.version}",
        row.kind,
        rule,
        tuple(views),
        missing,
        bool(missing) and due < timezone.now(),
        row.bytes,
        row.files,
    )


def _copy_view(one: Target, copy: Copy | None) -> CopyView:
    if copy is None:
        return CopyView(one.name, one.uuid, one.place, one.medium, Copy.WANTED, None, None)
    carrier = copy.carrier.number if copy.carrier else ""
    place = copy.carrier.place if copy.carrier else one.place
    return CopyView(
        one.name,
        one.uuid,
        place,
        one.medium,
        copy.state,
        copy.made_at,
        copy.checked_at,
        copy.problem,
        carrier,
    )


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Objects of one kind that have the same good copies and too few of them. ``has`` names their targets, ``lacks``
    those that they could still come to; ``key`` finds the group again."""

    kind: str
    rule: Rule
    versions: int
    oldest: datetime
    has: tuple[str, ...]
    lacks: tuple[str, ...]
    lack: Lack
    late: bool
    damaged_here: bool
    key: str


def shortfalls() -> list[Shortfall]:
    """Return what is missing by the rule, most first; [] when everything has all its copies."""
    told, rows = policy(), list(in_use())
    found = []
    for kind, state, mask, versions, oldest in _groups(rows):
        rule = told.rule(kind)
        having = [row for row in rows if mask & _weight(row)]
        spots = [Spot(row.place, row.medium) for row in having]
        if state == Deposit.GOOD:
            spots.append(told.here)
        missing = lack(rule, spots)
        if not missing:
            continue
        found.append(
            Shortfall(
                kind,
                rule,
                versions,
                oldest,
                tuple(row.name for row in having),
                tuple(row.name for row in rows if row not in having),
                missing,
                oldest + timedelta(hours=rule.within_hours) < timezone.now(),
                state != Deposit.GOOD,
                f"{kind}.{state}.{mask}",
            )
        )
    return sorted(found, key=lambda one: -one.versions)


def _weight(row: Target) -> int:
    return int(1 << row.bit)


def _groups(rows: Sequence[Target]) -> list[tuple[str, str, int, int, datetime]]:
    """Return kind, state here, sum of the weights of targets with a good copy, number, oldest deposit."""
    if not rows:
        plain = Deposit.objects.values_list("kind", "state").annotate(n=Count("pk"))
        return [
            (
                kind,
                state,
                0,
                n,
                Deposit.objects.filter(kind=kind, state=state).earliest("deposited_at").deposited_at,
            )
            for kind, state, n in plain
        ]
    cases = " ".join("WHEN %s THEN %s" for _ in rows)
    marks = ", ".join("%s" for _ in rows)
    made, kept = (
        Copy._meta.db_table,
        Deposit._meta.db_table,
    )  # our own table names; all values are given beside
    sums = (
        f"SELECT deposit_id, SUM(CASE target_id {cases} END) AS mask FROM {made}"  # noqa: S608
        f" WHERE state = %s AND target_id IN ({marks}) GROUP BY deposit_id"
    )
    asked = (
        f"SELECT d.kind, d.state, COALESCE(m.mask, 0) AS mask, COUNT(*), MIN(d.id) FROM {kept} d"  # noqa: S608
        f" LEFT JOIN ({sums}) m ON m.deposit_id = d.id GROUP BY d.kind, d.state, COALESCE(m.mask, 0)"
    )
    given: list[int | str] = [value for row in rows for value in (row.pk, _weight(row))]
    given += [Copy.GOOD, *(row.pk for row in rows)]
    with connection.cursor() as cursor:
        cursor.execute(asked, given)
        found = cursor.fetchall()
    when = dict(Deposit.objects.filter(pk__in=[row[4] for row in found]).values_list("pk", "deposited_at"))
    return [(kind, state, int(mask), int(n), when[first]) for kind, state, mask, n, first in found]


def in_shortfall(
    key: str, after: int = 0, size: int = 100
) -> tuple[list[tuple[int, str, str, datetime]], bool]:
    """Return row id, object, version and day of deposit of a group's objects, by row id, and whether more follow."""
    kind, _, rest = key.partition(".")
    state, _, told = rest.partition(".")
    if not told.isdigit() or len(told) > 19:
        raise NotFound("vault.shortfall.missing")
    mask = int(told)
    rows = Deposit.objects.filter(kind=kind, state=state, pk__gt=after)
    for one in in_use():
        good = Q(copies__target=one, copies__state=Copy.GOOD)
        rows = rows.filter(good) if mask & _weight(one) else rows.exclude(pk__in=_good_at(one))
    found = list(rows.order_by("pk").values_list("pk", "object_id", "version", "deposited_at")[: size + 1])
    return [(pk, one, f"v{version}", at) for pk, one, version, at in found[:size]], len(found) > size


def _good_at(one: Target) -> QuerySet[Copy, int]:
    return Copy.objects.filter(target=one, state=Copy.GOOD).values_list("deposit", flat=True)


@dataclass(frozen=True, slots=True)
class Loss:
    """What would be lost if everything here were lost now: ``entries`` of the ledger, the oldest ``seconds`` ago.

    ``target`` is the one that has most, "" when there is none: then everything would be lost.
    """

    entries: int
    seconds: float
    target: str

    @property
    def within(self) -> bool:
        """Whether that is no more than is allowed."""
        return self.seconds <= LOSS_SECONDS


def loss() -> Loss:
    """Return what a total loss would take now."""
    best, name = 0, ""
    for row in in_use().exclude(kind=Target.CARRIER):
        far = Logbook(row.uuid).far("log")
        if far.good and far.size >= best:
            best, name = far.size, row.name
    entries, oldest = ledger.beyond(best)
    seconds = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
    return Loss(entries, seconds, name)


def carriers(uuid: UUID) -> list[Carrier]:
    """Return the register of the carriers of a target, newest first."""
    return list(Carrier.objects.filter(target__uuid=uuid).order_by("-pk"))

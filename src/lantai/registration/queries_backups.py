"""Reads of backup deposits: nobody but the owner and the centre sees one; of all others there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.base.actors import Actor
from lantai.base.paging import Page, cursor, key
from lantai.kernel.errors import NotFound
from lantai.ledger import queries as ledger
from lantai.people.policies import may, require, units_of
from lantai.registration.folders import place_of
from lantai.registration.matters import matters
from lantai.registration.models import (
    AUTOMATIC,
    Backup,
    Kept,
    Registration,
    Sample,
    Sampled,
    Stated,
    Use,
    Wish,
)
from lantai.registration.queries import WishView, wish_view
from lantai.registration.services.receiving import check_code
from lantai.registration.services.sampling import WAYS
from lantai.registration.services.sampling import due as due_rows


@dataclass(frozen=True, slots=True)
class BackupView:
    """One deposit as pages and prints show it; fields as in the model."""

    urn: str
    number: str
    unit: int
    unit_code: str
    unit_name: str
    registration: str
    year: int
    state: str
    content: str
    title: str
    sheet: tuple[tuple[str, str], ...]
    way: str
    carrier: str
    name: str
    stated_sm3: str
    sm3: str
    sha512: str
    size: int
    form: str
    items: int
    files: int
    run: UUID | None
    findings: tuple[dict[str, Any], ...]
    refused: bool
    paper: str
    submitted_at: datetime
    submitted_by: str
    decided_at: datetime | None
    decided_by: str
    reason: str
    kept_at: datetime | None
    certificate: Mapping[str, Any]
    code: str
    entry: UUID | None
    problem: Mapping[str, Any] | None

    @property
    def state_label(self) -> str:
        return _(str(Kept(self.state).label))

    @property
    def waits(self) -> bool:
        """Whether it waits for the centre's decision."""
        return self.state == Kept.WAITING

    @property
    def moving(self) -> bool:
        """Whether a worker has it in hand."""
        return self.state in (Kept.SUBMITTED, Kept.ACCEPTED)

    @property
    def kept(self) -> bool:
        return self.state == Kept.KEPT


@dataclass(frozen=True, slots=True)
class UseView:
    """One application of an owner."""

    number: str
    backup: str
    unit_name: str
    purpose: str
    reason: str
    leader: str
    state: str
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    answer: str
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class SampleView:
    """One draw with its results."""

    number: str
    way: str
    seed: str
    percent: int
    pool: int
    drawn: int
    good: int
    bad: tuple[str, ...]
    waiting: int
    drawn_at: datetime
    drawn_by: str


@dataclass(frozen=True, slots=True)
class Cover:
    """One line of the coverage: units registered, units and deposits that are kept, bytes; ``wished`` for contents."""

    label_zh: str
    label_en: str
    registered: int
    units: int
    deposits: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a certificate says, when number and code are right. ``entry`` is its index in the ledger, None until numbered."""

    facts: Mapping[str, Any]
    entry: int | None

    @property
    def kept_at(self) -> datetime:
        return datetime.fromisoformat(str(self.facts["kept_at"]))


def visible(actor: Actor) -> QuerySet[Backup]:
    """Return the deposits that ``actor`` may see: those of its units, all for the centre, none for anybody else."""
    allowed = units_of(actor, "backup.see")
    rows = Backup.objects.select_related("unit", "registration")
    return rows if allowed is None else rows.filter(unit__in=allowed)


def view(row: Backup) -> BackupView:
    """Return the frozen view of a deposit."""
    names = BackupView.__slots__
    told = {name: getattr(row, name) for name in names if hasattr(row, name)}
    told |= {"unit": row.unit_id, "unit_code": row.unit.code, "unit_name": row.unit.name}
    told |= {"registration": row.registration.number, "year": row.registration.year}
    told |= {"sheet": tuple((key, value) for key, value in row.sheet), "findings": tuple(row.findings)}
    told["problem"] = place_of(row.uuid).problem() if row.state in AUTOMATIC else None
    return BackupView(**told)


def backup(actor: Actor, number: str) -> BackupView:
    """Return a deposit; ``NotFound`` when there is none or the actor may not see it."""
    row = visible(actor).filter(number=number).first()
    if row is None:
        raise NotFound("registration.backup.missing", number=number[:40])
    return view(row)


def backups(actor: Actor, *, state: str = "", after: str = "", size: int = 50) -> Page[BackupView]:
    """Return a page of deposits, newest first."""
    rows = visible(actor).order_by("-id")
    if state in Kept.values:
        rows = rows.filter(state=state)
    if after:
        rows = rows.filter(pk__lt=key(after, [int])[0])
    found = list(rows[: size + 1])
    more = cursor([found[size - 1].pk]) if len(found) > size else ""
    return Page([view(row) for row in found[:size]], more)


def counts(actor: Actor) -> dict[str, int]:
    """Return how many deposits are in each state."""
    found = dict.fromkeys(Kept.values, 0)
    rows = visible(actor).order_by().values_list("state").annotate(n=Count("pk"))
    return found | {state: int(n) for state, n in rows}


def allowed_wishes(unit: int) -> list[WishView]:
    """Return what the newest confirmed registration of a unit names."""
    row = Registration.objects.filter(unit=unit, state=Stated.CONFIRMED).order_by("-year").first()
    return [wish_view(one) for one in row.wishes.order_by("place")] if row else []


def registered(units: frozenset[int] | None) -> set[int]:
    """Return which of some units (None: of all) have a registration on which a deposit may rest."""
    since = timezone.localdate().year - 2
    rows = Registration.objects.filter(state=Stated.CONFIRMED, year__gte=since)
    return set((rows if units is None else rows.filter(unit__in=units)).values_list("unit", flat=True))


def states() -> tuple[str, ...]:
    """Return the state of every deposit and of every drawn one: for the machinery, to see whether anything moved."""
    rows = Backup.objects.order_by("id").values_list("state", flat=True)
    return (*rows, *Sampled.objects.order_by("id").values_list("state", flat=True))


def checked(number: str, code: str) -> Checked:
    """Return what the certificate ``number`` says; ``NotFound`` unless ``code`` is its check code.

    The code is computed again from the entry of the ledger, not looked up: a row that was changed does not pass.
    """
    row = Backup.objects.filter(number=number.strip(), state=Kept.KEPT).first()
    plain = "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum())
    if row is None or row.entry is None:
        raise NotFound("registration.certificate.unknown")
    told = ledger.entry(str(row.entry))
    facts = {name: value for name, value in told.data.items() if name != "code"}
    if not plain or check_code(facts).replace("-", "") != plain:
        raise NotFound("registration.certificate.unknown")
    return Checked(facts, told.index)


def use_view(row: Use) -> UseView:
    """Return the frozen view of an application."""
    return UseView(
        row.number,
        row.backup.number,
        row.backup.unit.name,
        row.purpose,
        row.reason,
        row.leader,
        row.state,
        row.asked_at,
        row.asked_by,
        row.decided_at,
        row.decided_by,
        row.answer,
        row.delivered_at,
    )


def _uses(actor: Actor) -> QuerySet[Use]:
    rows = Use.objects.select_related("backup", "backup__unit").order_by("-id")
    return rows.filter(backup__in=visible(actor).order_by().values("pk"))


def uses(actor: Actor, *, backup: str = "", state: str = "", limit: int = 100) -> list[UseView]:
    """Return the newest applications that the actor may see, of one deposit or of all."""
    rows = _uses(actor)
    rows = rows.filter(backup__number=backup) if backup else rows
    rows = rows.filter(state=state) if state else rows
    return [use_view(row) for row in rows[:limit]]


def use(actor: Actor, number: str) -> UseView:
    """Return an application; ``NotFound`` when there is none or the actor may not see it."""
    row = _uses(actor).filter(number=number).first()
    if row is None:
        raise NotFound("registration.use.missing", number=number[:40])
    return use_view(row)


def due(actor: Actor) -> dict[str, list[BackupView]]:
    """Return the deposits whose reading back is due, by way."""
    require(actor, "backup.sample")
    now = timezone.now()
    return {
        way: [view(row) for row in due_rows(way, now).select_related("unit", "registration")[:200]]
        for way in WAYS
    }


def samples(actor: Actor, limit: int = 40) -> list[SampleView]:
    """Return the newest draws with their results."""
    require(actor, "backup.sample")
    rows = Sample.objects.order_by("-id").prefetch_related("drawn__backup")[:limit]
    return [_sample(row) for row in rows]


def _sample(row: Sample) -> SampleView:
    drawn = list(row.drawn.all())
    return SampleView(
        row.number,
        row.way,
        row.seed,
        row.percent,
        len(row.pool),
        len(drawn),
        sum(one.state == Sampled.GOOD for one in drawn),
        tuple(one.backup.number for one in drawn if one.state == Sampled.BAD),
        sum(one.state == Sampled.WAITING for one in drawn),
        row.drawn_at,
        row.drawn_by,
    )


def coverage(actor: Actor, year: int) -> dict[str, list[Cover]]:
    """Return how far the backups reach in ``year``: by system, level and content, each line of the list.

    Figures only, no titles: what is kept is nobody's but its owner's.
    """
    require(actor, "registration.see")
    now = matters()
    kept = Backup.objects.filter(state=Kept.KEPT)
    stated = Registration.objects.filter(state=Stated.CONFIRMED, year=year)
    lines: dict[str, list[Cover]] = {}
    for name, labels in (("system", now.systems), ("level", now.levels)):
        registered = dict(stated.values_list(name).annotate(n=Count("pk")))
        sums = _sums(kept, name)
        lines[name] = [
            Cover(label.zh, label.en, registered.get(key, 0), *sums.get(key, (0, 0, 0)))
            for key, label in labels.items()
        ]
    wished = Wish.objects.filter(registration__in=stated).values_list("content")
    named = dict(wished.annotate(n=Count("registration", distinct=True)))
    sums = _sums(kept, "content")
    lines["content"] = [
        Cover(kind.label.zh, kind.label.en, named.get(key, 0), *sums.get(key, (0, 0, 0)))
        for key, kind in now.contents.items()
    ]
    return lines


def _sums(rows: QuerySet[Backup], by: str) -> dict[str, tuple[int, int, int]]:
    found = rows.values_list(by).annotate(
        units=Count("unit", distinct=True), n=Count("pk"), bytes=Sum("size")
    )
    return {key: (int(units), int(n), int(size or 0)) for key, units, n, size in found}


def may_decide(actor: Actor) -> bool:
    """Return whether the actor decides on deposits."""
    return may(actor, "backup.decide")


def open_work(actor: Actor) -> tuple[int, int]:
    """Return how many deposits wait for the actor's decision, and how many applications."""
    waiting = Backup.objects.filter(state=Kept.WAITING).count() if may(actor, "backup.decide") else 0
    asked = Use.objects.filter(state=Use.ASKED).count() if may(actor, "backup.release") else 0
    return waiting, asked

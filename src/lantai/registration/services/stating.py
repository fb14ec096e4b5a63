"""A unit states its year; the bureau confirms it or gives it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.numbers import next_number
from lantai.kernel import canonical
from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger.acts import act, record
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit
from lantai.registration.matters import COUNT, TEXT, Matter, Matters, matters
from lantai.registration.models import Registration, Reminder, Stated, Wish

EARLIEST = 2000
OPEN = (Stated.DRAFT, Stated.RETURNED)
"""States in which the unit may write."""

WISHES = 20
YES = {"yes": "是", "no": "否"}
"""Answers to a matter of the kind yes, and the words that are submitted."""

REASON = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """One wish as it is written: ``content`` is a key of the list, ``amount`` free words."""

    content: str
    title: str
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Stating:
    """All that a unit writes: values by matter ("yes" or "no" for yes), its system and level, its wishes."""

    told: Mapping[str, str] = field(default_factory=dict)
    system: str = ""
    level: str = ""
    wishes: Sequence[Wanted] = ()


@act("registration.statement.begin")
def begin(actor: Actor, unit: str, year: int) -> str:
    """Begin the statement of ``year`` of a unit, with its last figures as a start; return its number.

    ``Conflict`` when there is one, ``Invalid`` for a year that is not over or long gone.
    """
    owner = find_unit(unit)
    require(actor, "registration.fill", owner.id)
    if not EARLIEST <= year <= timezone.localdate().year:
        raise Invalid("registration.year.odd", year=year)
    if Registration.objects.filter(unit=owner.id, year=year).exists():
        raise Conflict("registration.statement.exists", unit=owner.name, year=year)
    before = Registration.objects.filter(unit=owner.id, year__lt=year).order_by("-year").first()
    known = {matter.key for matter in matters().all}
    row = Registration.objects.create(
        number=next_number(Registration.objects.all(), f"D{timezone.localdate().year}-"),
        unit=Unit.objects.get(pk=owner.id),
        year=year,
        state=Stated.DRAFT,
        version=matters().version,
        system=before.system if before else "",
        level=before.level if before else "",
        told={key: value for key, value in before.told.items() if key in known} if before else {},
        made_at=timezone.now(),
        made_by=actor.username,
    )
    if before:
        _write_wishes(row, [Wanted(one.content, one.title, one.amount) for one in before.wishes.all()])
    told = {"number": row.number, "unit": unit, "year": str(year), "from": before.number if before else ""}
    record(row.urn, told)
    return row.number


def row_of(number: str) -> Registration:
    """Return the row of a registration; ``NotFound`` when there is none."""
    rows = Registration.objects.select_for_update(of=("self",)).select_related("unit")
    row = rows.filter(number=number).first()
    if row is None:
        raise NotFound("registration.statement.missing", number=number[:40])
    return row


@act("registration.statement.save")
def save(actor: Actor, number: str, seen: int, stating: Stating) -> None:
    """Keep what the unit has written so far; what is wrong is told, what is missing may come later.

    ``Conflict`` when somebody saved since revision ``seen``, or it is not the unit's to write now.
    """
    row = _writable(actor, number, seen)
    now = matters()
    row.told = _values(now, stating.told)
    row.system = _known(stating.system, now.systems)
    row.level = _known(stating.level, now.levels)
    row.version, row.revision = now.version, row.revision + 1
    _write_wishes(row, _wishes(now, stating.wishes))
    row.save()
    record(row.urn, {"number": number, "revision": row.revision, "told_sm3": _digest(dict(row.told))})


def _writable(actor: Actor, number: str, seen: int) -> Registration:
    row = row_of(number)
    require(actor, "registration.fill", row.unit_id)
    if row.state not in OPEN:
        raise Conflict("registration.statement.closed", number=number, state=Stated(row.state).label)
    if row.revision != seen:
        raise Conflict("registration.statement.changed", number=number)
    return row


def _known(key: str, allowed: Mapping[str, object]) -> str:
    if key and key not in allowed:
        raise Invalid("registration.choice.unknown", found=key[:40])
    return key


def _values(now: Matters, told: Mapping[str, str]) -> dict[str, str]:
    found = {matter.key: _value(matter, told.get(matter.key, "").strip()) for matter in now.all}
    return {key: value for key, value in found.items() if value}


def _value(matter: Matter, value: str) -> str:
    if not value:
        return ""
    if matter.kind == "count":
        plain = value.replace(",", "").replace("，", "")
        if not (plain.isascii() and plain.isdecimal() and int(plain[:20]) < COUNT):
            raise Invalid("registration.count.odd", matter=matter.label.zh, found=value[:40])
        return str(int(plain))
    if matter.kind == "yes" and value not in YES:
        raise Invalid("registration.choice.unknown", found=value[:40])
    if len(value) > TEXT:
        raise Invalid("registration.text.long", matter=matter.label.zh, limit=TEXT)
    return value


def _wishes(now: Matters, wanted: Sequence[Wanted]) -> list[Wanted]:
    told = [one for one in wanted if one.title.strip()]
    if len(told) > WISHES:
        raise Invalid("registration.wishes.many", limit=WISHES)
    for one in told:
        if one.content not in now.contents:
            raise Invalid("registration.wish.kind_missing", title=one.title.strip()[:60])
        if len(one.title) > 200 or len(one.amount) > 60:
            raise Invalid("registration.text.long", matter=one.title[:30], limit=200)
    return told


def _write_wishes(row: Registration, wanted: Sequence[Wanted]) -> None:
    row.wishes.all().delete()
    Wish.objects.bulk_create(
        Wish(
            registration=row,
            place=place,
            content=one.content,
            title=one.title.strip(),
            amount=one.amount.strip(),
        )
        for place, one in enumerate(wanted, 1)
    )


@act("registration.statement.submit")
def submit(actor: Actor, number: str, seen: int) -> None:
    """Give the statement to the bureau; ``Invalid`` names the first matters that are still missing."""
    row = _writable(actor, number, seen)
    now = matters()
    missing = [matter.label.zh for matter in now.all if matter.required and not row.told.get(matter.key)]
    missing += [name for name, value in (("所属系统", row.system), ("单位层次", row.level)) if not value]
    if missing:
        raise Invalid("registration.statement.incomplete", count=len(missing), names="、".join(missing[:8]))
    row.sheet = _sheet(now, row.told)
    row.state, row.reason = Stated.SUBMITTED, ""
    row.submitted_at, row.submitted_by = timezone.now(), actor.username
    row.decided_at, row.decided_by = None, ""
    row.save()
    record(row.urn, {"number": number, "year": str(row.year), "sheet_sm3": _digest(_facts(row))})


def _sheet(now: Matters, told: Mapping[str, str]) -> list[object]:
    return [
        [
            block.label.zh,
            block.label.en,
            [
                [matter.label.zh, matter.label.en, _said(matter, told.get(matter.key, "")), matter.unit]
                for matter in block.matters
            ],
        ]
        for block in now.blocks
    ]


def _said(matter: Matter, value: str) -> str:
    return YES.get(value, value) if matter.kind == "yes" else value


def _facts(row: Registration) -> dict[str, object]:
    wishes = [[one.content, one.title, one.amount] for one in row.wishes.order_by("place")]
    return {"sheet": row.sheet, "system": row.system, "level": row.level, "wishes": wishes}


def _digest(told: Mapping[str, object]) -> str:
    return digest_bytes(canonical.dumps(dict(told)), ("sm3",)).sm3


def _submitted(actor: Actor, number: str) -> Registration:
    require(actor, "registration.decide")
    row = row_of(number)
    if row.state != Stated.SUBMITTED:
        raise Conflict("registration.statement.closed", number=number, state=Stated(row.state).label)
    return row


@act("registration.statement.confirm")
def confirm(actor: Actor, number: str) -> None:
    """Confirm a submitted statement: from now on its unit may deposit what it names."""
    row = _submitted(actor, number)
    row.state, row.decided_at, row.decided_by = Stated.CONFIRMED, timezone.now(), actor.username
    row.save()
    told = {"number": number, "unit": row.unit.code, "year": str(row.year), "sheet_sm3": _digest(_facts(row))}
    record(row.urn, told)


@act("registration.statement.return")
def return_statement(actor: Actor, number: str, *, reason: str) -> None:
    """Give a submitted statement back, with the reason that the unit will read."""
    row = _submitted(actor, number)
    if not reason.strip():
        raise Invalid("registration.reason.missing")
    row.state, row.reason = Stated.RETURNED, reason.strip()[:REASON]
    row.decided_at, row.decided_by = timezone.now(), actor.username
    row.revision += 1
    row.save()
    record(row.urn, {"number": number, "reason": row.reason})


@act("registration.units.remind")
def remind(actor: Actor, year: int, units: Sequence[str]) -> int:
    """Remind units that have not stated ``year``; return how many. It shows on their page and work bench."""
    require(actor, "registration.decide")
    done = Registration.objects.filter(year=year, state__in=(Stated.SUBMITTED, Stated.CONFIRMED))
    rows = Unit.objects.filter(code__in=list(units), is_open=True).exclude(pk__in=done.values("unit"))
    waiting = list(rows.order_by("code"))
    if not waiting:
        raise Invalid("registration.remind.nobody")
    now = timezone.now()
    Reminder.objects.bulk_create(
        Reminder(unit=unit, year=year, at=now, by=actor.username) for unit in waiting
    )
    listed = "\n".join(unit.code for unit in waiting).encode()
    record(
        f"urn:lantai:registration:{year}",
        {"year": str(year), "units": len(waiting), "list_sm3": digest_bytes(listed, ("sm3",)).sm3},
    )
    return len(waiting)

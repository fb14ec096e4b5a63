"""A unit gives a package into safe keeping: only what its confirmed registration allows, with its digest told."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.numbers import next_number
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.packages.papers import read_digests
from lantai.ledger.acts import act, record
from lantai.people.models import Unit
from lantai.people.policies import may, require
from lantai.people.queries import UnitView
from lantai.people.queries import unit as find_unit
from lantai.registration.folders import accept_name, place_of, take
from lantai.registration.matters import matters
from lantai.registration.models import Backup, Kept, Registration, Stated, Wish

SHEET = ("period", "amount", "formats", "environment", "person", "telephone", "note")
"""What the 备份情况表 says beside what the machine knows."""

TABLE = 1 << 20
"""Bytes of a digest table that are kept: one row a file of a hundred thousand files is no table of a package."""

_SM3 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Brought:
    """A package as it is brought. ``package`` lies in a folder of the inbox and is moved away.

    ``wish`` is the row id of what the registration names, None for kinds that need no naming (then ``content`` says
    which). ``sm3`` is typed from the unit's digest table, ``table`` are the bytes of its CSV; one of them is needed.
    """

    package: Path
    name: str
    title: str
    content: str = ""
    wish: int | None = None
    sm3: str = ""
    table: bytes = b""
    carrier: str = ""
    sheet: Mapping[str, str] = field(default_factory=dict)


def normal(told: str) -> str:
    """Return a typed SM3 without the gaps of paper, lower case; ``Invalid`` when it is none."""
    plain = re.sub(r"\s+", "", told).lower()
    if not _SM3.fullmatch(plain):
        raise Invalid("registration.digest.unreadable")
    return plain


def submit_backup(actor: Actor, unit: str, brought: Brought) -> str:
    """Take a package in for a unit and return the number of the deposit; a worker receives and checks it.

    ``Conflict`` without a confirmed registration, ``Invalid`` for what it does not name, a name or digest that cannot be.
    On a carrier only the centre brings one.
    """
    owner = find_unit(unit)
    require(actor, "backup.submit", owner.id)
    if brought.carrier and not may(actor, "backup.submit"):
        raise Invalid("registration.carrier.centre")
    base = base_of(owner)
    _wish(base, brought)
    name = accept_name(brought.name)
    stated = _stated(brought, name)
    new = uuid.uuid4()
    place = place_of(new)
    take(place, brought.package, name)
    try:
        return _submitted(actor, owner, brought, (new, stated))
    except BaseException:
        place.clear()
        raise


def base_of(owner: UnitView) -> Registration:
    """Return the newest confirmed registration of a unit, of this year or the two before; ``Conflict`` without one."""
    since = timezone.localdate().year - 2
    rows = Registration.objects.filter(unit=owner.id, state=Stated.CONFIRMED, year__gte=since)
    found = rows.order_by("-year").first()
    if found is None:
        raise Conflict("registration.backup.unregistered", unit=owner.name)
    return found


def _wish(base: Registration, brought: Brought) -> tuple[Wish | None, str, str]:
    """Return wish, kind and title of what is brought; ``Invalid`` when the registration does not allow it."""
    title = brought.title.strip()
    if brought.wish is not None:
        wish = base.wishes.filter(pk=brought.wish).first()
        if wish is None:
            raise NotFound("registration.wish.missing")
        return wish, wish.content, title or wish.title
    kind = matters().contents.get(brought.content)
    if kind is None:
        raise Invalid("registration.choice.unknown", found=brought.content[:40])
    if kind.named:
        raise Invalid("registration.backup.unnamed", kind=kind.label.zh)
    if not title:
        raise Invalid("registration.title.missing")
    return None, brought.content, title


def _stated(brought: Brought, name: str) -> str:
    """Return the SM3 that the unit's table tells of the package, typed or in the CSV; both must agree."""
    typed = normal(brought.sm3) if brought.sm3.strip() else ""
    if not brought.table:
        if not typed:
            raise Invalid("registration.digest.missing")
        return typed
    if len(brought.table) > TABLE:
        raise Invalid("registration.table.large")
    listed, _findings = read_digests(brought.table, "数字摘要表.csv")
    told = normal(listed[name]["sm3"]) if "sm3" in listed.get(name, {}) else ""
    if not (told or typed):
        raise Invalid("registration.table.without", name=name)
    if told and typed and told != typed:
        raise Invalid("registration.digest.disagree")
    return told or typed


@act("registration.backup.submit")
def _submitted(actor: Actor, owner: UnitView, brought: Brought, arrived: tuple[uuid.UUID, str]) -> str:
    new, stated = arrived
    base = base_of(owner)
    wish, content, title = _wish(base, brought)
    sheet = [
        [key, brought.sheet.get(key, "").strip()[:300]] for key in SHEET if brought.sheet.get(key, "").strip()
    ]
    row = Backup.objects.create(
        uuid=new,
        number=next_number(Backup.objects.all(), f"B{timezone.localdate().year}-"),
        unit=Unit.objects.get(pk=owner.id),
        registration=base,
        wish=wish,
        state=Kept.SUBMITTED,
        system=base.system,
        level=base.level,
        content=content,
        title=title[:200],
        sheet=sheet,
        way=Backup.CARRIER if brought.carrier else Backup.ONLINE,
        carrier=brought.carrier.strip()[:60],
        name=brought.name,
        stated_sm3=stated,
        table=brought.table.decode("utf-8", "replace"),
        submitted_at=timezone.now(),
        submitted_by=actor.username,
    )
    told = {"number": row.number, "unit": owner.code, "registration": base.number, "content": content}
    record(row.urn, {**told, "title": row.title, "name": row.name, "stated_sm3": stated, "way": row.way})
    return row.number


def backup_row(number: str) -> Backup:
    """Return the row of a deposit; ``NotFound`` when there is none."""
    rows = Backup.objects.select_for_update(of=("self",)).select_related("unit", "registration")
    row = rows.filter(number=number).first()
    if row is None:
        raise NotFound("registration.backup.missing", number=number[:40])
    return row

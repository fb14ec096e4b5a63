"""Where a unit hands over to: archives elsewhere, tried before they are kept."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk.away import Address, Away, address_of, forget_token, keep_token, token_of
from lantai.desk.models import Sending, SendingState, Target
from lantai.desk.queries_sending import target_row
from lantai.desk.services.sites import meet
from lantai.kernel.errors import Conflict, Invalid, Unavailable
from lantai.ledger.acts import act, record
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

_TRY = 15.0
"""Seconds of standstill: somebody waits for the page."""

_NAME = 80
_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Tried:
    """What archives said of themselves and of the unit for which they gave the token."""

    archives: str
    unit: str
    unit_name: str
    key: str = ""


def try_target(address: Address, token: str, unit: str = "") -> Tried:
    """Ask the archives who they are and for which unit the token may hand over.

    ``unit`` is the code by which they know it, "" where the token is for one only. Raises what
    :meth:`lantai.desk.away.Away.ask` raises, and ``Invalid("desk.target.unit")`` when no unit, or several, fit.
    """
    with Away(address, token, seconds=_TRY) as site:
        told = site.ask("GET", "deliveries/terms")
    try:
        known = {str(one["code"]): str(one["name"]) for one in told["units"]}
        archives = str(told["archives"])[:200]
        if not all(name.isprintable() for name in (archives, *known, *known.values())):
            raise ValueError(archives)
    except (KeyError, TypeError, ValueError) as odd:
        raise Unavailable("desk.away.odd", address=str(address), status=200) from odd
    if not known:
        raise Invalid("desk.target.powerless")
    chosen = unit or (next(iter(known)) if len(known) == 1 else "")
    if chosen not in known:
        raise Invalid("desk.target.unit", unit=unit[:40], known="、".join(list(known)[:20]))
    key = told.get("key")
    return Tried(archives, chosen[:40], known[chosen][:200], key if isinstance(key, str) else "")


def add_target(actor: Actor, unit: str, name: str, *, address: str, token: str, their_unit: str = "") -> str:
    """Keep archives elsewhere as a target of the unit, when they answer and take its packages; return its uuid."""
    owner = find_unit(unit)
    require(actor, "transfer.submit", owner.id)
    tried = try_target(address_of(address), _secret(token), their_unit.strip())
    return keep_target(actor, unit, name, address=address, token=token, tried=tried)


def keep_target(actor: Actor, unit: str, name: str, *, address: str, token: str, tried: Tried) -> str:
    """Keep archives elsewhere by what they said when they were ``tried``; return the uuid of the target."""
    require(actor, "transfer.submit", find_unit(unit).id)
    place, secret = address_of(address), _secret(token)
    name = name.strip() or tried.archives
    if not 1 <= len(name) <= _NAME or not name.isprintable():
        raise Invalid("desk.target.name", limit=_NAME)
    made = uuid.uuid4()
    keep_token(made, str(place), secret)
    try:
        _add(actor, unit, made, name, str(place), tried)
    except BaseException:
        forget_token(made)
        raise
    meet(actor, f"urn:uuid:{made}", tried.key)
    return str(made)


def _secret(token: str) -> str:
    secret = token.strip()
    if not 1 <= len(secret) <= _TOKEN or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise Invalid("desk.target.token")
    return secret


@act("desk.target.add")
def _add(actor: Actor, unit: str, made: uuid.UUID, name: str, address: str, tried: Tried) -> None:
    owner = Unit.objects.select_for_update().get(code=unit)
    if Target.objects.filter(unit=owner, name=name, ended_at=None).exists():
        raise Conflict("desk.target.there", name=name)
    now = timezone.now()
    row = Target.objects.create(
        uuid=made,
        unit=owner,
        name=name,
        address=address,
        archives=tried.archives,
        their_unit=tried.unit,
        their_name=tried.unit_name,
        made_by=actor.username,
        made_at=now,
        tested_at=now,
    )
    record(row.urn, {"unit": unit, "name": name, **_told(row)})


def _told(row: Target) -> dict[str, Any]:
    """Return what an entry says of a target; its token is nobody's business."""
    return {"address": row.address, "archives": row.archives, "their_unit": row.their_unit}


def change_target(actor: Actor, target: str, *, address: str, token: str = "", their_unit: str = "") -> None:
    """Give a target another address or token ("" = the one it has), when they answer there.

    What is on its way goes on at once, to the new address.
    """
    row = target_row(actor, target)
    require(actor, "transfer.submit", row.unit_id)
    place = address_of(address)
    if str(place) != row.address and not token.strip():
        raise Invalid("desk.target.token_again")  # the one we have was given for the other address
    fresh = _secret(token) if token.strip() else ""
    tried = try_target(place, fresh or token_of(row.uuid, row.address), their_unit.strip() or row.their_unit)
    _change(actor, row.pk, str(place), tried, fresh)


@act("desk.target.change")
def _change(actor: Actor, pk: int, address: str, tried: Tried, fresh: str) -> None:
    row = Target.objects.select_for_update().get(pk=pk)
    if row.ended_at is not None:
        raise Conflict("desk.target.ended", name=row.name)
    now = timezone.now()
    row.address, row.archives, row.tested_at = address, tried.archives, now
    row.their_unit, row.their_name = tried.unit, tried.unit_name
    row.save()
    Sending.objects.filter(target=row, over=False).update(next_at=now, tries=0, problem=None)
    if fresh:
        keep_token(row.uuid, address, fresh)  # killed behind it, the old address is not sent the new token
    record(row.urn, {**_told(row), "token_renewed": bool(fresh)})


@act("desk.target.end")
def end_target(actor: Actor, target: str) -> None:
    """Give up a target: nothing more is sent there; ``Conflict`` while something is on its way or not signed."""
    seen = target_row(actor, target)
    require(actor, "transfer.submit", seen.unit_id)
    row = Target.objects.select_for_update().get(pk=seen.pk)
    if row.ended_at is not None:
        raise Conflict("desk.target.ended", name=row.name)
    busy = Sending.objects.filter(target=row, over=False).exclude(state=SendingState.STOPPED).count()
    if busy:
        raise Conflict("desk.target.busy", name=row.name, count=busy)
    row.ended_at = timezone.now()
    row.save()
    forget_token(row.uuid)
    record(row.urn, {"name": row.name})

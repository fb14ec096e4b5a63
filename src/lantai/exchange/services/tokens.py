"""Tokens of machines: made by the system administrator, shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.exchange.endpoints import SCOPES
from lantai.exchange.models import ApiToken
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.ledger.acts import act, record, unchanged
from lantai.people.models import Account, Membership, Unit
from lantai.people.policies import OFFICERS, require

LONGEST_DAYS = 3 * 366
_NAME = 120


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token: ``secret`` is what the machine shows, told this once."""

    prefix: str
    secret: str
    expires_at: datetime


def digest_of(secret: str) -> str:
    """Return what is kept of a token: 192 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


@act("exchange.token.add")
def add_token(
    actor: Actor, username: str, name: str, *, scopes: Sequence[str], unit: str = "", days: int = 365
) -> IssuedToken:
    """Make a token for the account ``username``, for the purpose ``name``, that ends after ``days``.

    It never may do more than the account: with ``unit`` (a code) only what the account's roles at that unit
    allow, without only its roles in the whole district. The three officers have none.
    """
    require(actor, "account.change")
    name = name.strip()
    if not 1 <= len(name) <= _NAME or not name.isprintable():
        raise Invalid("exchange.token.name_invalid", limit=_NAME)
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Invalid("exchange.token.scope_unknown", known=" ".join(SCOPES))
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid("exchange.token.days_wrong", limit=LONGEST_DAYS)
    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise NotFound("people.account.missing", username=username)
    place = Unit.objects.filter(code=unit).first() if unit else None
    if unit and place is None:
        raise NotFound("people.unit.missing", unit=unit)
    _refuse_powerless(account, place)
    return _made(account, place, name, sorted(set(scopes)), timezone.now() + timedelta(days=days))


def _refuse_powerless(account: Account, place: Unit | None) -> None:
    held = Membership.objects.filter(account=account)
    if held.filter(role__in=[str(officer) for officer in OFFICERS]).exists():
        raise Forbidden("exchange.token.officer", username=account.username)
    if not held.filter(unit=place).exists():
        where = place.code if place else "*"
        raise Conflict("exchange.token.powerless", username=account.username, unit=where)


def _made(
    account: Account, place: Unit | None, name: str, scopes: list[str], expires_at: datetime
) -> IssuedToken:
    prefix, inner = secrets.token_hex(6), secrets.token_urlsafe(24)
    secret = f"lantai_{prefix}_{inner}"
    ApiToken.objects.create(
        prefix=prefix,
        digest=digest_of(secret),
        name=name,
        account=account,
        unit=place,
        scopes=scopes,
        made_at=timezone.now(),
        expires_at=expires_at,
    )
    record(
        f"urn:lantai:token:{prefix}",
        {
            "prefix": prefix,
            "name": name,
            "username": account.username,
            "unit": place.code if place else "",
            "scopes": scopes,
            "expires_at": expires_at.isoformat(),
        },
    )
    return IssuedToken(prefix, secret, expires_at)


@act("exchange.token.revoke")
def revoke_token(actor: Actor, prefix: str) -> None:
    """End a token at once; one that has ended already stays as it is."""
    require(actor, "account.change")
    row = ApiToken.objects.select_for_update().filter(prefix=prefix).first()
    if row is None:
        raise NotFound("exchange.token.missing", prefix=prefix[:40])
    if row.revoked_at:
        unchanged()
        return
    row.revoked_at = timezone.now()
    row.save()
    record(f"urn:lantai:token:{prefix}", {"prefix": prefix, "name": row.name})

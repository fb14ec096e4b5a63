"""Reads of tokens: their list, and who shows one."""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.exchange.models import ApiToken
from lantai.exchange.services.tokens import digest_of
from lantai.people import queries as people


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as its page shows it. ``state`` is open, expired or revoked; ``used_at`` None = never."""

    prefix: str
    name: str
    username: str
    unit: str
    unit_name: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who shows a token: the actor that acts by it, and what it is for."""

    prefix: str
    actor: Actor
    scopes: frozenset[str]


def tokens() -> list[TokenView]:
    """Return all tokens, those in use first, then by the end of their time."""
    rows = ApiToken.objects.select_related("account", "unit").order_by("-expires_at", "id")
    views = [_view(row) for row in rows]
    return sorted(views, key=lambda view: view.state != "open")


def _view(row: ApiToken) -> TokenView:
    state = "revoked" if row.revoked_at else "open" if row.expires_at > timezone.now() else "expired"
    unit = (row.unit.code, row.unit.name) if row.unit else ("", "")
    return TokenView(
        row.prefix,
        row.name,
        row.account.username,
        *unit,
        tuple(row.scopes),
        row.made_at,
        row.expires_at,
        _last_use(row.prefix),
        state,
    )


def bearer(secret: str) -> Bearer | None:
    """Return who shows ``secret``, with the account's present roles; None when it is no token in use."""
    pieces = secret.split("_", 2)
    if len(pieces) != 3 or pieces[0] != "lantai" or not pieces[1].isalnum() or not secret.isascii():
        return None
    row = ApiToken.objects.select_related("account").filter(prefix=pieces[1]).first()
    if row is None or not hmac.compare_digest(row.digest, digest_of(secret)):
        return None
    if row.revoked_at or row.expires_at <= timezone.now() or not row.account.is_active:
        return None
    whole = people.actor_of(row.account)
    grants = frozenset(grant for grant in whole.grants if grant.unit == row.unit_id)
    _use(row.prefix)
    return Bearer(row.prefix, replace(whole, grants=grants), frozenset(row.scopes))


def _trace(prefix: str) -> Path:
    """Return the file whose time is that of the last use: reading through the API must not write the desk."""
    return home().logs / "tokens" / prefix


def _use(prefix: str) -> None:
    path = _trace(prefix)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    os.utime(path)


def _last_use(prefix: str) -> datetime | None:
    path = _trace(prefix)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None

"""Accounts and their roles. The system administrator opens accounts, the security officer grants roles."""

from __future__ import annotations

import re

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from lantai.base.actors import Actor
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.ledger.acts import act, record, unchanged
from lantai.people.models import AT_UNIT, Account, Membership, Role, Unit
from lantai.people.policies import OFFICERS, require

_USERNAME = re.compile(r"[\w.@+-]{1,64}")


def account_of(username: str) -> Account:
    """Return the account; ``NotFound("people.account.missing")``."""
    found = Account.objects.filter(username=username).first()
    if found is None:
        raise NotFound("people.account.missing", username=username)
    return found


def _urn(username: str) -> str:
    return f"urn:lantai:account:{username}"


def _accept_password(account: Account, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as refused:
        raise Invalid("people.password.weak") from refused
    account.set_password(password)


@act("people.account.add")
def add_account(actor: Actor, username: str, name: str, *, password: str | None = None) -> int:
    """Open an account and return its id; without a password nobody can sign in with it yet."""
    require(actor, "account.change")
    name = name.strip()
    if not _USERNAME.fullmatch(username) or username in {"system", "public"}:
        raise Invalid("people.account.username_invalid", username=username)
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise Invalid("people.account.name_invalid", username=username)
    if Account.objects.filter(username=username).exists():
        raise Conflict("people.account.exists", username=username)
    made = Account(username=username, name=name)
    if password is None:
        made.set_unusable_password()
    else:
        _accept_password(made, password)
    made.save()
    record(_urn(username), {"username": username, "name": name})
    return made.pk


@act("people.password.set")
def set_password(actor: Actor, username: str, password: str) -> None:
    """Set a password: one's own, or by the system administrator. The ledger holds only that it was set."""
    account = account_of(username)
    if actor.account != account.pk:
        require(actor, "account.change")
        refuse_over_officer(actor, account)
    _accept_password(account, password)
    account.save()
    record(_urn(username), {"username": username})


def refuse_over_officer(actor: Actor, account: Account) -> None:
    """Refuse one officer's power over another's account; the command line of the machine may mend."""
    held = set(Membership.objects.filter(account=account).values_list("role", flat=True))
    if actor.kind == "person" and held & {str(officer) for officer in OFFICERS}:
        raise Forbidden("people.account.officer", username=account.username)


def _set_open(actor: Actor, username: str, is_active: bool) -> None:
    require(actor, "account.change")
    account = account_of(username)
    refuse_over_officer(actor, account)
    if account.is_active == is_active:
        unchanged()
        return
    account.is_active = is_active
    account.save()
    record(_urn(username), {"username": username, "is_active": is_active})


@act("people.account.close")
def close_account(actor: Actor, username: str) -> None:
    """Close an account: nobody can sign in with it, what it did stays."""
    _set_open(actor, username, False)


@act("people.account.open")
def open_account(actor: Actor, username: str) -> None:
    """Open a closed account again."""
    _set_open(actor, username, True)


def _scope(role: str, unit: str) -> Unit | None:
    if role not in Role.values:
        raise Invalid("people.role.unknown", role=role, known=" ".join(Role.values))
    if (role in AT_UNIT) != bool(unit):
        raise Invalid("people.role.scope_wrong", role=Role(role).label)
    if not unit:
        return None
    found = Unit.objects.filter(code=unit).first()
    if found is None:
        raise NotFound("people.unit.missing", unit=unit)
    return found


@act("people.role.grant")
def grant_role(actor: Actor, username: str, role: str, *, unit: str = "") -> None:
    """Give ``role`` to an account, at ``unit`` (clerks, contributors) or in the district (all others).

    Refused for oneself, and where it would join an officer's role with any other (三员分立).
    """
    require(actor, "role.change")
    scope, account = _scope(role, unit), account_of(username)
    if actor.account == account.pk:
        raise Forbidden("people.role.own")
    held = set(Membership.objects.filter(account=account).values_list("role", flat=True))
    if held - {role} and (held | {role}) & {str(officer) for officer in OFFICERS}:
        raise Conflict("people.role.not_together", username=username, role=Role(role).label)
    _, made = Membership.objects.get_or_create(account=account, role=role, unit=scope)
    if made:
        record(_urn(username), {"username": username, "role": role, "unit": unit})
    else:
        unchanged()


@act("people.role.revoke")
def revoke_role(actor: Actor, username: str, role: str, *, unit: str = "") -> None:
    """Take ``role`` away again."""
    require(actor, "role.change")
    scope, account = _scope(role, unit), account_of(username)
    gone, _ = Membership.objects.filter(account=account, role=role, unit=scope).delete()
    if gone:
        record(_urn(username), {"username": username, "role": role, "unit": unit})
    else:
        unchanged()

"""Reads of units and accounts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from lantai.base.actors import PUBLIC, SYSTEM, Actor, Grant
from lantai.base.paging import Page, page
from lantai.base.statements import Statement
from lantai.kernel.errors import NotFound
from lantai.ledger import queries as ledger
from lantai.people.models import Account, Membership, Role, Unit


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit as other rooms see it."""

    id: int
    code: str
    name: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with its roles as (label, unit name or "")."""

    id: int
    username: str
    name: str
    is_active: bool
    roles: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HeldRole:
    """One role of one account: ``unit`` is the code of the unit it is limited to, or ""."""

    role: str
    label: str
    unit: str
    unit_name: str


SIGN_IN_FAILURES = 5
SIGN_IN_WINDOW = timedelta(minutes=15)


def unit_view(unit: Unit) -> UnitView:
    return UnitView(unit.pk, unit.code, unit.name, unit.is_open)


def unit(code: str) -> UnitView:
    """Return the unit of ``code``; ``NotFound`` when there is none."""
    found = Unit.objects.filter(code=code).first()
    if found is None:
        raise NotFound("people.unit.missing", unit=code)
    return unit_view(found)


def units() -> list[UnitView]:
    """Return all units by code."""
    return [unit_view(row) for row in Unit.objects.order_by("code")]


def open_units(after: str = "", size: int = 50) -> Page[UnitView]:
    """Return a page of the units that are open, by code."""
    found = page(Unit.objects.filter(is_open=True), {"code": str}, after, size)
    return Page([unit_view(row) for row in found.items], found.after)


def contributors(unit: int) -> list[tuple[str, str]]:
    """Return the accounts that may file for a department of a unit, as (user name, name)."""
    held = Membership.objects.filter(unit=unit, role=Role.CONTRIBUTOR)
    rows = Account.objects.filter(is_active=True, pk__in=held.values("account")).order_by("username")
    return list(rows.values_list("username", "name"))


def unit_names(codes: Collection[str]) -> dict[str, str]:
    """Return the names of the units with one of ``codes``, by code."""
    return dict(_NAMES_OF_UNITS(list(codes)))


_NAMES_OF_UNITS = Statement(
    lambda codes: Unit.objects.filter(code__in=codes).values_list("code", "name"), str
)
_MEMBERSHIPS = Statement(
    lambda keys: Membership.objects.filter(account__in=keys).values_list("role", "unit"), int
)


def actor_of(account: Account) -> Actor:
    """Return ``account`` as an actor with its present roles; a closed account has none."""
    if not account.is_active:
        return PUBLIC
    grants = frozenset(Grant(role, unit) for role, unit in _MEMBERSHIPS([account.pk]))
    return Actor(account.username, account.name, "person", account.pk, grants)


def actor(username: str) -> Actor:
    """Return the actor of ``username``; ``NotFound`` when there is none or it is closed."""
    found = Account.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise NotFound("people.account.missing", username=username)
    return actor_of(found)


def accounts() -> list[AccountView]:
    """Return all accounts by user name, with their roles."""
    rows = Account.objects.prefetch_related("memberships__unit").order_by("username")
    return [
        AccountView(
            row.pk,
            row.username,
            row.name,
            row.is_active,
            tuple(
                (Role(m.role).label, m.unit.name if m.unit else "")
                for m in sorted(row.memberships.all(), key=lambda m: m.pk)
            ),
        )
        for row in rows
    ]


def role_labels() -> dict[str, str]:
    """Return the Chinese label of every role, in the order roles are listed."""
    return {role.value: str(role.label) for role in Role}


def account(username: str) -> AccountView:
    """Return one account, open or closed; ``NotFound`` when there is none."""
    found = next((row for row in accounts() if row.username == username), None)
    if found is None:
        raise NotFound("people.account.missing", username=username)
    return found


def roles_of(username: str) -> list[HeldRole]:
    """Return the roles of an account in the order they were granted."""
    rows = Membership.objects.filter(account__username=username).select_related("unit").order_by("id")
    return [
        HeldRole(m.role, Role(m.role).label, m.unit.code if m.unit else "", m.unit.name if m.unit else "")
        for m in rows
    ]


def sign_in_locked(username: str, address: str) -> bool:
    """Return whether the last five sign-ins as ``username`` from ``address`` failed within 15 minutes.

    So it stays for 15 minutes after the fifth. Read from the ledger, where a success starts the count anew.
    """
    now = timezone.now()
    tries = ledger.since(
        now - 2 * SIGN_IN_WINDOW,
        f"urn:lantai:account:{username[:64]}",
        ("people.session.refuse", "people.session.start"),
    )
    failed = []
    for entry in tries:
        if entry.data.get("address") != address:
            continue
        if entry.act == "people.session.start":
            break
        failed.append(entry.at)
    if len(failed) < SIGN_IN_FAILURES or failed[0] < now - SIGN_IN_WINDOW:
        return False
    return failed[0] - failed[SIGN_IN_FAILURES - 1] <= SIGN_IN_WINDOW


def names(usernames: set[str]) -> dict[str, str]:
    """Return the shown name of every given user name that is known."""
    found = dict(Account.objects.filter(username__in=usernames).values_list("username", "name"))
    return {SYSTEM.username: SYSTEM.name, PUBLIC.username: PUBLIC.name, **found}

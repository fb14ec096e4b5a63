"""Who may do what: one table, asked by services, views and the command line alike."""

from __future__ import annotations

from lantai.base.actors import Actor
from lantai.kernel.errors import Forbidden
from lantai.people.models import Role

ARCHIVISTS = frozenset({Role.INTAKE, Role.PRESERVATION, Role.READING, Role.REVIEWER})
"""Staff of the archives: they see the holdings by office."""

OFFICERS = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR})
"""The three officers (三员): they set up, grant and audit, and see no holdings by office."""

_DISTRICT: dict[str, frozenset[Role]] = {
    "transfer.see": ARCHIVISTS,
    "transfer.decide": frozenset({Role.INTAKE}),
    "transfer.submit": frozenset({Role.INTAKE}),
    "check.sign": frozenset({Role.INTAKE}),
    "fonds.add": frozenset({Role.INTAKE}),
    "holdings.describe": frozenset({Role.INTAKE}),
    "holdings.revise": frozenset({Role.INTAKE}),
    "holdings.arrange": frozenset({Role.INTAKE}),
    "catalogue.import": frozenset({Role.INTAKE}),
    "catalogue.see": ARCHIVISTS,
    "holdings.see": ARCHIVISTS,
    "holdings.export": ARCHIVISTS,
    "capture.see": frozenset({Role.INTAKE}),
    "capture.file": frozenset(),
    "capture.contribute": frozenset(),
    "department.keep": frozenset(),
    "year.see": frozenset({Role.INTAKE, Role.BUREAU}),
    "item.arrange": frozenset(),
    "schedule.see": frozenset({Role.INTAKE, Role.BUREAU}),
    "schedule.bring": frozenset(),
    "schedule.decide": frozenset({Role.BUREAU}),
    "handover.see": frozenset({Role.INTAKE, Role.BUREAU}),
    "handover.consent": frozenset({Role.BUREAU}),
    "registration.see": frozenset({Role.INTAKE, Role.PRESERVATION, Role.BUREAU}),
    "registration.fill": frozenset(),
    "registration.decide": frozenset({Role.BUREAU}),
    "backup.see": frozenset({Role.INTAKE, Role.PRESERVATION}),
    "backup.submit": frozenset({Role.INTAKE}),
    "backup.decide": frozenset({Role.INTAKE, Role.PRESERVATION}),
    "backup.sample": frozenset({Role.PRESERVATION}),
    "backup.ask": frozenset(),
    "backup.release": frozenset({Role.PRESERVATION}),
    "vault.see": frozenset({Role.PRESERVATION, Role.INTAKE}),
    "vault.verify": frozenset({Role.PRESERVATION}),
    "vault.keep": frozenset({Role.PRESERVATION}),
    "index.rebuild": frozenset({Role.PRESERVATION, Role.SYSADMIN}),
    "unit.see": ARCHIVISTS | OFFICERS | {Role.BUREAU},
    "unit.change": frozenset({Role.SYSADMIN}),
    "account.see": OFFICERS,
    "account.change": frozenset({Role.SYSADMIN}),
    "role.change": frozenset({Role.SECADMIN}),
    "ledger.see": frozenset({Role.AUDITOR}),
}
_AT_UNIT: dict[str, frozenset[Role]] = {
    "transfer.see": frozenset({Role.CLERK}),
    "transfer.submit": frozenset({Role.CLERK}),
    "holdings.see": frozenset({Role.CLERK}),
    "holdings.export": frozenset({Role.CLERK}),
    "capture.see": frozenset({Role.CLERK}),
    "capture.file": frozenset({Role.CLERK, Role.CONTRIBUTOR}),
    "capture.contribute": frozenset({Role.CONTRIBUTOR}),
    "department.keep": frozenset({Role.CLERK}),
    "year.see": frozenset({Role.CLERK}),
    "item.arrange": frozenset({Role.CLERK}),
    "schedule.see": frozenset({Role.CLERK}),
    "schedule.bring": frozenset({Role.CLERK}),
    "handover.see": frozenset({Role.CLERK}),
    "registration.see": frozenset({Role.CLERK}),
    "registration.fill": frozenset({Role.CLERK}),
    "backup.see": frozenset({Role.CLERK}),
    "backup.submit": frozenset({Role.CLERK}),
    "backup.ask": frozenset({Role.CLERK}),
}


def may(actor: Actor, permission: str, unit: int | None = None) -> bool:
    """Return whether ``actor`` may do ``permission``, in the district or at ``unit``.

    An unknown permission is a programming error and raises ``KeyError``. The system may do everything.
    """
    district = _DISTRICT[permission]
    if actor.kind == "system":
        return True
    if any(actor.holds(role) for role in district):
        return True
    return unit is not None and any(
        unit in actor.units(role) for role in _AT_UNIT.get(permission, frozenset())
    )


def may_somewhere(actor: Actor, permission: str) -> bool:
    """Return whether ``actor`` may do ``permission`` in the district or at any unit."""
    return may(actor, permission) or any(actor.units(role) for role in _AT_UNIT.get(permission, frozenset()))


def units_of(actor: Actor, permission: str) -> frozenset[int] | None:
    """Return the units at which ``actor`` may do ``permission``; None means everywhere."""
    if may(actor, permission):
        return None
    return frozenset[int]().union(*(actor.units(role) for role in _AT_UNIT.get(permission, frozenset())))


def require(actor: Actor, permission: str, unit: int | None = None) -> None:
    """Raise ``Forbidden`` unless ``actor`` may do ``permission``."""
    if not may(actor, permission, unit):
        raise Forbidden("people.permission.missing", permission=permission)

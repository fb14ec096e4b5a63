"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset(
    {
        "people.unit.add",
        "people.unit.change",
        "people.account.add",
        "people.account.close",
        "people.account.invite",
        "people.account.open",
        "people.password.set",
        "people.role.grant",
        "people.role.revoke",
        "people.session.start",
        "people.session.refuse",
        "people.session.end",
    }
)

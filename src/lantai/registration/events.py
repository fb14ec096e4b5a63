"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset(
    {
        "registration.statement.begin",
        "registration.statement.save",
        "registration.statement.submit",
        "registration.statement.confirm",
        "registration.statement.return",
        "registration.units.remind",
        "registration.backup.submit",
        "registration.backup.receive",
        "registration.backup.accept",
        "registration.backup.return",
        "registration.backup.keep",
        "registration.sample.draw",
        "registration.sample.read",
        "registration.use.ask",
        "registration.use.approve",
        "registration.use.refuse",
        "registration.use.deliver",
    }
)

"""Who acts: a frozen value that is passed to every service, never taken from a thread or a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held at one unit, or in the whole district when ``unit`` is None."""

    role: str
    unit: int | None


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts. ``username`` stands in the ledger; ``account`` is the row id of a person."""

    username: str
    name: str
    kind: Literal["person", "system", "public"]
    account: int | None = None
    grants: frozenset[Grant] = frozenset()

    def holds(self, role: str) -> bool:
        """Return whether the actor holds ``role`` anywhere."""
        return any(grant.role == role for grant in self.grants)

    def units(self, role: str) -> frozenset[int]:
        """Return the units at which the actor holds ``role``."""
        return frozenset(g.unit for g in self.grants if g.role == role and g.unit is not None)


SYSTEM = Actor("system", "系统", "system")
"""The archives' own machinery: workers, followers, initial set-up."""

PUBLIC = Actor("public", "公众", "public")
"""Anybody who has not signed in."""

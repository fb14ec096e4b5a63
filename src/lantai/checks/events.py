"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset({"checks.run.record", "checks.item.sign"})

"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset(
    {
        "holdings.agents.describe",
        "holdings.agents.withdraw",
        "holdings.fonds.add",
        "holdings.fonds.describe",
        "holdings.records.describe",
        "holdings.records.withdraw",
    }
)

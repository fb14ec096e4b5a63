"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset(
    {
        "holdings.agent.add",
        "holdings.agent.revise",
        "holdings.agents.describe",
        "holdings.agents.withdraw",
        "holdings.change.undo",
        "holdings.fonds.add",
        "holdings.fonds.describe",
        "holdings.fonds.revise",
        "holdings.record.place",
        "holdings.record.revise",
        "holdings.records.accept",
        "holdings.records.describe",
        "holdings.records.move",
        "holdings.records.renumber",
        "holdings.records.revise",
        "holdings.records.withdraw",
        "holdings.tallies.recount",
        "holdings.relation.add",
        "holdings.relation.remove",
        "holdings.volume.merge",
        "holdings.volume.split",
    }
)

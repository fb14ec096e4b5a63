"""Writes of the catalogue."""

from lantai.holdings.services.agents import (
    AgentDescription,
    describe_agents,
    describe_fonds,
    withdraw_agents,
)
from lantai.holdings.services.describe import Description, Part, describe, refuse_undescribable
from lantai.holdings.services.fonds import add_fonds
from lantai.holdings.services.withdraw import refuse_built_upon, withdraw

__all__ = [
    "AgentDescription",
    "Description",
    "Part",
    "add_fonds",
    "describe",
    "describe_agents",
    "describe_fonds",
    "refuse_built_upon",
    "refuse_undescribable",
    "withdraw",
    "withdraw_agents",
]

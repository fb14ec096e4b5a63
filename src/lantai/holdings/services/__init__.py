"""Writes of the catalogue."""

from lantai.holdings.services.accept import accept
from lantai.holdings.services.agents import (
    AgentDescription,
    describe_agents,
    describe_fonds,
    withdraw_agents,
)
from lantai.holdings.services.arrange import Arranged, move
from lantai.holdings.services.authorities import (
    add_agent,
    agent_changes,
    fonds_changes,
    refuse_agent,
    revise_agent,
    revise_fonds,
)
from lantai.holdings.services.describe import Description, Part, describe, refuse_undescribable
from lantai.holdings.services.edits import list_lines
from lantai.holdings.services.fonds import add_fonds
from lantai.holdings.services.longtexts import fits as changes_fit
from lantai.holdings.services.places import place
from lantai.holdings.services.relations import relate, unrelate
from lantai.holdings.services.renumber import Renumbered, RenumberPlan, plan_renumber, renumber
from lantai.holdings.services.revise import Revision, current, refuse_stale, revise, revise_many, weigh
from lantai.holdings.services.standing import changed_since, refuse_for
from lantai.holdings.services.tally import differences, recount
from lantai.holdings.services.undo import undo
from lantai.holdings.services.volumes import merge, split
from lantai.holdings.services.weigh import Current, Weighed, Weigher
from lantai.holdings.services.withdraw import refuse_built_upon, withdraw

__all__ = [
    "AgentDescription",
    "Arranged",
    "Current",
    "Description",
    "Part",
    "RenumberPlan",
    "Renumbered",
    "Revision",
    "Weighed",
    "Weigher",
    "accept",
    "add_agent",
    "add_fonds",
    "agent_changes",
    "changed_since",
    "changes_fit",
    "current",
    "describe",
    "describe_agents",
    "describe_fonds",
    "differences",
    "fonds_changes",
    "list_lines",
    "merge",
    "move",
    "place",
    "plan_renumber",
    "recount",
    "refuse_agent",
    "refuse_built_upon",
    "refuse_for",
    "refuse_stale",
    "refuse_undescribable",
    "relate",
    "renumber",
    "revise",
    "revise_agent",
    "revise_fonds",
    "revise_many",
    "split",
    "undo",
    "unrelate",
    "weigh",
    "withdraw",
    "withdraw_agents",
]

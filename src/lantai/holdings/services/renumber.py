"""Numbering anew, only while a catalogue is still being arranged."""

from __future__ import annotations

from dataclasses import dataclass

from lantai.base.actors import Actor


@dataclass(frozen=True, slots=True)
class Renumbered:
    """One record of a plan; ``conflict`` is the code of what is in the way, "" when nothing is."""

    urn: str
    version: int
    old: str
    new: str
    title: str
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class RenumberPlan:
    """What numbering anew would do, in the order of the list; ``digest`` fixes it."""

    rows: tuple[Renumbered, ...]
    digest: str

    @property
    def conflicts(self) -> int:
        return sum(1 for row in self.rows if row.conflict)


def plan_renumber(
    actor: Actor, *, fonds: str = "", series: str = "", parent: str = "", start: int = 1, width: int = 0
) -> RenumberPlan:
    """Return the new codes of what lies in the file ``parent`` (档号), or at the top of a fonds' ``series``.

    ``width`` digits at least, 0 = as wide as now. Items of a renumbered file follow its number.
    """
    raise NotImplementedError


def renumber(
    actor: Actor,
    *,
    fonds: str = "",
    series: str = "",
    parent: str = "",
    start: int = 1,
    width: int = 0,
    digest: str,
) -> str:
    """Run the plan with ``digest``; return the entry's uuid. ``Conflict`` when a row has one or it is outdated."""
    raise NotImplementedError

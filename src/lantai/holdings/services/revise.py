"""Revising: element values of described records are changed; nothing is overwritten unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from lantai.base.actors import Actor
from lantai.kernel.findings import Finding


@dataclass(frozen=True, slots=True)
class Revision:
    """What shall change of one record: only the changed keys, "" clears; ``version`` is the one that was read."""

    urn: str
    version: int
    changes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Current:
    """A record as it stands, for who wants to change it."""

    id: int
    urn: str
    ref: str
    level: str
    type: str
    title: str
    version: int
    accepted: bool
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What wanted changes come to: ``changes`` key → (before, after), normalised, really different ones only.

    An error among ``findings`` means that they would be refused.
    """

    changes: Mapping[str, tuple[str, str]]
    findings: tuple[Finding, ...]


def current(actor: Actor, urns: Sequence[str]) -> list[Current]:
    """Return the records as they stand, in the order of ``urns``; ``NotFound`` for one the actor may not see."""
    raise NotImplementedError


def weigh(record: Current, wanted: Mapping[str, str]) -> Weighed:
    """Return what ``wanted`` would change of ``record`` and what is wrong with it; changes nothing."""
    raise NotImplementedError


def revise(actor: Actor, urn: str, changes: Mapping[str, str], *, version: int, reason: str = "") -> int:
    """Change elements of one record and return its new version (the old one when nothing differs).

    ``Invalid("holdings.record.refused")`` names element and reason, ``Conflict("holdings.record.changed")``
    says who changed what since ``version``. The 档号 is not changed by revising.
    """
    raise NotImplementedError


def revise_many(actor: Actor, batch: UUID, revisions: Sequence[Revision], *, reason: str = "") -> str:
    """Change many records, all or none, in one entry; return its uuid ("" when nothing differs)."""
    raise NotImplementedError

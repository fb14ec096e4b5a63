"""Editing in bulk: a plan that shows every change before it is made, then the run of exactly that plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from lantai.base.actors import Actor
from lantai.base.paging import Page
from lantai.kernel.findings import Finding

Kind = Literal["changed", "same", "refused"]


class Operation(Protocol):
    """What a bulk edit does to one record."""

    def apply(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the wanted values of the elements it would change, given the present ones."""
        ...

    def told(self) -> dict[str, str]:
        """Return it as data, for the plan's head."""
        ...


@dataclass(frozen=True, slots=True)
class Edit:
    """``verb`` set, clear, append, prefix or suffix on the element ``key``."""

    verb: Literal["set", "clear", "append", "prefix", "suffix"]
    key: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One record of a plan; ``changes`` key → (before, after), ``marks`` key → spans of the hits in before."""

    urn: str
    ref: str
    title: str
    version: int
    kind: Kind
    changes: Mapping[str, tuple[str, str]]
    marks: Mapping[str, tuple[tuple[int, int], ...]]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """A plan as it was made: counts and the digest that fixes its rows."""

    id: str
    digest: str
    changed: int
    same: int
    refused: int
    operations: tuple[Mapping[str, str], ...]


def plan_bulk(actor: Actor, urns: Iterable[str], operations: Sequence[Operation]) -> BulkPlan:
    """Plan ``operations``, one after the other, on the records; nothing is changed."""
    raise NotImplementedError


def bulk_plan(actor: Actor, plan: str) -> BulkPlan:
    """Return a plan of this actor; ``NotFound("catalogue.bulk.missing")``."""
    raise NotImplementedError


def plan_rows(
    actor: Actor, plan: str, *, kind: Kind | Literal[""] = "", after: str = "", size: int = 50
) -> Page[PlanRow]:
    """Return a page of the rows of a plan, of one kind or of all."""
    raise NotImplementedError


def run_bulk(actor: Actor, plan: str, *, digest: str, reason: str = "", leave_refused: bool = False) -> str:
    """Make the changes of a plan in one act; return the ledger entry's uuid.

    ``Conflict("catalogue.bulk.outdated")`` for another digest, ``("catalogue.bulk.refused")`` while refused
    rows are not left out knowingly, ``("holdings.record.changed")`` when a record changed since.
    """
    raise NotImplementedError


def drop_plan(actor: Actor, plan: str) -> None:
    """Forget a plan."""
    raise NotImplementedError

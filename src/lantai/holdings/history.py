"""Reads of what was changed and of what belongs together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lantai.base.actors import Actor
from lantai.holdings.queries import RecordView


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of one field. ``actor`` is a name for people, ``entry`` the uuid in the ledger."""

    version: int
    at: datetime
    actor: str
    before: str
    after: str
    entry: str


@dataclass(frozen=True, slots=True)
class FieldHistory:
    """A field with its changes, newest first; ``key`` begins with "@" for place, code and acceptance."""

    key: str
    label: str
    changes: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """A relation seen from one of its sides; ``other`` is None where it is told in words only."""

    kind: str
    label: str
    outward: bool
    other: RecordView | None
    text: str
    values: Mapping[str, str]


def fields(actor: Actor, record: RecordView) -> tuple[FieldHistory, ...]:
    """Return the history of each field that ``actor`` may read, latest changed field first."""
    raise NotImplementedError


def relations(actor: Actor, record: RecordView) -> tuple[Related, ...]:
    """Return the relations of ``record`` in both directions whose other side the actor may see."""
    raise NotImplementedError

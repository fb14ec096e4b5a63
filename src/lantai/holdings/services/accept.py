"""Accepting: what was being arranged becomes holdings, and its codes are fixed for good."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from lantai.base.actors import Actor


def accept(actor: Actor, urns: Sequence[str] = (), *, batch: UUID | None = None) -> int:
    """Accept records (by urn, or all of a batch); return how many were not yet. Their 档号 are fixed then."""
    raise NotImplementedError

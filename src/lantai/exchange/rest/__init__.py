"""The endpoints of ``/api/v1/``, one module per subject; each parses, calls one service or query, answers."""

from __future__ import annotations

from functools import cache

from lantai.exchange.endpoints import Registry
from lantai.exchange.rest import (
    arranging,
    authorities,
    bulk,
    captures,
    catalogue,
    deliveries,
    describing,
    desk_checks,
    desk_classes,
    desk_hand_overs,
    desk_items,
    finding,
    imports,
    leaving,
    machine,
    records,
    revising,
    searches,
    uploads,
)

__all__ = ["registry"]

_ROOMS = (
    machine,
    catalogue,
    authorities,
    records,
    revising,
    arranging,
    bulk,
    imports,
    describing,
    finding,
    searches,
    leaving,
    captures,
    uploads,
    desk_items,
    desk_classes,
    desk_checks,
    desk_hand_overs,
    deliveries,
)


@cache
def registry() -> Registry:
    """Return every declared endpoint."""
    made = Registry()
    for room in _ROOMS:
        made.add(*room.ENDPOINTS)
    return made

"""The endpoints of ``/api/v1/``, one module per subject; each parses, calls one service or query, answers."""

from __future__ import annotations

from functools import cache

from lantai.exchange.endpoints import Registry
from lantai.exchange.rest import catalogue, finding, machine, records

__all__ = ["registry"]


@cache
def registry() -> Registry:
    """Return every declared endpoint."""
    made = Registry()
    made.add(*machine.ENDPOINTS, *catalogue.ENDPOINTS, *records.ENDPOINTS, *finding.ENDPOINTS)
    return made

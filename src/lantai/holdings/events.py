"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset({"holdings.fonds.add", "holdings.records.describe"})

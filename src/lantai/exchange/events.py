"""The acts of this room."""

from __future__ import annotations

ACTS: frozenset[str] = frozenset({"exchange.token.add", "exchange.token.revoke"})

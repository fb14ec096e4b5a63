"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset({"vault.batch.deposit", "vault.fixity.run"})

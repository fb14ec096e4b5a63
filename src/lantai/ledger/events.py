"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset({"ledger.key.succeed", "ledger.rows.seal", "ledger.site.found"})

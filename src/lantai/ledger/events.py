"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset(
    {
        "ledger.database.backup",
        "ledger.database.rebuild",
        "ledger.key.succeed",
        "ledger.rows.seal",
        "ledger.site.found",
    }
)

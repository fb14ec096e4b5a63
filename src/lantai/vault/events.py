"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset(
    {
        "vault.batch.deposit",
        "vault.carrier.write",
        "vault.copies.make",
        "vault.fixity.run",
        "vault.target.add",
        "vault.target.change",
        "vault.target.end",
        "vault.target.pause",
        "vault.target.resume",
    }
)

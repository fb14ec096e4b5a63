"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset(
    {
        "vault.audit.order",
        "vault.audit.stop",
        "vault.batch.deposit",
        "vault.carrier.write",
        "vault.copies.make",
        "vault.damage.beside",
        "vault.damage.find",
        "vault.damage.lose",
        "vault.damage.recover",
        "vault.damage.renew",
        "vault.damage.repair",
        "vault.damage.reseal",
        "vault.fixity.run",
        "vault.stray.adopt",
        "vault.stray.find",
        "vault.stray.remove",
        "vault.target.add",
        "vault.target.change",
        "vault.target.end",
        "vault.target.pause",
        "vault.target.resume",
    }
)

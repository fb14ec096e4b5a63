"""Founding a site: its name in the log and its signing key."""

from __future__ import annotations

from lantai.base.actors import Actor
from lantai.ledger.acts import act, record, unchanged
from lantai.ledger.models import Entry
from lantai.ledger.store import ORIGIN, signer, verifier_text, write_key


@act("ledger.site.found")
def found(actor: Actor, *, name: str) -> None:
    """Write the signing key and the first entry of a new ledger; on a founded site nothing happens."""
    if Entry.objects.filter(act="ledger.site.found").exists():
        signer()
        unchanged()
        return
    write_key()
    record("urn:lantai:site", {"name": name, "origin": ORIGIN, "key": verifier_text()})

"""Founding a site: its name in the log and its signing key."""

from __future__ import annotations

from collections.abc import Sequence

from lantai.base.actors import Actor
from lantai.ledger.acts import act, record, unchanged
from lantai.ledger.models import Entry
from lantai.ledger.store import ORIGIN, signer, verifier_text, write_key


@act("ledger.site.found")
def found(actor: Actor, *, name: str, sign: Sequence[str] = ("ed25519",)) -> None:
    """Write the signing keys, one of each algorithm of ``sign``, and the first entry of a new ledger.

    On a founded site nothing happens. ``Invalid("tlog.key.algorithm")``.
    """
    if Entry.objects.filter(act="ledger.site.found").exists():
        signer()
        unchanged()
        return
    write_key(sign)
    record("urn:lantai:site", {"name": name, "origin": ORIGIN, "key": verifier_text()})

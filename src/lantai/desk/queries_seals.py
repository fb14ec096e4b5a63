"""Reads of seals: which key another site told first, and what it told to show that its seal is right.

Both stand in the ledger: the key with the act by which it was learned, the proof as a document of the desk's store.
"""

from __future__ import annotations

from dataclasses import dataclass

from lantai.desk import store
from lantai.desk.models import AwaySignature, Delivery, Target
from lantai.desk.seals import (
    KEY_MOST,
    KEYS_MOST,
    NOTE_MOST,
    PATH_MOST,
    TEXT_MOST,
    Proof,
    fingerprint_of,
    proof_from,
)
from lantai.kernel import canonical
from lantai.ledger import queries as ledger

_MOST = 1_000


def site_of_unit(code: str) -> str:
    """Return what the ledger calls a unit's own site: its key is told of this."""
    return f"urn:lantai:unit-site:{code}"


def known_of(subject: str) -> str:
    """Return the public key of the site ``subject`` (a target's urn, or :func:`site_of_unit`), "" before it told one.

    It is the one that it told first, until somebody who compared fingerprints trusts another.
    """
    trusted = ledger.latest(1, acts=("desk.site.trust",), subjects=[subject])
    met = trusted or ledger.latest(_MOST, acts=("desk.site.meet",), subjects=[subject])
    return str(met[-1].data["key"]) if met else ""


def known_key(one: AwaySignature) -> str:
    """Return the key by which the other site's seal of a signature is verified, "" when it told none."""
    return known_of(place_of(one))


def place_of(one: AwaySignature) -> str:
    """Return what the ledger calls the other site of a signature."""
    if one.sending is not None:
        return one.sending.target.urn
    assert one.delivery is not None
    return site_of_unit(one.delivery.unit.code)


def proof_of(one: AwaySignature) -> Proof | None:
    """Return what the other site told to show its seal, None when it told nothing."""
    subject = (
        one.sending.hand_over.urn if one.sending is not None else one.delivery.urn if one.delivery else ""
    )
    acts = ("desk.register.countersign", "desk.delivery.countersign")
    for told in ledger.latest(_MOST, acts=acts, subjects=[subject]):
        if told.data.get("entry") == str(one.entry) and told.data.get("proof"):
            return proof_from(canonical.loads(store.read(told.data["proof"])))
    return None


def target_fingerprint(row: Target) -> str:
    """Return the fingerprint of the key that the archives of a target told, "" before they told one."""
    return fingerprint_of(known_of(row.urn))


@dataclass(frozen=True, slots=True)
class SiteKey:
    """Fingerprints of a unit's own site: of the key that it told with a delivery, and of the ``known`` one."""

    fingerprint: str
    known: str

    @property
    def changed(self) -> bool:
        """Whether it told another key than the one that is known."""
        return bool(self.fingerprint) and self.fingerprint != self.known


def key_of_delivery(row: Delivery) -> SiteKey:
    """Return the key of the site that sent a delivery, and the one that is known of it."""
    told = canonical.loads(store.read(row.content)) if row.content else {}
    key = str(told.get("key", "")) if isinstance(told, dict) else ""
    return SiteKey(fingerprint_of(key), fingerprint_of(known_of(site_of_unit(row.unit.code))))


__all__ = [
    "KEYS_MOST",
    "KEY_MOST",
    "NOTE_MOST",
    "PATH_MOST",
    "TEXT_MOST",
    "SiteKey",
    "key_of_delivery",
    "known_key",
    "known_of",
    "place_of",
    "proof_of",
    "site_of_unit",
    "target_fingerprint",
]

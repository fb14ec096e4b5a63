"""Other sites as keys: the one that a site told first is kept, and another is trusted only by somebody who compared."""

from __future__ import annotations

from lantai.base.actors import Actor
from lantai.desk.models import AwaySignature
from lantai.desk.queries_hand_over import row_of
from lantai.desk.queries_seals import known_of, place_of, proof_of
from lantai.desk.queries_sending import delivery_row, sending_of
from lantai.desk.seals import fingerprint_of, judge
from lantai.kernel.errors import Conflict, NotFound
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require


@act("desk.site.meet")
def meet(actor: Actor, site: str, key: str) -> None:
    """Keep the public key that a site told first (see :mod:`lantai.desk.queries_seals`); any later one changes nothing."""
    fingerprint = fingerprint_of(key)
    if not fingerprint or known_of(site):
        unchanged()
        return
    record(site, {"key": key, "fingerprint": fingerprint})


def meet_signer(actor: Actor, one: AwaySignature | None) -> None:
    """Keep the key that sealed a signature where the other site told none before; a seal that does not fit names none."""
    proof = proof_of(one) if one is not None else None
    if one is not None and proof is not None and judge(one, proof, proof.keys[0]).holds:
        meet(actor, place_of(one), proof.keys[0])


def trust_archives(actor: Actor, number: str, fingerprint: str) -> None:
    """Trust another key of the archives to which a hand-over went, after comparing its fingerprint with them."""
    row = row_of(actor, number)
    require(actor, "transfer.submit", row.unit_id)
    going = sending_of(row)
    found = going.signatures.filter(side="archives").first() if going is not None else None
    _trust(actor, found, fingerprint)


def trust_unit(actor: Actor, uuid: str, fingerprint: str) -> None:
    """Trust another key of a unit's own site, after comparing its fingerprint with the unit."""
    row = delivery_row(actor, uuid)
    require(actor, "transfer.decide")
    _trust(actor, row.signatures.filter(side="unit").first(), fingerprint)


@act("desk.site.trust")
def _trust(actor: Actor, one: AwaySignature | None, fingerprint: str) -> None:
    """``Conflict("desk.seal.not_that_key")`` unless that very key sealed the signature, and its seal is right."""
    proof = proof_of(one) if one is not None else None
    if one is None or proof is None:
        raise NotFound("desk.seal.missing")
    key = proof.keys[0]
    if judge(one, proof, key).fingerprint != fingerprint or not judge(one, proof, key).holds:
        raise Conflict("desk.seal.not_that_key", fingerprint=fingerprint[:64])
    site = place_of(one)
    if known_of(site) == key:
        unchanged()
        return
    before = fingerprint_of(known_of(site))
    record(site, {"key": key, "fingerprint": fingerprint, "before": before})

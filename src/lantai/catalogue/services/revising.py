"""Revising one description: texts too long for the ledger are preserved in the vault before they are entered."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import NAMESPACE_URL, UUID, uuid5

from lantai.base.actors import Actor
from lantai.catalogue.services.register import preserve
from lantai.holdings import authorities
from lantai.holdings import services as holdings
from lantai.holdings.services import changes_fit
from lantai.kernel import canonical
from lantai.kernel.digests import digest_bytes
from lantai.people.policies import require

TEXTS = "texts.json"


def revise(actor: Actor, urn: str, changes: Mapping[str, str], *, version: int, reason: str = "") -> int:
    """Do as :func:`lantai.holdings.services.revise`, however long the texts are."""
    require(actor, "holdings.revise")
    stand = holdings.current(actor, [urn])[0]
    weighed = holdings.weigh(stand, changes)
    kept = None
    if stand.version == version and not weighed.refused:
        kept = _preserved(actor, urn, weighed.changes)
    return holdings.revise(actor, urn, changes, version=version, reason=reason, preserved=kept)


def revise_fonds(
    actor: Actor, number: str, changes: Mapping[str, str], *, state: str, reason: str = ""
) -> str:
    """Do as :func:`lantai.holdings.services.revise_fonds`, however long the texts are."""
    require(actor, "holdings.revise")
    there = authorities.fonds_described(actor, number)
    kept = None
    if there.state == state:
        meant = holdings.fonds_changes(number, there.values, changes)
        kept = _preserved(actor, f"urn:lantai:fonds:{number}", meant)
    return holdings.revise_fonds(actor, number, changes, state=state, reason=reason, preserved=kept)


def add_agent(actor: Actor, kind: str, values: Mapping[str, str]) -> str:
    """Do as :func:`lantai.holdings.services.add_agent`, however long the texts are."""
    require(actor, "holdings.describe")
    meant = holdings.agent_changes(values.get("title", ""), {}, {**values, "agent_kind": kind})
    holdings.refuse_agent(*(meant.get(key, ("", ""))[1] for key in ("agent_kind", "title")))
    kept = _preserved(actor, "urn:lantai:agent:new", meant)
    return holdings.add_agent(actor, kind, values, preserved=kept)


def revise_agent(actor: Actor, urn: str, changes: Mapping[str, str], *, state: str, reason: str = "") -> str:
    """Do as :func:`lantai.holdings.services.revise_agent`, however long the texts are."""
    require(actor, "holdings.revise")
    there = authorities.agent(actor, urn)
    kept = None
    if there.state == state:
        kept = _preserved(actor, urn, holdings.agent_changes(there.name, there.values, changes))
    return holdings.revise_agent(actor, urn, changes, state=state, reason=reason, preserved=kept)


def _preserved(actor: Actor, subject: str, changes: Mapping[str, tuple[str, str]]) -> UUID | None:
    """Return the object of the vault that holds what ``changes`` enter, None when the ledger holds it whole."""
    if changes_fit(changes):
        return None
    texts = canonical.dumps(
        {"changes": {key: list(both) for key, both in changes.items()}, "subject": subject}
    )
    batch = uuid5(NAMESPACE_URL, digest_bytes(texts, ("sha512",)).sha512)
    head = {"schema": "lantai.texts/1", "batch": str(batch), "subject": subject, "source": "revise"}
    preserve(actor, batch, head, {TEXTS: texts + b"\n"}, name="list.json")
    return batch

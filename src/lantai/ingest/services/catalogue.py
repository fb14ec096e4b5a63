"""Catalogue entries without files (paper described long ago): preserved as a list, then described."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from lantai.base.actors import Actor
from lantai.holdings.services import Description, describe, refuse_undescribable
from lantai.ingest import aips
from lantai.kernel.digests import digest_bytes
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require
from lantai.vault.services import deposit

CATALOGUE = UUID("6f1c3f0e-6f2a-5f0e-9a57-0d2f8f0b7a11")
"""Name space of the permanent names of catalogue-only records."""


def urn_of(ref: str) -> str:
    """Return the permanent name of a catalogue-only record."""
    return f"urn:uuid:{uuid5(CATALOGUE, ref)}"


def register_catalogue(actor: Actor, descriptions: Sequence[Description], *, source: str) -> UUID:
    """Preserve and describe entries that have no files; the same list again changes nothing.

    The list lies in the vault as one object ``records.jsonl``, so that the catalogue can be rebuilt from it.
    Returns the batch, whose name is the digest of the list.
    """
    require(actor, "holdings.describe")
    refuse_undescribable(descriptions)
    lines = b"".join(d.line() + b"\n" for d in descriptions)
    batch = uuid5(NAMESPACE_URL, digest_bytes(lines, ("sha512",)).sha512)
    head = aips.document(
        {"schema": "lantai.catalogue/1", "batch": str(batch), "count": len(descriptions), "source": source}
    )
    plan_line: dict[str, Any] = {"urn": f"urn:uuid:{batch}", "record": None, "files": []}
    made = aips.aip(plan_line, aips.NOWHERE, {}, {"catalogue.json": head, "records.jsonl": lines})
    deposit(actor, f"{batch}:catalogue", [made], message=source, created=datetime.now(UTC))
    _describe(actor, batch, descriptions, source)
    return batch


@act("ingest.catalogue.register")
def _describe(actor: Actor, batch: UUID, descriptions: Sequence[Description], source: str) -> None:
    entry = describe(actor, batch, descriptions)
    if entry:
        record(f"urn:uuid:{batch}", {"batch": str(batch), "count": len(descriptions), "source": source})
    else:
        unchanged()

"""Catalogue entries without files: preserved as a list in the vault, then described."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from lantai.base.actors import Actor
from lantai.holdings.models import Record
from lantai.holdings.services import Description, describe, refuse_undescribable
from lantai.kernel.digests import digest_bytes, digest_file
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require
from lantai.vault.services import Aip, Held, deposit

CATALOGUE = UUID("6f1c3f0e-6f2a-5f0e-9a57-0d2f8f0b7a11")
"""Name space of the permanent names of catalogue-only records."""


def urn_of(ref: str) -> str:
    """Return the permanent name of a catalogue-only record."""
    digest = bytearray(hashlib.sha1(CATALOGUE.bytes + ref.encode(), usedforsecurity=False).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x50, digest[8] & 0x3F | 0x80
    told = digest.hex()  # as uuid5 does, without the object: it is made for millions
    return f"urn:uuid:{told[:8]}-{told[8:12]}-{told[12:16]}-{told[16:20]}-{told[20:]}"


def free_urn(ref: str) -> str:
    """Return :func:`urn_of` for a record to be described now; another name when one numbered anew has that."""
    urn = urn_of(ref)
    held = Record.objects.filter(urn=urn).exclude(ref=ref).exists()
    return f"urn:uuid:{uuid4()}" if held else urn


def preserve(
    actor: Actor,
    batch: UUID,
    head: Mapping[str, Any],
    files: Mapping[str, bytes | Path],
    *,
    name: str = "catalogue.json",
) -> None:
    """Preserve a list as the object ``urn:uuid:{batch}``: ``head`` as the document ``name``, and ``files``.

    Done already, nothing happens. The form of the object: decision 0001.
    """
    document = (json.dumps(dict(head), ensure_ascii=False, sort_keys=True) + "\n").encode()
    sources: dict[str, bytes | Path] = {name: document, **files}
    held = {
        path: Held(source, digest_bytes(source) if isinstance(source, bytes) else digest_file(source))
        for path, source in sources.items()
    }
    manifest = "".join(f"{one.digests.sm3}  {path}\n" for path, one in sorted(held.items())).encode()
    held["manifest-sm3.txt"] = Held(manifest, digest_bytes(manifest))
    aip = Aip(f"urn:uuid:{batch}", held, kind="list")
    deposit(
        actor, f"{batch}:catalogue", [aip], message=str(head.get("source", "")), created=datetime.now(UTC)
    )


def register_catalogue(actor: Actor, descriptions: Sequence[Description], *, source: str) -> UUID:
    """Preserve and describe entries that have no files; the same list again changes nothing.

    The list lies in the vault as one object ``records.jsonl``, so that the catalogue can be rebuilt from it.
    Returns the batch, whose name is the digest of the list.
    """
    require(actor, "holdings.describe")
    refuse_undescribable(descriptions)
    lines = b"".join(d.line() + b"\n" for d in descriptions)
    batch = uuid5(NAMESPACE_URL, digest_bytes(lines, ("sha512",)).sha512)
    head = {"schema": "lantai.catalogue/1", "batch": str(batch), "count": len(descriptions), "source": source}
    preserve(actor, batch, head, {"records.jsonl": lines})
    _describe(actor, batch, descriptions, source)
    return batch


@act("catalogue.list.register")
def _describe(actor: Actor, batch: UUID, descriptions: Sequence[Description], source: str) -> None:
    entry = describe(actor, batch, descriptions)
    if entry:
        record(f"urn:uuid:{batch}", {"batch": str(batch), "count": len(descriptions), "source": source})
    else:
        unchanged()

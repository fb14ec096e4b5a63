"""The documents of proofs (docs/formats/exported-record.md and ledger.md): canonical JSON, digests in hexadecimal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lantai.kernel import canonical

SCHEMA = "lantai.proof/1"
INCLUSION = "lantai.inclusion/1"
CONSISTENCY = "lantai.consistency/1"


@dataclass(frozen=True, slots=True)
class ProvenObject:
    """The OCFL object at its head: ``version`` such as ``v3``, SHA-512 of its inventory in hexadecimal."""

    id: str
    version: str
    inventory_sha512: str


@dataclass(frozen=True, slots=True)
class ProvenDeposit:
    """The object's leaf (canonical JSON text) in the list of its batch, with its audit path (hex)."""

    leaf: str
    index: int
    size: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """The ledger entry of the batch: its canonical JSON text, index, and audit path (hex)."""

    text: str
    index: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """All of ``proof.json``; ``exported_at`` (RFC 3339, UTC, microseconds) is said, not proven."""

    urn: str
    ref: str
    title: str
    exported_at: str
    object: ProvenObject
    deposit: ProvenDeposit
    entry: ProvenEntry
    checkpoint: str

    def dumps(self) -> bytes:
        """Return the bytes of ``proof.json``."""
        held, deposit, entry = self.object, self.deposit, self.entry
        return canonical.dumps(
            {
                "schema": SCHEMA,
                "urn": self.urn,
                "ref": self.ref,
                "title": self.title,
                "exported_at": self.exported_at,
                "object": {
                    "id": held.id,
                    "version": held.version,
                    "inventory_sha512": held.inventory_sha512,
                },
                "deposit": {
                    "leaf": deposit.leaf,
                    "index": deposit.index,
                    "size": deposit.size,
                    "path": deposit.path,
                },
                "entry": {"text": entry.text, "index": entry.index},
                "ledger": {"path": entry.path},
                "checkpoint": self.checkpoint,
            }
        )


def inclusion_document(entry: ProvenEntry, checkpoint: str) -> bytes:
    """Return the bytes of the proof that an entry is in the ledger of the note ``checkpoint``."""
    return canonical.dumps(
        {
            "schema": INCLUSION,
            "entry": {"text": entry.text, "index": entry.index},
            "ledger": {"path": entry.path},
            "checkpoint": checkpoint,
        }
    )


def consistency_document(first: str, second: str, path: Sequence[bytes]) -> bytes:
    """Return the bytes of the proof that the ledger of the note ``second`` continues that of ``first``."""
    hashes = [each.hex() for each in path]
    return canonical.dumps({"schema": CONSISTENCY, "first": first, "second": second, "path": hashes})

"""What shows an outsider that an entry stands in this site's ledger: its text, its path, the signed checkpoint behind it."""

from __future__ import annotations

from dataclasses import dataclass

from lantai.kernel.errors import NotFound
from lantai.ledger.models import Entry
from lantai.ledger.queries import sealed
from lantai.ledger.store import log, verifiers


@dataclass(frozen=True, slots=True)
class SealProof:
    """The ``text`` of an entry as the log has it, its place, its ``path`` (hexadecimal) in the tree that ends with it.

    ``note`` is the checkpoint of that tree, signed by ``keys`` (a line each, the log's own first).
    """

    text: str
    index: int
    path: tuple[str, ...]
    note: str
    keys: tuple[str, ...]


def seal_proof(uuid: str) -> SealProof:
    """Return the proof that the entry ``uuid`` is the last of a signed checkpoint; ``NotFound`` until it is published."""
    entry = Entry.objects.filter(uuid=uuid).first()
    if entry is None or entry.index is None:
        raise NotFound("ledger.entry.missing", what=uuid)
    note = sealed(entry.index).note
    path = log().inclusion_proof(entry.index, entry.index + 1)
    return SealProof(entry.text, entry.index, tuple(node.hex() for node in path), note, own_keys())


def own_keys() -> tuple[str, ...]:
    """Return the public keys of this site's ledger as outsiders are told them, the log's own first."""
    return tuple(str(key) for key in verifiers())

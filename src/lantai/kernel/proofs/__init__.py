"""Writing proofs for outsiders (docs/formats): a record's, an entry's, that of one checkpoint continuing another.

They are checked by :mod:`lantai.kernel.witness`, which shares no code with this.
"""

from lantai.kernel.proofs.documents import (
    Proof,
    ProvenDeposit,
    ProvenEntry,
    ProvenObject,
    consistency_document,
    inclusion_document,
)
from lantai.kernel.proofs.export import FOLDER, write_proof

__all__ = [
    "FOLDER",
    "Proof",
    "ProvenDeposit",
    "ProvenEntry",
    "ProvenObject",
    "consistency_document",
    "inclusion_document",
    "write_proof",
]

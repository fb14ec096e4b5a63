"""EEP files of DA/T 48: read as a stream, verified where they can be, written from drafts."""

from __future__ import annotations

from lantai.kernel.packages.eep.document import SUFFIX
from lantai.kernel.packages.eep.reading import Eep, is_eep, read_eep, read_eeps
from lantai.kernel.packages.eep.signatures import Signature, check_signatures, signature_block
from lantai.kernel.packages.eep.unfolding import unfold
from lantai.kernel.packages.eep.writing import eep_size, shell, stream

__all__ = [
    "SUFFIX",
    "Eep",
    "Signature",
    "check_signatures",
    "eep_size",
    "is_eep",
    "read_eep",
    "read_eeps",
    "shell",
    "signature_block",
    "stream",
    "unfold",
]

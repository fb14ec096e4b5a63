"""Transparency log: an append-only list of entries whose every state is fixed by one signed hash.

RFC 9162 hashing, C2SP tlog-tiles layout, C2SP checkpoints; :func:`check` is the outsider's full check.
"""

from lantai.kernel.tlog.check import check, finding_from
from lantai.kernel.tlog.checkpoint import (
    Checkpoint,
    open_checkpoint,
    parse_checkpoint,
    peek_checkpoint,
    sign_checkpoint,
)
from lantai.kernel.tlog.log import Appended, Log
from lantai.kernel.tlog.note import (
    Ed25519Signer,
    Ed25519Verifier,
    Signer,
    Verifier,
    parse_signer,
    parse_verifier,
)
from lantai.kernel.tlog.tree import (
    EMPTY_ROOT,
    HashTree,
    leaf_hash,
    root,
    root_from_path,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "EMPTY_ROOT",
    "Appended",
    "Checkpoint",
    "Ed25519Signer",
    "Ed25519Verifier",
    "HashTree",
    "Log",
    "Signer",
    "Verifier",
    "check",
    "finding_from",
    "leaf_hash",
    "open_checkpoint",
    "parse_checkpoint",
    "parse_signer",
    "parse_verifier",
    "peek_checkpoint",
    "root",
    "root_from_path",
    "sign_checkpoint",
    "verify_consistency",
    "verify_inclusion",
]

"""Transparency log: an append-only list of entries whose every state is fixed by one signed hash.

RFC 9162 hashing, C2SP tlog-tiles layout, C2SP checkpoints. This is the writer's side; outsiders check
by :mod:`lantai.kernel.witness`, which shares no code with it.
"""

from lantai.kernel.tlog.checkpoint import (
    Checkpoint,
    open_checkpoint,
    parse_checkpoint,
    peek_checkpoint,
    sign_checkpoint,
)
from lantai.kernel.tlog.keys import (
    ALGORITHMS,
    Ed25519Signer,
    Ed25519Verifier,
    Signer,
    Sm2Signer,
    Sm2Verifier,
    Verifier,
    generate,
    load_signers,
    parse_signer,
    parse_verifier,
    save_signers,
)
from lantai.kernel.tlog.log import Appended, Log
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
    "ALGORITHMS",
    "EMPTY_ROOT",
    "Appended",
    "Checkpoint",
    "Ed25519Signer",
    "Ed25519Verifier",
    "HashTree",
    "Log",
    "Signer",
    "Sm2Signer",
    "Sm2Verifier",
    "Verifier",
    "generate",
    "leaf_hash",
    "load_signers",
    "open_checkpoint",
    "parse_checkpoint",
    "parse_signer",
    "parse_verifier",
    "peek_checkpoint",
    "root",
    "root_from_path",
    "save_signers",
    "sign_checkpoint",
    "verify_consistency",
    "verify_inclusion",
]

"""What a path is, told from a few names at its top; nothing is read in full."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from lantai.kernel.witness.documents import KINDS
from lantai.kernel.witness.proof import LONGEST, schema_of


class Shape(StrEnum):
    """How a path looks from outside; the last two are looked into."""

    EXPORT = "export"
    VAULT = "vault"
    LEDGER = "ledger"
    OCFL_ROOT = "ocfl_root"
    OCFL_OBJECT = "ocfl_object"
    BAG = "bag"
    PROOF = "proof"
    ARCHIVE = "archive"
    FOLDER = "folder"


def shape_of(path: Path) -> Shape:
    """Return what ``path``, an existing file or folder, looks like."""
    if not path.is_dir():
        return Shape.PROOF if _is_proof(path) else Shape.ARCHIVE
    if (path / "proof" / "proof.json").exists():
        return Shape.EXPORT
    names = {entry.name for entry in path.iterdir() if entry.name.startswith(("0=ocfl_", "bagit.txt"))}
    if any(name.startswith("0=ocfl_object_") for name in names):
        return Shape.OCFL_OBJECT
    if any(name.startswith("0=ocfl_") for name in names):
        return Shape.OCFL_ROOT
    if (path / "ledger").is_dir() and (
        (path / "ocfl").is_dir() or (path / "ledger" / "checkpoint").is_file()
    ):
        return Shape.VAULT
    if (path / "checkpoint").is_file() or (path / "tile").is_dir():
        return Shape.LEDGER
    return Shape.BAG if names else Shape.FOLDER


def _is_proof(path: Path) -> bool:
    if path.stat().st_size > LONGEST:
        return False
    return schema_of(path.read_bytes()) in KINDS


def inner(folder: Path) -> Path:
    """Return the one folder that wraps everything in ``folder``, or ``folder`` itself."""
    entries = list(folder.iterdir())
    return entries[0] if len(entries) == 1 and entries[0].is_dir() else folder

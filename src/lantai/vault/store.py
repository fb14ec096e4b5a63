"""Where the OCFL root lies."""

from __future__ import annotations

from lantai.base.home import home
from lantai.kernel.ocfl import Repository
from lantai.kernel.storage import LocalStore


def object_store() -> LocalStore:
    """Return the folder of the OCFL root."""
    return LocalStore(home().vault / "ocfl")


def repository() -> Repository:
    """Return the site's OCFL repository, made on first use."""
    return Repository.create(object_store())


def batch_store() -> LocalStore:
    """Return the folder of deposit lists: one file per batch, whose Merkle root stands in the ledger."""
    return LocalStore(home().vault / "batches")


def stores() -> tuple[LocalStore, ...]:
    """Return every local store of this room, for collecting what killed writers left."""
    return object_store(), batch_store()

"""Where the log's files and its key lie."""

from __future__ import annotations

from lantai.base.home import home
from lantai.kernel.errors import Unavailable
from lantai.kernel.storage import LocalStore
from lantai.kernel.tlog import Ed25519Signer, Ed25519Verifier, Log

ORIGIN = "lantai.invalid/ledger"
"""First line of every checkpoint: names the log, not a host."""


def log_store() -> LocalStore:
    """Return the folder of the log's files."""
    return LocalStore(home().vault / "ledger")


def log() -> Log:
    """Return the log in the vault."""
    return Log(log_store(), ORIGIN)


def write_key() -> None:
    """Make the signing key unless there is one; the file is readable by its owner only.

    The public half lies beside it, and beside the log, for whoever checks a copy of the vault. Killed
    anywhere, the same call again finishes the work.
    """
    path = home().keys / "ledger.key"
    if not path.exists():
        home().make()
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        Ed25519Signer.generate(ORIGIN).save(fresh)
        fresh.replace(path)
    public = f"{verifier()}\n".encode("ascii")
    for store in (LocalStore(home().keys), log_store()):
        if not store.exists("ledger.pub"):
            store.put("ledger.pub", public)


def signer() -> Ed25519Signer:
    """Return the site's signer; ``Unavailable`` when the key is missing."""
    path = home().keys / "ledger.key"
    if not path.exists():
        raise Unavailable("ledger.key.missing", path=path.name)
    return Ed25519Signer.load(path)


def verifier() -> Ed25519Verifier:
    """Return the public half of the site's key."""
    return signer().verifier


def verifier_text() -> str:
    """Return the public key as the text that outsiders are given."""
    return str(verifier())

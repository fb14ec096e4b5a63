"""Opening a target: its store, its key from the folder of keys, and the mark by which it is known again."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from lantai.base.home import home
from lantai.base.secret_files import keep_secret
from lantai.kernel import canonical
from lantai.kernel.errors import Conflict, LantaiError, NotFound, Unavailable
from lantai.kernel.storage import LocalStore, Store, read
from lantai.kernel.storage.objects import Patience
from lantai.kernel.storage.opening import Key, opened, read_address
from lantai.vault.models import Target

MARK = "lantai-target.json"
"""File at the top of a target that says whose it is: a disk that is not mounted does not have it."""


def key_of(target: UUID, address: str) -> Key | None:
    """Return the access key kept for ``address``; None for a folder.

    ``Unavailable("vault.target.key_lost")`` when its file is gone or was given for another address.
    """
    if read_address(address).folder is not None:
        return None
    try:
        lines = _key_file(target).read_text("utf-8").split("\n")
    except FileNotFoundError as gone:
        raise Unavailable("vault.target.key_lost") from gone
    if len(lines) != 4 or lines[0] != address:
        raise Unavailable("vault.target.key_lost")
    return Key(lines[1], lines[2])


def keep_key(target: UUID, address: str, key: Key) -> None:
    """Keep an access key in a file that only the site's own account can read; whole or not at all.

    The address it was given for stands before it, so that no other one is ever sent it.
    """
    keep_secret(_key_file(target), address, key.name, key.secret)


def forget_key(target: UUID) -> None:
    """Remove the access key of a target."""
    _key_file(target).unlink(missing_ok=True)


def _key_file(target: UUID) -> Path:
    return home().keys / "targets" / f"{target}.s3"


def store_of(target: Target, patience: Patience | None = None) -> Store:
    """Return the store of a target, known by its mark.

    ``Unavailable("vault.target.away")`` when the mark is not there (a disk is not mounted, a bucket was emptied),
    ``Conflict("vault.target.other")`` when it is the mark of another target.
    """
    store = raw_store(target.uuid, target.address, patience)
    found = mark_in(store)
    if found is None:
        raise Unavailable("vault.target.away", name=target.name)
    if found != str(target.uuid):
        raise Conflict("vault.target.other", name=target.name)
    return store


def raw_store(target: UUID, address: str, patience: Patience | None = None) -> Store:
    """Return the store at an address, whatever lies there."""
    key = key_of(target, address)
    return opened(address, key, patience) if patience else opened(address, key)


def mark_in(store: Store) -> str | None:
    """Return the uuid of the target that a store is marked as, "" when the mark cannot be read, None without one."""
    try:
        told = canonical.loads(read(store, MARK).strip())
    except NotFound:
        return None
    except LantaiError as odd:
        if odd.kind in {"unavailable", "forbidden"}:
            raise
        return ""
    return str(told.get("target", "")) if isinstance(told, dict) else ""


def write_mark(store: Store, target: UUID, site: str) -> None:
    """Mark a store as a target; what bears another mark is refused with ``Conflict("vault.target.taken")``.

    ``site`` is the name of the archives, "" where it shall not be read there.
    """
    found = mark_in(store)
    if found is not None and found != str(target):
        raise Conflict("vault.target.taken", url=store.url)
    if found is None:
        told = {"schema": "lantai.target/1", "target": str(target), "site": site}
        store.put(MARK, canonical.dumps(told) + b"\n")


def settle_in(store: Store) -> None:
    """Remove what killed writers of ours left half-made in a folder."""
    if isinstance(store, LocalStore):
        store.collect_staging()

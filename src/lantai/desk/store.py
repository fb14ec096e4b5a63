"""Where the bytes of captured files lie: by their SHA-512, below ``LANTAI_HOME/desk`` (decision 0014)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lantai.base.home import home
from lantai.kernel.errors import Conflict, Corrupt
from lantai.kernel.storage import LocalStore
from lantai.kernel.storage.medium import length
from lantai.kernel.storage.store import Source, Taken


def desk_store() -> LocalStore:
    """Return the store of the desk."""
    return LocalStore(home().desk)


def stores() -> tuple[LocalStore, ...]:
    """Return every local store of this room, for collecting what killed writers left."""
    return (desk_store(),)


def key_of(sha512: str) -> str:
    """Return the key under which the bytes of a digest lie."""
    return f"{sha512[:2]}/{sha512[2:4]}/{sha512}"


def keep(files: Mapping[str, Source]) -> None:
    """Make the bytes of each digest durable; what lies there already stays as it is.

    ``Corrupt("desk.store.damaged")`` when bytes of another length lie under a digest.
    """
    store = desk_store()
    while True:
        missing = {sha512: source for sha512, source in files.items() if not store.exists(key_of(sha512))}
        for sha512 in files.keys() - missing.keys():
            if store.size(key_of(sha512)) != length(files[sha512]):
                raise Corrupt("desk.store.damaged", sha512=sha512)
        try:
            return store.put_many({key_of(sha512): source for sha512, source in missing.items()})
        except Conflict as quicker:  # the same bytes came by another request at this moment
            if quicker.code != "storage.key.exists":
                raise


def restore(sha512: str, source: Path) -> None:
    """Put the bytes of a digest, computed by the caller, where they were lost or damaged; ``source`` is given away."""
    desk_store().put(key_of(sha512), Taken(source), replace=True)


def read(sha512: str) -> bytes:
    """Return the bytes of a small file."""
    with desk_store().open(key_of(sha512)) as stream:
        return stream.read()


def place(sha512: str) -> Path:
    """Return where the bytes of a digest lie."""
    return desk_store().root / key_of(sha512)

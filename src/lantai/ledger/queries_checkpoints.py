"""Checkpoints that were kept, their time stamps, and the proofs that outsiders take away (docs/formats/ledger.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from rfc3161_client import decode_timestamp_response

from lantai.base.home import home
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.proofs import ProvenEntry, consistency_document, inclusion_document
from lantai.kernel.storage import read
from lantai.kernel.tlog import Verifier, peek_checkpoint
from lantai.kernel.tlog.note import signed_by
from lantai.kernel.tlog.tiles import kept_key
from lantai.ledger.queries import proof
from lantai.ledger.store import log, log_store, predecessors, stamp_key, verifiers


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key that signs or signed: its line, what it is called, and what two people compare."""

    line: str
    algorithm: str
    fingerprint: str
    present: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint of ``size`` entries; ``kept_at`` is our clock's, ``stamped_at`` the outsider's (None: not stamped).

    ``newest`` is the published one; ``fingerprints`` are of the keys that signed it, as far as we know them.
    """

    size: int
    kept_at: datetime
    stamped_at: datetime | None
    fingerprints: tuple[str, ...]
    newest: bool


def key_views() -> list[KeyView]:
    """Return the keys that sign now, then those that signed before."""
    now = [_view(key, present=True) for key in verifiers()]
    return now + [
        _view(key, present=False) for key in predecessors() if str(key) not in {k.line for k in now}
    ]


def _view(key: Verifier, *, present: bool) -> KeyView:
    return KeyView(str(key), key.algorithm, key.fingerprint, present)


def checkpoints(limit: int = 50) -> list[Kept]:
    """Return the published checkpoint and the newest kept ones, the largest first."""
    found = []
    published = log().checkpoint()
    if published is not None:
        found.append(_kept(published.size, "checkpoint", newest=True))
    sizes = sorted(_sizes(), reverse=True)
    return found + [_kept(size, kept_key(size), newest=False) for size in sizes[:limit]]


def _sizes() -> list[int]:
    place = home().vault / "ledger" / "checkpoints"
    names = [file.name for file in place.iterdir()] if place.is_dir() else []
    return [int(name) for name in names if name.isascii() and name.isdecimal()]


def _kept(size: int, key: str, *, newest: bool) -> Kept:
    store = log_store()
    at = datetime.fromtimestamp((home().vault / "ledger" / key).stat().st_mtime, UTC)
    note = read(store, key)
    signed = [each.fingerprint for each in (*verifiers(), *predecessors()) if signed_by(note, each)]
    return Kept(size, at, None if newest else _stamped_at(size), tuple(dict.fromkeys(signed)), newest)


def _stamped_at(size: int) -> datetime | None:
    store = log_store()
    if not store.exists(stamp_key(size)):
        return None
    try:
        return decode_timestamp_response(read(store, stamp_key(size))).tst_info.gen_time
    except ValueError:  # damage is for lantai-verify to name; here it is as good as no stamp
        return None


def checkpoint_at(size: int) -> bytes:
    """Return the signed note of the published or a kept checkpoint; ``NotFound("ledger.checkpoint.missing")``."""
    store = log_store()
    if store.exists(kept_key(size)):
        return read(store, kept_key(size))
    published = log().checkpoint()
    if published is None or published.size != size:
        raise NotFound("ledger.checkpoint.missing", size=size)
    return published.note.encode()


def stamp_at(size: int) -> bytes:
    """Return the time-stamp response over a kept checkpoint; ``NotFound("ledger.checkpoint.missing")``."""
    store = log_store()
    if not store.exists(stamp_key(size)):
        raise NotFound("ledger.checkpoint.missing", size=size)
    return read(store, stamp_key(size))


def entry_proof(uuid: str) -> bytes:
    """Return ``lantai.inclusion/1`` for an entry; ``NotFound("ledger.entry.missing")`` until it is published."""
    told = proof(uuid)
    return inclusion_document(ProvenEntry(told.text, told.index, told.path), told.checkpoint)


def consistency(first: bytes, second: bytes) -> bytes:
    """Return ``lantai.consistency/1``: the checkpoint in the note ``second`` continues that in ``first``.

    ``Invalid``: ``ledger.checkpoint.order`` when the second is the smaller, ``ledger.checkpoint.foreign`` when one
    is none of this ledger; ``Corrupt("tlog.…")`` for what is no checkpoint.
    """
    ledger = log()
    old, new = (peek_checkpoint(note) for note in (first, second))
    for each in (old, new):
        if not ledger.continues(each):
            raise Invalid("ledger.checkpoint.foreign", size=each.size)
    if old.size > new.size:
        raise Invalid("ledger.checkpoint.order", first=old.size, second=new.size)
    path = ledger.consistency_proof(old.size, new.size)
    return consistency_document(first.decode(), second.decode(), path)

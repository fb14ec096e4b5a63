"""Repair of what lies beside the objects: from what the database proves, or from a target by the digest of the day it went."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.base.locks import held
from lantai.kernel.errors import LantaiError
from lantai.kernel.storage import LocalStore, Store
from lantai.vault.aside import keep_bad
from lantai.vault.logbook import Logbook
from lantai.vault.models import Damage, Target
from lantai.vault.parcel import sha512_of
from lantai.vault.rereading import Place
from lantai.vault.sealed import SealedShelf, file_key
from lantai.vault.sealed import opened as unsealed
from lantai.vault.services.besides import bytes_here, sent_digest
from lantai.vault.services.good_copies import Helpers, checked, note_source
from lantai.vault.services.repairing import lost, mended

LOG_LOCK = "sequencer"


def mend_beside(actor: Actor, damage: Damage, helpers: Helpers) -> str:
    """Repair one file beside the objects if possible; return the state of the damage afterwards."""
    if damage.target is None:
        helpers.wrong_beside()  # holds the lock of the log itself for a moment
    with ExitStack() as locks:
        names = [LOG_LOCK] if damage.target is None else [f"log-{damage.target.uuid}"]
        for name in names:
            if not locks.enter_context(held(name, wait=damage.target is None)):
                return damage.state
        if damage.target is None:
            return _mend_here(actor, damage, helpers)
        return _mend_there(actor, damage, damage.target, helpers)


def _mend_here(actor: Actor, damage: Damage, helpers: Helpers) -> str:
    """Write what the database proves, or what a target has by the digest the file had when it was sent."""
    vault, key = LocalStore(home().vault), damage.key
    told = helpers.wrong_beside()
    known = told.get(key)
    wanted = sent_digest(key)
    if known is not None and known.data is not None:
        wanted = hashlib.sha512(known.data).hexdigest()
        _put(damage, vault, key, known.data, "ledger")
    elif wanted and _has(vault, key) != wanted and not _from_target(damage, vault, wanted, helpers):
        return _lost(actor, damage)
    if (_has(vault, key) != wanted) if wanted else known is not None:
        return _lost(actor, damage)
    mended(actor, damage.pk)
    return Damage.REPAIRED


def _has(store: Store, key: str) -> str:
    try:
        return sha512_of(store, key)
    except (LantaiError, OSError) as odd:
        return str(odd)


def _from_target(damage: Damage, vault: LocalStore, wanted: str, helpers: Helpers) -> bool:
    """Put the file that some target has with the digest ``wanted``; return whether one had it."""
    for target in Target.objects.filter(ended_at=None).exclude(kind=Target.CARRIER).order_by("pk"):
        place = helpers.place(target)
        if place is None:
            continue
        try:
            with _opened(place, damage.key, helpers) as stream, checked(stream, wanted) as fresh:
                if fresh is not None:
                    _aside(damage, vault, damage.key, here=True)
                    note_source(damage, target.name)
                    vault.put(damage.key, fresh, replace=True)
                    return True
        except (LantaiError, OSError):
            continue
    return False


@contextmanager
def _opened(place: Place, key: str, helpers: Helpers) -> Iterator[BinaryIO]:
    if place.sealed:
        with unsealed(place.raw, file_key(key), list(helpers.identities)) as plain:
            yield plain
    else:
        with place.raw.open(key) as stream:
            yield stream


def _put(damage: Damage, store: Store, key: str, data: bytes, source: str) -> None:
    _aside(damage, store, key, here=damage.target is None)
    note_source(damage, source)
    store.put(key, data, replace=True)


def _aside(damage: Damage, store: Store, key: str, *, here: bool) -> None:
    aside = keep_bad(store, key, f"{damage.pk}/{key}", here=here)
    if aside and aside not in damage.aside:
        damage.aside = [*damage.aside, aside]
        damage.save(update_fields=["aside"])


def _lost(actor: Actor, damage: Damage) -> str:
    lost(actor, damage.pk, "vault.damage.no_copy")
    return Damage.LOST


def _mend_there(actor: Actor, damage: Damage, target: Target, helpers: Helpers) -> str:
    """Send a file again that is bad at a target, from here, or from another target."""
    place = helpers.place(target)
    if place is None or target.paused or target.ended_at:
        return damage.state
    book, key = Logbook(target.uuid), damage.key
    lies = book.lies([key]).get(key)
    there = file_key(key) if place.sealed else key
    if lies is None or _has(place.raw, there) == (lies.sealed or lies.sha512):
        mended(actor, damage.pk)  # it was sent again meanwhile, or is not wanted there any more
        return Damage.REPAIRED
    data = _good_bytes(key, lies.sha512, target, helpers)
    if data is None:
        return _lost(actor, damage)
    _aside(damage, place.raw, there, here=False)
    note_source(damage, "here")
    if place.sealed:
        sealed, _ = SealedShelf(place.raw, target.recipient).put_file(key, data)
        book.keep({key: lies._replace(sealed=sealed)})
    else:
        place.raw.put(key, data, replace=True)
    if _has(place.raw, there) != (book.lies([key])[key].sealed or lies.sha512):
        return damage.state
    mended(actor, damage.pk)
    return Damage.REPAIRED


def _good_bytes(key: str, wanted: str, target: Target, helpers: Helpers) -> bytes | None:
    """Return the file with the digest ``wanted``: from here, else from another plain target."""
    found = _sent_from(key)
    if found is not None and hashlib.sha512(found).hexdigest() == wanted:
        return found
    for other in Target.objects.filter(ended_at=None).exclude(pk=target.pk).exclude(kind=Target.CARRIER):
        place = helpers.place(other)
        if place is None:
            continue
        try:
            with _opened(place, key, helpers) as stream, checked(stream, wanted) as fresh:
                if fresh is not None:
                    return fresh.read_bytes()
        except (LantaiError, OSError):
            continue
    return None


def _sent_from(key: str) -> bytes | None:
    """Return a file as it lies here: of the vault, or of the site's folder for what else is sent."""
    if key.startswith(("batches/", "rows/", "ledger/")):
        return bytes_here(key)
    try:
        return (home().root / key).read_bytes()
    except OSError:
        return None

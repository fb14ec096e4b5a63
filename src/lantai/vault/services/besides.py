"""What lies beside the objects, looked at: log, lists of batches, rows, the root of the objects; at targets all that was sent.

Two things tell what a file must be. Here: the database, whose entries the signed checkpoint vouches for, the roots of
lists, the chain of the rows. At targets, and here for what nothing else tells of: the digest a file had when it was
sent (:mod:`lantai.vault.logbook`); none of these files is ever written a second time, but for the checkpoint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.base.locks import held
from lantai.kernel.errors import LantaiError, NotFound
from lantai.kernel.ocfl import Repository
from lantai.kernel.storage import LocalStore, MemoryStore, read
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.kernel.tlog.tiles import KEPT
from lantai.ledger.acts import act, record, unchanged
from lantai.ledger.queries import size as sequenced
from lantai.ledger.queries_files import (
    LogFiles,
    narrower,
    own_note,
    public_keys,
    signed_alike,
    sound_checkpoint,
)
from lantai.ledger.queries_rows import damaged_rows
from lantai.vault.logbook import Lies, Logbook
from lantai.vault.models import Audit, Batch, Damage, Deposit, Target
from lantai.vault.parcel import file_sha512, sha512_of
from lantai.vault.rereading import Place
from lantai.vault.sealed import file_key
from lantai.vault.services.audits import SUBJECT
from lantai.vault.services.deposit import leaf

FOLDERS = ("batches", "rows", "ledger")
SENT = ("desk", "recordtypes", *FOLDERS)
CHECKPOINT = "ledger/checkpoint"
OPEN = (Damage.OPEN, Damage.LOST)

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A file that is not as it must be: its key below the vault; what it must be, as far as that is known here."""

    key: str
    kind: str
    found: str = ""
    wanted: str = ""
    data: bytes | None = None


def check_beside(audit: Audit, place: Place, check: Check) -> int:
    """Look at everything beside the objects and tell of what is wrong; return how many files were looked at."""
    counted = [0]

    def count() -> None:
        check()
        counted[0] += 1

    wrong = list(_at_target(place, count) if place.target else wrong_here(count))
    _tell(SYSTEM, audit.pk, wrong)
    return counted[0]


def wrong_here(count: Check) -> Iterator[Wrong]:
    """Yield what is wrong beside the objects of the vault itself; ``count`` is called for every file."""
    told: set[str] = set()
    for part in (_root_files, _log, _batches, _as_sent, _rows):
        for one in part(count):
            if one.key not in told:
                told.add(one.key)
                yield one


def _vault() -> LocalStore:
    return LocalStore(home().vault)


def _compared(key: str, data: bytes) -> Wrong | None:
    """Return what is wrong with a file that must be ``data``."""
    found = file_sha512_or_odd(home().vault / key)
    wanted = hashlib.sha512(data).hexdigest()
    if found == wanted:
        return None
    return Wrong(key, "damaged" if found else "missing", found, wanted, data)


def file_sha512_or_odd(path: Path) -> str:
    """Return the SHA-512 of a file, "" when there is none, why it cannot be read when it cannot."""
    try:
        return file_sha512(path)
    except OSError as odd:
        return odd.strerror or "?"


def _root_files(count: Check) -> Iterator[Wrong]:
    """The few files by which a folder is a storage root: always the same."""
    if not Deposit.objects.exists():
        return
    model = MemoryStore()
    Repository.create(model)
    for key in model.list():
        count()
        if wrong := _compared(f"ocfl/{key}", read(model, key)):
            yield wrong


def _log(count: Check) -> Iterator[Wrong]:
    """Tiles and bundles by the entries, which the checkpoint vouches for; the checkpoint by its signature."""
    store = LocalStore(home().vault / "ledger")
    present = sound_checkpoint(store)
    files = LogFiles(present.size if present else sequenced())
    found = []
    for key, data in files.files():
        count()
        found += [one for one in _with_narrower(key, data) if not _filled(store, one.key)]
    proven = present is not None and present.root == files.root
    yield from found if proven or present is None else ()
    count()
    if present is None:
        if files.size:
            yield _compared(CHECKPOINT, own_note(files.size, files.root)) or Wrong(CHECKPOINT, "damaged")
    elif not proven:
        yield Wrong("ledger", "damaged", files.root.hex(), present.root.hex())
    elif not signed_alike(present.note.encode(), present):
        yield Wrong(CHECKPOINT, "damaged", data=own_note(present.size, present.root))
    yield from _kept(store, count)


def _filled(store: LocalStore, key: str) -> bool:
    """Return whether an unfinished file went because it is finished."""
    stem, dot, _ = key.removeprefix("ledger/").partition(".p/")
    return bool(dot) and store.exists(stem)


def _with_narrower(key: str, data: bytes) -> Iterator[Wrong]:
    """Compare a file of the log, and those that it grew out of where they still lie there."""
    if wrong := _compared(f"ledger/{key}", data):
        yield wrong
    stem, dot, width = key.partition(".p/")
    if not dot:
        return
    for path in (home().vault / "ledger" / f"{stem}.p").glob("*"):
        if not path.name.isdigit() or int(path.name) >= int(width):
            continue
        if wrong := _compared(f"ledger/{stem}.p/{path.name}", narrower(key, data, int(path.name))):
            yield wrong


def _kept(store: LocalStore, count: Check) -> Iterator[Wrong]:
    """Kept checkpoints by their signatures and names, the public keys by the keys."""
    for key in store.list(KEPT):
        count()
        kept = sound_checkpoint(store, key)
        if kept is None or f"{KEPT}/{kept.size}" != key or not signed_alike(kept.note.encode(), kept):
            yield Wrong(f"ledger/{key}", "damaged")
    if wrong := _compared("ledger/ledger.pub", public_keys()):
        yield wrong


def _batches(count: Check) -> Iterator[Wrong]:
    """The lists of deposits by their roots; a bad one is made again from the rows where these give the same root."""
    for batch in Batch.objects.order_by("pk").iterator():
        count()
        key = f"batches/{batch.key.replace(':', '/')}.jsonl"
        found = _lines(home().vault / key)
        if found is not None and _root(found) == batch.list_root and b"".join(found).endswith(b"\n"):
            continue
        rows = Deposit.objects.filter(batch=batch).order_by("place")
        told = rows.values_list("object_id", "version", "inventory_sha512")
        lines = [leaf(one, f"v{version}", digest) + b"\n" for one, version, digest in told]
        data = b"".join(lines) if _root(lines) == batch.list_root else None
        wanted = hashlib.sha512(data).hexdigest() if data is not None else ""
        yield Wrong(key, "missing" if found is None else "damaged", "", wanted, data)


def _lines(path: Path) -> list[bytes] | None:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except OSError:
        return None


def _root(lines: list[bytes]) -> str:
    return HashTree([leaf_hash(line.removesuffix(b"\n")) for line in lines]).root().hex()


def _rows(count: Check) -> Iterator[Wrong]:
    """The rows by their chain: it breaks at the first file that is not as it was."""
    with held("sequencer", wait=True):
        found = damaged_rows()
    for key, problem in found:
        count()
        yield Wrong(key, "damaged", problem)


def _as_sent(count: Check) -> Iterator[Wrong]:
    """Everything by the digest it had when it was sent to a target."""
    seen: set[str] = set()
    for target in _online():
        book = Logbook(target.uuid)
        for folder in FOLDERS:
            for key, lies in _lying(book, folder):
                if key in seen or key in (CHECKPOINT, "ledger/ledger.pub"):
                    continue
                seen.add(key)
                count()
                found = file_sha512_or_odd(home().vault / key)
                if found and found != lies.sha512:
                    yield Wrong(key, "damaged", found, lies.sha512)
                elif not found and folder == "batches":
                    yield Wrong(key, "missing", "", lies.sha512)


def _online() -> list[Target]:
    return list(Target.objects.filter(ended_at=None).exclude(kind=Target.CARRIER).order_by("pk"))


def _lying(book: Logbook, folder: str) -> Iterator[tuple[str, Lies]]:
    keys = book.below(folder)
    for start in range(0, len(keys), 500):
        yield from book.lies(keys[start : start + 500]).items()


def _at_target(place: Place, count: Check) -> Iterator[Wrong]:
    """What was sent to a target, by the digest it had then, or that of its sealed form."""
    if place.target is None:
        return
    book = Logbook(place.target.uuid)
    for folder in SENT:
        for key, lies in _lying(book, folder):
            count()
            wanted = lies.sealed or lies.sha512
            there = file_key(key) if place.sealed else key
            try:
                found = sha512_of(place.raw, there)
            except (OSError, LantaiError) as odd:
                if isinstance(odd, LantaiError) and odd.kind == "unavailable":
                    raise
                found = str(odd)
            if found != wanted and key in book.lies([key]):
                yield Wrong(key, "damaged" if found else "missing", found, lies.sha512)


@act("vault.damage.beside")
def _tell(actor: Actor, audit: int, wrong: list[Wrong]) -> None:
    """Tell of files beside the objects that are not as they must be; what is well again is ended."""
    row = Audit.objects.select_related("target").get(pk=audit)
    known = Damage.objects.filter(target=row.target, deposit=None, state__in=OPEN)
    before = {one.key: one for one in known}
    ended = [one for key, one in before.items() if key not in {each.key for each in wrong}]
    known.filter(pk__in=[one.pk for one in ended]).update(state=Damage.GONE, ended_at=timezone.now())
    fresh = [one for one in wrong if one.key not in before]
    now = timezone.now()
    Damage.objects.bulk_create(
        [
            Damage(
                audit=row,
                key=one.key,
                target=row.target,
                kind=one.kind,
                faults=[[one.key, "missing" if one.kind == "missing" else "differs", one.found]],
                found_at=now,
            )
            for one in fresh
        ]
    )
    if not fresh and not ended:
        unchanged()
        return
    told: dict[str, Any] = {
        "audit": str(row.uuid),
        "target": row.target.name if row.target else "",
        "count": len(fresh),
        "files": [[one.key, one.kind] for one in fresh][:200],
        "well": [one.key for one in ended][:200],
    }
    record(SUBJECT, told)


def sent_digest(key: str) -> str:
    """Return the digest a file had when it was sent to a target, "" when none was told."""
    for target in _online():
        lies = Logbook(target.uuid).lies([key]).get(key)
        if lies is not None:
            return lies.sha512
    return ""


def bytes_here(key: str) -> bytes | None:
    """Return a file beside the objects, None when it is not there."""
    try:
        return read(_vault(), key)
    except NotFound:
        return None

"""Taking stock: what lies in an object store and what the rows say, compared both ways.

Orphans (objects without rows, files that no inventory names) are named and left alone: whether one is adopted or put
aside is for a person to say. Rows without their objects are damages. One walk in order beside the rows in the same
order: memory does not grow.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import orjson
from django.db.models import BooleanField, Exists, OuterRef, Value
from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.kernel.errors import LantaiError
from lantai.kernel.ocfl.reread import Fault
from lantai.kernel.storage import FolderStore, Store, read
from lantai.ledger.acts import act, record, unchanged
from lantai.vault.models import Audit, Copy, Damage, Deposit, Stray
from lantai.vault.rereading import MISSING, Outcome, Place, Version
from lantai.vault.services.audits import SUBJECT
from lantai.vault.services.ends import keep_outcomes

YOUNG = 3_600.0
"""Seconds in which an object may lie there before its rows are written."""

_ROOT = ("extensions/", "0=ocfl_", "ocfl_layout.json")
_DEPTH = 4
_MOST = 1_000

Check = Callable[[], None]


class Known(NamedTuple):
    """An object by its folder: its newest version at the place, whether that is known to be good there."""

    prefix: str
    pk: int
    object_id: str
    number: int
    inventory_sha512: str
    there: int


@dataclass(frozen=True, slots=True)
class Found:
    """An orphan: an object's folder or a single file."""

    kind: str
    key: str
    object_id: str
    files: int
    bytes: int


def take_stock(audit: Audit, place: Place, check: Check, young: float = YOUNG) -> int:
    """Compare what lies at a place with the rows; return the number of orphans that are open there now."""
    found: list[Found] = []
    gone: list[Known] = []
    for one in _compared(place, check, young):
        if isinstance(one, Found):
            if len(found) < _MOST:
                found.append(one)
        elif len(gone) < _MOST:
            gone.append(one)
    if gone:
        keep_outcomes(audit, [_missing(one) for one in gone if not _told(audit, one.pk)])
    _tell(SYSTEM, audit.pk, found)
    return Stray.objects.filter(target=audit.target, state=Stray.OPEN).count()


def _told(audit: Audit, pk: int) -> bool:
    known = Damage.objects.filter(target=audit.target, deposit=pk, state__in=(Damage.OPEN, Damage.LOST))
    return known.exists()


def _missing(one: Known) -> Outcome:
    version = Version(one.pk, one.object_id, one.number, one.inventory_sha512, 0, True)
    return Outcome(version, MISSING, 0, 0, (Fault("inventory.json", "missing", ""),))


def _compared(place: Place, check: Check, young: float) -> Iterator[Found | Known]:
    """Yield orphans, and known objects of which nothing lies there."""
    store: Store = FolderStore(place.raw, "sealed/ocfl") if place.sealed else place.objects
    with tempfile.NamedTemporaryFile(prefix="lantai-stock-") as scratch:
        book = sqlite3.connect(scratch.name)
        try:
            _write_known(book, place)
            rows = (Known(*row) for row in book.execute("SELECT * FROM known ORDER BY prefix"))
            row = next(rows, None)
            for prefix, keys in groupby(store.list(), _prefix):
                check()
                while row is not None and row.prefix < prefix:
                    if row.there:
                        yield row
                    row = next(rows, None)
                names = list(keys)
                if row is not None and row.prefix == prefix:
                    if not place.sealed:
                        yield from _unnamed(store, row, names)
                    row = next(rows, None)
                else:
                    yield from _orphan(store, prefix, names, young)
            while row is not None:
                if row.there:
                    yield row
                row = next(rows, None)
        finally:
            book.close()


def _prefix(key: str) -> str:
    """Return the folder of the object that a key would belong to; of other files the key."""
    parts = key.split("/", _DEPTH)
    return "/".join(parts[:_DEPTH]) if len(parts) > _DEPTH and not key.startswith(_ROOT) else key


def _write_known(book: sqlite3.Connection, place: Place) -> None:
    """Write every object with its newest version at the place, by the folder it must lie in."""
    book.execute("PRAGMA journal_mode=OFF")
    book.execute(
        "CREATE TABLE known (prefix TEXT PRIMARY KEY, pk INTEGER, object_id TEXT, number INTEGER,"
        " inventory TEXT, there INTEGER) WITHOUT ROWID"
    )
    rows = Deposit.objects.order_by("object_id", "version")
    if place.target is not None:
        mine = Copy.objects.filter(target=place.target, state=Copy.GOOD, deposit=OuterRef("pk"))
        rows = rows.annotate(there=Exists(mine))
    else:
        rows = rows.annotate(there=Value(True, output_field=BooleanField()))
    told = rows.values_list("pk", "object_id", "version", "inventory_sha512", "there")
    book.executemany(
        "INSERT INTO known VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (prefix) DO UPDATE SET pk = excluded.pk,"
        " number = excluded.number, inventory = excluded.inventory, there = excluded.there"
        " WHERE excluded.there OR NOT known.there",
        (
            (Version(pk, name, number, digest, 0, True).prefix, pk, name, number, digest, there)
            for pk, name, number, digest, there in told.iterator()
        ),
    )
    book.commit()


def _unnamed(store: Store, row: Known, names: Sequence[str]) -> Iterator[Found]:
    """Yield the files in a known object's folder that its newest inventory does not name."""
    try:
        raw = read(store, f"{row.prefix}/v{row.number}/inventory.json")
    except (LantaiError, OSError):
        return  # a damage, told as such
    if hashlib.sha512(raw).hexdigest() != row.inventory_sha512:
        return
    small = ("inventory.json", "inventory.json.sha512")
    wanted = {"0=ocfl_object_1.1", *small}
    wanted |= {f"v{number}/{name}" for number in range(1, row.number + 1) for name in small}
    wanted |= {path for paths in orjson.loads(raw)["manifest"].values() for path in paths}
    for name in names:
        path = name[len(row.prefix) + 1 :]
        if path not in wanted and not _later(path, row.number):
            yield Found(Stray.FILE, name, row.object_id, 1, _size(store, name))


def _later(path: str, number: int) -> bool:
    """Return whether a file belongs to a version that has no copy row at this place yet, or is slipped in: a damage."""
    folder = path.partition("/")[0]
    return folder[:1] == "v" and folder[1:].isdigit() and int(folder[1:]) > number


def _orphan(store: Store, prefix: str, names: Sequence[str], young: float) -> Iterator[Found]:
    if prefix.startswith(_ROOT):
        return
    path = store.local_path(prefix)
    try:
        fresh = path is not None and 0 <= time.time() - path.lstat().st_mtime < young
    except FileNotFoundError:
        return
    if fresh:
        return
    kind = Stray.OBJECT if f"{prefix}/0=ocfl_object_1.1" in names else Stray.FILE
    if kind == Stray.FILE:
        for name in names:
            yield Found(kind, name, "", 1, _size(store, name))
        return
    yield Found(kind, prefix, _named(store, prefix), len(names), sum(_size(store, name) for name in names))


def _named(store: Store, prefix: str) -> str:
    """Return what an object calls itself, "" when that cannot be read or is no name of its folder."""
    try:
        told = str(orjson.loads(read(store, f"{prefix}/inventory.json"))["id"])
    except (LantaiError, OSError, ValueError, KeyError, TypeError):
        return ""
    return told if len(told) <= 80 and Version(0, told, 1, "", 0, True).prefix == prefix else ""


def _size(store: Store, key: str) -> int:
    try:
        return store.size(key)
    except LantaiError:
        return 0


@act("vault.stray.find")
def _tell(actor: Actor, audit: int, found: list[Found]) -> None:
    """Tell of orphans once; those that are not there any more are ended."""
    row = Audit.objects.select_related("target").get(pk=audit)
    known = Stray.objects.filter(target=row.target, state=Stray.OPEN)
    before = set(known.values_list("key", flat=True))
    now = timezone.now()
    gone = before - {one.key for one in found}
    for key in gone:
        known.filter(key=key).update(state=Stray.GONE, ended_at=now)
    fresh = [one for one in found if one.key not in before]
    Stray.objects.bulk_create(
        [
            Stray(
                target=row.target,
                kind=one.kind,
                key=one.key,
                object_id=one.object_id,
                files=one.files,
                bytes=one.bytes,
                found_at=now,
            )
            for one in fresh
        ]
    )
    if not fresh and not gone:
        unchanged()
        return
    told = {
        "audit": str(row.uuid),
        "target": row.target.name if row.target else "",
        "count": len(fresh),
        "found": [[one.key, one.object_id] for one in fresh][:200],
        "gone": sorted(gone)[:200],
    }
    record(SUBJECT, told)

"""Offline carriers (备份载体): a whole vault written onto a disk at once, with a table of digests, a note and a label.

A set holds as many of the objects that its target lacks as it has room for, and the whole log, rows and lists beside
them, so that from any one set what it holds can be proven and restored. Written again after a kill it is completed.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.base.locks import held
from lantai.kernel import canonical
from lantai.kernel.digests import FileDigests, digest_bytes, digest_file
from lantai.kernel.errors import Conflict, Corrupt, Invalid, NotFound, Unavailable
from lantai.kernel.packages.papers import write_digests, write_note
from lantai.kernel.printing import render
from lantai.kernel.storage import LocalStore, read
from lantai.kernel.tlog import peek_checkpoint
from lantai.ledger import queries as ledger
from lantai.ledger.acts import act, record
from lantai.people.policies import require
from lantai.vault.logbook import Logbook
from lantai.vault.models import Carrier, Copy, Deposit, Target
from lantai.vault.parcel import Parcel, parcel_of
from lantai.vault.services.copying import always, lacking, listed
from lantai.vault.services.pace import USUAL, Pace
from lantai.vault.services.shipping import Shipping, beside
from lantai.vault.services.targets import PERMISSION, target_row
from lantai.vault.services.writing import PlainShelf
from lantai.vault.store import object_store, repository

MARK = "lantai-carrier.json"
NOTE, TABLE, LABEL = "说明文件.txt", "数字摘要表.csv", "载体标签.pdf"
PAPERS = (MARK, NOTE, TABLE, LABEL)
ROOM = 0.95
"""Part of a carrier that is filled: file systems need the rest."""

OVERHEAD = 16 << 10
"""Bytes that a version takes beside its files: inventories, blocks that are not full."""

_NUMBER = 60
_SOME = 500


@dataclass(frozen=True, slots=True)
class Set:
    """What is to be written: ``number`` names the carrier, ``place`` is where it will be kept ("" = the target's).

    ``capacity`` in bytes, 0 = as much as is free there.
    """

    folder: Path
    number: str
    place: str = ""
    capacity: int = 0


@dataclass(slots=True)
class _Chosen:
    rows: list[Deposit] = field(default_factory=list)
    bytes: int = 0


def write_carrier(actor: Actor, target: str | UUID, told: Set) -> Carrier:
    """Write one carrier and register it; return its row. The same call again after a kill completes it.

    ``Invalid``: ``vault.carrier.number|folder``; ``Conflict``: ``vault.carrier.there`` (the number is registered),
    ``.occupied`` (the folder holds something else), ``.nothing`` (the target lacks nothing), ``.busy``;
    ``Unavailable("vault.carrier.small")`` when not even one object has room.
    """
    require(actor, PERMISSION)
    row = target_row(target)
    number = _checked(row, told)
    with held(f"copies-{row.uuid}") as got:
        if not got:
            raise Conflict("vault.carrier.busy", name=row.name)
        store = LocalStore(told.folder)
        _claim(store, row, number)
        store.collect_staging()
        chosen = _choose(row, told)
        good = _write(row, store, chosen)
        size = _write_beside(row, store, number)
        table = _papers(row, store, number, told, good)
        return _register(actor, row.pk, number, told, good, size, table)


def _checked(row: Target, told: Set) -> str:
    number = told.number.strip()
    if row.kind != Target.CARRIER or row.ended_at is not None:
        raise Conflict("vault.carrier.kind", name=row.name)
    if not 1 <= len(number) <= _NUMBER or not number.isprintable():
        raise Invalid("vault.carrier.number", limit=_NUMBER)
    if Carrier.objects.filter(number=number).exists():
        raise Conflict("vault.carrier.there", number=number)
    own, there = home().root.resolve(), told.folder.resolve()
    if not there.is_dir() or there == own or own in there.parents or there in own.parents:
        raise Invalid("vault.carrier.folder", path=str(told.folder))
    return number


def _claim(store: LocalStore, row: Target, number: str) -> None:
    """Mark the folder as this set; what holds anything else is left alone."""
    mark = canonical.dumps({"schema": "lantai.carrier/1", "target": str(row.uuid), "number": number}) + b"\n"
    try:
        if read(store, MARK) != mark:
            raise Conflict("vault.carrier.occupied", url=store.url, key=MARK)
        return
    except NotFound:
        first = next((key for key in store.list() if not key.startswith("lost+found/")), None)
    if first is not None:
        raise Conflict("vault.carrier.occupied", url=store.url, key=first)
    store.put(MARK, mark)


def _choose(row: Target, told: Set) -> _Chosen:
    """Return the deposits that go onto the carrier: in the order they came, as long as there is room."""
    free = shutil.disk_usage(told.folder).free
    room = int(min(told.capacity or free, free) * ROOM) - _bytes_beside()
    chosen, after = _Chosen(), 0
    on_it = {
        key.split("/")[-2]
        for key in LocalStore(told.folder).list("ocfl")
        if key.endswith("/0=ocfl_object_1.1")
    }
    shelf = repository()
    while some := list(lacking(row, USUAL.now(), after)):
        for one in some:
            after = one.pk
            there = shelf.prefix(one.object_id).rsplit("/", 1)[-1] in on_it
            weight = 0 if there else one.bytes + OVERHEAD
            if chosen.bytes + weight > room:
                break
            chosen.rows.append(one)
            chosen.bytes += weight
        else:
            continue
        break
    if not chosen.rows:
        if next(iter(lacking(row, USUAL.now())), None) is None:
            raise Conflict("vault.carrier.nothing", name=row.name)
        raise Unavailable("vault.carrier.small", free=free)
    return chosen


def _bytes_beside() -> int:
    """Return about how many bytes go beside the objects."""
    return sum(
        path.stat().st_size
        for folder in beside(desk=False)
        for path in folder.path.rglob("*")
        if path.is_file()
    )


def _write(row: Target, store: LocalStore, chosen: _Chosen) -> list[Deposit]:
    """Write the objects and read them back; return those that are good. Damage here is left out, damage there raised."""
    shelf, here = PlainShelf(object_store(), store), repository()
    shelf.begin()
    good: list[Deposit] = []
    for start in range(0, len(chosen.rows), _SOME):
        parcels: dict[int, Parcel] = {}
        for one in chosen.rows[start : start + _SOME]:
            try:
                parcels[one.pk] = parcel_of(here, one)
            except Corrupt:
                continue
        shelf.write(parcels, parcels.keys() if _begun(store) else ())
        bad = shelf.read_back(parcels)
        for problem in bad.values():
            if problem.code != "vault.copy.source_damaged":
                raise problem
        good += [one for one in chosen.rows[start : start + _SOME] if one.pk in parcels and one.pk not in bad]
    if not good:
        raise Corrupt("vault.carrier.damaged", name=row.name)
    return good


def _begun(store: LocalStore) -> bool:
    """Return whether objects lie there already, of a try that was killed."""
    return any(key.count("/") > 2 for key in store.list("ocfl") if "extensions" not in key)


def _write_beside(row: Target, store: LocalStore, number: str) -> int:
    """Write log, rows and lists; return the number of entries under the checkpoint that lies there."""
    book = Logbook(uuid5(row.uuid, number))
    book.remove()
    try:
        with Pace(row, always) as pace:
            Shipping(row, store, pace, USUAL, book, beside(desk=False)).run()
    finally:
        book.remove()
    return peek_checkpoint(read(store, "ledger/checkpoint")).size


def _papers(row: Target, store: LocalStore, number: str, told: Set, good: list[Deposit]) -> str:
    """Read everything once more for the table of digests, print note and label; return the table's SM3."""
    sums: dict[str, FileDigests] = {}
    for key in store.list():
        if key not in PAPERS and not key.startswith("lost+found/"):
            path = store.local_path(key)
            if path is not None:
                _let_go(path)
                sums[key] = digest_file(path, ("sm3", "sha512"))
    table = write_digests(sums, number)
    table_sm3 = digest_bytes(table, ("sm3",)).sm3
    archives, now = ledger.site_name(), datetime.now(UTC).isoformat(timespec="seconds")
    facts = {
        "载体编号": number,
        "对象数": str(len(good)),
        "文件数": str(len(sums)),
        "总字节数": str(sum(one.size for one in sums.values())),
        "摘要表SM3": table_sm3,
        "保管处": told.place or row.place,
        "制作时间": now,
    }
    note = {
        "制作单位": archives,
        "内容描述": f"{row.name}：保存库备份",
        **facts,
        "怎样核对": f"用《{TABLE}》中的 SM3 核对每个文件；再用 lantai-verify 核对整个文件夹。",
    }
    label = {"title": "电子档案备份载体", "facts": [*facts.items()]}
    printed = render("label", {"archives": archives, "labels": [label], "printed_at": now})
    store.put_many({TABLE: table, NOTE: write_note(note), LABEL: printed}, replace=True)
    return table_sm3


def _let_go(path: Path) -> None:
    """Let memory forget a file, so that the carrier is read and not what was written to it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)


@act("vault.carrier.write")
def _register(
    actor: Actor, pk: int, number: str, told: Set, good: list[Deposit], entries: int, table_sm3: str
) -> Carrier:
    target = Target.objects.get(pk=pk)
    now = datetime.now(UTC)
    said = listed(target, good)
    made = Carrier.objects.create(
        target=target,
        number=number,
        medium=target.medium,
        place=told.place.strip() or target.place,
        capacity=told.capacity,
        objects_held=len(good),
        files=said["files"],
        bytes=said["bytes"],
        table_sm3=table_sm3,
        checkpoint_size=entries,
        written_at=now,
        written_by=actor.username,
        checked_at=now,
    )
    rows = [
        Copy(deposit=one, target=target, carrier=made, state=Copy.GOOD, made_at=now, checked_at=now)
        for one in good
    ]
    mine = ["carrier", "state", "made_at", "checked_at"]
    Copy.objects.bulk_create(
        rows, batch_size=_SOME, update_conflicts=True, unique_fields=["target", "deposit"], update_fields=mine
    )
    record(
        target.urn,
        {
            "number": number,
            "place": made.place,
            "medium": made.medium,
            "objects": len(good),
            "table_sm3": table_sm3,
        }
        | said,
    )
    return made

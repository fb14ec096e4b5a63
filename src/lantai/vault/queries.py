"""Reads of the vault. Whoever asks has been allowed to see the record that the object belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.db.models import Count, Sum

from lantai.kernel.errors import NotFound
from lantai.kernel.ocfl import Inventory
from lantai.kernel.storage import read
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.vault.coverage import last_check, oldest_check
from lantai.vault.models import Audit, Batch, Damage, Deposit, StoredFile
from lantai.vault.services.deposit import leaf
from lantai.vault.services.verify import result
from lantai.vault.store import repository

SHOWN = 20
"""Damaged objects that the line of a run names."""


@dataclass(frozen=True, slots=True)
class StoredView:
    """A preserved file with the digests taken on receipt."""

    path: str
    size: int
    sha512: str
    sm3: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DepositView:
    """What the vault knows of the newest version of an object."""

    object_id: str
    version: str
    inventory_sha512: str
    files: int
    bytes: int
    deposited_at: datetime
    checked_at: datetime
    state: str
    entry: UUID


@dataclass(frozen=True, slots=True)
class DepositProof:
    """Ties a deposit to the list whose root the ledger entry ``entry`` holds."""

    leaf: str
    index: int
    size: int
    path: tuple[str, ...]
    entry: UUID


@dataclass(frozen=True, slots=True)
class FixityView:
    """One fixity run; ``findings`` are (object id, message) of the damaged ones."""

    started_at: datetime
    ended_at: datetime
    share: float
    objects: int
    bytes: int
    damaged: int
    findings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Status:
    """The vault in figures; ``last`` is the newest audit of it that ended, ``oldest_check`` when what was read longest
    ago was read, ``lost`` counts what no place has a good copy of."""

    objects: int
    files: int
    bytes: int
    damaged: int
    oldest_check: datetime | None
    last: FixityView | None
    lost: int = 0


def _newest(object_id: str) -> Deposit:
    row = Deposit.objects.select_related("batch").filter(object_id=object_id).order_by("-version").first()
    if row is None:
        raise NotFound("vault.object.missing", object=object_id)
    return row


def deposit_view(object_id: str) -> DepositView:
    """Return the newest version of an object; ``NotFound`` when the vault holds none."""
    row = _newest(object_id)
    return DepositView(
        row.object_id,
        f"v{row.version}",
        row.inventory_sha512,
        row.files,
        row.bytes,
        row.deposited_at,
        last_check(row),
        row.state,
        row.batch.entry,
    )


def stored_files(object_id: str) -> list[StoredView]:
    """Return the files of an object's newest version, by path."""
    rows = StoredFile.objects.filter(deposit=_newest(object_id)).order_by("path")
    return [StoredView(r.path, r.size, r.sha512, r.sm3, r.sha256) for r in rows]


def open_file(object_id: str, path: str) -> BinaryIO:
    """Return the bytes of a preserved file; ``NotFound`` when the object or the path is not there."""
    return repository().open(object_id, path)


def file_path(object_id: str, path: str) -> Path | None:
    """Return where a preserved file lies, for reading only, or None where the store is no folder."""
    return repository().local_path(object_id, path)


def inventory(object_id: str) -> tuple[Inventory, bytes]:
    """Return the inventory of an object and its exact bytes."""
    shelf = repository()
    return shelf.inventory(object_id), read(shelf.store, f"{shelf.prefix(object_id)}/inventory.json")


def deposit_proof(object_id: str) -> DepositProof:
    """Return the place of an object's newest version in the list of its batch, with the audit path."""
    row = _newest(object_id)
    rows = Deposit.objects.filter(batch=row.batch).order_by("place")
    leaves = [
        leaf(object_id, f"v{version}", digest)
        for object_id, version, digest in rows.values_list("object_id", "version", "inventory_sha512")
    ]
    path = HashTree([leaf_hash(one) for one in leaves]).inclusion_proof(row.place)
    return DepositProof(
        leaves[row.place].decode(),
        row.place,
        len(leaves),
        tuple(node.hex() for node in path),
        row.batch.entry,
    )


def batch_done(key: str) -> bool:
    """Return whether the batch ``key`` is registered."""
    return Batch.objects.filter(key=key).exists()


def fixity_runs(limit: int = 20) -> list[FixityView]:
    """Return the newest audits of the vault itself that ended, newest first."""
    rows = Audit.objects.filter(target=None, state=Audit.DONE).order_by("-pk")
    return [_fixity(row) for row in rows[:limit]]


def _fixity(row: Audit) -> FixityView:
    found = result(row.uuid, SHOWN)
    ended = row.ended_at or row.ordered_at
    share = row.share / row.parts
    bad = row.damaged + row.missing
    return FixityView(row.started_at or ended, ended, share, row.versions, row.bytes, bad, found.damaged)


def status() -> Status:
    """Return the vault in figures."""
    sums = Deposit.objects.aggregate(n=Count("id"), files=Sum("files"), bytes=Sum("bytes"))
    runs = fixity_runs(1)
    return Status(
        sums["n"] or 0,
        sums["files"] or 0,
        sums["bytes"] or 0,
        Deposit.objects.exclude(state=Deposit.GOOD).count(),
        oldest_check(),
        runs[0] if runs else None,
        Damage.objects.filter(state=Damage.LOST).count(),
    )


def damaged_objects(limit: int = 100) -> list[str]:
    """Return the ids of objects whose last check found them damaged."""
    rows = Deposit.objects.exclude(state=Deposit.GOOD).order_by("id")
    return list(rows.values_list("object_id", flat=True)[:limit])

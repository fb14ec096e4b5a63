"""Depositing: bytes into OCFL, read back, then rows and ledger entry. Bytes first, always."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from lantai.base.actors import Actor
from lantai.kernel import canonical
from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Conflict, Corrupt
from lantai.kernel.findings import failed
from lantai.kernel.ocfl import Content, Inventory, NewVersion
from lantai.kernel.storage import Source
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.acts import act, record, unchanged
from lantai.vault.models import Batch, Deposit, StoredFile
from lantai.vault.store import batch_store, repository

READERS = 2
"""Threads that read back: what was just written is in memory, more would only wait for each other."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file to be preserved: its bytes and the digests taken when it was received."""

    source: Source
    digests: FileDigests


@dataclass(frozen=True, slots=True)
class Aip:
    """A new preserved object: its id and its files by logical path; ``kind`` is what the rule of copies goes by."""

    object_id: str
    files: Mapping[str, Held]
    kind: str = "record"


def deposit(actor: Actor, key: str, aips: Sequence[Aip], *, message: str, created: datetime) -> None:
    """Preserve new objects and register them as the batch ``key``; done already, nothing happens.

    Each object appears whole, is read back and compared, and only then gets its rows and, for all
    together, one ledger entry with the Merkle root of their list. Killed anywhere, the same call again
    finishes the work. ``Conflict`` when an object exists with other content, ``Corrupt`` when the read-back differs.
    """
    if Batch.objects.filter(key=key).exists():
        return
    shelf = repository()
    inventories = shelf.deposit([_version(actor, aip, message, created) for aip in aips])
    for aip, inventory in zip(aips, inventories, strict=True):
        _compare(aip, inventory)
    ids = [aip.object_id for aip in aips]
    for object_id, findings in shelf.verify_many(ids, READERS):
        if failed(findings):
            raise Corrupt("vault.object.damaged", object=object_id, problem=findings[0].message())
    leaves = [leaf(inventory.id, inventory.head, inventory.digest) for inventory in inventories]
    batch_store().put(f"{key.replace(':', '/')}.jsonl", b"".join(one + b"\n" for one in leaves), replace=True)
    register(actor, key, aips, inventories, leaves)


def _version(actor: Actor, aip: Aip, message: str, created: datetime) -> NewVersion:
    return NewVersion(
        object_id=aip.object_id,
        files={path: Content(held.source, held.digests.sha512) for path, held in aip.files.items()},
        message=message,
        user_name=actor.name,
        user_address=f"urn:lantai:account:{actor.username}",
        created=created,
    )


def _compare(aip: Aip, inventory: Inventory) -> None:
    state = inventory.state()
    wanted = {path: held.digests.sha512 for path, held in aip.files.items()}
    if dict(state) != wanted:
        raise Conflict("vault.object.differs", object=aip.object_id)


def leaf(object_id: str, version: str, inventory_sha512: str) -> bytes:
    """Return the list leaf of a deposit: what an exported proof shows."""
    return canonical.dumps({"inventory_sha512": inventory_sha512, "object": object_id, "version": version})


@act("vault.batch.deposit")
def register(
    actor: Actor, key: str, aips: Sequence[Aip], inventories: Sequence[Inventory], leaves: Sequence[bytes]
) -> None:
    """Write rows and entry of objects that lie in the vault and were read back; done already, nothing happens."""
    if Batch.objects.filter(key=key).exists():
        unchanged()
        return
    now = datetime.now(UTC)
    root = HashTree([leaf_hash(one) for one in leaves]).root().hex()
    sizes = [sum(held.digests.size for held in aip.files.values()) for aip in aips]
    entry = record(
        f"urn:lantai:batch:{key}",
        {
            "batch": key,
            "list_root": root,
            "list_size": len(leaves),
            "files": sum(len(aip.files) for aip in aips),
            "bytes": sum(sizes),
        },
    )
    batch = Batch.objects.create(key=key, list_root=root, list_size=len(leaves), entry=entry.uuid)
    deposits = Deposit.objects.bulk_create(
        [
            Deposit(
                object_id=inventory.id,
                version=inventory.version_number,
                inventory_sha512=inventory.digest,
                batch=batch,
                place=place,
                files=len(aip.files),
                bytes=size,
                kind=aip.kind,
                deposited_at=now,
                checked_at=now,
            )
            for place, (aip, inventory, size) in enumerate(zip(aips, inventories, sizes, strict=True))
        ],
        batch_size=500,
    )
    _insert_files(
        (row.pk, path, held.digests)
        for row, aip in zip(deposits, aips, strict=True)
        for path, held in sorted(aip.files.items())
    )


def _insert_files(rows: Iterable[tuple[int, str, FileDigests]]) -> None:
    """Insert the rows of stored files past the ORM: they are many, and already known to be right."""
    table = StoredFile._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (deposit_id, path, size, sha512, sm3, sha256) "  # noqa: S608 (our own table name)
            "VALUES (%s, %s, %s, %s, %s, %s)",
            [(pk, path, d.size, d.sha512, d.sm3, d.digests["sha256"]) for pk, path, d in rows],
        )

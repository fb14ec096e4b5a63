"""What a person does with an orphan: adopt an object, or put it aside. Nothing is deleted."""

from __future__ import annotations

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.kernel.digests import digest_file
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.findings import failed
from lantai.kernel.ocfl import Inventory, Repository
from lantai.kernel.storage import read
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require
from lantai.vault.aside import move_away
from lantai.vault.models import Deposit, Stray
from lantai.vault.rereading import Place
from lantai.vault.services.audits import SUBJECT
from lantai.vault.services.deposit import Aip, Held, leaf, register
from lantai.vault.store import batch_store, repository

PERMISSION = "vault.keep"


def adopt(actor: Actor, stray: int) -> str:
    """Register an object that lies in the vault without rows, after reading all of it; return its id.

    It gets what a deposit gets: rows, a list and an entry. ``Invalid``: ``vault.stray.elsewhere``, ``vault.stray.unfit``
    when it is not whole or not what it calls itself; ``NotFound("vault.stray.unknown")``.
    """
    require(actor, PERMISSION)
    row = _open(stray)
    if row.target_id is not None or row.kind != Stray.OBJECT:
        raise Invalid("vault.stray.elsewhere")
    shelf = repository()
    if not row.object_id:
        raise Invalid("vault.stray.unfit", key=row.key, problem="?")
    findings = shelf.verify(row.object_id)
    if failed(findings):
        raise Invalid("vault.stray.unfit", key=row.key, problem=findings[0].message())
    inventories = _versions(shelf, row)
    for inventory in inventories:
        _deposit(actor, shelf, inventory)
    _adopted(actor, row.pk)
    return row.object_id


def _versions(shelf: Repository, row: Stray) -> list[Inventory]:
    newest = shelf.inventory(row.object_id)
    names = newest.versions()
    return [Inventory.read(read(shelf.store, f"{row.key}/{name}/inventory.json")) for name in names]


def _deposit(actor: Actor, shelf: Repository, inventory: Inventory) -> None:
    """Write list, rows and entry of one version."""
    files = {}
    for logical in inventory.state():
        path = shelf.local_path(inventory.id, logical, inventory.head)
        if path is None:
            raise Invalid("vault.stray.elsewhere")
        files[logical] = Held(path, digest_file(path))
    key = f"adopted:{inventory.id.rpartition(':')[2]}:{inventory.head}"
    leaves = [leaf(inventory.id, inventory.head, inventory.digest)]
    batch_store().put(f"{key.replace(':', '/')}.jsonl", leaves[0] + b"\n", replace=True)
    kind = "record" if "record.json" in files else "transfer" if "transfer.json" in files else "list"
    register(actor, key, [Aip(inventory.id, files, kind)], [inventory], leaves)


def _open(pk: int) -> Stray:
    row = Stray.objects.select_related("target").filter(pk=pk, state=Stray.OPEN).first()
    if row is None:
        raise NotFound("vault.stray.unknown")
    return row


@act("vault.stray.adopt")
def _adopted(actor: Actor, pk: int) -> None:
    row = Stray.objects.select_for_update().get(pk=pk)
    if row.state != Stray.OPEN or not Deposit.objects.filter(object_id=row.object_id).exists():
        unchanged()
        return
    row.state, row.ended_at = Stray.ADOPTED, timezone.now()
    row.save()
    record(row.object_id, {"object": row.object_id, "key": row.key})


def remove_stray(actor: Actor, stray: int, reason: str) -> str:
    """Put an orphan aside, into the folder ``damaged`` of its place, and return where it is.

    ``Invalid("vault.stray.reason")`` without a reason of 2 to 300 characters, ``NotFound("vault.stray.unknown")``.
    """
    require(actor, PERMISSION)
    row, said = _open(stray), reason.strip()
    if not 2 <= len(said) <= 300 or not said.isprintable():
        raise Invalid("vault.stray.reason")
    place = Place(row.target)
    folder = "sealed/ocfl/" if place.sealed else "" if row.target is None else "ocfl/"
    keys = list(place.raw.list(f"{folder}{row.key}")) if row.kind == Stray.OBJECT else [f"{folder}{row.key}"]
    tree = f"{folder}{row.key}" if row.kind == Stray.OBJECT else ""
    where = move_away(place.raw, keys, tree, f"strays/{row.pk}", here=row.target is None)
    _removed(actor, row.pk, said, where)
    return where


@act("vault.stray.remove")
def _removed(actor: Actor, pk: int, reason: str, where: str) -> None:
    row = Stray.objects.select_for_update(of=("self",)).select_related("target").get(pk=pk)
    if row.state != Stray.OPEN:
        unchanged()
        return
    row.state, row.ended_at, row.reason = Stray.ASIDE, timezone.now(), reason
    row.save()
    target = row.target.name if row.target else ""
    record(row.object_id or SUBJECT, {"key": row.key, "target": target, "reason": reason, "aside": where})

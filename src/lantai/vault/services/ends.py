"""What audits lead to: versions marked as they were found, damages told in the ledger, the entry at the end of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.kernel import canonical
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.acts import act, record, unchanged
from lantai.vault.models import Audit, Copy, Damage, Deposit, Target
from lantai.vault.rereading import DAMAGED, GOOD, MISSING, UNREAD, Outcome
from lantai.vault.services.audits import ACTIVE, SUBJECT
from lantai.vault.store import batch_store

NAMED = 200
"""Objects that an entry names; a longer list lies in the vault."""

OPEN = (Damage.OPEN, Damage.LOST)
_FAULTS = 50


def digest_of(found: Sequence[Outcome]) -> str:
    """Return the SHA-256 of the list of results: object, version and how it stands, a line each, by row."""
    lines = (f"{one.version.object_id} v{one.version.number} {one.kind}\n" for one in found)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def list_root(audit: Audit) -> str:
    """Return the Merkle root over the digests of an audit's batches, "" when there are none."""
    digests = audit.batches.order_by("number").values_list("digest", flat=True)
    leaves = [leaf_hash(bytes.fromhex(one)) for one in digests]
    return HashTree(leaves).root().hex() if leaves else ""


def keep_outcomes(audit: Audit, found: Sequence[Outcome]) -> None:
    """Keep what a batch found: what is not good, and what was bad and is good now. In the caller's transaction."""
    bad = [one for one in found if one.kind != GOOD]
    if bad:
        _found(SYSTEM, audit.pk, bad)
    known = {one.deposit_id for one in _open(audit.target)} if _open(audit.target).exists() else set()
    good = [
        one for one in found if one.kind == GOOD and (one.version.state != GOOD or one.version.pk in known)
    ]
    if good:
        _well(SYSTEM, audit.pk, good)
    audit.damaged += sum(one.kind == DAMAGED for one in bad)
    audit.missing += sum(one.kind == MISSING for one in bad)
    audit.unread += sum(one.kind == UNREAD for one in bad)


def _open(target: Target | None) -> QuerySet[Damage]:
    return Damage.objects.filter(target=target, deposit__isnull=False, state__in=OPEN)


def mark(target: Target | None, deposits: Sequence[int], state: str) -> None:
    """Say of versions at a place how they stand."""
    if target is None:
        Deposit.objects.filter(pk__in=deposits).update(state=state)
    else:
        Copy.objects.filter(target=target, deposit__in=deposits).update(state=state)


@act("vault.damage.find")
def _found(actor: Actor, audit: int, bad: Sequence[Outcome]) -> None:
    """Tell of versions that are not as they were; the same damage found again is told once."""
    row = Audit.objects.select_related("target").get(pk=audit)
    told = {one.deposit_id: one for one in _open(row.target)}
    fresh = []
    for one in bad:
        faults = [list(fault) for fault in one.faults[:_FAULTS]]
        damage = told.get(one.version.pk)
        if damage is None:
            fresh.append(one)
            damage = Damage(deposit_id=one.version.pk, target=row.target, found_at=timezone.now())
        damage.audit, damage.kind, damage.faults = row, one.kind, faults
        damage.save()
    for kind in (DAMAGED, MISSING):
        mark(row.target, [one.version.pk for one in bad if one.kind == kind], kind)
    if not fresh:
        unchanged()
        return
    record(SUBJECT, {"audit": str(row.uuid), "target": _name(row.target), **_listed(row, fresh)})


def _name(target: Target | None) -> str:
    return target.name if target else ""


def _listed(row: Audit, some: Sequence[Outcome]) -> dict[str, Any]:
    """Return what an entry says of a list of versions: all, or some and where the list lies."""
    lines = [
        {
            "object": one.version.object_id,
            "version": f"v{one.version.number}",
            "kind": one.kind,
            "faults": [list(fault) for fault in one.faults[:3]],
        }
        for one in some
    ]
    if len(lines) <= NAMED // 4:
        return {"count": len(lines), "found": lines}
    leaves = [canonical.dumps(one) for one in lines]
    name = f"audits/{row.uuid}/{row.cursor:012}-{some[0].version.pk}.jsonl"
    batch_store().put(name, b"".join(one + b"\n" for one in leaves), replace=True)
    root = HashTree([leaf_hash(one) for one in leaves]).root().hex()
    return {"count": len(lines), "list": name, "list_root": root, "list_size": len(lines)}


@act("vault.damage.recover")
def _well(actor: Actor, audit: int, good: Sequence[Outcome]) -> None:
    """Tell of versions that were bad and are read well now."""
    row = Audit.objects.select_related("target").get(pk=audit)
    ids = [one.version.pk for one in good]
    open_ones = _open(row.target).filter(deposit__in=ids)
    ended = list(open_ones.values_list("deposit__object_id", flat=True))
    open_ones.update(state=Damage.GONE, ended_at=timezone.now())
    mark(row.target, ids, GOOD)
    objects = sorted({*ended, *(one.version.object_id for one in good)})
    told = {"audit": str(row.uuid), "target": _name(row.target), "count": len(objects)}
    record(SUBJECT, {**told, "objects": objects[:NAMED]})


@act("vault.fixity.run")
def end_audit(actor: Actor, pk: int, beside: int, strays: int) -> None:
    """End an audit: what it read and found, with the root of the digests of its lists of results."""
    row = Audit.objects.select_related("target").select_for_update().get(pk=pk)
    if row.state not in ACTIVE:
        unchanged()
        return
    row.state, row.stage, row.ended_at = Audit.DONE, Audit.ENDED, timezone.now()
    row.beside, row.strays, row.list_root = beside, strays, list_root(row)
    row.save()
    bad = row.damages.filter(deposit__isnull=False, kind__in=(DAMAGED, MISSING)).order_by(
        "deposit__object_id"
    )
    objects = list(bad.values_list("deposit__object_id", flat=True).distinct()[:NAMED])
    told = {
        "audit": str(row.uuid),
        "target": _name(row.target),
        "part": row.part,
        "parts": row.parts,
        "objects": row.versions,
        "files": row.files,
        "bytes": row.bytes,
        "damaged": objects,
        "damaged_count": row.damaged + row.missing,
        "missing": row.missing,
        "unread": row.unread,
        "wavering": row.wavering,
        "beside": beside,
        "strays": strays,
        "sm3": row.sm3,
        "list_root": row.list_root,
        "list_size": row.batches.count(),
    }
    record(SUBJECT, told)

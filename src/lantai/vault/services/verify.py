"""Fixity: read preserved objects back and compare, all of them or a part that rotates by last check."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lantai.base.actors import Actor
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, failed
from lantai.kernel.ocfl import Repository
from lantai.ledger.acts import act, record
from lantai.people.policies import require
from lantai.vault.models import Deposit, FixityRun
from lantai.vault.store import repository


@dataclass(frozen=True, slots=True)
class Fixity:
    """What a run found: ``findings`` are (object id, message) of the damaged ones."""

    objects: int
    bytes: int
    damaged: tuple[tuple[str, str], ...]
    seconds: float


def verify(
    actor: Actor,
    *,
    sample: float = 1.0,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Fixity:
    """Read the objects that were checked longest ago, ``sample`` (0 to 1) of all, and record the run.

    The bytes are read outside any transaction. A damaged object is marked, named and never changed.
    """
    require(actor, "vault.verify")
    if not 0 < sample <= 1:
        raise Invalid("vault.sample.invalid", sample=f"{sample:.0%}")
    started = datetime.now(UTC)
    rows = Deposit.objects.order_by("checked_at", "id").values_list("object_id", flat=True)
    ids = list(dict.fromkeys(rows[: math.ceil(rows.count() * sample)]))
    damaged: list[tuple[str, str]] = []
    shelf = repository()
    for done, (object_id, findings) in enumerate(shelf.verify_many(ids, threads), 1):
        if failed(findings):
            damaged.append((object_id, findings[0].message()))
        elif wrong := _not_as_deposited(shelf, object_id):
            damaged.append((object_id, wrong.message()))
        if progress is not None:
            progress(done, len(ids))
    size = _record(actor, started, sample, ids, damaged)
    seconds = (datetime.now(UTC) - started).total_seconds()
    return Fixity(len(ids), size, tuple(damaged), seconds)


def _not_as_deposited(shelf: Repository, object_id: str) -> Finding | None:
    """Return what is wrong when an object, whole in itself, is not the one that was registered."""
    row = Deposit.objects.filter(object_id=object_id).order_by("-version").values_list("inventory_sha512")
    known, found = row[0][0], shelf.inventory(object_id).digest
    return None if found == known else Finding("vault.object.rewritten", object_id, known, found)


def _bytes(ids: list[str]) -> int:
    total = 0
    for start in range(0, len(ids), 500):
        rows = Deposit.objects.filter(object_id__in=ids[start : start + 500])
        total += sum(rows.values_list("bytes", flat=True))
    return total


@act("vault.fixity.run")
def _record(
    actor: Actor, started: datetime, sample: float, ids: list[str], damaged: list[tuple[str, str]]
) -> int:
    """Record the run and return how many bytes it read."""
    ended = datetime.now(UTC)
    bad = {object_id for object_id, _ in damaged}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        rows = Deposit.objects.filter(object_id__in=some)
        rows.update(checked_at=ended, state=Deposit.GOOD)
        rows.filter(object_id__in=bad).update(state=Deposit.DAMAGED)
    size = _bytes(ids)
    findings: list[Any] = [list(pair) for pair in damaged]
    FixityRun.objects.create(
        started_at=started,
        ended_at=ended,
        share=sample,
        objects_read=len(ids),
        bytes=size,
        damaged=len(damaged),
        findings=findings,
    )
    record(
        "urn:lantai:vault",
        {"objects": len(ids), "bytes": size, "damaged": sorted(bad)[:200], "damaged_count": len(bad)},
    )
    return size

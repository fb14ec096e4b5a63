"""Fixity at once: an audit that is ordered and run in one call, for the command line and for restores."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from lantai.base.actors import Actor
from lantai.kernel.findings import Finding
from lantai.people.policies import require
from lantai.vault.models import Audit, Damage
from lantai.vault.rereading import DAMAGED, MISSING
from lantai.vault.services.audits import ACTIVE, PERMISSION, Order, audit_row, checked_order, order_audit
from lantai.vault.services.reading import Hand, run_audit

NAP = 0.2


@dataclass(frozen=True, slots=True)
class Fixity:
    """What a run found: ``damaged`` are (object id, message) of the damaged ones."""

    objects: int
    bytes: int
    damaged: tuple[tuple[str, str], ...]
    seconds: float
    audit: UUID


def verify(
    actor: Actor,
    *,
    sample: float = 1.0,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
    order: Order | None = None,
) -> Fixity:
    """Read versions back, ``sample`` (0 to 1) of all or what ``order`` says, and record the run.

    One of the same order that was killed goes on where it was. What is damaged is marked and told, not repaired. Another
    process that has it in hand (the worker of a running site) is waited for.
    """
    require(actor, PERMISSION)
    order = order or Order(share=sample)
    uuid = _begun(order) or order_audit(actor, order)
    hand = Hand(lambda: True, progress or (lambda done, planned: None), threads)
    while not run_audit(uuid, hand):
        time.sleep(NAP)
        row = audit_row(uuid)
        hand.progress(row.versions, row.planned)
    return result(uuid)


def _begun(order: Order) -> UUID | None:
    """Return the audit of the same order that is under way."""
    target, sm3 = checked_order(order)
    rows = Audit.objects.filter(target=target, state__in=ACTIVE, in_turn=False, sm3=sm3)
    same = rows.filter(part=order.part, parts=order.parts, share=order.share, most_bytes=order.most_bytes)
    return same.values_list("uuid", flat=True).first()


def result(audit: UUID, most: int | None = None) -> Fixity:
    """Return what an audit that has ended found of versions: all of it, or the first ``most`` of the damaged ones."""
    row = audit_row(audit)
    seconds = (row.ended_at - row.started_at).total_seconds() if row.ended_at and row.started_at else 0.0
    bad = Damage.objects.filter(audit=row, deposit__isnull=False, kind__in=(DAMAGED, MISSING))
    told: dict[str, str] = {}
    for damage in bad.select_related("deposit").order_by("pk")[:most]:
        if damage.deposit is not None:
            told.setdefault(damage.deposit.object_id, message(damage))
    return Fixity(row.versions, row.bytes, tuple(told.items()), seconds, row.uuid)


def message(damage: Damage, language: str = "zh") -> str:
    """Return what is wrong in one sentence."""
    path, kind, found = (damage.faults or [["", damage.kind, ""]])[0]
    words = {"missing": "vault.file.missing", "unreadable": "vault.file.unreadable"}
    code = words.get(kind, "vault.file.differs")
    if damage.deposit is None:
        code = "vault.beside.missing" if kind == "missing" else "vault.beside.differs"
    more = len(damage.faults) - 1
    said = Finding(code, path, found=_short(str(found))).message(language)
    return f"{said}（+{more}）" if more > 0 else said


def _short(found: str) -> str:
    """Return the beginning of a digest, another text whole."""
    return f"{found[:12]}…" if len(found) >= 64 else found[:80]

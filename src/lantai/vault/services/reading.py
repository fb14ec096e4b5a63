"""How an audit runs: batch by batch, each of them kept before the next begins, so that a killed one goes on there."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.utils import timezone

from lantai.base.actors import SYSTEM
from lantai.base.locks import held
from lantai.kernel.errors import LantaiError, Unavailable
from lantai.kernel.ocfl.reread import Halted
from lantai.kernel.storage import Store
from lantai.vault.models import Audit, AuditBatch, Copy, Deposit, StoredFile
from lantai.vault.rereading import GoOn, Outcome, Place, Version
from lantai.vault.rotation import Rotation, rotations
from lantai.vault.services.audits import ACTIVE, audit_row
from lantai.vault.services.besides import check_beside
from lantai.vault.services.ends import digest_of, end_audit, keep_outcomes
from lantai.vault.services.pace import pause_after
from lantai.vault.services.stock import take_stock

logger = logging.getLogger(__name__)

MOST, BYTES = 2_000, 1 << 30
"""A batch is at most so many versions and about so many bytes, but at least one version."""

_SOME = 500
_NAP = 0.25

Progress = Callable[[int, int], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hand:
    """How an audit is run: ``threads`` None as the rotation says; ``store`` in place of the target's own."""

    go_on: GoOn
    progress: Progress = lambda done, planned: None
    threads: int | None = None
    store: Store | None = None
    most: int = MOST


def run_audit(audit: UUID, hand: Hand) -> bool:
    """Take an audit as far as ``hand`` lets it; return whether it is at its end. Nothing where another process has it.

    Where the place is not there, that is kept on the audit with the moment of the next try, and raised.
    """
    row = audit_row(audit)
    with held(f"audit-{row.target.uuid if row.target else 'here'}") as got:
        row.refresh_from_db()
        if not got or row.state not in ACTIVE:
            return row.state not in ACTIVE
        try:
            return _Run(row, hand).run()
        except Halted:
            return False
        except (LantaiError, OSError) as refusal:
            _wait(row, refusal)
            raise


def _wait(row: Audit, refusal: LantaiError | OSError) -> None:
    problem = (
        refusal
        if isinstance(refusal, LantaiError)
        else Unavailable("storage.store.failed", key="", reason=refusal.strerror or type(refusal).__name__)
    )
    row.refresh_from_db()
    row.tries += 1
    row.problem = problem.document()
    row.next_at = datetime.fromtimestamp(time.time() + pause_after(row.tries), UTC)
    row.save()


class _Run:
    def __init__(self, row: Audit, hand: Hand) -> None:
        self._row, self._hand = row, hand
        self._rule: Rotation = rotations().of(row.target.name if row.target else "")
        self._place = Place(row.target, hand.store)
        self._began = time.monotonic()
        self._read = 0

    def run(self) -> bool:
        """Go through what is left of the audit's stages."""
        row = self._row
        if row.state == Audit.WAITING:
            self._start()
        while row.stage == Audit.OBJECTS:
            self._check()
            if not self._batch():
                self._move_on(Audit.BESIDE)
        if row.stage == Audit.BESIDE:
            row.beside = check_beside(row, self._place, self._check) if self._looks_around() else 0
            self._move_on(Audit.STOCK)
        if row.stage == Audit.STOCK:
            row.strays = take_stock(row, self._place, self._check) if self._looks_around() else 0
            end_audit(SYSTEM, row.pk, row.beside, row.strays)
            row.refresh_from_db()
        return True

    def _check(self) -> None:
        """Go on unless told otherwise; what the schedule took up lets a person's order go before it."""
        if not self._hand.go_on() or (self._row.in_turn and self._ordered()):
            raise Halted

    def _ordered(self) -> bool:
        row = self._row
        return Audit.objects.filter(target=row.target, state__in=ACTIVE, in_turn=False).exists()

    def _looks_around(self) -> bool:
        """Return whether this audit also looks at what lies beside the versions: whole ones, and the first part."""
        row = self._row
        return row.part == 1 and row.share >= 1 and not row.most_bytes

    def _start(self) -> None:
        row = self._row
        rows = self._rows()
        row.until = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
        row.begin = min(row.begin, row.until) if row.begin < row.until else 0
        row.cursor = row.begin
        sums = rows.aggregate(bytes=Sum("bytes"))
        total, size = rows.count(), sums["bytes"] or 0
        row.planned = max(1, -int(-total * row.share // 1)) if total else 0
        row.planned_bytes = min(size, row.most_bytes) if row.most_bytes else int(size * row.share)
        row.state, row.started_at = Audit.RUNNING, timezone.now()
        row.save()

    def _move_on(self, stage: str) -> None:
        self._row.stage = stage
        self._row.save(update_fields=["stage", "beside"])

    def _rows(self) -> QuerySet[Deposit]:
        """Return the versions that belong to this audit, wherever it begins."""
        row = self._row
        rows = Deposit.objects.all()
        if row.target is not None:
            mine = Copy.objects.filter(
                target=row.target, state__in=(Copy.GOOD, Copy.DAMAGED), deposit=OuterRef("pk")
            )
            rows = rows.filter(Exists(mine))
        if row.parts > 1:
            rows = rows.annotate(rest=F("pk") % row.parts).filter(rest=row.part - 1)
        return rows

    def _next(self) -> list[Version]:
        """Return the versions of the next batch; [] at the end."""
        row = self._row
        left = row.planned - row.versions if row.share < 1 else self._hand.most
        if left <= 0 or (row.most_bytes and row.bytes >= row.most_bytes):
            return []
        while True:
            until = row.begin if row.wrapped else row.until
            found = self._versions(self._rows().filter(pk__gt=row.cursor, pk__lte=until), left)
            if found or row.wrapped or not row.begin:
                return found
            row.wrapped, row.cursor = True, 0

    def _versions(self, rows: QuerySet[Deposit], left: int) -> list[Version]:
        most = min(left, self._hand.most)
        later = Deposit.objects.filter(object_id=OuterRef("object_id"), version__gt=OuterRef("version"))
        asked = rows.order_by("pk").annotate(later=Exists(later))
        names = ["pk", "object_id", "version", "inventory_sha512", "bytes", "later", "state"]
        chosen: list[Version] = []
        limit = min(BYTES, self._row.most_bytes - self._row.bytes) if self._row.most_bytes else BYTES
        size = 0
        for pk, object_id, number, digest, count, overtaken, state in asked.values_list(*names)[:most]:
            if chosen and size + count > limit:
                break
            size += count
            chosen.append(Version(pk, object_id, number, digest, count, not overtaken, state))
        return self._with_sm3(self._as_there(chosen))

    def _as_there(self, versions: list[Version]) -> list[Version]:
        """Return the versions with what the rows of a target's copies say of them; the newest there is another's."""
        target = self._row.target
        if target is None or not versions:
            return versions
        told: dict[int, tuple[str, str]] = {}
        for some in _portions([one.pk for one in versions]):
            rows = Copy.objects.filter(target=target, deposit__in=some)
            told |= {
                pk: (state, digest) for pk, state, digest in rows.values_list("deposit", "state", "digest")
            }
        newest = self._newest_there([one for one in versions if not one.newest])
        return [
            one._replace(
                state=told[one.pk][0],
                digest=told[one.pk][1],
                newest=one.newest or one.number == newest.get(one.object_id),
            )
            for one in versions
        ]

    def _newest_there(self, versions: Sequence[Version]) -> dict[str, int]:
        """Return the number of the newest version at the target of objects that have a later one here."""
        found: dict[str, int] = {}
        for some in _portions([one.object_id for one in versions]):
            rows = Copy.objects.filter(target=self._row.target, deposit__object_id__in=some, state=Copy.GOOD)
            for object_id, number in rows.values_list("deposit__object_id", "deposit__version"):
                found[object_id] = max(number, found.get(object_id, 0))
        return found

    def _with_sm3(self, versions: list[Version]) -> list[Version]:
        """Return the versions, those whose SM3 is compared with what it should be."""
        row = self._row
        if row.sm3 == Audit.NONE or self._place.root is None:
            return versions
        step = 1 if row.sm3 == Audit.ALL else max(1, 100 // max(1, self._rule.sm3_percent))
        chosen = {one.pk for one in versions[::step]}
        told: dict[int, dict[str, str]] = {pk: {} for pk in chosen}
        for some in _portions(sorted(chosen)):
            rows = StoredFile.objects.filter(deposit__in=some).values_list("deposit", "sha512", "sm3")
            for pk, sha512, sm3 in rows:
                told[pk][sha512] = sm3
        return [one._replace(sm3=told[one.pk]) if one.pk in chosen else one for one in versions]

    def _batch(self) -> bool:
        """Read the next batch and keep what it gave; False when none is left."""
        versions = self._next()
        if not versions:
            return False
        threads = self._hand.threads or self._rule.threads
        found = sorted(
            self._place.reread(versions, threads, self._hand.go_on), key=lambda one: one.version.pk
        )
        self._keep(found)
        self._hand.progress(self._row.versions, self._row.planned)
        self._pace(sum(one.bytes for one in found))
        return True

    def _keep(self, found: Sequence[Outcome]) -> None:
        row, last = self._row, found[-1].version.pk
        with transaction.atomic():
            row.refresh_from_db(fields=["state"])
            if row.state not in ACTIVE:
                raise Halted
            AuditBatch.objects.create(
                audit=row,
                number=row.batches.count(),
                after=row.cursor,
                through=last,
                at=timezone.now(),
                versions=len(found),
                bytes=sum(one.bytes for one in found),
                digest=digest_of(found),
            )
            keep_outcomes(row, found)
            row.cursor = last
            row.versions += len(found)
            row.files += sum(one.files for one in found)
            row.bytes += sum(one.bytes for one in found)
            row.wavering += sum(one.wavering for one in found)
            row.tries, row.next_at, row.problem = 0, None, None
            row.save()

    def _pace(self, size: int) -> None:
        """Let the time pass that the bytes read so far may take."""
        self._read += size
        if not self._rule.rate or self._hand.threads:
            return
        until = self._began + self._read / self._rule.rate
        while (left := until - time.monotonic()) > 0:
            self._check()
            time.sleep(min(left, _NAP))


def _portions(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(keys), _SOME):
        yield keys[start : start + _SOME]


def open_audits() -> list[UUID]:
    """Return the audits that can be taken on now, the oldest first."""
    rows = Audit.objects.filter(state__in=ACTIVE).exclude(next_at__gt=timezone.now())
    return list(rows.order_by("in_turn", "pk").values_list("uuid", flat=True))

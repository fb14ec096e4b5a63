"""Copies of objects: what a target lacks is written there in batches, read back, and only then called good.

Wanted is every deposit without a good copy; nothing else says so, and nothing is lost with a killed worker. One
process works at a target. What a kill left at the target is compared file by file and completed: a second object is
never made.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef, Q

from lantai.base.actors import SYSTEM, Actor
from lantai.base.locks import held
from lantai.kernel.errors import Conflict, Corrupt, LantaiError, Unavailable
from lantai.kernel.storage import LocalStore, Store
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.acts import act, record
from lantai.vault.logbook import Logbook
from lantai.vault.models import Copy, Deposit, Target
from lantai.vault.parcel import Parcel, parcel_of
from lantai.vault.places import settle_in, store_of
from lantai.vault.sealed import SealedShelf
from lantai.vault.services.deposit import leaf
from lantai.vault.services.pace import USUAL, Clock, GoOn, Halted, Pace, pause_after
from lantai.vault.services.writing import PlainShelf
from lantai.vault.store import batch_store, object_store, repository

logger = logging.getLogger(__name__)

MOST, BYTES = 400, 256 << 20
"""A batch is at most so many versions and bytes, but at least one version."""

_SOME = 500


@dataclass(frozen=True, slots=True)
class Made:
    """What a run did: copies made and bytes of them; ``failed`` could not be made now."""

    copies: int = 0
    bytes: int = 0
    failed: int = 0


def always() -> bool:
    """Go on whatever happens."""
    return True


def copy_to(uuid: UUID, go_on: GoOn = always, clock: Clock = USUAL, store: Store | None = None) -> Made:
    """Make every copy that the target lacks; return what was done. Nothing where another process is at it.

    A failure of the target is kept in its logbook with the moment of the next try and raised; one of a single object
    is kept on its copy, and the others go on. ``store`` is used in place of the target's own.
    """
    target = Target.objects.get(uuid=uuid)
    with held(f"copies-{uuid}") as got:
        if not got or target.ended_at or target.paused or target.kind == Target.CARRIER:
            return Made()
        return _kept(target, go_on, clock, store)


def _kept(target: Target, go_on: GoOn, clock: Clock, store: Store | None) -> Made:
    """Work, and keep in the logbook how it went."""
    book = Logbook(target.uuid)
    book.note("objects", seen=clock.now())
    try:
        with Pace(target, go_on, clock) as pace:
            there = store or store_of(target)
            settle_in(there)
            made = _Copying(target, there, pace, clock, book).run()
    except Halted:
        return Made()
    except (LantaiError, OSError) as refusal:
        problem = refusal if isinstance(refusal, LantaiError) else _unavailable(refusal)
        tries = book.far("objects").tries + 1
        book.note("objects", tries=tries, next=clock.now() + pause_after(tries), problem=problem.document())
        raise
    good = {"good": clock.now()} if not made.failed else {}
    book.note("objects", seen=clock.now(), tries=0, next=0.0, problem=None, **good)
    return made


def _unavailable(refusal: OSError) -> Unavailable:
    return Unavailable("storage.store.failed", key="", reason=refusal.strerror or type(refusal).__name__)


def lacking(target: Target, now: float, after: int = 0) -> Iterator[Deposit]:
    """Yield the deposits that ``target`` has no good copy of and that may be tried now, by id after ``after``.

    Damaged copies are not among them: a repair puts them aside first.
    """
    mine = Copy.objects.filter(target=target, deposit=OuterRef("pk"))
    later = Q(state__in=(Copy.GOOD, Copy.DAMAGED)) | Q(next_at__gt=datetime.fromtimestamp(now, UTC))
    rows = Deposit.objects.filter(~Exists(mine.filter(later)), pk__gt=after).order_by("pk")
    yield from rows[: MOST * 2]


@dataclass(frozen=True, slots=True)
class _Written:
    """A batch that was written; ``bad`` could not be, ``sealed`` are digest and size of cipher texts, ``read`` what its
    reading back found."""

    rows: Sequence[Deposit]
    parcels: Mapping[int, Parcel]
    bad: Mapping[int, LantaiError]
    sealed: dict[int, tuple[str, int]]
    read: Future[dict[int, LantaiError]] | None = None


class _Copying:
    """One run over what one target lacks."""

    def __init__(self, target: Target, there: Store, pace: Pace, clock: Clock, book: Logbook) -> None:
        self._target, self._pace, self._clock, self._book = target, pace, clock, book
        self._here: LocalStore = object_store()
        self._shelf = repository()
        self._plain = PlainShelf(self._here, pace.paced(there), pace.check)
        self._left = False
        self._sealed = SealedShelf(pace.paced(there), target.recipient) if target.recipient else None

    def run(self) -> Made:
        """Copy until nothing is lacking that could be made now: later versions follow their earlier ones."""
        if self._sealed is None and Deposit.objects.exists():
            self._plain.begin()
        made = self._once()
        while self._left and made.copies:
            more = self._once()
            if not more.copies:
                break
            made = Made(made.copies + more.copies, made.bytes + more.bytes, made.failed + more.failed)
        return made

    def _once(self) -> Made:
        """Walk over what is lacking: while one batch is read back, the next is written."""
        copies = size = failed = after = 0
        self._left = False
        waiting: _Written | None = None
        with ThreadPoolExecutor(1) as reader:
            while True:
                batch, after, more = self._batch(after)
                self._pace.check()
                written = self._write(batch, reader) if batch else None
                if waiting is not None:
                    good, bad = self._finish(waiting)
                    copies, size, failed = copies + len(good), size + sum(r.bytes for r in good), failed + bad
                    self._book.note("objects", seen=self._clock.now())
                waiting = written
                if waiting is None and not more:
                    return Made(copies, size, failed)

    def _batch(self, after: int) -> tuple[list[Deposit], int, bool]:
        """Return what is copied next, the last row looked at, and whether rows were left to look at.

        Of one object one version, and none whose earlier version is not there.
        """
        chosen: list[Deposit] = []
        objects: set[str] = set()
        size, began = 0, after
        for row in lacking(self._target, self._clock.now(), after):
            if chosen and (len(chosen) == MOST or size + row.bytes > BYTES or row.object_id in objects):
                return chosen, after, True
            after = row.pk
            if row.version > 1 and not self._has_earlier(row):
                self._left = True
                continue
            chosen.append(row)
            objects.add(row.object_id)
            size += row.bytes
        return chosen, after, after > began

    def _has_earlier(self, row: Deposit) -> bool:
        before = Copy.objects.filter(
            target=self._target, deposit__object_id=row.object_id, deposit__version=row.version - 1
        )
        return before.filter(state=Copy.GOOD).exists()

    def _write(self, rows: Sequence[Deposit], reader: ThreadPoolExecutor) -> _Written:
        """Write a batch and let it be read back."""
        tried = self._begin(rows)
        parcels: dict[int, Parcel] = {}
        bad: dict[int, LantaiError] = {}
        for row in rows:
            try:
                parcels[row.pk] = parcel_of(self._shelf, row)
            except Corrupt as damage:
                bad[row.pk] = damage
        if self._sealed is not None:
            return _Written(rows, parcels, bad, self._seal(self._sealed, parcels, bad))
        self._plain.write(parcels, tried)
        return _Written(rows, parcels, bad, {}, reader.submit(self._plain.read_back, parcels))

    def _begin(self, rows: Sequence[Deposit]) -> set[int]:
        """Call the copies begun; return which were begun, or made and lost, before."""
        mine = Copy.objects.filter(target=self._target, deposit__in=[row.pk for row in rows])
        tried = set(mine.values_list("deposit", flat=True))
        fresh = [row for row in rows if row.pk not in tried]
        Copy.objects.bulk_create(
            [Copy(deposit=row, target=self._target, state=Copy.COPYING) for row in fresh], batch_size=_SOME
        )
        if tried:
            mine.filter(deposit__in=tried).update(state=Copy.COPYING)
        return tried

    def _finish(self, written: _Written) -> tuple[list[Deposit], int]:
        """Wait until a batch is read back; return the rows that are good now and the number of those that are not."""
        bad = dict(written.bad) | (written.read.result() if written.read is not None else {})
        good = [row for row in written.rows if row.pk in written.parcels and row.pk not in bad]
        for pk, problem in bad.items():
            self._wait(pk, problem)
        if good:
            _made(SYSTEM, self._target.pk, good, written.sealed)
        return good, len(bad)

    def _seal(
        self, shelf: SealedShelf, parcels: dict[int, Parcel], bad: dict[int, LantaiError]
    ) -> dict[int, tuple[str, int]]:
        """Write sealed copies and read their cipher texts back; return digest and size by deposit."""
        found: dict[int, tuple[str, int]] = {}
        for pk, one in parcels.items():
            self._pace.check()
            try:
                found[pk] = shelf.put_object(self._here, one)
            except Corrupt as damage:
                bad[pk] = damage
        return found

    def _wait(self, pk: int, problem: LantaiError) -> None:
        """Let a copy that could not be made rest, longer each time."""
        logger.warning("copy of deposit %s at %s: %s", pk, self._target, problem)
        row = Copy.objects.get(target=self._target, deposit=pk)
        row.tries += 1
        row.state, row.problem = Copy.WANTED, problem.document()
        row.next_at = datetime.fromtimestamp(self._clock.now() + pause_after(row.tries), UTC)
        row.save()


@act("vault.copies.make")
def _made(actor: Actor, target_pk: int, rows: Sequence[Deposit], sealed: dict[int, tuple[str, int]]) -> None:
    """Call the copies good that were read back; the list of them lies in the vault, its root in the entry."""
    target = Target.objects.get(pk=target_pk)
    if target.ended_at is not None:
        raise Conflict("vault.target.ended", name=target.name)
    now = datetime.now(UTC)
    mine = Copy.objects.filter(target=target)
    good = {
        "state": Copy.GOOD,
        "made_at": now,
        "checked_at": now,
        "problem": None,
        "tries": 0,
        "next_at": None,
    }
    for start in range(0, len(rows), _SOME):
        mine.filter(deposit__in=[row.pk for row in rows[start : start + _SOME]]).update(**good)
    for pk, (digest, size) in sealed.items():
        mine.filter(deposit=pk).update(digest=digest, size=size)
    record(target.urn, {"name": target.name, "copies": len(rows), **listed(target, rows)})


def listed(target: Target, rows: Sequence[Deposit]) -> dict[str, str | int]:
    """Keep the list of copies in the vault and return what an entry says of it."""
    leaves = [leaf(row.object_id, f"v{row.version}", row.inventory_sha512) for row in rows]
    name = f"copies/{target.uuid}/{uuid4()}.jsonl"
    batch_store().put(name, b"".join(one + b"\n" for one in leaves))
    return {
        "files": sum(row.files for row in rows),
        "bytes": sum(row.bytes for row in rows),
        "list": name,
        "list_root": HashTree([leaf_hash(one) for one in leaves]).root().hex(),
        "list_size": len(rows),
    }

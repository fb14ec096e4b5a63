"""Sending to archives elsewhere, in the background: piece by piece from where the receiver is, then hearing what becomes of it.

One process at a sending; killed at any moment, here or there, it goes on from the bytes that arrived. Nothing is
decided by a lost answer: the receiver knows the sending by its name and tells the same again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.db import DatabaseError
from django.utils import timezone

from lantai.base.actors import SYSTEM
from lantai.base.locks import busy, held
from lantai.base.walking import Advanced, advance_each, reason_of
from lantai.desk.away import Away, address_of, token_of
from lantai.desk.models import Sending, SendingState
from lantai.desk.queries_hand_over import folder_of
from lantai.desk.register import side_sent
from lantai.desk.services import sending_told as telling
from lantai.kernel.errors import Conflict, Corrupt, LantaiError, NotFound, Unavailable
from lantai.ledger import queries as ledger
from lantai.ledger.queries_seals import own_keys

logger = logging.getLogger(__name__)
GoOn = Callable[[], bool]

PIECE = 16 << 20
"""Bytes of one request."""

SLICE = 60.0
"""Seconds after which another sending has its turn."""

LOOK = 1.0
"""Seconds between two looks whether it is still wanted."""

FIRST, LONGEST = timedelta(seconds=5), timedelta(minutes=15)
"""The first pause after a failure, and the longest: each is twice the one before."""

ASK_FIRST, ASK_LONGEST = timedelta(seconds=20), timedelta(minutes=30)
"""The pauses between two questions what became of it, while nothing changes."""

MOST_WRONG = 3
"""So often a package is sent anew whose bytes arrived as others; then a person must look."""

KEPT_DAYS = 30
"""So long the receiver is asked to keep what has arrived while nothing comes."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the work sees it: the moment, seconds that only grow, and how to let some pass."""

    now: Callable[[], datetime] = timezone.now
    seconds: Callable[[], float] = time.monotonic
    rest: Callable[[float], None] = time.sleep


class _Halt(Exception):
    """It is paused, stopped, the process is to end, or others have their turn."""


def _always() -> bool:
    return True


def advance_sendings(skip: Collection[str] = (), go_on: GoOn = _always, clock: Clock = Clock()) -> Advanced:
    """Move every sending on that is due, each for a while; return how many moved."""
    due = Sending.objects.filter(over=False, next_at__lte=clock.now()).exclude(
        state__in=(SendingState.PAUSED, SendingState.STOPPED)
    )
    named = [(str(pk), "") for pk in due.order_by("next_at").values_list("pk", flat=True)]
    return advance_each(
        named, lambda pk: advance_sending(int(pk), go_on, clock), skip=skip, what="sending", logger=logger
    )


def others_send() -> bool:
    """Return whether another process works at some sending at this moment."""
    rows = Sending.objects.filter(over=False).exclude(state__in=(SendingState.PAUSED, SendingState.STOPPED))
    return any(busy(f"sending-{uuid}") for uuid in rows.values_list("uuid", flat=True))


def advance_sending(pk: int, go_on: GoOn = _always, clock: Clock = Clock()) -> str:
    """Move one sending on for a while; return "" where it stands as it stood, else what was done.

    What fails is noted with the moment of the next try, and raises nothing.
    """
    row = Sending.objects.select_related("hand_over__unit", "hand_over__mends", "target").get(pk=pk)
    with held(f"sending-{row.uuid}") as got:
        row.refresh_from_db()
        if not got or row.over or row.state in {SendingState.PAUSED, SendingState.STOPPED}:
            return ""
        before = (row.state, row.offset, row.outcome, row.signature_told, row.over)
        try:
            token = token_of(row.target.uuid, row.target.address)
            with Away(address_of(row.target.address), token) as site:
                _Work(row, site, go_on, clock).run()
        except _Halt:
            pass
        except LantaiError as problem:
            _later(row, problem, clock)
        except (OSError, DatabaseError) as refusal:
            _later(row, Unavailable("desk.sending.later", reason=reason_of(refusal)), clock)
        row.refresh_from_db()
        after = (row.state, row.offset, row.outcome, row.signature_told, row.over)
    return "" if before == after else row.state or "-"


def _later(row: Sending, problem: LantaiError, clock: Clock) -> None:
    """Note why it stands still and when it is tried again; no act: it goes on by itself."""
    fresh = Sending.objects.get(pk=row.pk)
    pause = min(FIRST * 2 ** min(fresh.tries, 12), LONGEST)
    logger.warning("sending %s stands still: %s", row.uuid, problem)
    Sending.objects.filter(pk=row.pk).update(
        problem=problem.document(), tries=fresh.tries + 1, next_at=clock.now() + pause
    )


class _Work:
    """One turn of one sending."""

    def __init__(self, row: Sending, site: Away, go_on: GoOn, clock: Clock) -> None:
        self._row, self._site, self._go_on, self._clock = row, site, go_on, clock
        self._until = clock.seconds() + SLICE
        self._looked = clock.seconds()

    def run(self) -> None:
        if self._row.state == SendingState.ENDING:
            self._end()
        elif self._row.state == SendingState.GOING:
            self._send()
        if self._row.state == SendingState.DELIVERED:
            self._hear()

    # --- the package

    def _send(self) -> None:
        row = self._row
        path = folder_of(row.hand_over.uuid) / row.hand_over.package
        if not path.is_file() or path.stat().st_size != row.hand_over.size:
            raise Corrupt("desk.sending.package_gone", number=row.hand_over.number)
        if self._arrived():
            return
        self._upload()
        with open(path, "rb", buffering=0) as package:
            while row.offset < row.hand_over.size:
                self._piece(package)
        self._deliver()

    def _arrived(self) -> bool:
        """Return whether they have it already: an answer was lost, or they are still at its digests."""
        try:
            told = self._site.ask("GET", f"deliveries/{self._row.uuid}")
        except NotFound as missing:
            if missing.facts.get("code") != "desk.delivery.missing":
                raise
            return False
        return self._settle(told)

    def _settle(self, told: dict[str, Any]) -> bool:
        """Take what they say of a package that has arrived; False when it must be sent anew."""
        row, state = self._row, str(told.get("state"))
        if state == "wrong":
            if row.upload:
                row.wrong += 1
                self._note(upload="", offset=0, wrong=row.wrong)
            if row.wrong > MOST_WRONG:
                raise Corrupt("desk.sending.wrong", times=row.wrong)
            return False
        if state in {"refused", "given_up"}:
            problem = told.get("problem")
            said = str(problem.get("message", ""))[:500] if isinstance(problem, dict) else ""
            raise Conflict("desk.sending.refused", said=said)
        mine = (row.hand_over.sm3, row.hand_over.sha512)
        if (told.get("sm3"), told.get("sha512")) != mine:
            raise Corrupt("desk.sending.other_bytes", number=row.hand_over.number)
        if not told.get("transfer"):
            self._note(offset=row.hand_over.size, problem=None, next_at=self._clock.now() + FIRST)
            return True
        telling.delivered(SYSTEM, row, telling.answer(told))
        row.refresh_from_db()
        self._forget_upload()
        return True

    def _forget_upload(self) -> None:
        """Let the upload go there: where its taker was killed, its bytes would fill their disk for a month."""
        if self._row.upload:
            with suppress(NotFound):
                self._site.ask("DELETE", f"uploads/{self._row.upload}")
            self._note(upload="")

    def _upload(self) -> None:
        """Find out how much has arrived, or begin."""
        row = self._row
        if row.upload:
            try:
                self._note(offset=self._arrived_bytes())
                return
            except NotFound:
                self._note(upload="", offset=0)  # they swept it: it lay too long, or their disk was lost
        asked = {"name": row.hand_over.package, "size": row.hand_over.size, "days": KEPT_DAYS}
        made = self._site.ask("POST", "uploads", asked)
        try:
            upload = str(UUID(str(made.get("id"))))
        except ValueError as odd:
            raise self._site.odd() from odd
        self._note(upload=upload, offset=self._site.offset_of(made, row.hand_over.size))

    def _arrived_bytes(self) -> int:
        told = self._site.ask("GET", f"uploads/{self._row.upload}")
        return self._site.offset_of(told, self._row.hand_over.size)

    def _piece(self, package: BinaryIO) -> None:
        row = self._row
        length = min(_piece_size(row.rate), row.hand_over.size - row.offset)
        package.seek(row.offset)
        piece = _Paced(package, length, row.rate, self._clock, self._watch)
        try:
            arrived = self._site.append(row.upload, row.offset, piece, length)
        except Conflict as other:  # another number of bytes has arrived: they know it
            arrived = self._arrived_bytes()
            if arrived == row.offset:  # a request that broke off still holds it: later, and not in a loop
                said = str(other.facts.get("said", ""))
                told = {"address": row.target.address, "said": said}
                raise Unavailable("desk.away.busy", status=409, **told) from other
        self._note(offset=arrived, tries=0, problem=None)
        self._look()

    def _watch(self) -> None:
        """Look now and then, in the middle of a slow piece, whether it is still wanted."""
        if self._clock.seconds() - self._looked >= LOOK:
            self._look()

    def _look(self) -> None:
        self._looked = self._clock.seconds()
        row = self._row
        told = Sending.objects.filter(pk=row.pk).values_list("state", "rate").first()
        if told is None or told[0] != SendingState.GOING or not self._go_on():
            raise _Halt
        row.rate = told[1]
        if self._looked > self._until:
            raise _Halt

    def _deliver(self) -> None:
        row = self._row
        sums = {"size": row.hand_over.size, "sm3": row.hand_over.sm3, "sha512": row.hand_over.sha512}
        told = {
            "unit": row.target.their_unit,
            "upload": row.upload,
            "name": row.hand_over.package,
            "origin": ledger.site_name(),
            "key": own_keys()[0],
            **sums,
            "side": side_sent(row),
        }
        self._settle(self._site.ask("PUT", f"deliveries/{row.uuid}", told))

    # --- stopping

    def _end(self) -> None:
        row = self._row
        try:
            self._site.ask("DELETE", f"deliveries/{row.uuid}?unit={row.target.their_unit}")
        except Conflict as late:
            if late.facts.get("code") != "desk.delivery.taken":
                raise
            telling.too_late(SYSTEM, row)
            row.refresh_from_db()
            self._arrived()
            return
        self._forget_upload()
        telling.stopped(SYSTEM, row)
        row.refresh_from_db()

    # --- what becomes of it

    def _hear(self) -> None:
        row = self._row
        told = telling.answer(self._site.ask("GET", f"deliveries/{row.uuid}"))
        if telling.is_news(row, told):
            telling.heard(SYSTEM, row, told)
            row.refresh_from_db()
            self._note(tries=0)
        if told.register:
            self._register()
        pause = min(ASK_FIRST * 2 ** min(row.tries, 8), ASK_LONGEST)
        self._note(problem=None, tries=row.tries + 1, next_at=self._clock.now() + pause)

    def _register(self) -> None:
        """Take the register that both sides sign, tell our signature, take theirs."""
        row = self._row
        place = f"deliveries/{row.uuid}/register"
        told = self._site.ask("GET", place)
        telling.take_register(SYSTEM, row, told)
        mine = telling.own_signature(row)
        if mine is not None and not row.signature_told:
            told = self._site.ask("PUT", f"{place}/signature", mine)
            self._note(signature_told=True)
        telling.hear_signature(SYSTEM, row, told)
        if telling.all_signed(row):
            self._note(over=True)

    def _note(self, **told: Any) -> None:
        """Write down how far it is: signs of life, no acts."""
        for name, value in told.items():
            setattr(self._row, name, value)
        Sending.objects.filter(pk=self._row.pk).update(**told)


def _piece_size(rate: int) -> int:
    """Return the bytes of a request: of a slow line no more than two seconds' worth, so that progress shows."""
    return min(PIECE, max(64 << 10, rate * 2)) if rate else PIECE


class _Paced:
    """The bytes of one piece, no faster than ``rate`` a second (0 = as they are wanted)."""

    def __init__(
        self, package: BinaryIO, length: int, rate: int, clock: Clock, watch: Callable[[], None]
    ) -> None:
        self._package, self._left, self._rate = package, length, rate
        self._clock, self._watch = clock, watch
        self._began, self._given = clock.seconds(), 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes of the piece."""
        self._watch()
        most = min(self._left, size if size >= 0 else self._left)
        if self._rate:
            most = min(most, max(4096, self._rate // 4))
        data = self._package.read(most)
        self._left -= len(data)
        self._given += len(data)
        if self._rate:
            early = self._began + self._given / self._rate - self._clock.seconds()
            if early > 0:
                self._clock.rest(early)
        return data

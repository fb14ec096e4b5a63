"""What a worker at a target looks at while it works: whether it is still wanted, and how fast it may go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from django.db import connections

from lantai.kernel.storage import PacedStore, Store
from lantai.vault.models import Target

LOOK = 1.0
"""Seconds between two looks."""

FIRST, LONGEST = 5.0, 900.0
"""Seconds of the first pause after a failure, and of the longest: each is twice the one before."""

GoOn = Callable[[], bool]


class Halted(Exception):
    """The target was paused or ended, or the process is to end."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the work sees it: seconds since 1970, seconds that only grow, and how to let some pass."""

    now: Callable[[], float] = time.time
    seconds: Callable[[], float] = time.monotonic
    rest: Callable[[float], None] = time.sleep


USUAL = Clock()


def pause_after(tries: int) -> float:
    """Return the seconds until the next try after ``tries`` failures in a row (at least one)."""
    return min(FIRST * 2.0 ** min(tries - 1, 12), LONGEST)


class Pace:
    """Watches one target's row beside the work: every second, in a thread of its own, while it is entered."""

    def __init__(self, target: Target, go_on: GoOn, clock: Clock = USUAL) -> None:
        self._pk, self._go_on, self._clock = target.pk, go_on, clock
        self._rate = target.rate
        self._wanted = True
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name=f"pace {target.name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def paced(self, store: Store) -> PacedStore:
        """Return the store, written to no faster than the target's limit; a pause ends the write."""
        return PacedStore(
            store, lambda: self._rate, self.check, seconds=self._clock.seconds, rest=self._clock.rest
        )

    def check(self) -> None:
        """Raise :class:`Halted` unless the work is still wanted."""
        if not self._wanted or not self._go_on():
            raise Halted

    def _look(self) -> None:
        try:
            while not self._done.wait(LOOK):
                found = Target.objects.filter(pk=self._pk, ended_at=None, paused=False).values_list("rate")
                told = found.first()
                self._wanted = told is not None
                self._rate = told[0] if told else self._rate
        finally:
            connections.close_all()

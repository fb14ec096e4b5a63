"""Every target has two couriers, one for the objects and one for what lies beside them: a slow or hanging target
holds up nobody else, and a large object not the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.db import connections

from lantai.kernel.errors import LantaiError
from lantai.vault.logbook import Logbook
from lantai.vault.models import Target
from lantai.vault.services.copying import copy_to
from lantai.vault.services.pace import USUAL, Clock, GoOn
from lantai.vault.services.shipping import EVERY, ship

logger = logging.getLogger(__name__)

COPIES_EVERY = 5.0
"""Seconds between two looks for what a target lacks."""


class Couriers:
    """The threads of one process. A thread that hangs in the system is left behind when the process ends."""

    def __init__(self, clock: Clock = USUAL) -> None:
        self._clock = clock
        self._threads: dict[tuple[UUID, str], threading.Thread] = {}
        self._looked: dict[tuple[UUID, str], float] = {}

    def advance(self, go_on: GoOn) -> int:
        """Start what is due and not on its way; return how many were started."""
        started = 0
        rows = Target.objects.filter(ended_at=None, paused=False).exclude(kind=Target.CARRIER)
        for uuid in rows.order_by("pk").values_list("uuid", flat=True):
            started += self._start(uuid, "log", EVERY, lambda one: ship(one, go_on, self._clock))
            started += self._start(
                uuid, "objects", COPIES_EVERY, lambda one: copy_to(one, go_on, self._clock)
            )
        return started

    def _start(self, uuid: UUID, work: str, every: float, job: Callable[[UUID], object]) -> int:
        name, now = (uuid, work), self._clock.seconds()
        running = self._threads.get(name)
        if running is not None and running.is_alive():
            return 0
        early = now - self._looked.get(name, -every) < every
        if early or Logbook(uuid).far(work).next > self._clock.now():
            return 0
        self._looked[name] = now
        thread = threading.Thread(target=partial(_run, job, uuid, work), name=f"{work} {uuid}", daemon=True)
        self._threads[name] = thread
        thread.start()
        return 1

    def join(self, seconds: float) -> None:
        """Wait for the threads, so long at most for each."""
        for thread in self._threads.values():
            thread.join(seconds)


def _run(job: Callable[[UUID], object], uuid: UUID, work: str) -> None:
    """Do a job; what it tells of is in the logbook."""
    try:
        job(uuid)
    except LantaiError as problem:
        logger.warning("%s of target %s stand still: %s", work, uuid, problem)
    except Exception:
        logger.exception("%s of target %s failed", work, uuid)
    finally:
        connections.close_all()

"""The worker: sequences the ledger, moves transfers on, lets followers follow. Stops when told, between steps."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from django.db import close_old_connections

from lantai.ingest import queries as ingest
from lantai.ingest.steps import advance_all
from lantai.kernel.errors import LantaiError
from lantai.ledger import queries as ledger
from lantai.ledger.services import follow, follower_names, sequence
from lantai.vault.services import stores as vault_stores

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
RETRY_SECONDS = 15.0


def work_once() -> int:
    """Do everything that can be done now; return how many things were done (0 = idle).

    What cannot be done now is logged and tried again; an unexpected error is logged with its trace and the
    other kinds of work go on.
    """
    done = 0
    kinds: list[tuple[str, Callable[[], int]]] = [("sequencer", sequence), ("transfers", advance_all)]
    kinds += [(name, partial(follow, name)) for name in follower_names()]
    kinds.append(("sequencer", sequence))
    for name, job in kinds:
        try:
            done += job()
        except LantaiError as problem:
            logger.warning("%s stands still: %s", name, problem)
        except Exception:
            logger.exception("%s failed", name)
    close_old_connections()
    return done


def work(stop: threading.Event) -> None:
    """Work until ``stop`` is set; idle half a second when there is nothing to do.

    First the staging folders that killed writers left in the vault are collected; a living writer's are not.
    """
    for store in vault_stores():
        store.collect_staging()
    while not stop.is_set():
        busy = work_once()
        stop.wait(0 if busy else IDLE_SECONDS)


def settle(limit: int = 1_000) -> None:
    """Work until nothing moves any more: for the command line, the sample district and tests."""
    for _ in range(limit):
        before = _state()
        work_once()
        if _state() == before:
            return


def _state() -> tuple[object, ...]:
    followers = tuple((follower.name, follower.next_index) for follower in ledger.followers())
    return ingest.states(), ledger.size(), ledger.pending(), followers

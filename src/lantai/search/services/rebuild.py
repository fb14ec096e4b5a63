"""Building the index anew, beside the one in use."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.base.locks import held
from lantai.holdings import indexing
from lantai.holdings import queries as holdings
from lantai.ledger.acts import act, record
from lantai.people.policies import require
from lantai.search.engine.rebuild import Rebuild
from lantai.search.index import engine
from lantai.search.services.documents import documents
from lantai.search.services.feed import NAME, report

CHUNK = 2_000
"""Records read at once, with the text of all their files."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many records were indexed, how many were not taken, how long it took."""

    records: int
    rejected: int
    seconds: float


def rebuild(actor: Actor, progress: Callable[[int, int], None] | None = None) -> Rebuilt:
    """Build a new index from the catalogue and swap it in when it is complete; readers go on meanwhile.

    What was described while it ran is added after the swap.
    """
    require(actor, "index.rebuild")
    started = time.monotonic()
    total, done, rejected, last = holdings.total(), 0, 0, 0
    home().index.mkdir(parents=True, exist_ok=True)
    with Rebuild(home().index) as build:
        for records in indexing.all_rows(chunk=CHUNK):
            refused = build.add(documents(records))
            report(refused)
            rejected += len(refused)
            done += len(records)
            last = records[-1].id
            if progress is not None:
                progress(done, total)
    _catch_up(last)
    seconds = time.monotonic() - started
    _rebuilt(actor, done, rejected)
    return Rebuilt(done, rejected, seconds)


def _catch_up(after: int) -> None:
    """Index what is younger than ``after``; the follower, who may be writing just now, is waited for."""
    with held(f"follower-{NAME}", wait=True):
        index = engine()
        try:
            for records in indexing.all_rows(after, CHUNK):
                report(index.upsert(documents(records)))
                report(index.commit())
        finally:
            index.close()


@act("search.index.rebuild")
def _rebuilt(actor: Actor, records: int, rejected: int) -> None:
    record("urn:lantai:index", {"records": records, "rejected": rejected})

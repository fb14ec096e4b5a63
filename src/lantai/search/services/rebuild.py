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
from lantai.ledger import queries as ledger
from lantai.ledger.acts import act, record
from lantai.ledger.services import follow, follower_names, go_on_from
from lantai.people.policies import require
from lantai.search.engine.rebuild import Rebuild
from lantai.search.services.documents import documents
from lantai.search.services.feed import NAME, report

CHUNK = 2_000
"""Records read at once, with the text of all their files."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many records are in the new index (``kept`` of them from an earlier, unfinished run), how many were
    not taken, how long this run took."""

    records: int
    rejected: int
    seconds: float
    kept: int = 0


def rebuild(actor: Actor, progress: Progress | None = None, *, fresh: bool = False) -> Rebuilt:
    """Build a new index from the catalogue and swap it in when it is complete; readers go on meanwhile.

    One that was killed goes on where it was, unless ``fresh``. What was described, changed or taken back
    since the first of these runs began is done again by the follower after the swap: it is the only one that
    writes to an index in use.
    """
    require(actor, "index.rebuild")
    started = time.monotonic()
    home().index.mkdir(parents=True, exist_ok=True)
    began = ledger.size()  # whatever has an index below this was committed: the rows are read after it
    with Rebuild(home().index, note=str(began), fresh=fresh) as build:
        kept = indexing.count_to(build.last)
        done, rejected = _filled(build, kept, progress)
        with held(f"follower-{NAME}", wait=True):
            _swap(build)
    if NAME in follower_names():
        follow(NAME)
    _rebuilt(actor, done, rejected)
    return Rebuilt(done, rejected, time.monotonic() - started, kept)


def _filled(build: Rebuild, kept: int, progress: Progress | None) -> tuple[int, int]:
    """Fill ``build`` with all records behind those it has; return how many it has then, and how many it refused."""
    total, done, rejected = holdings.total(), kept, 0
    for records in indexing.all_rows(build.last, CHUNK):
        refused = build.add(documents(records))
        report(refused)
        rejected += len(refused)
        done += len(records)
        if progress is not None:
            progress(done, total)
    refused = build.flush()
    report(refused)
    return done, rejected + len(refused)


def _swap(build: Rebuild) -> None:
    """Swap ``build`` in and let the follower go on from where it was begun.

    Killed between the two steps, entries may be done twice, never left out: backwards the follower goes
    before the swap, forwards after it.
    """
    began = int(build.note)
    if ledger.follower(NAME).next_index > began:
        go_on_from(NAME, began)
    build.finish()
    go_on_from(NAME, began)


@act("search.index.rebuild")
def _rebuilt(actor: Actor, records: int, rejected: int) -> None:
    record("urn:lantai:index", {"records": records, "rejected": rejected})

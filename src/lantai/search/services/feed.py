"""The follower that keeps the index in step with the catalogue."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from uuid import UUID

from lantai.holdings import indexing
from lantai.holdings.indexing import IndexRow
from lantai.kernel.freeing import give_back
from lantai.ledger.models import Entry
from lantai.ledger.services import Follower
from lantai.search.engine.protocol import Rejected
from lantai.search.index import engine
from lantai.search.services.documents import documents

logger = logging.getLogger(__name__)

NAME = "search"
COMMIT = 60_000
"""Records of many acts that are made visible together: a commit costs as much as a thousand of them, and what lies
in few large pieces is not merged again and again."""

CHARACTERS = 20_000_000
"""Characters of files that are held until they are made visible, whatever the number of records."""

DESCRIBED = "holdings.records.describe"
WITHDRAWN = "holdings.records.withdraw"


def follower() -> Follower:
    """Return the follower for :func:`lantai.ledger.services.register`."""
    return Follower(NAME, handle, weigh=_weight, load=COMMIT, done=_let_go)


def _let_go() -> None:
    """Give the writer back: a rebuild or the command line may want it.

    It is kept from portion to portion, for it merges what it wrote before while more is written.
    """
    engine().close()
    give_back()


def _weight(entry: Entry) -> int:
    """Return how many records an act is about: bulk acts say it as their count."""
    if not entry.act.startswith("holdings."):
        return 1
    count = json.loads(entry.text)["data"].get("count", 1)
    return count if isinstance(count, int) else 1


def handle(entries: Sequence[Entry]) -> None:
    """Index what the acts in ``entries`` described, changed or took back; done twice, the result is the same."""
    acts = [entry for entry in entries if entry.act.startswith("holdings.")]
    if not acts:
        return
    index = engine()
    waiting = characters = 0
    for records in _touched(acts):
        made = documents(records)
        report(index.upsert(made))
        waiting += len(made)
        characters += sum(len(page) for document in made for page in document.text)
        if waiting >= COMMIT or characters >= CHARACTERS:
            report(index.commit())
            give_back()
            waiting = characters = 0
    for first, last in _withdrawn(acts):
        index.delete(indexing.gone(first, last))
        waiting += 1
    if waiting:
        report(index.commit())


def _touched(acts: Sequence[Entry]) -> Iterator[list[IndexRow]]:
    """Yield the records that are to be indexed, as they are now."""
    for entry in acts:
        if entry.act == DESCRIBED:
            yield from indexing.batch_rows(UUID(json.loads(entry.text)["data"]["batch"]))
    changes = [entry.uuid for entry in acts if entry.act not in {DESCRIBED, WITHDRAWN}]
    for start in range(0, len(changes), 200):
        yield from indexing.changed_rows(changes[start : start + 200])
    made = {told["id"] for entry in acts for told in json.loads(entry.text)["data"].get("made", ())}
    yield from indexing.rows_of(made)  # volumes that came with an act have no history of their own


def _withdrawn(acts: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Yield the spans of row ids that acts say may be gone: taken back batches, emptied volumes."""
    for entry in acts:
        yield from json.loads(entry.text)["data"].get("rows", ())


def report(rejected: Sequence[Rejected]) -> None:
    """Log every record that the engine would not take: it stays in the catalogue and is not found by words."""
    for one in rejected:
        logger.error("record %s was not indexed: %s %s", one.id, one.code, one.fact)

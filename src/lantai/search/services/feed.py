"""The follower that keeps the index in step with the catalogue."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from uuid import UUID

from lantai.holdings import queries as holdings
from lantai.ledger.models import Entry
from lantai.ledger.services import Follower
from lantai.search.engine.protocol import Rejected
from lantai.search.index import engine
from lantai.search.services.documents import documents

logger = logging.getLogger(__name__)

NAME = "search"


def follower() -> Follower:
    """Return the follower for :func:`lantai.ledger.services.register`."""
    return Follower(NAME, handle)


def handle(entries: Sequence[Entry]) -> None:
    """Index the records of every describing act in ``entries``; done twice, the result is the same."""
    batches = [
        UUID(json.loads(entry.text)["data"]["batch"])
        for entry in entries
        if entry.act == "holdings.records.describe"
    ]
    if not batches:
        return
    index = engine()
    try:
        for batch in batches:
            for records in holdings.batch_records(batch, 500):
                report(index.upsert(documents(records)))
                report(index.commit())
    finally:
        index.close()  # gives the writer back: a rebuild or the command line may want it


def report(rejected: Sequence[Rejected]) -> None:
    """Log every record that the engine would not take: it stays in the catalogue and is not found by words."""
    for one in rejected:
        logger.error("record %s was not indexed: %s %s", one.id, one.code, one.fact)

"""What children do with imports: batches are small, so that many moments of death are different ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

BATCH = 200


def begin(path: str) -> str:
    """Receive a list and return the number of its import."""
    from lantai.base.actors import SYSTEM
    from lantai.catalogue.services import receive

    return receive(SYSTEM, Path(path), fonds="Z109", type="WS")


def walk(number: str) -> str:
    """Take the import as far as it goes by itself."""
    from lantai.catalogue import streams
    from lantai.catalogue.services import advance, planner

    streams.BATCH_ROWS = planner.BATCH_ROWS = BATCH
    planner.CHUNK = BATCH // 2
    return advance(number)


def order(number: str, what: str) -> str:
    """Order ``what`` (order_run, undo) and return the state."""
    from lantai.base.actors import SYSTEM
    from lantai.catalogue import queries, services

    getattr(services, what)(SYSTEM, number)
    return queries.import_(SYSTEM, number).state


def look(number: str) -> dict[str, Any]:
    """Return what stands in the catalogue of an import, and what its batches say."""
    from lantai.base.actors import SYSTEM
    from lantai.catalogue import queries
    from lantai.catalogue.models import ImportBatch
    from lantai.holdings.models import Record
    from lantai.ledger.models import Entry

    view = queries.import_(SYSTEM, number)
    batches = ImportBatch.objects.filter(owner__number=number).order_by("order")
    return {
        "state": view.state,
        "figures": [view.rows, view.new, view.changed, view.same, view.refused],
        "problems": [dict(one) for one in view.problems],
        "rows_done": view.rows_done,
        "digests": [batch.sha512 for batch in batches],
        "done": sum(batch.rows for batch in batches if batch.state == "done"),
        "records": Record.objects.count(),
        "refs": sorted(Record.objects.values_list("ref", flat=True)),
        "entries": Entry.objects.filter(act="holdings.records.describe").count(),
    }

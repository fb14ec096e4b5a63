"""What children do at the desk: file a document and die before a chosen step, look at what is there."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.withstand.dying import dying_before


def file_until(limit: int, external: str) -> str:
    """File the letter ``external``, but die without warning before the ``limit``-th step; return the number."""
    from lantai.base.actors import SYSTEM
    from lantai.desk import opening
    from lantai.desk.services import capture
    from tests.office import brought, letter

    components = (
        brought("main", "正文.txt", external.encode()),
        brought("附件", "附.txt", b"x" + external.encode()),
    )
    filing = letter(external, components=components)
    opening.open_all([])  # what the workers begin with is no step
    with dying_before(limit):
        return capture(SYSTEM, filing).number


def look() -> dict[str, Any]:
    """Return the documents that are there, entries of the act, and what is not whole."""
    from lantai.base.actors import SYSTEM
    from lantai.desk import queries
    from lantai.desk.models import Capture, Component
    from lantai.desk.store import read, stores
    from lantai.ledger.models import Entry

    for store in stores():  # as a worker does first
        store.collect_staging()
    wrong = []
    rows = list(Capture.objects.order_by("id"))
    for row in rows:
        receipt = queries.receipt(SYSTEM, row.number)
        digests = [row.content, *(one.sha512 for one in receipt.components)]
        wrong += [one for one in digests if hashlib.sha512(read(one)).hexdigest() != one]
        wrong += [] if len(receipt.components) == row.files == 2 else [f"{row.number} is not whole"]
    return {
        "numbers": [row.number for row in rows],
        "components": Component.objects.count(),
        "entries": Entry.objects.filter(act="desk.capture.file").count(),
        "wrong": wrong,
    }

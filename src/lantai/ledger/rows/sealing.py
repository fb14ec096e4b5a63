"""The newest digest of the chain of rows, put into the log now and then."""

from __future__ import annotations

from collections.abc import Mapping

from lantai.base.actors import Actor
from lantai.kernel.rowlog import Tail
from lantai.ledger.acts import act, record

SUBJECT = "urn:lantai:rows"


@act("ledger.rows.seal")
def seal(actor: Actor, tail: Tail, size: int, whole: int, counts: Mapping[str, int]) -> None:
    """Record number and digest of the newest part, and how many rows each table had then (only those with some).

    At each new whole copy and once a day: what came before can then not be rewritten without the log showing it.
    """
    record(
        SUBJECT,
        {
            "part": tail.part,
            "digest": tail.digest,
            "size": size,
            "whole": whole,
            "rows": dict(counts),
        },
    )

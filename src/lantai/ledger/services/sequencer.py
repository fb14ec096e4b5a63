"""Pending entries become sequenced (an index in the database), then published (in the signed log)."""

from __future__ import annotations

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from lantai.base.locks import held
from lantai.kernel.errors import Corrupt
from lantai.kernel.tlog import Log
from lantai.ledger import rows
from lantai.ledger.models import Entry
from lantai.ledger.numbering import number, waiting
from lantai.ledger.services.keys import change_over
from lantai.ledger.store import log, log_store, predecessors, signers

BATCH = 2_000


def sequence(batch: int = BATCH) -> int:
    """Give every pending entry its index and publish a signed checkpoint; return how many became published.

    The rows that the entries changed are in the vault before that (:mod:`lantai.ledger.rows`). Safe to call from
    anywhere at any time: one caller works, the others return 0. Killed between the database and the files, the next
    call appends what is missing and removes what was being written; an index once given never changes.
    """
    with held("sequencer") as got:
        if not got:
            return 0
        for store in (log_store(), rows.rows_store()):
            store.collect_staging()
        published, again = 0, True
        while again:
            ledger = log()
            _refuse_set_back(ledger)
            again = _number()
            published += _publish(ledger, batch)
            if change_over(ledger.size()):
                ledger.publish(*signers(), predecessors=predecessors())
        rows.trim()
        return published


def _number() -> bool:
    """Write the rows and number what waits; return whether that made an entry that waits itself."""
    if settings.ROW_NOTES:
        return rows.keep()
    with transaction.atomic():
        number(waiting(connection))
    return False


def _next_index() -> int:
    last = Entry.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else int(last) + 1


def _refuse_set_back(ledger: Log) -> None:
    """Refuse to go on from a database that is older than the log, or another one: nothing is written then."""
    size, total = ledger.size(), _next_index()
    if size > total:
        raise Corrupt("ledger.log.ahead", expected=total, found=size)
    if 0 < size < total:
        _compare_last(ledger, size - 1)


def _publish(ledger: Log, batch: int) -> int:
    start = size = ledger.size()
    total = _next_index()
    while size < total:
        texts = list(
            Entry.objects.filter(index__gte=size, index__lt=size + batch)
            .order_by("index")
            .values_list("text", flat=True)
        )
        size = ledger.append([text.encode() for text in texts], at=size).size
    if size > start:
        ledger.publish(*signers(), predecessors=predecessors())
    return size - start


def _compare_last(ledger: Log, index: int) -> None:
    """Refuse to go on from a database that was set back: its entries are not the ones the log has published."""
    mine = Entry.objects.filter(index=index).values_list("text", flat=True).first() or ""
    if mine.encode() != ledger.entry(index):
        raise Corrupt("ledger.log.forked", index=index)

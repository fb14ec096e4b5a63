"""Pending entries become sequenced (an index in the database), then published (in the signed log)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from lantai.base.locks import held
from lantai.kernel.errors import Corrupt
from lantai.kernel.tlog import Log
from lantai.ledger.models import Entry
from lantai.ledger.store import log, log_store, signer

BATCH = 2_000


def sequence(batch: int = BATCH) -> int:
    """Give every pending entry its index and publish a signed checkpoint; return how many became published.

    Safe to call from anywhere at any time: one caller works, the others return 0. Killed between the
    database and the log's files, the next call appends what is missing and removes what was being written;
    an index once given never changes.
    """
    with held("sequencer") as got:
        if not got:
            return 0
        log_store().collect_staging()
        _number(batch)
        return _publish(batch)


def _next_index() -> int:
    last = Entry.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else int(last) + 1


def _number(batch: int) -> None:
    while True:
        with transaction.atomic():
            pending = list(Entry.objects.filter(index__isnull=True).order_by("id")[:batch])
            if not pending:
                return
            start = _next_index()
            for offset, entry in enumerate(pending):
                entry.index = start + offset
            Entry.objects.bulk_update(pending, ["index"], batch_size=500)


def _publish(batch: int) -> int:
    ledger = log()
    size, total = ledger.size(), _next_index()
    if size > total:
        raise Corrupt("ledger.log.ahead", expected=total, found=size)
    start = size
    if 0 < size < total:
        _compare_last(ledger, size - 1)
    while size < total:
        texts = list(
            Entry.objects.filter(index__gte=size, index__lt=size + batch)
            .order_by("index")
            .values_list("text", flat=True)
        )
        size = ledger.append([text.encode() for text in texts], at=size).size
    if size > start:
        ledger.publish(signer())
    return size - start


def _compare_last(ledger: Log, index: int) -> None:
    """Refuse to go on from a database that was set back: its entries are not the ones the log has published."""
    mine = Entry.objects.filter(index=index).values_list("text", flat=True).first() or ""
    if mine.encode() != ledger.entry(index):
        raise Corrupt("ledger.log.forked", index=index)

"""When a version was last read back at a place: told by the spans of row ids that audits went through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Q, QuerySet

from lantai.vault.models import AuditBatch, Copy, Deposit, Target

Span = tuple[int, int]


def reads_of(deposit: int, target: Target | None) -> QuerySet[AuditBatch]:
    """Return the batches of audits that read a version at a place, newest first."""
    rows = AuditBatch.objects.filter(audit__target=target, after__lt=deposit, through__gte=deposit)
    mine = rows.annotate(rest=(deposit - F("audit__part") + 1) % F("audit__parts")).filter(
        Q(audit__parts=1) | Q(rest=0)
    )
    return mine.select_related("audit").order_by("-at")


def last_check(row: Deposit) -> datetime:
    """Return when a version was last read back here; on the day of its deposit it was."""
    newest = reads_of(row.pk, None).values_list("at", flat=True).first()
    return max(row.checked_at, newest) if newest else row.checked_at


def oldest_check(target: Target | None = None) -> datetime | None:
    """Return when what was read back longest ago at a place was read; None when nothing lies there."""
    highest = Deposit.objects.order_by("-pk").values_list("pk", flat=True).first()
    if highest is None:
        return None
    open_spans: dict[tuple[int, int], list[Span]] = {(0, 1): [(0, highest)]}
    oldest: datetime | None = None
    for batch in _newest_first(target):
        key = ((batch.audit.part - 1) % batch.audit.parts, batch.audit.parts)
        touched = _cut(open_spans, key, (batch.after, batch.through))
        if touched:
            oldest = batch.at
        if not any(open_spans.values()):
            break
    left = _oldest_unread(open_spans, target)
    return left if oldest is None or (left is not None and left < oldest) else oldest


def _newest_first(target: Target | None) -> Iterator[AuditBatch]:
    rows = AuditBatch.objects.filter(audit__target=target).select_related("audit")
    yield from rows.order_by("-at", "-pk").iterator()


def _cut(left: dict[tuple[int, int], list[Span]], key: tuple[int, int], read: Span) -> bool:
    """Take a span that was read out of what is left; return whether that changed anything.

    What is left is kept by classes of row ids: all of them, split into those of a rotation when its first part comes.
    Parts of another rotation than the newest count for nothing: they would make it look newer than it is.
    """
    rest, parts = key
    known = {of for _, of in left}
    if parts > 1 and parts not in known:
        if known != {1}:
            return False
        whole = left.pop((0, 1))
        left.update({(one, parts): list(whole) for one in range(parts)})
    changed = False
    for one in list(left) if parts == 1 else [(rest, parts)]:
        kept = [piece for span in left[one] for piece in _without(span, read)]
        changed = changed or kept != left[one]
        left[one] = kept
    return changed


def _without(span: Span, read: Span) -> list[Span]:
    """Return what is left of a span (behind the first, up to the second) without another."""
    pieces = [(span[0], min(span[1], read[0])), (max(span[0], read[1]), span[1])]
    return [(low, high) for low, high in pieces if low < high]


def _oldest_unread(left: dict[tuple[int, int], list[Span]], target: Target | None) -> datetime | None:
    """Return the oldest day of deposit, or of copying, of what no audit has read."""
    found: list[datetime] = []
    for (rest, parts), spans in left.items():
        for low, high in spans:
            first = _first(low, high, rest, parts, target)
            if first is not None:
                found.append(first)
    return min(found, default=None)


def _first(low: int, high: int, rest: int, parts: int, target: Target | None) -> datetime | None:
    if target is None:
        rows = Deposit.objects.filter(pk__gt=low, pk__lte=high)
        if parts > 1:
            rows = rows.annotate(rest=F("pk") % parts).filter(rest=rest)
        return rows.order_by("checked_at").values_list("checked_at", flat=True).first()
    copies = Copy.objects.filter(target=target, deposit__gt=low, deposit__lte=high, checked_at__isnull=False)
    if parts > 1:
        copies = copies.annotate(rest=F("deposit_id") % parts).filter(rest=rest)
    return copies.order_by("checked_at").values_list("checked_at", flat=True).first()

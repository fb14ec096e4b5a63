"""Tables of the ledger."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One act, written in the transaction of the change it tells of.

    pending (``index`` is null) → sequenced (``index`` given) → published (below the size of a checkpoint).
    ``text`` is the canonical JSON that is hashed; the other columns repeat it for queries.
    """

    uuid = models.UUIDField(unique=True, editable=False)
    index = models.BigIntegerField(null=True, unique=True)
    act = models.CharField(max_length=64, db_index=True)
    subject = models.CharField(max_length=200, db_index=True)
    actor = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(db_index=True)
    text = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="ledger_pending", condition=models.Q(index__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.index if self.index is not None else '…'} {self.act} {self.subject}"


class Position(models.Model):
    """How far a follower has read: the index of the next entry it has not yet dealt with."""

    follower = models.CharField(max_length=40, primary_key=True)
    next_index = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.follower}@{self.next_index}"

"""Tables of the ledger."""

from __future__ import annotations

from django.db import models

from lantai.kernel.rowlog import START, Tail


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


class RowNote(models.Model):
    """A row of some table was inserted, changed or deleted: written by a trigger, in the transaction of the change.

    ``change`` is by how much the table grew: 1, 0 or -1.
    """

    table = models.CharField(max_length=64)
    key = models.BigIntegerField()
    change = models.SmallIntegerField()

    def __str__(self) -> str:
        return f"{self.table} {self.key}"


class RowState(models.Model):
    """How far the rows are written into the vault: one row. The files are right where they say otherwise.

    ``part`` to ``count`` are the end of the chain; ``whole`` is the newest whole copy and ``schema`` the tables it has;
    ``counts`` how many rows each table has, counted by the notes.
    """

    part = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=START)
    first = models.BigIntegerField(default=1)
    count = models.PositiveIntegerField(default=0)
    whole = models.BigIntegerField(default=0)
    whole_bytes = models.BigIntegerField(default=0)
    since_bytes = models.BigIntegerField(default=0)
    schema = models.CharField(max_length=16, default="")
    counts = models.JSONField(default=dict)
    sealed_at = models.DateTimeField(null=True)
    sealed_whole = models.BigIntegerField(default=0)
    trimmed = models.BigIntegerField(default=0)

    @classmethod
    def present(cls) -> RowState:
        """Return the row, or one that is not saved yet."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    def tail(self) -> Tail:
        """Return the end of the chain."""
        return Tail(self.part, self.digest, self.first, self.count)

    def hold(self, tail: Tail) -> None:
        """Remember the end of the chain; the caller saves."""
        self.part, self.digest, self.first, self.count = tail.part, tail.digest, tail.first, tail.count

    def __str__(self) -> str:
        return f"{self.part} {self.digest[:12]}"

"""Tables of the check at filing: each check of a class, what people answered, which document took another's place."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lantai.desk.models.arrangement import FilingClass
from lantai.desk.models.captures import Capture


class CheckState(models.TextChoices):
    """Where a check is: at work, done and about to number the class, done, stopped before it was done."""

    ORDERED = "ordered", "检测中"
    CLOSING = "closing", "编号中"
    DONE = "done", "已检测"
    STOPPED = "stopped", "已停"


AT_WORK = (CheckState.ORDERED, CheckState.CLOSING)
"""States that the worker moves on; a class has at most one check in them."""


class FilingCheck(models.Model):
    """One 归档检测 of a class as it stood at ``revision``; ``content`` is the SHA-512 of the document it is made from.

    ``closing``: when it holds, the class is closed by itself. ``run`` is the run in the checks room; ``problem`` is why it
    stands still, was stopped or did not close the class, by code and facts. ``waiting`` counts the items that stand in the
    way of the numbers, null until it is done. ``register`` is the SHA-512 of the
    归档登记表 when this check closed the class, "" otherwise.
    """

    uuid = models.UUIDField(unique=True)
    filing_class = models.ForeignKey(FilingClass, models.PROTECT, related_name="checks")
    revision = models.PositiveIntegerField()
    state = models.CharField(
        "状态", max_length=12, choices=CheckState.choices, default=CheckState.ORDERED, db_index=True
    )
    closing = models.BooleanField(default=False)
    content = models.CharField("SHA-512", max_length=128)
    items = models.PositiveIntegerField("件数")
    files = models.PositiveIntegerField("文件数")
    bytes = models.BigIntegerField("字节数")
    run = models.UUIDField("检测", null=True)
    problem = models.JSONField(null=True)
    waiting = models.PositiveIntegerField("未了结的检测项", null=True)
    ordered_at = models.DateTimeField()
    ordered_by = models.CharField(max_length=64)
    done_at = models.DateTimeField(null=True)
    register = models.CharField("SHA-512", max_length=128, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["filing_class"],
                condition=Q(state__in=["ordered", "closing"]),
                name="desk_check_at_work_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.filing_class_id} r{self.revision} {self.state}"

    @property
    def urn(self) -> str:
        """The permanent name of the check."""
        return f"urn:uuid:{self.uuid}"


class CheckAnswer(models.Model):
    """What a person says to one item (``code``) of a check that failed, could not be made, or waits for a person."""

    check_of = models.ForeignKey(FilingCheck, models.CASCADE, related_name="answers")
    code = models.CharField(max_length=20)
    reason = models.TextField("说明")
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_of", "code"], name="desk_check_answered_once")]

    def __str__(self) -> str:
        return f"{self.check_of_id} {self.code}"


class Replacement(models.Model):
    """That one captured document took another's place in its item; both stay as they came."""

    old = models.OneToOneField(Capture, models.PROTECT, related_name="replaced")
    new = models.OneToOneField(Capture, models.PROTECT, related_name="replaces")
    reason = models.TextField("原因")
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.old_id} → {self.new_id}"

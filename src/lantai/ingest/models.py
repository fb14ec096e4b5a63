"""Tables of transfers."""

from __future__ import annotations

from django.db import models

from lantai.people.models import Unit


class State(models.TextChoices):
    """The way of a transfer. Each state is left by one named act, the automatic ones by a worker."""

    SUBMITTED = "submitted", "已提交"
    RECEIVED = "received", "已收到"
    CHECKING = "checking", "检测中"
    RETURNED = "returned", "已退回"
    ACCEPTED = "accepted", "已接收"
    REGISTERED = "registered", "已登记"
    PRESERVED = "preserved", "已入库"
    DESCRIBED = "described", "已著录"
    INDEXED = "indexed", "可检索"
    CLOSED = "closed", "已办结"


AUTOMATIC = (
    State.SUBMITTED,
    State.RECEIVED,
    State.ACCEPTED,
    State.REGISTERED,
    State.PRESERVED,
    State.DESCRIBED,
    State.INDEXED,
)
"""States that a worker moves on from. A transfer in ``checking`` has its report and waits for a person."""


class Transfer(models.Model):
    """One 移交: a package from a unit and what became of it.

    ``source`` is where the package was found; ``owned`` says that it lies in the inbox and may be removed
    once it is preserved. Counts are of the package as received.
    """

    uuid = models.UUIDField(unique=True)
    number = models.CharField("移交编号", max_length=12, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="transfers")
    kind = models.CharField("类型", max_length=20, default="transfer")
    state = models.CharField("状态", max_length=12, choices=State.choices, db_index=True)
    state_since = models.DateTimeField()
    submitted_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=64)
    source = models.TextField()
    owned = models.BooleanField(default=False)
    name = models.TextField("包名")
    form = models.CharField("形式", max_length=10, blank=True)
    fonds = models.CharField("全宗号", max_length=20, blank=True)
    container_sm3 = models.CharField(max_length=64, blank=True)
    container_sha512 = models.CharField(max_length=128, blank=True)
    items = models.PositiveIntegerField("件数", default=0)
    files = models.PositiveIntegerField("文件数", default=0)
    bytes = models.BigIntegerField("字节数", default=0)
    run = models.UUIDField("检测", null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    reason = models.TextField("退回原因", blank=True)
    refusal = models.JSONField(null=True)
    described_entry = models.CharField(max_length=36, blank=True)

    class Meta:
        indexes = [models.Index(fields=["unit", "-id"], name="ingest_by_unit")]

    def __str__(self) -> str:
        return self.number

    @property
    def urn(self) -> str:
        """The permanent name of the transfer, and of the preserved object that tells of it."""
        return f"urn:uuid:{self.uuid}"

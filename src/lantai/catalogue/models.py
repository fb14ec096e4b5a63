"""Tables of the catalogue desk: imports and their batches, and what columns meant the last time."""

from __future__ import annotations

from django.db import models

from lantai.people.models import Unit


class State(models.TextChoices):
    """The way of an import. Workers leave the automatic states, people the others."""

    RECEIVED = "received", "编计划中"
    UNMAPPED = "unmapped", "待对应栏目"
    PLANNED = "planned", "待导入"
    RUNNING = "running", "导入中"
    DONE = "done", "已导入"
    UNDOING = "undoing", "撤销中"
    UNDONE = "undone", "已撤销"
    CANCELLED = "cancelled", "已取消"
    FAILED = "failed", "已停住"


AUTOMATIC = (State.RECEIVED, State.RUNNING, State.UNDOING)
"""States that a worker moves on from."""


class Import(models.Model):
    """One file brought to the catalogue: how it is read, what the plan says, how far it is.

    The file and the plan lie in the import's folder (:mod:`lantai.catalogue.workshop`). ``columns`` are the
    headings as they were met, ``mapping`` says what each becomes (element key, "-" = not taken over,
    "+" = kept under ``other``). ``tolerant``: what is badly written is told and taken over as it is.
    ``fonds``, ``type`` and ``level`` are "" where each row says them itself. ``resume`` is the state in which
    a failed import goes on; ``orders`` counts what people ordered.
    """

    uuid = models.UUIDField(unique=True)
    number = models.CharField("导入编号", max_length=12, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="imports")
    fonds = models.CharField("全宗号", max_length=20, blank=True)
    type = models.CharField("门类", max_length=8, blank=True)
    level = models.CharField("层级", max_length=8, blank=True)
    arranging = models.BooleanField("整理中", default=False)
    tolerant = models.BooleanField("照录", default=False)
    state = models.CharField("状态", max_length=10, choices=State.choices, db_index=True)
    state_since = models.DateTimeField()
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=64)
    ordered_by = models.CharField(max_length=64, blank=True)
    name = models.TextField("文件名")
    sheet = models.TextField("工作表", blank=True)
    kind = models.CharField("形式", max_length=12, blank=True)
    encoding = models.CharField("编码", max_length=20, blank=True)
    size = models.BigIntegerField("字节数")
    sha512 = models.CharField(max_length=128)
    sheets = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    rows = models.PositiveIntegerField("行数", default=0)
    new = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("变更", default=0)
    same = models.PositiveIntegerField("相同", default=0)
    refused = models.PositiveIntegerField("拒绝", default=0)
    notices = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    rows_done = models.PositiveIntegerField("已完成行数", default=0)
    problem = models.JSONField(null=True)
    resume = models.CharField(max_length=10, blank=True)

    class Meta:
        indexes = [models.Index(fields=["unit", "-id"], name="catalogue_import_by_unit")]

    def __str__(self) -> str:
        return self.number

    @property
    def urn(self) -> str:
        """The permanent name of the import, and of the preserved object that holds its file."""
        return f"urn:uuid:{self.uuid}"


class ImportBatch(models.Model):
    """One part of an import that goes in whole or not at all; ``uuid`` follows from the import and the digest."""

    RECORDS, CHANGES, AGENTS, FONDS = "records", "changes", "agents", "fonds"
    PLANNED, DONE, UNDONE = "planned", "done", "undone"

    owner = models.ForeignKey(Import, models.CASCADE, related_name="batches")
    order = models.PositiveIntegerField()
    uuid = models.UUIDField(unique=True)
    kind = models.CharField(max_length=8)
    file = models.CharField(max_length=60)
    rows = models.PositiveIntegerField()
    sha512 = models.CharField(max_length=128)
    state = models.CharField(max_length=8, default=PLANNED)
    entry = models.CharField(max_length=36, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "order"], name="catalogue_batch_once")]

    def __str__(self) -> str:
        return f"{self.owner_id}/{self.order}"


class ColumnMapping(models.Model):
    """What the columns of a list meant: offered when a unit (or, without one, anybody) brings such a list again."""

    unit = models.ForeignKey(Unit, models.CASCADE, null=True, related_name="+")
    type = models.CharField(max_length=8, blank=True)
    fingerprint = models.CharField(max_length=64)
    mapping = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "type", "fingerprint"], name="catalogue_mapping_of_unit"),
            models.UniqueConstraint(
                fields=["type", "fingerprint"],
                condition=models.Q(unit__isnull=True),
                name="catalogue_mapping_of_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id or '-'} {self.type} {self.fingerprint[:8]}"


class ExportState(models.TextChoices):
    """The way of an ordered export or print. Workers leave the automatic states."""

    ORDERED = "ordered", "排队中"
    RUNNING = "running", "制作中"
    DONE = "done", "已做好"
    FAILED = "failed", "没有做成"
    CANCELLED = "cancelled", "已取消"
    EXPIRED = "expired", "已过期"
    DISCARDED = "discarded", "已删除"


EXPORT_AUTOMATIC = (ExportState.ORDERED, ExportState.RUNNING)
"""States of an order from which a worker goes on."""


class Export(models.Model):
    """An export or a print that somebody ordered: what, in which form, how far it is, the file that came of it.

    ``selection`` is what was asked as the pairs of its address, ``options`` what the form needs beside it.
    ``grants`` are the roles ([role, unit or None]) that count: those of the order, and once the file is made
    those with which it was made. ``total`` is how many records (rows) there are; how many are done is told in
    the order's folder (decision 0005). There lies the ``file``, offered as ``title`` with the same ending and
    kept until ``expires_at``.
    """

    EXPORT, PRINT = "export", "print"

    uuid = models.UUIDField(unique=True)
    number = models.CharField("编号", max_length=14, unique=True)
    ordered_by = models.CharField(max_length=64)
    grants = models.JSONField(default=list)
    kind = models.CharField(max_length=6)
    form = models.CharField("形式", max_length=12)
    options = models.JSONField(default=dict)
    selection = models.JSONField(default=list)
    title = models.CharField("名称", max_length=130)
    state = models.CharField("状态", max_length=10, choices=ExportState.choices)
    state_since = models.DateTimeField()
    ordered_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    total = models.PositiveBigIntegerField("共", default=0)
    problem = models.JSONField(null=True)
    file = models.CharField(max_length=20, blank=True)
    files = models.PositiveIntegerField("文件数", default=0)
    size = models.BigIntegerField("字节数", default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["ordered_by", "-id"], name="catalogue_export_of_one"),
            models.Index(fields=["state", "expires_at"], name="catalogue_export_by_state"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def urn(self) -> str:
        """The permanent name of the order, under which the ledger speaks of it."""
        return f"urn:uuid:{self.uuid}"

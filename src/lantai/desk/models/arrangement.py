"""Tables of arranging: the unit's schedule, its classes of a year, the items (件) in them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lantai.desk.models.captures import Capture
from lantai.people.models import Unit


class ScheduleState(models.TextChoices):
    """Where a version of the schedule stands. Only an approved one suggests (档案法实施条例, 19)."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "已报送"
    APPROVED = "approved", "已审批"
    RETURNED = "returned", "已退回"
    SUPERSEDED = "superseded", "已被取代"


class ClassState(models.TextChoices):
    """Whether a class still changes, has its numbers, or has been handed over (some or all of it)."""

    OPEN = "open", "整理中"
    CLOSED = "closed", "已编号"
    HANDED = "handed", "已移交"


class Arrangement(models.TextChoices):
    """Whether the items of a class are numbered one by one (按件) or lie in 案卷 (按卷)."""

    ITEM = "item", "按件"
    VOLUME = "volume", "按卷"


class ItemState(models.TextChoices):
    """Where an item is: without numbers, numbered with its class, handed over."""

    OPEN = "open", "整理中"
    NUMBERED = "numbered", "已编号"
    HANDED = "handed", "已移交"


class Schedule(models.Model):
    """One version of a unit's 归档范围和保管期限表; a changed list is another version.

    ``lines`` are the JSON of :class:`lantai.kernel.schedules.Line`, ``digest`` what the bureau approves (SHA-256 of
    the lines), ``content`` the SHA-512 under which the whole list lies in the desk's store. ``notes`` are findings of
    the import that left lines doubtful. ``approval`` is the number of the bureau's letter, ``reason`` its words.
    ``revision`` counts changes of the row: a write says which it saw.
    """

    uuid = models.UUIDField(unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="schedules")
    version = models.PositiveIntegerField("版本")
    state = models.CharField(
        "状态", max_length=12, choices=ScheduleState.choices, default=ScheduleState.DRAFT
    )
    source = models.CharField("来源文件", max_length=255)
    lines = models.JSONField()
    count = models.PositiveIntegerField("条目数")
    notes = models.JSONField(default=list)
    digest = models.CharField("SHA-256", max_length=64)
    content = models.CharField("SHA-512", max_length=128)
    approval = models.CharField("批复文号", max_length=80, blank=True)
    reason = models.TextField("审批意见", blank=True)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=64)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=1)
    entry = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "version"], name="desk_schedule_version"),
            models.UniqueConstraint(
                fields=["unit"], condition=Q(state="approved"), name="desk_schedule_in_force"
            ),
            models.UniqueConstraint(
                fields=["unit"], condition=Q(state="submitted"), name="desk_schedule_submitted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} v{self.version}"

    @property
    def urn(self) -> str:
        """The permanent name of the version."""
        return f"urn:uuid:{self.uuid}"


class Scheme(models.Model):
    """分类方案 of a unit: in which order 年度, 机构(问题) and 保管期限 stand above each other.

    ``levels`` is a permutation of ``year``, ``function``, ``retention``; a unit without a row has the usual one.
    """

    unit = models.OneToOneField(Unit, models.PROTECT, related_name="scheme", primary_key=True)
    levels = models.JSONField()
    entry = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.unit_id} {self.levels}"


class FilingClass(models.Model):
    """归档类: the items of one type, year, 机构(问题) and 保管期限 of a unit; numbered when it is closed.

    ``fonds`` is the 全宗号; ``function`` "" where the unit does not divide by it; ``retention`` a term of the type's
    vocabulary. ``size`` is the number of its items, whose positions go from 1 to it. ``arrangement`` says whether
    they lie in volumes. ``revision`` counts changes of the class, of its volumes and of the order in it; ``content``
    is the SHA-512 of its numbered list once it is closed.
    """

    uuid = models.UUIDField(unique=True)
    number = models.CharField("类编号", max_length=20, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="classes")
    fonds = models.CharField("全宗号", max_length=20)
    type = models.CharField("门类", max_length=20)
    year = models.PositiveSmallIntegerField("年度")
    function = models.CharField("机构（问题）", max_length=40, blank=True)
    retention = models.CharField("保管期限", max_length=20)
    state = models.CharField("状态", max_length=12, choices=ClassState.choices, default=ClassState.OPEN)
    size = models.PositiveIntegerField("件数", default=0)
    arrangement = models.CharField(
        "整理方式", max_length=8, choices=Arrangement.choices, default=Arrangement.ITEM
    )
    content = models.CharField("SHA-512", max_length=128, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=1)
    entry = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "fonds", "type", "year", "function", "retention"], name="desk_class_once"
            )
        ]
        indexes = [models.Index(fields=["unit", "year"], name="desk_class_by_year")]

    def __str__(self) -> str:
        return f"{self.number} {self.year} {self.function} {self.retention}"

    @property
    def urn(self) -> str:
        """The permanent name of the class."""
        return f"urn:uuid:{self.uuid}"


class Item(models.Model):
    """件: what is numbered and handed over as one, formed from one capture or several.

    ``filing_class`` is null and ``position`` 0 until it is put into a class; there positions go from 1 without gaps.
    ``volume`` is the 案卷 it lies in, of the same class, ``place`` its place there, from 1 without gaps (0: in none).
    ``values`` are its own, by element key; what the class says (年度, 保管期限, 机构, 全宗号) is not among them.
    ``ref``, ``item_number`` and, in a volume, ``page_number`` (its first and last page there) are "" until the class
    is closed. ``content`` is the SHA-512 of its document in the
    desk's store, ``revision`` counts changes of the values and of what it is made of.
    """

    uuid = models.UUIDField(unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="items")
    filing_class = models.ForeignKey(FilingClass, models.PROTECT, null=True, related_name="items")
    position = models.PositiveIntegerField("顺序", default=0)
    volume = models.ForeignKey("desk.Volume", models.PROTECT, null=True, related_name="items")
    place = models.PositiveIntegerField("卷内顺序", default=0)
    type = models.CharField("门类", max_length=20)
    title = models.TextField("题名")
    values = models.JSONField()
    ref = models.CharField("档号", max_length=200, blank=True, db_index=True)
    item_number = models.CharField("件号", max_length=12, blank=True)
    page_number = models.CharField("页号", max_length=20, blank=True)
    state = models.CharField("状态", max_length=12, choices=ItemState.choices, default=ItemState.OPEN)
    content = models.CharField("SHA-512", max_length=128)
    formed_at = models.DateTimeField()
    formed_by = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    entry = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "ref"], condition=~Q(ref=""), name="desk_item_ref_once")
        ]
        indexes = [
            models.Index(fields=["filing_class", "position"], name="desk_item_in_class"),
            models.Index(fields=["unit", "state"], name="desk_item_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.ref or self.uuid} {self.title}"

    @property
    def urn(self) -> str:
        """The permanent name of the item."""
        return f"urn:uuid:{self.uuid}"


class ItemCapture(models.Model):
    """That a capture is part of an item; ``order`` counts from 1 in the item. A capture is part of one item at most."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="links")
    capture = models.OneToOneField(Capture, models.PROTECT, related_name="link")
    order = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "order"], name="desk_item_capture_order")]

    def __str__(self) -> str:
        return f"{self.item_id}/{self.order} {self.capture_id}"

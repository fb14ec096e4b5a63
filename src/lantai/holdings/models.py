"""Tables of the catalogue (ISAD(G) levels: fonds → series → file → item → component)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from lantai.people.models import Unit

OPEN = "开放"
UNREVIEWED = "未审核"
ARRANGING = "整理中"
"""Access class of records that are not yet accepted: their 档号 may still change, outsiders never see them."""


class Fonds(models.Model):
    """全宗: the whole of one creator's archives."""

    number = models.CharField("全宗号", max_length=20, unique=True)
    name = models.CharField("全宗名称", max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="fonds")
    values = models.JSONField("全宗级著录", default=dict)

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Series(models.Model):
    """类别: what stands between fonds and file in the reference code, such as ``WS·2014·D30``."""

    fonds = models.ForeignKey(Fonds, models.PROTECT, related_name="series")
    code = models.CharField("类别号", max_length=120)
    type = models.CharField("门类", max_length=8)
    year = models.PositiveSmallIntegerField("年度", null=True)
    retention = models.CharField("保管期限", max_length=10, blank=True)
    values = models.JSONField("类别级著录", default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fonds", "code"], name="holdings_series_once")]

    def __str__(self) -> str:
        return f"{self.fonds_id}-{self.code}"


class AccessClass(models.Model):
    """What decides who may see a record; every record is in exactly one class.

    The index holds its id, and one number for all opened classes (``access.EVERYBODY``).
    """

    unit = models.ForeignKey(Unit, models.PROTECT)
    open_status = models.CharField("开放标识", max_length=10)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "open_status"], name="holdings_access_once")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.open_status}"


class Record(models.Model):
    """One described unit at the level of series (类别), file (案卷) or item (件).

    Columns are what lists, trees and filters need; ``values`` holds every element of the record type by key.
    ``object_id`` names the preserved object, "" where only the catalogue knows the record (paper).
    ``version`` counts the revisions: who revises says which one was read. ``accepted`` is False while a
    catalogue is still being arranged. ``sort_key`` is the place among its siblings, at first that of its 档号.
    """

    SERIES, FILE, ITEM = "series", "file", "item"
    LEVELS: ClassVar[tuple[str, ...]] = (SERIES, FILE, ITEM)

    urn = models.CharField(max_length=80, unique=True)
    ref = models.CharField("档号", max_length=200, unique=True)
    level = models.CharField(max_length=8, choices=[(SERIES, "类别"), (FILE, "案卷"), (ITEM, "件")])
    type = models.CharField("门类", max_length=8)
    fonds = models.ForeignKey(Fonds, models.PROTECT, related_name="records", db_index=False)
    series = models.ForeignKey(Series, models.PROTECT, related_name="records", db_index=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", db_index=False)
    access = models.ForeignKey(AccessClass, models.PROTECT, db_index=False)
    title = models.TextField("题名")
    author = models.TextField("责任者", blank=True)
    doc_number = models.CharField("文件编号", max_length=200, blank=True)
    date = models.CharField("日期", max_length=40, blank=True)
    year = models.PositiveSmallIntegerField("年度", null=True)
    retention = models.CharField("保管期限", max_length=10, blank=True)
    open_status = models.CharField("开放标识", max_length=10, default=UNREVIEWED)
    pages = models.PositiveIntegerField("页数", null=True)
    values = models.JSONField()
    sort_key = models.CharField(max_length=250)
    batch = models.UUIDField(db_index=True)
    object_id = models.CharField(max_length=80, blank=True)
    accepted = models.BooleanField("已验收", default=True)
    version = models.PositiveIntegerField(default=1)
    described_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            # Keyset paging; what follows the id lets a reader's filters be answered from the index alone.
            models.Index(
                fields=["series", "sort_key", "id", "parent", "access", "level"], name="holdings_by_series"
            ),
            models.Index(fields=["parent", "sort_key", "id", "access"], name="holdings_by_parent"),
            models.Index(
                fields=["fonds", "sort_key", "id", "parent", "access", "level"], name="holdings_by_fonds"
            ),
            models.Index(fields=["changed_at", "id", "access"], name="holdings_by_change"),
        ]

    def __str__(self) -> str:
        return self.ref


class Tally(models.Model):
    """How many records lie in one place: what trees and totals show without counting rows. Derived.

    ``year`` is 0 where a record has none.
    """

    fonds = models.ForeignKey(Fonds, models.CASCADE, related_name="tallies")
    type = models.CharField(max_length=8)
    year = models.PositiveSmallIntegerField()
    series = models.ForeignKey(Series, models.CASCADE)
    level = models.CharField(max_length=8)
    access = models.ForeignKey(AccessClass, models.CASCADE)
    count = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fonds", "type", "year", "series", "level", "access"], name="holdings_tally_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.year} {self.level}: {self.count}"


class Change(models.Model):
    """The history of one field of one record; ``entry`` is the uuid of the act in the ledger. Derived from it."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="changes")
    entry = models.UUIDField(db_index=True)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    key = models.CharField(max_length=60)
    before = models.TextField()
    after = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["record", "id"], name="holdings_change_by_record")]

    def __str__(self) -> str:
        return f"{self.record_id} v{self.version} {self.key}"


class Relation(models.Model):
    """A record and what it belongs together with: another record, or something told in words.

    ``kind`` is a term of the vocabulary of relations (paper_twin, reply, copy, version, see …).
    """

    source = models.ForeignKey(Record, models.CASCADE, related_name="relations")
    target = models.ForeignKey(Record, models.PROTECT, null=True, related_name="related_from")
    kind = models.CharField(max_length=30)
    text = models.TextField(blank=True)
    values = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "kind", "text"], name="holdings_relation_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id or self.text}"


class Agent(models.Model):
    """机构人员: a body, person or family with a name that is fixed once (规范名称), as in EAC-CPF."""

    urn = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=[("body", "机构"), ("person", "个人"), ("family", "家族")])
    name = models.TextField("名称")
    values = models.JSONField(default=dict)
    batch = models.UUIDField(db_index=True)
    described_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["name", "id"], name="holdings_agent_by_name")]

    def __str__(self) -> str:
        return self.name


class Component(models.Model):
    """文件: one computer file of a record, by its path in the record's preserved object."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="components")
    order = models.PositiveIntegerField()
    role = models.CharField("稿本或作用", max_length=40, blank=True)
    path = models.TextField()
    size = models.BigIntegerField()
    puid = models.CharField("PRONOM", max_length=40, blank=True)
    mime = models.CharField(max_length=120, blank=True)
    format = models.CharField("格式", max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "order"], name="holdings_component_once")]

    def __str__(self) -> str:
        return self.path

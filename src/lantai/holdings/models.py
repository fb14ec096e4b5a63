"""Tables of the catalogue (ISAD(G) levels: fonds → series → file → item → component)."""

from __future__ import annotations

from django.db import models

from lantai.people.models import Unit

OPEN = "开放"
UNREVIEWED = "未审核"


class Fonds(models.Model):
    """全宗: the whole of one creator's archives."""

    number = models.CharField("全宗号", max_length=20, unique=True)
    name = models.CharField("全宗名称", max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="fonds")

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Series(models.Model):
    """类别: what stands between fonds and file in the reference code, such as ``WS·2014·D30``."""

    fonds = models.ForeignKey(Fonds, models.PROTECT, related_name="series")
    code = models.CharField("类别号", max_length=120)
    type = models.CharField("门类", max_length=8)
    year = models.PositiveSmallIntegerField("年度", null=True)
    retention = models.CharField("保管期限", max_length=10, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fonds", "code"], name="holdings_series_once")]

    def __str__(self) -> str:
        return f"{self.fonds_id}-{self.code}"


class AccessClass(models.Model):
    """What decides who may see a record; every record is in exactly one class, the index holds its id."""

    unit = models.ForeignKey(Unit, models.PROTECT)
    open_status = models.CharField("开放标识", max_length=10)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "open_status"], name="holdings_access_once")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.open_status}"


class Record(models.Model):
    """One described unit at the level of file (案卷) or item (件).

    Columns are what lists, trees and filters need; ``values`` holds every element of the record type by key.
    ``object_id`` names the preserved object, "" where only the catalogue knows the record (paper).
    """

    FILE, ITEM = "file", "item"

    urn = models.CharField(max_length=80, unique=True)
    ref = models.CharField("档号", max_length=200, unique=True)
    level = models.CharField(max_length=4, choices=[(FILE, "案卷"), (ITEM, "件")])
    type = models.CharField("门类", max_length=8)
    fonds = models.ForeignKey(Fonds, models.PROTECT, related_name="records")
    series = models.ForeignKey(Series, models.PROTECT, related_name="records")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    access = models.ForeignKey(AccessClass, models.PROTECT)
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
    described_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["series", "sort_key", "id"], name="holdings_by_series"),
            models.Index(fields=["parent", "sort_key", "id"], name="holdings_by_parent"),
            models.Index(fields=["fonds", "sort_key", "id"], name="holdings_by_fonds"),
            # The tree of a fonds is counted from this index alone.
            models.Index(
                fields=["fonds", "type", "year", "series", "level", "access"], name="holdings_by_place"
            ),
        ]

    def __str__(self) -> str:
        return self.ref


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

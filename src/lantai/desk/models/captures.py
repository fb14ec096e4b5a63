"""Tables of the desk: what came in, and the files it is made of."""

from __future__ import annotations

from django.db import models

from lantai.desk.models.departments import Department
from lantai.people.models import Unit


class State(models.TextChoices):
    """Where a captured document is: in the tray, part of an item (件), handed over with it, replaced by another."""

    TRAY = "tray", "待整理"
    ARRANGED = "arranged", "已组件"
    HANDED = "handed", "已移交"
    REPLACED = "replaced", "已替换"


class Source(models.TextChoices):
    """The way by which a document came in."""

    API = "api", "业务系统"
    FOLDER = "folder", "收件文件夹"
    MAIL = "mail", "电子邮件"
    UPLOAD = "upload", "网页上传"
    TELEPHONE = "telephone", "手机拍摄"


class Part(models.TextChoices):
    """What a file is to its document."""

    MAIN = "main", "正本"
    ATTACHMENT = "attachment", "附件"
    FINAL = "final", "定稿"
    SLIP = "slip", "公文处理单"
    DRAFT = "draft", "修改稿"


class Capture(models.Model):
    """One 电子文件 as it came in. Only ``state``, ``department``, ``given`` and, with it, ``title`` and ``year`` change.

    ``external_id`` is the 电子文件号 its sender gave, unique in the unit; ``content`` the SHA-512 of the document
    that says all that was brought (decision 0014); ``values``, ``process`` and ``signatures`` are by element key.
    ``notes`` are findings that did not refuse it; ``entry`` is the uuid of its act. ``hints`` is what its text tells
    (:mod:`lantai.desk.reading`), ``given`` what people described at the desk, by element key: ``described`` is both.
    ``department`` is whose it is, null where nothing tells; ``year`` that in which it is to be filed
    (:func:`lantai.desk.departments.year_of`), until a class says another.
    """

    uuid = models.UUIDField(unique=True)
    number = models.CharField("捕获编号", max_length=20, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="captures")
    external_id = models.CharField("电子文件号", max_length=200)
    source = models.CharField("来源", max_length=12, choices=Source.choices)
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.TRAY)
    type = models.CharField("门类", max_length=20)
    title = models.TextField("题名")
    values = models.JSONField()
    process = models.JSONField(default=list)
    signatures = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    hints = models.JSONField(default=list)
    given = models.JSONField(default=dict)
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="captures")
    year = models.PositiveSmallIntegerField("年度", default=0)
    files = models.PositiveIntegerField("文件数")
    bytes = models.BigIntegerField("字节数")
    content = models.CharField("SHA-512", max_length=128)
    received_at = models.DateTimeField("收到")
    received_by = models.CharField(max_length=64)
    entry = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "external_id"], name="desk_capture_once")]
        indexes = [
            models.Index(fields=["unit", "-id"], name="desk_by_unit"),
            models.Index(fields=["unit", "year", "department"], name="desk_by_unit_year"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.external_id}"

    @property
    def urn(self) -> str:
        """The permanent name of the document."""
        return f"urn:uuid:{self.uuid}"

    @property
    def described(self) -> dict[str, str]:
        """The values that hold: as they came, and what people gave at the desk in their place."""
        return {**self.values, **self.given}


class Component(models.Model):
    """One file of a document; its bytes lie in the desk's store under ``sha512``. ``order`` counts from 1."""

    capture = models.ForeignKey(Capture, models.PROTECT, related_name="components")
    order = models.PositiveIntegerField()
    role = models.CharField("角色", max_length=12, choices=Part.choices)
    name = models.TextField("文件名")
    bytes = models.BigIntegerField("字节数")
    sha512 = models.CharField(max_length=128, db_index=True)
    sm3 = models.CharField(max_length=64)
    puid = models.CharField("格式", max_length=40, blank=True)
    mime = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["capture", "order"], name="desk_component_order")]

    def __str__(self) -> str:
        return f"{self.capture_id}/{self.order} {self.name}"

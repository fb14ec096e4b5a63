"""The table of 案卷: volumes into which the items of a class are put where its type is arranged by volume."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lantai.desk.models.arrangement import FilingClass


class Volume(models.Model):
    """案卷: items of one class that are numbered and kept together; its number is given when the class is closed.

    ``position`` is its place in the class and ``size`` the number of its items, whose places go from 1 to it.
    ``values`` are its own, by element key; dates, pages and what all its items share are no values of it.
    ``remarks``, ``arranged_by``, ``checked_by`` and ``arranged_on`` stand on its 备考表 (情况说明, 立卷人, 检查人,
    立卷时间). ``ref`` and ``file_number`` are "" until the class is closed. Its changes count the class's revision.
    """

    uuid = models.UUIDField(unique=True)
    filing_class = models.ForeignKey(FilingClass, models.PROTECT, related_name="volumes")
    position = models.PositiveIntegerField("顺序")
    size = models.PositiveIntegerField("件数", default=0)
    title = models.TextField("案卷题名")
    values = models.JSONField(default=dict)
    remarks = models.TextField("情况说明", blank=True)
    arranged_by = models.CharField("立卷人", max_length=64, blank=True)
    checked_by = models.CharField("检查人", max_length=64, blank=True)
    arranged_on = models.DateField("立卷时间", null=True)
    ref = models.CharField("档号", max_length=200, blank=True, db_index=True)
    file_number = models.CharField("案卷号", max_length=12, blank=True)
    entry = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["filing_class", "ref"], condition=~Q(ref=""), name="desk_volume_ref_once"
            )
        ]
        indexes = [models.Index(fields=["filing_class", "position"], name="desk_volume_in_class")]

    def __str__(self) -> str:
        return f"{self.ref or self.uuid} {self.title}"

    @property
    def urn(self) -> str:
        """The permanent name of the volume."""
        return f"urn:uuid:{self.uuid}"

"""Tables of the ways in: what lies in the drop folders of the units."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lantai.people.models import Unit


class ArrivalState(models.TextChoices):
    """Where a thing in a drop folder is: still written, filed, refused; moved aside; gone before it was taken."""

    WAITING = "waiting", "等待写完"
    FILED = "filed", "已收"
    REFUSED = "refused", "未收"
    DONE = "done", "已移走"
    GONE = "gone", "已撤走"


OPEN_STATES = (ArrivalState.WAITING, ArrivalState.FILED, ArrivalState.REFUSED)


class Arrival(models.Model):
    """One thing that was found in a drop folder; what is known of it stands here, never in where it lies.

    ``entries`` has the fingerprint (paths, sizes, times of change, inodes) of each of its entries in the folder at the
    last look, ``still_since``
    when it was first seen so. ``numbers`` are the captures made of it, ``reasons`` why something of it was not
    filed, by the document they are about. A name has one open row.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="arrivals")
    name = models.CharField("名称", max_length=255)
    state = models.CharField(
        "状态", max_length=12, choices=ArrivalState.choices, default=ArrivalState.WAITING
    )
    entries = models.JSONField(default=dict)
    files = models.PositiveIntegerField("文件数", default=0)
    bytes = models.BigIntegerField("字节数", default=0)
    numbers = models.JSONField(default=list)
    reasons = models.JSONField(default=list)
    found_at = models.DateTimeField("发现")
    still_since = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                condition=Q(state__in=["waiting", "filed", "refused"]),
                name="desk_arrival_open",
            )
        ]
        indexes = [models.Index(fields=["unit", "-id"], name="desk_arrival_by_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.name} {self.state}"

"""How many items of a check stand in the way of the numbers, so that a year is counted without reading reports."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

BLOCKING = ("fail", "error")
MALWARE = ("GD-4-2", "fail")


def count(apps: Any, schema_editor: Any) -> None:
    """Count what stands in the way of checks that were done before."""
    checks = apps.get_model("desk", "FilingCheck")
    runs = apps.get_model("checks", "Run")
    for row in checks.objects.filter(run__isnull=False).iterator():
        report = runs.objects.filter(uuid=row.run).values_list("report", flat=True).first()
        if report is None:
            continue
        answered = set(row.answers.values_list("code", flat=True))
        open_ones = [
            one
            for one in report["items"]
            if one["outcome"] in BLOCKING
            and (one["code"] not in answered or (one["code"], one["outcome"]) == MALWARE)
        ]
        checks.objects.filter(pk=row.pk).update(waiting=len(open_ones))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("checks", "0001_initial"), ("desk", "0009_sending")]

    operations: ClassVar = [
        migrations.AddField(
            "filingcheck", "waiting", models.PositiveIntegerField("未了结的检测项", null=True)
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]

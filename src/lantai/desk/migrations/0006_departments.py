"""Departments that contribute; to which department and year a captured document belongs."""

from __future__ import annotations

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


def say_years(apps: Any, schema: Any) -> None:
    """Give what was captured before the year that capturing gives it now."""
    capture = apps.get_model("desk", "Capture")
    changed = []
    for row in capture.objects.only("values", "given", "received_at").iterator(chunk_size=500):
        values = {**row.values, **row.given}
        told = [text for text in (values.get("year", ""), values.get("date", "")[:4]) if _is_year(text)]
        row.year = int(told[0]) if told else timezone.localtime(row.received_at).year
        changed.append(row)
        if len(changed) == 500:
            capture.objects.bulk_update(changed, ["year"])
            changed = []
    capture.objects.bulk_update(changed, ["year"])


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text.isdigit()


def _key() -> tuple[str, Any]:
    return (
        "id",
        models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
    )


_PROTECT = django.db.models.deletion.PROTECT
_CASCADE = django.db.models.deletion.CASCADE


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0002_contributors"), ("desk", "0005_filing_checks")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Department",
            fields=[
                _key(),
                ("uuid", models.UUIDField(unique=True)),
                ("code", models.CharField(max_length=20, verbose_name="代码")),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                ("order", models.PositiveIntegerField(default=0, verbose_name="次序")),
                ("is_open", models.BooleanField(default=True, verbose_name="在用")),
                ("revision", models.PositiveIntegerField(default=1)),
                ("entry", models.UUIDField()),
                (
                    "unit",
                    models.ForeignKey(on_delete=_PROTECT, related_name="departments", to="people.unit"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contributor",
            fields=[
                _key(),
                ("account", models.ForeignKey(on_delete=_PROTECT, related_name="+", to="people.account")),
                (
                    "department",
                    models.ForeignKey(on_delete=_CASCADE, related_name="contributors", to="desk.department"),
                ),
                ("unit", models.ForeignKey(on_delete=_PROTECT, related_name="+", to="people.unit")),
            ],
        ),
        migrations.CreateModel(
            name="Expectation",
            fields=[
                _key(),
                ("year", models.PositiveSmallIntegerField(verbose_name="自年度")),
                ("count", models.PositiveIntegerField(null=True, verbose_name="应归档件数")),
                (
                    "department",
                    models.ForeignKey(on_delete=_CASCADE, related_name="expectations", to="desk.department"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FilingDay",
            fields=[
                _key(),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("day", models.DateField(verbose_name="归档期限")),
                ("entry", models.UUIDField()),
                ("unit", models.ForeignKey(on_delete=_PROTECT, related_name="+", to="people.unit")),
            ],
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                _key(),
                ("uuid", models.UUIDField(unique=True)),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="催办编号")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("day", models.DateField(verbose_name="归档期限")),
                ("at", models.DateTimeField(verbose_name="催办时间")),
                ("by", models.CharField(max_length=64)),
                ("content", models.CharField(max_length=128, verbose_name="SHA-512")),
                ("entry", models.UUIDField()),
                (
                    "unit",
                    models.ForeignKey(on_delete=_PROTECT, related_name="reminders", to="people.unit"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reminded",
            fields=[
                _key(),
                ("expected", models.PositiveIntegerField(null=True)),
                ("filed", models.PositiveIntegerField()),
                (
                    "department",
                    models.ForeignKey(on_delete=_PROTECT, related_name="reminded", to="desk.department"),
                ),
                (
                    "reminder",
                    models.ForeignKey(on_delete=_CASCADE, related_name="lines", to="desk.reminder"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="department",
            constraint=models.UniqueConstraint(fields=("unit", "code"), name="desk_department_code"),
        ),
        migrations.AddConstraint(
            model_name="department",
            constraint=models.UniqueConstraint(fields=("unit", "name"), name="desk_department_name"),
        ),
        migrations.AddConstraint(
            model_name="contributor",
            constraint=models.UniqueConstraint(fields=("unit", "account"), name="desk_contributor_once"),
        ),
        migrations.AddConstraint(
            model_name="expectation",
            constraint=models.UniqueConstraint(fields=("department", "year"), name="desk_expected_once"),
        ),
        migrations.AddConstraint(
            model_name="filingday",
            constraint=models.UniqueConstraint(fields=("unit", "year"), name="desk_filing_day_once"),
        ),
        migrations.AddIndex(
            model_name="reminder",
            index=models.Index(fields=["unit", "year"], name="desk_reminder_of_year"),
        ),
        migrations.AddConstraint(
            model_name="reminded",
            constraint=models.UniqueConstraint(fields=("reminder", "department"), name="desk_reminded_once"),
        ),
        migrations.AddField(
            model_name="capture",
            name="department",
            field=models.ForeignKey(
                null=True, on_delete=_PROTECT, related_name="captures", to="desk.department"
            ),
        ),
        migrations.AddField(
            model_name="capture",
            name="year",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="年度"),
        ),
        migrations.RunPython(say_years, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(fields=["unit", "year", "department"], name="desk_by_unit_year"),
        ),
    ]

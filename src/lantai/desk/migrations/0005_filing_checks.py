"""The check at filing."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("desk", "0004_hand_over")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="capture",
            name="state",
            field=models.CharField(
                choices=[
                    ("tray", "待整理"),
                    ("arranged", "已组件"),
                    ("handed", "已移交"),
                    ("replaced", "已替换"),
                ],
                default="tray",
                max_length=12,
                verbose_name="状态",
            ),
        ),
        migrations.CreateModel(
            name="FilingCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(unique=True)),
                ("revision", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ordered", "检测中"),
                            ("closing", "编号中"),
                            ("done", "已检测"),
                            ("stopped", "已停"),
                        ],
                        db_index=True,
                        default="ordered",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("closing", models.BooleanField(default=False)),
                ("content", models.CharField(max_length=128, verbose_name="SHA-512")),
                ("items", models.PositiveIntegerField(verbose_name="件数")),
                ("files", models.PositiveIntegerField(verbose_name="文件数")),
                ("bytes", models.BigIntegerField(verbose_name="字节数")),
                ("run", models.UUIDField(null=True, verbose_name="检测")),
                ("problem", models.JSONField(null=True)),
                ("ordered_at", models.DateTimeField()),
                ("ordered_by", models.CharField(max_length=64)),
                ("done_at", models.DateTimeField(null=True)),
                ("register", models.CharField(blank=True, max_length=128, verbose_name="SHA-512")),
                (
                    "filing_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="desk.filingclass",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["ordered", "closing"])),
                        fields=("filing_class",),
                        name="desk_check_at_work_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20)),
                ("reason", models.TextField(verbose_name="说明")),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "check_of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="desk.filingcheck",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("check_of", "code"), name="desk_check_answered_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Replacement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(verbose_name="原因")),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "new",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="desk.capture",
                    ),
                ),
                (
                    "old",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced",
                        to="desk.capture",
                    ),
                ),
            ],
        ),
    ]

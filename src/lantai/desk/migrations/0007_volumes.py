"""Volumes of a class."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("desk", "0006_departments")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="filingclass",
            name="arrangement",
            field=models.CharField(
                choices=[("item", "按件"), ("volume", "按卷")],
                default="item",
                max_length=8,
                verbose_name="整理方式",
            ),
        ),
        migrations.CreateModel(
            name="Volume",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(unique=True)),
                ("position", models.PositiveIntegerField(verbose_name="顺序")),
                ("size", models.PositiveIntegerField(default=0, verbose_name="件数")),
                ("title", models.TextField(verbose_name="案卷题名")),
                ("values", models.JSONField(default=dict)),
                ("remarks", models.TextField(blank=True, verbose_name="情况说明")),
                ("arranged_by", models.CharField(blank=True, max_length=64, verbose_name="立卷人")),
                ("checked_by", models.CharField(blank=True, max_length=64, verbose_name="检查人")),
                ("arranged_on", models.DateField(null=True, verbose_name="立卷时间")),
                (
                    "ref",
                    models.CharField(blank=True, db_index=True, max_length=200, verbose_name="档号"),
                ),
                ("file_number", models.CharField(blank=True, max_length=12, verbose_name="案卷号")),
                ("entry", models.UUIDField()),
                (
                    "filing_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="volumes",
                        to="desk.filingclass",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="volume",
            index=models.Index(fields=["filing_class", "position"], name="desk_volume_in_class"),
        ),
        migrations.AddConstraint(
            model_name="volume",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ref", ""), _negated=True),
                fields=("filing_class", "ref"),
                name="desk_volume_ref_once",
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="volume",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="desk.volume",
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="place",
            field=models.PositiveIntegerField(default=0, verbose_name="卷内顺序"),
        ),
        migrations.AddField(
            model_name="item",
            name="page_number",
            field=models.CharField(blank=True, max_length=20, verbose_name="页号"),
        ),
    ]

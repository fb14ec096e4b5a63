"""The lending register, and the text of files that the desk's search looks through."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0001_initial"), ("desk", "0007_volumes")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="FileText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha512", models.CharField(max_length=128, unique=True)),
                ("content", models.TextField()),
                ("characters", models.PositiveIntegerField()),
                ("whole", models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name="Loan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(unique=True)),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="借阅号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("view", "电子查阅"), ("copy", "电子复制"), ("paper", "纸质借出")],
                        max_length=8,
                        verbose_name="借阅方式",
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=120, verbose_name="盒号或存放位置")),
                ("borrower", models.CharField(max_length=80, verbose_name="借阅人")),
                ("department", models.CharField(max_length=120, verbose_name="借阅人部门")),
                ("telephone", models.CharField(blank=True, max_length=40, verbose_name="电话")),
                ("purpose", models.CharField(max_length=500, verbose_name="借阅目的")),
                ("parts", models.CharField(blank=True, max_length=500, verbose_name="借阅内容")),
                ("lent_on", models.DateField(verbose_name="借出日期")),
                ("due_on", models.DateField(null=True, verbose_name="应还日期")),
                ("returned_on", models.DateField(null=True, verbose_name="归还日期")),
                (
                    "condition",
                    models.CharField(
                        blank=True,
                        choices=[("good", "完好"), ("damaged", "有破损"), ("lacking", "有缺少")],
                        max_length=12,
                        verbose_name="归还时状况",
                    ),
                ),
                ("remark", models.CharField(blank=True, max_length=500, verbose_name="备注")),
                ("lent_by", models.CharField(max_length=64)),
                ("returned_by", models.CharField(blank=True, max_length=64)),
                ("content", models.CharField(max_length=128, verbose_name="SHA-512")),
                ("revision", models.PositiveIntegerField(default=1)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="loans", to="desk.item"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="loans", to="people.unit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LoanExtension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.DateField(verbose_name="原应还日期")),
                ("after", models.DateField(verbose_name="展期至")),
                ("reason", models.CharField(max_length=500, verbose_name="理由")),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="extensions", to="desk.loan"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="loan", index=models.Index(fields=["unit", "-id"], name="desk_loan_by_unit")
        ),
        migrations.AddIndex(
            model_name="loan",
            index=models.Index(
                condition=models.Q(("returned_on", None)), fields=["unit", "due_on"], name="desk_loan_out"
            ),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "paper"), ("returned_on", None)),
                fields=("item",),
                name="desk_paper_lent_once",
            ),
        ),
    ]

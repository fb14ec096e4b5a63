"""Sending to archives elsewhere."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("desk", "0008_lending"),
        ("ingest", "0001_initial"),
        ("people", "0001_initial"),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("arrived", "核对摘要"),
                            ("taken", "已成移交"),
                            ("wrong", "摘要不符"),
                            ("refused", "不能接收"),
                            ("given_up", "对方已撤回"),
                        ],
                        db_index=True,
                        max_length=12,
                    ),
                ),
                ("state_since", models.DateTimeField()),
                ("origin", models.CharField(blank=True, max_length=200)),
                ("hand_over", models.CharField(blank=True, max_length=40)),
                ("name", models.CharField(blank=True, max_length=255)),
                ("size", models.BigIntegerField(default=0)),
                ("sm3", models.CharField(blank=True, max_length=64)),
                ("sha512", models.CharField(blank=True, max_length=128)),
                ("content", models.CharField(blank=True, max_length=128)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("problem", models.JSONField(null=True)),
                ("register", models.CharField(blank=True, max_length=128)),
                (
                    "transfer",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delivery",
                        to="ingest.transfer",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="people.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(unique=True)),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("address", models.CharField(max_length=300, verbose_name="地址")),
                ("archives", models.CharField(max_length=200)),
                ("their_unit", models.CharField(max_length=40)),
                ("their_name", models.CharField(max_length=200)),
                ("made_by", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                ("tested_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="targets", to="people.unit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("going", "传送中"),
                            ("paused", "已暂停"),
                            ("ending", "正在停止"),
                            ("delivered", "已送达"),
                            ("stopped", "已停止"),
                        ],
                        db_index=True,
                        max_length=12,
                    ),
                ),
                ("state_since", models.DateTimeField()),
                ("begun_by", models.CharField(max_length=64)),
                ("begun_at", models.DateTimeField()),
                ("upload", models.CharField(blank=True, max_length=36)),
                ("offset", models.BigIntegerField(default=0)),
                ("rate", models.BigIntegerField(default=0)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("wrong", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(db_index=True)),
                ("problem", models.JSONField(null=True)),
                ("transfer", models.CharField(blank=True, max_length=20)),
                ("outcome", models.CharField(blank=True, db_index=True, max_length=12)),
                ("outcome_since", models.DateTimeField(null=True)),
                ("receipt", models.CharField(blank=True, max_length=128)),
                ("told", models.CharField(blank=True, max_length=128)),
                ("signature_told", models.BooleanField(default=False)),
                ("over", models.BooleanField(db_index=True, default=False)),
                (
                    "hand_over",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sendings",
                        to="desk.handover",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sendings", to="desk.target"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AwaySignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("side", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=80, verbose_name="姓名")),
                ("at", models.DateTimeField()),
                ("sm3", models.CharField(max_length=64)),
                ("sha512", models.CharField(max_length=128)),
                ("entry", models.UUIDField()),
                ("here", models.BooleanField()),
                ("index", models.BigIntegerField(null=True)),
                ("origin", models.CharField(blank=True, max_length=200)),
                ("seal", models.TextField(blank=True)),
                (
                    "delivery",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="desk.delivery",
                    ),
                ),
                (
                    "sending",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="desk.sending",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sending", "side"), name="desk_away_signed_once"),
                    models.UniqueConstraint(fields=("delivery", "side"), name="desk_delivery_signed_once"),
                    models.CheckConstraint(
                        condition=models.Q(("sending", None), ("delivery", None), _connector="XOR"),
                        name="desk_away_signed_one",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("unit", "name"), name="desk_target_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sending",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "stopped"), _negated=True),
                fields=("hand_over",),
                name="desk_sending_once",
            ),
        ),
    ]

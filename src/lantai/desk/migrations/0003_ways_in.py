import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("desk", "0002_arrangement"),
    ]

    operations = [
        migrations.AddField(
            model_name="capture",
            name="hints",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="capture",
            name="given",
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="名称")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待写完"),
                            ("filed", "已收"),
                            ("refused", "未收"),
                            ("done", "已移走"),
                            ("gone", "已撤走"),
                        ],
                        default="waiting",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("entries", models.JSONField(default=dict)),
                ("files", models.PositiveIntegerField(default=0, verbose_name="文件数")),
                ("bytes", models.BigIntegerField(default=0, verbose_name="字节数")),
                ("numbers", models.JSONField(default=list)),
                ("reasons", models.JSONField(default=list)),
                ("found_at", models.DateTimeField(verbose_name="发现")),
                ("still_since", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arrivals",
                        to="people.unit",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="arrival",
            index=models.Index(fields=["unit", "-id"], name="desk_arrival_by_unit"),
        ),
        migrations.AddConstraint(
            model_name="arrival",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "filed", "refused"])),
                fields=("unit", "name"),
                name="desk_arrival_open",
            ),
        ),
    ]

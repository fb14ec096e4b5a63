from django.db import migrations, models

from lantai.kernel.rowlog import START


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="RowNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", models.CharField(max_length=64)),
                ("key", models.BigIntegerField()),
                ("change", models.SmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="RowState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("part", models.BigIntegerField(default=0)),
                ("digest", models.CharField(default=START, max_length=64)),
                ("first", models.BigIntegerField(default=1)),
                ("count", models.PositiveIntegerField(default=0)),
                ("whole", models.BigIntegerField(default=0)),
                ("whole_bytes", models.BigIntegerField(default=0)),
                ("since_bytes", models.BigIntegerField(default=0)),
                ("schema", models.CharField(default="", max_length=16)),
                ("counts", models.JSONField(default=dict)),
                ("sealed_at", models.DateTimeField(null=True)),
                ("sealed_whole", models.BigIntegerField(default=0)),
                ("trimmed", models.BigIntegerField(default=0)),
            ],
        ),
    ]

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Text is kept page by page, so that marking a hit reads no more than it shows; searches can be saved.

    The text kept so far is dropped: it is derived, and taken out again when the index is next built.
    """

    dependencies: ClassVar = [
        ("search", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.DeleteModel(name="ExtractedText"),
        migrations.CreateModel(
            name="ExtractedText",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, auto_created=True, verbose_name="ID")),
                ("object_id", models.CharField(max_length=80)),
                ("path", models.TextField()),
                ("characters", models.PositiveIntegerField()),
                ("whole", models.BooleanField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("object_id", "path"), name="search_text_once")],
            },
        ),
        migrations.CreateModel(
            name="TextPage",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, auto_created=True, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("content", models.TextField()),
                (
                    "text",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="search.extractedtext",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("text", "number"), name="search_page_once")],
            },
        ),
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, auto_created=True, verbose_name="ID")),
                ("uuid", models.UUIDField(unique=True)),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("address", models.TextField(verbose_name="条件")),
                ("seen", models.BigIntegerField()),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_searches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("owner", "name"), name="search_saved_once")],
            },
        ),
    ]

"""Volumes of a class."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("desk", "0006_departments")]
    operations: ClassVar = []

"""Departments that contribute."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("desk", "0005_filing_checks")]
    operations: ClassVar = []

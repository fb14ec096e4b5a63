"""The role of who files for a department of a unit."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0001_initial")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("clerk", "立档单位档案员"),
                    ("contributor", "部门归档员"),
                    ("intake", "接收岗"),
                    ("preservation", "保管岗"),
                    ("reading", "利用岗"),
                    ("reviewer", "鉴定岗"),
                    ("bureau", "档案主管部门"),
                    ("sysadmin", "系统管理员"),
                    ("secadmin", "安全保密员"),
                    ("auditor", "安全审计员"),
                ],
                max_length=20,
            ),
        ),
    ]

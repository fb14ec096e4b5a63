"""Tables of units, accounts and roles."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Unit(models.Model):
    """A body that makes or keeps records: 立档单位, town, village, enterprise, the archives themselves."""

    code = models.CharField("单位代码", max_length=40, unique=True)
    name = models.CharField("单位名称", max_length=200)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    is_open = models.BooleanField("在用", default=True)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What an account may be. No account holds two of the three officers, nor an officer and another role."""

    CLERK = "clerk", "立档单位档案员"
    CONTRIBUTOR = "contributor", "部门归档员"
    INTAKE = "intake", "接收岗"
    PRESERVATION = "preservation", "保管岗"
    READING = "reading", "利用岗"
    REVIEWER = "reviewer", "鉴定岗"
    BUREAU = "bureau", "档案主管部门"
    SYSADMIN = "sysadmin", "系统管理员"
    SECADMIN = "secadmin", "安全保密员"
    AUDITOR = "auditor", "安全审计员"


AT_UNIT = frozenset({Role.CLERK, Role.CONTRIBUTOR})
"""Roles that are held at a unit; all others in the district."""


class Accounts(BaseUserManager["Account"]):
    """Look-up by user name, as Django's sign-in needs it."""

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(username=username)


class Account(AbstractBaseUser):
    """A person who can sign in. Rights come from memberships only; there is no superuser."""

    username = models.CharField("用户名", max_length=64, unique=True)
    name = models.CharField("姓名", max_length=80)
    is_active = models.BooleanField("在用", default=True)
    last_login = None

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = Accounts()

    def __str__(self) -> str:
        return f"{self.name} ({self.username})"


class Membership(models.Model):
    """One role of one account: at a unit (:data:`AT_UNIT`), or in the whole district (``unit`` is null)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "role", "unit"], name="people_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.role} {self.unit_id or '*'}"

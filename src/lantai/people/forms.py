"""Forms of units, accounts and sessions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.base.forms import PlainForm
from lantai.people.models import Role
from lantai.people.queries import units


class SignInForm(PlainForm):
    username = forms.CharField(
        label=gettext_lazy("用户名"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=gettext_lazy("密码"),
        max_length=400,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class UnitForm(PlainForm):
    code = forms.CharField(
        label=gettext_lazy("单位代码"),
        max_length=40,
        help_text=gettext_lazy("字母、数字、点、横线；以后不改。"),
    )
    name = forms.CharField(label=gettext_lazy("单位名称"), max_length=200)


class UnitChangeForm(PlainForm):
    name = forms.CharField(label=gettext_lazy("单位名称"), max_length=200)
    is_open = forms.BooleanField(label=gettext_lazy("在用"), required=False)


class AccountForm(PlainForm):
    username = forms.CharField(
        label=gettext_lazy("用户名"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=80)
    password = forms.CharField(
        label=gettext_lazy("初始密码"),
        max_length=400,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("至少 10 个字符，不能全是数字。"),
    )


class PasswordForm(PlainForm):
    password = forms.CharField(
        label=gettext_lazy("新密码"),
        max_length=400,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("至少 10 个字符，不能全是数字。"),
    )


class OwnPasswordForm(PasswordForm):
    present = forms.CharField(
        label=gettext_lazy("现在的密码"),
        max_length=400,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("present", "password")


class RoleForm(PlainForm):
    role = forms.ChoiceField(label=gettext_lazy("角色"))
    unit = forms.ChoiceField(
        label=gettext_lazy("单位"),
        required=False,
        help_text=gettext_lazy("立档单位档案员、部门归档员须选单位。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role, unit = self.fields["role"], self.fields["unit"]
        assert isinstance(role, forms.ChoiceField)
        assert isinstance(unit, forms.ChoiceField)
        role.choices = [(value, _(label)) for value, label in Role.choices]
        unit.choices = [("", _("全区")), *((row.code, row.name) for row in units() if row.is_open)]

"""The form of a new token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.base.forms import PlainForm
from lantai.exchange.endpoints import Scope
from lantai.people import queries as people
from lantai.people.policies import OFFICERS

PURPOSES: dict[str, tuple[Any, tuple[Scope, ...]]] = {
    "read": (gettext_lazy("只读取"), ("read",)),
    "export": (gettext_lazy("读取、检索、导出"), ("read", "search", "export")),
    "catalogue": (gettext_lazy("读取与编目"), ("read", "search", "export", "catalogue")),
    "capture": (gettext_lazy("归档（业务系统送电子文件）"), ("capture",)),
    "desk": (gettext_lazy("整理与移交（单位的数字档案室）"), ("capture", "desk")),
}
"""What a token may be for, as people choose it."""

SCOPE_LABELS: dict[str, Any] = {
    "read": gettext_lazy("读取"),
    "search": gettext_lazy("检索"),
    "export": gettext_lazy("导出"),
    "catalogue": gettext_lazy("编目"),
    "capture": gettext_lazy("归档"),
    "desk": gettext_lazy("整理与移交"),
}

_DAYS = ((90, gettext_lazy("三个月")), (365, gettext_lazy("一年")), (1_096, gettext_lazy("三年")))


class TokenForm(PlainForm):
    username = forms.ChoiceField(
        label=gettext_lazy("账号"), help_text=gettext_lazy("令牌的权限不超过这个账号现有的角色。")
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("单位"),
        required=False,
        help_text=gettext_lazy("选定单位：只用账号在该单位的角色。"),
    )
    name = forms.CharField(
        label=gettext_lazy("用途"),
        max_length=120,
        help_text=gettext_lazy("写明哪个系统、做什么用，如：区政府办公系统每晚取目录。"),
    )
    scopes = forms.ChoiceField(label=gettext_lazy("可以做什么"))
    days = forms.TypedChoiceField(label=gettext_lazy("有效期"), coerce=int, initial=365)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        officers = {people.role_labels()[officer] for officer in OFFICERS}
        accounts = [
            (one.username, f"{one.name}（{one.username}）")
            for one in people.accounts()
            if one.is_active and one.roles and not officers & {label for label, _unit in one.roles}
        ]
        units = [(one.code, one.name) for one in people.units() if one.is_open]
        self._offer("username", accounts)
        self._offer("unit", [("", _("全区")), *units])
        self._offer("scopes", [(key, str(label)) for key, (label, _scopes) in PURPOSES.items()])
        self._offer("days", [(days, str(label)) for days, label in _DAYS])

    def _offer(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

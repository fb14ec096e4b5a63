"""Forms of transfers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.base.actors import Actor
from lantai.base.forms import PlainForm
from lantai.people.policies import units_of
from lantai.people.queries import UnitView, units


def sending_units(actor: Actor) -> list[UnitView]:
    """Return the open units for which ``actor`` may submit."""
    allowed = units_of(actor, "transfer.submit")
    return [unit for unit in units() if unit.is_open and (allowed is None or unit.id in allowed)]


class NewTransferForm(PlainForm):
    """From which unit; the files come beside it."""

    unit = forms.ChoiceField(label=gettext_lazy("移交单位"))

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ChoiceField)
        self.units = sending_units(actor)
        choices = [(unit.code, unit.name) for unit in self.units]
        field.choices = choices if len(choices) == 1 else [("", _("请选择")), *choices]


class ReturnForm(PlainForm):
    reason = forms.CharField(
        label=gettext_lazy("退回原因"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "一处写一行，写上档号：对方看到的就是逐条的清单，点得开那一件。检测报告也会给对方。"
        ),
    )


class SignForm(PlainForm):
    code = forms.CharField(max_length=20)
    passed = forms.ChoiceField(
        label=gettext_lazy("结论"),
        choices=[("yes", gettext_lazy("合格")), ("no", gettext_lazy("不合格"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=gettext_lazy("说明"), required=False, max_length=2000)

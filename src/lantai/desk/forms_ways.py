"""Forms of the ways in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.base.forms import PlainForm
from lantai.holdings.queries import types
from lantai.people.policies import units_of
from lantai.people.queries import UnitView, units


def filing_units(actor: Actor) -> list[UnitView]:
    """Return the open units for which ``actor`` may file."""
    allowed = units_of(actor, "capture.file")
    return [unit for unit in units() if unit.is_open and (allowed is None or unit.id in allowed)]


class BringForm(PlainForm):
    """For which unit, as what; the files come beside it."""

    unit = forms.ChoiceField(label=gettext_lazy("单位"))
    way = forms.ChoiceField(
        label=gettext_lazy("归成"),
        choices=[
            ("each", gettext_lazy("每个文件一份")),
            ("together", gettext_lazy("全部（每个文件夹）一份")),
        ],
        initial="each",
        widget=forms.RadioSelect,
    )
    title = forms.CharField(
        label=gettext_lazy("题名"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("不填就用文件名；正文里认得出的，收下后会提示。"),
    )
    type = forms.ChoiceField(label=gettext_lazy("门类"), initial="WS")

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = filing_units(actor)
        choices = [(unit.code, unit.name) for unit in self.units]
        unit, type = self.fields["unit"], self.fields["type"]
        assert isinstance(unit, forms.ChoiceField) and isinstance(type, forms.ChoiceField)
        unit.choices = choices if len(choices) == 1 else [("", _("请选择")), *choices]
        language = reader_language()
        type.choices = [(code, kind.label[language]) for code, kind in types().items()]

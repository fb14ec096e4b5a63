"""The form of the telephone: what a photographed document is called, and which photographs it is made of."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.base.actors import Actor
from lantai.base.forms import PlainForm
from lantai.desk.darkroom import MOST, Finish, Shot, paper_from
from lantai.desk.forms_ways import filing_units


class TelephoneForm(PlainForm):
    """For which unit, title, day and sender; the photographs stand beside it."""

    unit = forms.ChoiceField(label=gettext_lazy("单位"))
    title = forms.CharField(label=gettext_lazy("题名"), max_length=500)
    date = forms.DateField(
        label=gettext_lazy("文件日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%Y%m%d"],
    )
    author = forms.CharField(label=gettext_lazy("发文单位"), required=False, max_length=200)
    paper = forms.ChoiceField(
        label=gettext_lazy("纸张"),
        required=False,
        choices=[
            ("auto", gettext_lazy("自动（A4）")),
            ("a3", "A3"),
            ("own", gettext_lazy("其他，照纸的比例")),
        ],
        initial="auto",
    )
    plain = forms.BooleanField(label=gettext_lazy("不补光线，照原样的明暗"), required=False)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = filing_units(actor)
        choices = [(unit.code, unit.name) for unit in self.units]
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ChoiceField)
        unit.choices = choices if len(choices) == 1 else [("", _("请选择")), *choices]


def shots_of(told: QueryDict) -> list[Shot]:
    """Return the photographs that a form names, in its order; what stands there twice counts once."""
    lists = [told.getlist(name) for name in ("photo", "corners", "turn")]
    found: dict[str, Shot] = {}
    for upload, corners, turn in zip(*lists, strict=False):
        if upload and upload not in found and len(found) <= MOST:
            found[upload] = Shot(
                upload[:40], corners[:200], int(turn) % 4 if turn in {"0", "1", "2", "3"} else 0
            )
    return list(found.values())


def finish_of(told: QueryDict) -> Finish:
    """Return how a form, or an address, says that pages are made."""
    return Finish(paper_from(told.get("paper", "")), bool(told.get("plain")))


def changed(shots: list[Shot], asked: str) -> list[Shot]:
    """Return the photographs after one button (``up:id``, ``down:``, ``remove:``, ``turn:``, ``whole:``, ``auto:``)."""
    what, _colon, upload = asked.partition(":")
    at = next((n for n, one in enumerate(shots) if one.upload == upload), None)
    if at is None:
        return shots
    made = list(shots)
    one = made.pop(at)
    if what == "remove":
        return made
    place = {"up": max(0, at - 1), "down": at + 1}.get(what, at)
    made.insert(place, _ordered(one, what))
    return made


def _ordered(one: Shot, what: str) -> Shot:
    match what:
        case "turn":
            return Shot(one.upload, one.corners, (one.turn + 1) % 4)
        case "whole":
            return Shot(one.upload, "whole", one.turn)
        case "auto":
            return Shot(one.upload, "", one.turn)
        case _:
            return one

"""Forms of imports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.base.forms import PlainForm
from lantai.catalogue import queries
from lantai.holdings import queries as holdings

LEVELS = (
    ("", gettext_lazy("每行自己说明")),
    ("item", gettext_lazy("件")),
    ("file", gettext_lazy("案卷")),
)


class ReadingForm(PlainForm):
    """How the rows are read: record type, level, how strictly."""

    type = forms.ChoiceField(label=gettext_lazy("门类"), required=False)
    level = forms.ChoiceField(label=gettext_lazy("每行是"), choices=LEVELS, required=False)
    tolerant = forms.BooleanField(
        label=gettext_lazy("写法不合的也照录"),
        required=False,
        help_text=gettext_lazy("不勾选：日期、代码等写错的行不导入。勾选：照原样导入并记下问题，以后再改。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = reader_language()
        types = [(code, f"{code} {type.label[language]}") for code, type in holdings.types().items()]
        self._choose("type", [("", _("看档号")), *sorted(types)])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class NewImportForm(ReadingForm):
    """Which file, of which fonds; the file comes beside it or lies in the folder for large lists."""

    fonds = forms.ChoiceField(label=gettext_lazy("全宗"), required=False)
    incoming = forms.ChoiceField(label=gettext_lazy("或者，选服务器上的文件"), required=False)
    arranging = forms.BooleanField(
        label=gettext_lazy("这是整理中的目录"),
        required=False,
        help_text=gettext_lazy("档号以后还可以改；验收之前只有馆员和本单位看得到。"),
    )
    field_order = ("fonds", "type", "level", "arranging", "tolerant", "incoming")

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fonds = [(one.number, f"{one.number} {one.name}") for one in holdings.fonds_list(actor)]
        self._choose("fonds", [("", _("看档号")), *fonds])
        self.has_incoming = bool(queries.incoming())
        files = [(name, name) for name, _size in queries.incoming()]
        self._choose("incoming", [("", _("不选")), *files])

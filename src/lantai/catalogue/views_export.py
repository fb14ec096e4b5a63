"""Export and print: what is meant, how much it is, in which form it leaves. GET shows, POST takes out and records.

What is small is handed over at once, what is large becomes an order (:mod:`lantai.catalogue.views_orders`).
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.home import home
from lantai.catalogue import exports, prints, services
from lantai.catalogue.models import Export
from lantai.catalogue.selection import Selection
from lantai.catalogue.services import export_orders
from lantai.catalogue.services.export import Exported, export, file_name, print_out
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Place

FORMS = (
    (
        "xlsx",
        gettext_lazy("Excel 表格"),
        gettext_lazy("每个门类一张工作表，满 1,000,000 行另起一张；改好后可以原样导回"),
    ),
    ("csv", gettext_lazy("CSV 表格"), gettext_lazy("UTF-8；不会被当成公式，可以原样导回")),
    ("xml", gettext_lazy("目录 XML"), gettext_lazy("DA/T 93 的元数据，一条不少，可以原样导回")),
    ("ead", gettext_lazy("EAD3"), gettext_lazy("国际通行的检索工具，按全宗、案卷、文件分层，可以原样导回")),
    ("ead2002", gettext_lazy("EAD 2002"), gettext_lazy("同上，旧版")),
    ("dc", gettext_lazy("都柏林核心"), gettext_lazy("只含可公开的著录项，供目录交换")),
)
PRINTS = (
    (
        "item_list",
        gettext_lazy("归档文件目录"),
        "item",
        gettext_lazy("A4 横排，每个类别另起一页，表头每页重复"),
    ),
    (
        "file_list",
        gettext_lazy("案卷目录"),
        "file",
        gettext_lazy("A4 竖排：题名、起止日期、总页数、保管期限"),
    ),
    ("inner_list", gettext_lazy("卷内文件目录"), "file", gettext_lazy("每卷一份，列出卷内各件和页号")),
    ("card", gettext_lazy("著录卡"), "", gettext_lazy("每件一张：全部著录项目，按门类的次序")),
    ("note", gettext_lazy("备考表"), "", gettext_lazy("每卷或每盒一张：件数、页数已填好，留有签名处")),
    ("fonds_file", gettext_lazy("全宗卷"), "fonds", gettext_lazy("封面、全宗介绍、馆藏统计")),
)
_LEVELS = (
    ("", gettext_lazy("全部层级")),
    ("top", gettext_lazy("案卷与散件")),
    ("file", gettext_lazy("案卷")),
    ("item", gettext_lazy("件")),
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of export or print as the page offers it; ``count`` None = not counted, 0 = nothing to print."""

    name: str
    label: str
    about: str
    count: int | None = None


@page("GET", "POST")
def export_page(request: ActorRequest) -> HttpResponseBase:
    """What is meant and the forms in which it can leave; POST hands it over."""
    if request.method == "POST":
        return _exported(request)
    selection = Selection.read(request.GET)
    count = selection.count(request.actor)
    levels = _levels(request, selection)
    context: dict[str, Any] = {
        "selection": selection,
        "count": count,
        "told": _told(selection),
        "fields": selection.pairs(),
        "fonds": selection.place.fonds,
        "question": selection.question,
        "search": selection.query().removeprefix("of=search").lstrip("&"),
        "forms": [Form(name, str(label), str(about)) for name, label, about in FORMS],
        "prints": _prints(selection, levels),
        "boxes": bool(levels["file"] or levels["item"]),
        "levels": [(value, str(label), value == selection.place.level) for value, label in _LEVELS],
        "kept": [pair for pair in selection.pairs() if pair[0] != "level"],
        "widths": prints.WIDTHS,
        "long": count > export_orders.AT_ONCE,
        "long_print": count > export_orders.PRINTED_AT_ONCE,
        "days": services.kept_days(),
    }
    return render(request, "catalogue/export.html", context)


def _levels(request: ActorRequest, selection: Selection) -> Counter[str]:
    """Return how many records of each level there are."""
    place = selection.place
    if selection.question is None and place.file:
        return Counter({"file": 1, "item": selection.count(request.actor)})
    wanted = [place.level] if place.level in {"file", "item"} else ["file", "item"]
    return Counter({level: selection.at_level(level).count(request.actor) for level in wanted})


def _prints(selection: Selection, levels: Counter[str]) -> list[Form]:
    found = []
    for name, label, level, about in PRINTS:
        if level == "fonds":
            if selection.place.fonds and not selection.brought:
                found.append(Form(name, str(label), str(about)))
            continue
        count = levels[level] if level else levels["file"] + levels["item"]
        found.append(Form(name, str(label), str(about), count))
    return found


def _told(selection: Selection) -> list[tuple[str, str]]:
    """Return what is meant, in words: (what, value)."""
    if selection.question is not None:
        question = selection.question
        told = [(_("检索词"), question.text)] if question.text else []
        labels = _labels()
        for name, values in question.filters.items():
            if name == "level":
                continue
            told += [(labels.get(name, name), _spoken(name, str(value))) for value in sorted(values, key=str)]
        if question.year_from or question.year_to:
            told.append((_("年度"), f"{question.year_from or '…'}–{question.year_to or '…'}"))
        return told
    return _place_told(selection.place, selection.brought)


def _labels() -> dict[str, str]:
    return {
        "fonds": _("全宗"),
        "type": _("门类"),
        "year": _("年度"),
        "retention": _("保管期限"),
        "open": _("开放状态"),
    }


def _spoken(name: str, value: str) -> str:
    if name == "fonds":
        return f"{value} {holdings.fonds_names().get(value, '')}".strip()
    return holdings.labelled(name, value) if name != "year" else value


def _place_told(place: Place, brought: str) -> list[tuple[str, str]]:
    year = "" if place.year is None else (str(place.year) if place.year else _("年度不详"))
    told = [
        (_("全宗"), _spoken("fonds", place.fonds) if place.fonds else ""),
        (_("门类"), _spoken("type", place.type) if place.type else ""),
        (_("年度"), year),
        (_("类别号"), place.series),
        (_("案卷"), place.file),
        (_("开放状态"), _spoken("open", place.open) if place.open else ""),
        (_("导入"), brought),
        (_("选中的条目"), str(len(place.urns)) if place.urns else ""),
    ]
    return [pair for pair in told if pair[1]]


def _exported(request: ActorRequest) -> HttpResponseBase:
    selection, form = Selection.read(request.POST), request.POST.get("form", "")
    exports.check_form(form)
    language = request.POST.get("headings", "")
    spoken = language if language in {"zh", "en"} else reader_language()
    if not services.soon(request.actor, selection, Export.EXPORT, form):
        services.order_export(request.actor, selection, form, language=spoken)
        return redirect("exports")
    made = export(request.actor, selection, form, _waiting(exports.FORMS[form]), language=spoken)
    return _handed(made, file_name(selection, _("目录"), form), inline=False)


@page("POST")
def print_page(request: ActorRequest) -> HttpResponse | HttpResponseBase:
    """An official list or form as PDF, in the browser; several documents as one archive; a large one as an order."""
    selection, form = Selection.read(request.POST), request.POST.get("form", "")
    options = _options(request)
    prints.check_form(form, options)
    if not services.soon(request.actor, selection, Export.PRINT, form):
        services.order_print(request.actor, selection, form, options)
        return redirect("exports")
    made = print_out(request.actor, selection, form, _waiting(".pdf"), options)
    return _handed(made, file_name(selection, prints.TITLES[form]), inline=True)


def _options(request: ActorRequest) -> prints.Options:
    told = {name: request.POST.get(name, "") for name in ("width", "per_box")}
    numbers = {
        name: int(text) for name, text in told.items() if text.isascii() and text.isdigit() and len(text) < 6
    }
    return prints.Options(
        numbers.get("width", prints.DEFAULT.width),
        request.POST.get("paper") or prints.DEFAULT.paper,
        numbers.get("per_box", 0),
    )


def _waiting(suffix: str) -> Path:
    """Return where a file waits to be handed over; what is left of broken requests there is swept."""
    home().inbox.mkdir(parents=True, exist_ok=True)
    return home().inbox / f"export-{os.urandom(8).hex()}{suffix}"


def _handed(made: Exported, name: str, *, inline: bool) -> FileResponse:
    """Send a file whose name is taken away first, so that nothing stays behind however the sending ends."""
    stream = open(made.path, "rb")  # noqa: SIM115  # the response closes it
    made.path.unlink()
    shown = inline and made.path.suffix == ".pdf"
    response = FileResponse(stream, as_attachment=not shown, filename=f"{name}{made.path.suffix}")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Total-Count"] = str(made.count)
    return response

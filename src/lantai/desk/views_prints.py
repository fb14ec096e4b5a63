"""What is printed of a class on one page, each form as a PDF; 归档章 as data and as a copy with the stamp on it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.access.delivery import disposition
from lantai.base.guards import ActorRequest, page
from lantai.base.tables import csv_answer
from lantai.desk import printed, queries_arrangement, queries_volumes, stamps
from lantai.desk.frame import frame_of, require_sight
from lantai.desk.frame import number as counted
from lantai.desk.pages import leaf, query_of
from lantai.desk.printed import BY_ITEM, BY_VOLUME, Options
from lantai.kernel.errors import Invalid
from lantai.kernel.printing.forms import PAPERS, TITLES, WIDTHS

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SIZED = frozenset({"spine", "label"})
"""Forms that are made by choice of width and paper."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that can be printed: what it is called, what it is for; ``ready`` once the class is numbered where it must."""

    key: str
    title: str
    about: str
    ready: bool


def _titles() -> dict[str, str]:
    return {
        "item_list": _("归档文件目录"),
        "file_list": _("案卷目录"),
        "inner_list": _("卷内文件目录"),
        "cover": _("案卷封面"),
        "note": _("备考表"),
        "spine": _("脊背（盒脊）"),
        "label": _("盒标签"),
        "stamps": _("归档章"),
    }


def _about() -> dict[str, str]:
    return {
        "item_list": _("逐件列出档号、文号、责任者、题名、日期、页数。A4 横向，每页重复表头。"),
        "file_list": _("逐卷列出档号、案卷题名、起止日期、总页数、保管期限。"),
        "inner_list": _("每卷一份：顺序号、文号、责任者、题名、日期、页号。放在卷首。"),
        "cover": _("每卷一页：立档单位、案卷题名、起止日期、保管期限、件数和页数、案卷号。"),
        "note": _("每卷（每盒）一页：情况说明和签名。放在最后。"),
        "spine": _("贴在盒脊上，四角有裁切线。"),
        "label": _("贴在盒面上，A4 一页八张。"),
        "stamps": _("每件一枚，六格已填好；沿虚线裁开，贴在首页上端。"),
    }


@page("GET")
def prints(request: ActorRequest, number: str) -> HttpResponse:
    """All that can be printed of a class."""
    require_sight(request, "capture.see")
    shown = queries_arrangement.filing_class(request.actor, number)
    numbered, about, titles = shown.state != "open", _about(), _titles()
    volumes = queries_volumes.named(request.actor, number) if shown.arrangement == "volume" else []
    each = leaf(request.GET, reverse("desk-class-prints", args=[number]), len(volumes))
    keys = BY_VOLUME if shown.arrangement == "volume" else BY_ITEM
    forms = [Form(key, titles[key], about[key], numbered or key != "stamps") for key in keys]
    context = {
        "one": shown,
        "frame": frame_of(request, shown.unit_code),
        "forms": [one for one in forms if one.key not in _SIZED],
        "sized": [one for one in forms if one.key in _SIZED],
        "numbered": numbered,
        "widths": WIDTHS,
        "papers": PAPERS,
        "volumes": volumes[max(0, each.first - 1) : each.last],
        "leaf": each,
    }
    return render(request, "desk/class_prints.html", context)


@page("GET")
def item_list(request: ActorRequest, number: str) -> HttpResponse:
    """归档文件目录 of a class."""
    return _printed(request, number, "item_list")


@page("GET")
def print_form(request: ActorRequest, number: str, form: str) -> HttpResponse:
    """One form of a class as a PDF; ``?volume=`` only of that one, ``?width=&paper=&per_box=`` for backs and boxes.

    What would take long is printed part by part: without ``?part=`` the parts are shown.
    """
    return _printed(request, number, form)


def _printed(request: ActorRequest, number: str, form: str) -> HttpResponse:
    require_sight(request, "capture.see")
    options = _options(request)
    if not options.part:
        parts = printed.parts_of(request.actor, number, form, options)
        if len(parts) > 1:
            return redirect(reverse("desk-class-parts", args=[number, form]) + query_of(_told(request)))
    made = printed.made(request.actor, number, form, options)
    part = f"-{options.part:02d}" if options.part else ""
    return _pdf(made, f"{number}-{TITLES[form]}{part}.pdf")


def _options(request: ActorRequest) -> Options:
    told = request.GET
    return Options(
        volume=told.get("volume", "")[:40],
        width=counted(told.get("width", "")) or 30,
        paper=told.get("paper", "") or "a4",
        per_box=counted(told.get("per_box", "")),
        part=counted(told.get("part", "")),
    )


def _told(request: ActorRequest) -> dict[str, str]:
    """Return what the address says of backs and boxes."""
    return {key: request.GET[key][:10] for key in ("width", "paper", "per_box") if request.GET.get(key)}


@page("GET")
def print_parts(request: ActorRequest, number: str, form: str) -> HttpResponse:
    """The parts of a long print, each a PDF of its own."""
    require_sight(request, "capture.see")
    shown = queries_arrangement.filing_class(request.actor, number)
    parts = printed.parts_of(request.actor, number, form, _options(request))
    address = reverse("desk-class-print", args=[number, form])
    told = _told(request)
    context = {
        "one": shown,
        "frame": frame_of(request, shown.unit_code),
        "title": _titles()[form],
        "parts": [(part, address + query_of({**told, "part": str(part.number)})) for part in parts],
        "total": parts[-1].last if parts else 0,
        "of": _counted(shown.arrangement, form),
        "numbered": shown.state != "open",
    }
    return render(request, "desk/class_parts.html", context)


def _counted(arrangement: str, form: str) -> str:
    """Return what the parts of a form count: items, volumes or boxes."""
    if form == "item_list" or (arrangement == "item" and form == "stamps"):
        return "item"
    return "volume" if arrangement == "volume" else "box"


@page("GET")
def stamp_table(request: ActorRequest, number: str, kind: str) -> HttpResponseBase:
    """The six boxes of every item of a class as CSV or as a workbook."""
    require_sight(request, "capture.see")
    if kind not in {"csv", "xlsx"}:
        raise Invalid("desk.print.form", form=kind[:20])
    told = stamps.rows(request.actor, number)
    if kind == "csv":
        return csv_answer(f"{number}-stamps.csv", stamps.HEAD, told)
    answer = HttpResponse(stamps.workbook(told), content_type=_XLSX)
    answer.headers["Content-Disposition"] = disposition(f"{number}-归档章.xlsx", inline=False)
    return answer


@page("GET")
def stamped(request: ActorRequest, uuid: str) -> HttpResponse:
    """A copy for use of an item's first page with the stamp in its upper margin; the original stays as it is."""
    require_sight(request, "capture.see")
    ref, made = stamps.stamped(request.actor, uuid)
    return _pdf(made, f"{ref}-归档章副本.pdf")


def _pdf(made: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = disposition(name, inline=True)
    return answer

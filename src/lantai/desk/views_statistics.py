"""The unit's statistics: as a page, as a workbook, on paper."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import override

from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.desk import printed_year, queries_year, statistics_sheet
from lantai.desk.frame import framed, number
from lantai.desk.queries_statistics import statistics

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _year(request: ActorRequest) -> int | None:
    told = number(request.GET.get("year", ""))
    return told if 1900 <= told <= 2999 else None


@page("GET")
def page_of(request: ActorRequest) -> HttpResponse:
    """Items, files, pages and bytes by year, type, retention, department, source and form of file."""
    frame, year = framed(request), _year(request)
    context = {"frame": frame, "here": "year", "year": year}
    if frame.unit is not None:
        told = statistics(request.actor, frame.unit.id, year=year)
        made = statistics_sheet.tables(told, reader_language())
        context |= {
            "told": told,
            "tables": made[1:],
            "headings": statistics_sheet.headings(),
            "years": queries_year.years(request.actor, frame.unit.id, timezone.localdate().year),
        }
    return render(request, "desk/statistics.html", context)


@page("GET")
def workbook(request: ActorRequest) -> HttpResponse:
    """The same as a workbook."""
    unit, year = framed(request).unit, _year(request)
    if unit is None:
        return redirect("desk-statistics")
    told = statistics(request.actor, unit.id, year=year)
    made = statistics_sheet.workbook(statistics_sheet.tables(told, reader_language()))
    return _file(made, XLSX, f"{unit.code}-{year or 'all'}.xlsx", "attachment")


@page("GET")
def paper(request: ActorRequest) -> HttpResponse:
    """The same as a PDF."""
    unit, year = framed(request).unit, _year(request)
    if unit is None:
        return redirect("desk-statistics")
    told = statistics(request.actor, unit.id, year=year)
    day = timezone.localdate().isoformat()
    with override("zh-hans"):  # paper is in Chinese, whoever reads the page
        made = statistics_sheet.tables(told, "zh")
    data = printed_year.statistics_sheet(unit.name, made, year, day)
    return _file(data, "application/pdf", f"{unit.code}-{year or 'all'}.pdf", "inline")


def _file(data: bytes, kind: str, name: str, way: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=kind)
    answer.headers["Content-Disposition"] = f'{way}; filename="{name}"'
    return answer

"""Pages of the check at filing: its report, where every fault is mended where it stands; the printed forms."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from lantai.access import delivery
from lantai.base import resumable
from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.incoming import Arrived, InboxHandler, incoming
from lantai.desk import faults, filing_register, queries_arrangement, queries_checks, services
from lantai.desk.arranging import kind_of
from lantai.desk.faults import RecordFault
from lantai.desk.frame import Refusal, frame_of, number, refusal, require_sight, tried
from lantai.desk.models import Part
from lantai.desk.pages import leaf, query_of
from lantai.desk.queries_arrangement import ClassLine
from lantai.desk.services.replacing import Fresh, Spot, mend_file
from lantai.desk.services.taking import suffixed
from lantai.desk.views_items import Line, given, lines_of
from lantai.desk.views_ways import Discarding
from lantai.kernel.errors import Invalid, LantaiError, NotFound
from lantai.kernel.recordtypes import RecordType
from lantai.people.policies import may_somewhere, require

SHOWN = 50
"""Items at fault that one page shows."""


@dataclass(frozen=True, slots=True)
class Row:
    """An item at fault with the form of its fields; ``refusal`` is what was wrong with what was just given."""

    record: RecordFault
    lines: tuple[Line, ...]
    seen: int
    reason: str
    refusal: Refusal | None


@page("GET", "POST")
def check(request: ActorRequest, number: str) -> HttpResponse:
    """The report of a class; ``POST`` orders a check, mends a field, answers for an item, closes the class."""
    require_sight(request, "capture.see")
    shown = queries_arrangement.filing_class(request.actor, number)
    show = partial(_check_page, request, number)
    if request.method != "POST":
        return show()
    require(request.actor, "item.arrange", shown.unit)
    return tried(partial(_done, request, shown), show)


def _check_page(request: ActorRequest, number_of: str, problem: LantaiError | None = None) -> HttpResponse:
    one = queries_arrangement.filing_class(request.actor, number_of)
    newest, reported = queries_checks.checks_of(request.actor, number_of)
    told = refusal(problem, STATUS[problem.kind] if problem else 200)
    frame = frame_of(request, one.unit_code)
    may_mend = frame.may_arrange and one.state == "open"
    about = request.POST.get("item", "") if problem else ""
    subject = queries_checks.told(reported.content) if reported else {}
    found = faults.records(reported, one.type, subject) if reported else []
    parts = faults.properties(reported, subject) if reported else []
    items = [item for part in parts for item in part.items]
    page = leaf(request.GET, reverse("desk-check", args=[one.number]), len(found), size=SHOWN)
    here = found[max(0, page.first - 1) : page.last]
    values = queries_arrangement.values_of(request.actor, [fault.item for fault in here if fault.revision])
    kind = kind_of(one.type)
    rows = [_row(request, kind, fault, values, told if about == fault.item else None) for fault in here]
    context = {
        "frame": frame,
        "here": "classes",
        "one": one,
        "newest": newest,
        "shown": reported,
        "parts": parts,
        "rows": rows,
        "leaf": page,
        "here_query": query_of(_here(request)),
        "capped": reported is not None and reported.run is not None and faults.capped(reported.run),
        "at_fault": sum(fault.severe for fault in found),
        "blocking": [item for item in items if item.blocks],
        "unmade": [item for item in items if item.blocks and item.outcome == "error"],
        "failing": [item for item in items if item.blocks and item.outcome == "fail"],
        "askable": [item for item in items if item.open and not item.blocks],
        "answerable": sum(item.blocks and item.open for item in items),
        "may_mend": may_mend,
        "may_close": may_mend and bool(one.size),
        "roles": list(Part.choices),
        "refusal": None if any(row.refusal for row in rows) else told,
    }
    return render(request, "desk/check.html", context, status=told.status if told else 200)


def _here(request: ActorRequest) -> dict[str, str]:
    """Return which page of the faults was looked at."""
    return {"at": request.GET["at"][:20]} if request.GET.get("at") else {}


def _row(
    request: ActorRequest,
    kind: RecordType,
    fault: RecordFault,
    known: Mapping[str, Mapping[str, str]],
    told: Refusal | None,
) -> Row:
    values = known.get(fault.item, {})
    reasons: dict[str, Sequence[str]] = dict(fault.fields)
    if told is not None and request.POST.get("do") == "edit":
        values = {**values, **given(request)}
        for path, said in told.reasons:
            reasons[path.removeprefix("values.")] = [said]
    lines = tuple(line for line in lines_of(kind, values, reasons) if line.key in reasons) if reasons else ()
    seen = number(request.POST.get("seen", "")) if told is not None else fault.revision
    return Row(fault, lines, seen, request.POST.get("reason", "") if told is not None else "", told)


def _done(request: ActorRequest, shown: ClassLine) -> HttpResponse:
    sent, actor = request.POST, request.actor
    address = reverse("desk-check", args=[shown.number]) + query_of(_here(request))
    do, seen = sent.get("do", ""), number(sent.get("seen", ""))
    if do == "order":
        services.order_check(actor, shown.number, seen=seen)
    elif do == "close":
        return _closed(request, shown.number, seen)
    elif do == "edit":
        _edited(request, shown, seen)
        return redirect(f"{address}#f-{sent.get('item', '')}")
    elif do == "answer":
        _answered(request, shown.number)
        _newest, reported = queries_checks.checks_of(actor, shown.number)
        if reported and reported.closing and reported.holds:
            fresh = queries_arrangement.filing_class(actor, shown.number)
            return _closed(request, shown.number, fresh.revision)
        messages.success(request, _("已记下说明。"))
    else:
        raise Invalid("desk.page.undone")
    return redirect(address)


def _closed(request: ActorRequest, number_of: str, seen: int) -> HttpResponse:
    """Close a class, or show that the check that closes it is at work."""
    count = services.close_or_check(request.actor, number_of, seen=seen)
    if count is None:
        return redirect("desk-check", number_of)
    said = ngettext("已编号：%(n)s 件。", "已编号：%(n)s 件。", count)
    messages.success(request, said % {"n": f"{count:,}"})
    return redirect("desk-class", number_of)


def _edited(request: ActorRequest, shown: ClassLine, seen: int) -> None:
    uuid = request.POST.get("item", "")
    item = queries_arrangement.item(request.actor, uuid)
    if item.line.number != shown.number:
        raise NotFound("desk.item.missing", item=uuid[:60])
    notes = services.edit(request.actor, uuid, {**item.values, **given(request)}, seen=seen)
    services.recheck(request.actor, shown.number)
    messages.success(request, _("已改好，正在重新检测。"))
    for note in notes:
        messages.warning(request, note.message(reader_language()))


def _answered(request: ActorRequest, number_of: str) -> None:
    """Take each item's own words; what could not be checked may share a sentence, what failed may not."""
    sent = request.POST
    same = sent.get("reason", "").strip()
    reasons = {}
    for name in sent:
        field, _dash, code = name.partition("-")
        said = sent.get(name, "").strip() or (same if field == "reason" else "")
        if field in {"reason", "own"} and code and said:
            reasons[code] = said
    services.answer(request.actor, number_of, sent.get("check", ""), reasons)


@page("GET")
def progress(request: ActorRequest, number: str) -> HttpResponse:
    """The moving part of the page; when it stands, the whole page is asked for, or a link to it (``?stay``).

    ``stay`` is asked by a page in which somebody may be writing: it is not taken away under their hands.
    """
    require_sight(request, "capture.see")
    newest, _reported = queries_checks.checks_of(request.actor, number)
    stay = "stay" in request.GET
    if not stay and (newest is None or not newest.at_work):
        return HttpResponse(headers={"HX-Refresh": "true"})
    one = queries_arrangement.filing_class(request.actor, number)
    return render(request, "desk/check_way.html", {"one": one, "newest": newest, "stay": stay, "asked": True})


@csrf_exempt
@page("POST")
def file(request: ActorRequest, number: str) -> HttpResponseBase:
    """Bring a file for an item at fault. The token is checked in :func:`_file`, after the upload handler is in place."""
    if not may_somewhere(request.actor, "item.arrange"):
        request.upload_handlers = [Discarding()]
        return _file(request, number, None)
    with incoming() as folder:
        request.upload_handlers = [InboxHandler(folder)]
        return _file(request, number, folder)


@csrf_protect
def _file(request: ActorRequest, number: str, folder: Path | None) -> HttpResponse:
    require_sight(request, "capture.see")
    shown = queries_arrangement.filing_class(request.actor, number)
    require(request.actor, "item.arrange", shown.unit)
    assert folder is not None
    return tried(partial(_file_done, request, shown, folder), partial(_check_page, request, shown.number))


def _fresh(request: ActorRequest, folder: Path) -> tuple[Fresh, str]:
    """Return the file that came, in the form or piece by piece before it; then with the id of its upload.

    It lies under a second name: where it is refused it need not be sent again.
    """
    came = request.FILES.get("file")
    if isinstance(came, Arrived) and came.name:
        place = suffixed(folder, came.name)
        came.path.rename(place)
        return Fresh(came.name, place), ""
    handed = request.POST.get("upload", "")
    if not handed:
        raise Invalid("desk.upload.empty")
    whole = resumable.arrived(request.actor, handed)
    place = suffixed(folder, whole.name)
    os.link(whole.path, place)
    return Fresh(whole.name, place), whole.id


def _file_done(request: ActorRequest, shown: ClassLine, folder: Path) -> HttpResponse:
    sent = request.POST
    fresh, handed = _fresh(request, folder)
    spot = Spot(sent.get("item", ""), sent.get("capture", ""), number(sent.get("order", "")))
    item = queries_arrangement.item(request.actor, spot.item)
    if item.line.number != shown.number:
        raise NotFound("desk.item.missing", item=spot.item[:60])
    made = mend_file(
        request.actor,
        spot,
        fresh,
        role=sent.get("role", ""),
        reason=sent.get("reason", ""),
        seen=number(sent.get("seen", "")),
    )
    if handed:
        resumable.forget(request.actor, handed)
    services.recheck(request.actor, shown.number)
    done = _("原来的字节已放回，正在重新检测。")
    if made:
        done = _("已换上 %(number)s，原来的一份保留；正在重新检测。") % {"number": made}
    messages.success(request, done)
    return redirect(f"{reverse('desk-check', args=[shown.number])}{query_of(_here(request))}#f-{spot.item}")


@page("GET")
def report_pdf(request: ActorRequest, number: str) -> HttpResponse:
    """The 四性检测报告 of the newest check that has one, printed."""
    require_sight(request, "capture.see")
    return _pdf(filing_register.report(request.actor, number), f"{number}-归档检测报告.pdf")


@page("GET")
def register_pdf(request: ActorRequest, number: str) -> HttpResponse:
    """The 归档登记表 of a closed class, printed."""
    require_sight(request, "capture.see")
    return _pdf(filing_register.printed(request.actor, number), f"{number}-归档登记表.pdf")


def _pdf(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = delivery.disposition(name, inline=True)
    return answer

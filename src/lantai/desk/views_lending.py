"""Pages of the lending register: what is out, a new loan, one loan with what became of it, the register of a year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lantai.access import delivery
from lantai.base.errors import STATUS
from lantai.base.guards import ActorRequest, page
from lantai.desk import lending_register, queries_arrangement, queries_lending
from lantai.desk.errors import Lacking
from lantai.desk.frame import Frame, chosen, frame_of, framed, number, refusal, tried
from lantai.desk.lending import Terms
from lantai.desk.models import Condition, LoanKind
from lantai.desk.queries_arrangement import ItemView
from lantai.desk.services import lending
from lantai.desk.views_reading import pdf
from lantai.kernel.errors import Invalid, LantaiError
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import require

USUAL_DAYS = 30
MOST = 200
STATES = (
    ("out", gettext_lazy("未还")),
    ("overdue", gettext_lazy("逾期未还")),
    ("back", gettext_lazy("已还")),
)
_FIELDS = ("kind", "borrower", "department", "telephone", "purpose", "parts", "place", "lent_on", "due_on")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page("GET")
def register(request: ActorRequest) -> HttpResponse:
    """What is lent and what was, the newest first; the register of a year on paper."""
    frame = framed(request)
    told = request.GET
    filters = {
        "unit": frame.unit.code if frame.unit else "",
        "q": told.get("q", "").strip().replace("\0", "")[:200],
        "state": told.get("state", "") if told.get("state") in dict(STATES) else "",
        "year": str(_year(told.get("year", "")) or ""),
    }
    unit = filters["unit"]
    found = queries_lending.loans(
        request.actor,
        unit=unit,
        year=_year(filters["year"]),
        state=filters["state"],
        text=filters["q"],
        after=told.get("after", ""),
    )
    years = queries_lending.years(request.actor, unit)
    context = {
        "frame": frame,
        "here": "lending",
        "loans": found.items,
        "filters": filters,
        "narrowed": any(filters[name] for name in ("q", "state", "year")),
        "states": STATES,
        "years": years,
        "printable": _year(filters["year"]) or (years[0] if years else 0),
        "overdue": queries_lending.overdue(request.actor, unit),
        "first": _query(filters) or "?" if told.get("after") else "",
        "next": _query(filters, after=found.after) if found.after else "",
    }
    return render(request, "desk/lending.html", context)


def _year(told: str) -> int:
    return int(told) if told.isascii() and told.isdigit() and len(told) == 4 else 0


def _query(filters: Mapping[str, str], **more: str) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in {**filters, **more}.items() if value})
    return f"?{query.urlencode()}" if query else ""


def _day(told: str) -> date | None:
    try:
        return date.fromisoformat(told.strip())
    except ValueError:
        return None  # the service tells which day lacks


@page("GET", "POST")
def new(request: ActorRequest) -> HttpResponse:
    """Lend the items that are named in the address to one person."""
    frame = framed(request, "item.arrange")
    if request.method != "POST":
        return _new_page(request, frame)
    require(request.actor, "item.arrange", chosen(frame).id)
    return tried(partial(_lend, request, frame), partial(_new_page, request, frame))


def _new_page(request: ActorRequest, frame: Frame, problem: LantaiError | None = None) -> HttpResponse:
    items = _items(request)
    if items:
        frame = frame_of(request, items[0].unit_code)
    told = refusal(problem, STATUS[problem.kind] if problem else 200)
    today = timezone.localdate()
    usual = {"lent_on": today.isoformat(), "due_on": (today + timedelta(days=USUAL_DAYS)).isoformat()}
    usual |= {"kind": "view"}
    known = {one.line.uuid for one in items}
    context: dict[str, Any] = {
        "frame": frame,
        "here": "lending",
        "items": items,
        "out": queries_lending.is_out(request.actor, known),
        "values": {name: request.POST.get(name, usual.get(name, "")) for name in _FIELDS},
        "kinds": LoanKind.choices,
        "refusal": told,
        "reasons": _reasons(problem),
        "of_items": [said for about, said in (told.reasons if told else ()) if about in known],
    }
    return render(request, "desk/loan_new.html", context, status=told.status if told else 200)


def _items(request: ActorRequest) -> list[ItemView]:
    told = request.POST if request.method == "POST" else request.GET
    return [
        queries_arrangement.item(request.actor, uuid) for uuid in dict.fromkeys(told.getlist("item")[:MOST])
    ]


def _reasons(problem: LantaiError | None) -> dict[str, list[str]]:
    """Return what is wrong by field, in the reader's words."""
    told = refusal(problem, 400) if isinstance(problem, Lacking) else None
    found: dict[str, list[str]] = {}
    for about, said in told.reasons if told else ():
        found.setdefault(about, []).append(said)
    return found


def _lend(request: ActorRequest, frame: Frame) -> HttpResponse:
    told = request.POST
    terms = Terms(
        kind=told.get("kind", ""),
        borrower=told.get("borrower", ""),
        department=told.get("department", ""),
        purpose=told.get("purpose", ""),
        lent_on=_day(told.get("lent_on", "")),
        due_on=_day(told.get("due_on", "")),
        telephone=told.get("telephone", ""),
        parts=told.get("parts", ""),
        place=told.get("place", ""),
    )
    numbers = lending.lend(request.actor, chosen(frame).code, told.getlist("item"), terms)
    said = ngettext("已登记借阅 %(n)s 件。", "已登记借阅 %(n)s 件。", len(numbers))
    messages.success(request, said % {"n": len(numbers)}, extra_tags="ok")
    if len(numbers) == 1:
        return redirect("desk-loan", numbers[0])
    return redirect(f"{reverse('desk-lending')}?unit={chosen(frame).code}")


@page("GET", "POST")
def one(request: ActorRequest, number: str) -> HttpResponse:
    """One loan; ``POST`` notes that it came back (``return``) or may stay longer (``extend``)."""
    framed(request)
    shown = queries_lending.loan(request.actor, number)
    show = partial(_one_page, request, number)
    if request.method != "POST":
        return show()
    require(request.actor, "item.arrange", shown.unit)
    return tried(partial(_done, request, number), show)


def _one_page(request: ActorRequest, number_of: str, problem: LantaiError | None = None) -> HttpResponse:
    shown = queries_lending.loan(request.actor, number_of)
    told = refusal(problem, STATUS[problem.kind] if problem else 200)
    history = ledger.history([shown.urn])
    today = timezone.localdate()
    sent = request.POST if problem else QueryDict()
    due = max(shown.line.due_on or today, today) + timedelta(days=USUAL_DAYS)
    context = {
        "frame": frame_of(request, shown.line.unit_code),
        "here": "lending",
        "loan": shown,
        "line": shown.line,
        "conditions": Condition.choices,
        "values": {
            "on": sent.get("on", today.isoformat()),
            "condition": sent.get("condition", "good"),
            "remark": sent.get("remark", ""),
            "until": sent.get("until", due.isoformat()),
            "reason": sent.get("reason", ""),
        },
        "reasons": _reasons(problem),
        "refusal": told,
        "history": history,
        "names": people.names(
            {entry.actor for entry in history} | {shown.line.lent_by, shown.line.returned_by}
        ),
    }
    return render(request, "desk/loan.html", context, status=told.status if told else 200)


def _done(request: ActorRequest, number_of: str) -> HttpResponse:
    told, seen = request.POST, number(request.POST.get("seen", ""))
    if told.get("do") == "return":
        day, condition = _day(told.get("on", "")), told.get("condition", "")
        lending.give_back(request.actor, number_of, day, condition, told.get("remark", ""), seen=seen)
        messages.success(request, _("已登记归还。"), extra_tags="ok")
    elif told.get("do") == "extend":
        until, reason = _day(told.get("until", "")), told.get("reason", "")
        lending.extend(request.actor, number_of, until, reason, seen=seen)
        messages.success(request, _("已展期。"), extra_tags="ok")
    else:
        raise Invalid("desk.page.undone")
    return redirect("desk-loan", number_of)


@page("GET")
def register_pdf(request: ActorRequest) -> HttpResponse:
    """The register of a unit's year, on paper."""
    unit, year = framed(request).unit, _year(request.GET.get("year", "")) or timezone.localdate().year
    if unit is None:  # whose register it is must be said first
        return redirect("desk-lending")
    made = lending_register.printed(request.actor, unit.code, unit.name, year)
    return pdf(made, f"{unit.name}{year}年{lending_register.TITLE}.pdf")


@page("GET")
def register_xlsx(request: ActorRequest) -> HttpResponse:
    """The register of a unit's year, as a workbook."""
    unit, year = framed(request).unit, _year(request.GET.get("year", "")) or timezone.localdate().year
    if unit is None:  # whose register it is must be said first
        return redirect("desk-lending")
    answer = HttpResponse(lending_register.workbook(request.actor, unit.code, year), content_type=_XLSX)
    name = f"{unit.name}{year}年{lending_register.TITLE}.xlsx"
    answer.headers["Content-Disposition"] = delivery.disposition(name, inline=False)
    answer.headers["Cache-Control"] = "no-store"
    return answer

"""The desk's own search: one box, few fields, what was found, a list of what was chosen on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.desk import printed_own, queries_lending, queries_search, services
from lantai.desk.frame import Frame, Refusal, framed, refusal
from lantai.desk.queries_search import ORDERS, STATES, OwnAnswer, OwnQuestion
from lantai.desk.queries_volume_search import volumes_found
from lantai.desk.searchable import FIELDS
from lantai.desk.views_reading import pdf
from lantai.holdings.queries import types
from lantai.kernel.errors import Invalid, LantaiError, Unavailable
from lantai.search.engine.protocol import Sort, Value

LISTED = 1_000
"""Records of one printed list."""
LATE = 5.0
"""Seconds from which it is told that the newest cannot be found yet."""
_LINE = 1_000

STATE_LABELS = {
    "tray": gettext_lazy("待整理"),
    "open": gettext_lazy("整理中"),
    "numbered": gettext_lazy("已编号"),
    "handed": gettext_lazy("已移交"),
}
_LABELS = {
    "year": gettext_lazy("年度"),
    "function": gettext_lazy("机构（问题）"),
    "retention": gettext_lazy("保管期限"),
    "state": gettext_lazy("状态"),
    "type": gettext_lazy("门类"),
}
_ORDERS = {
    "-date": gettext_lazy("日期新→旧"),
    "date": gettext_lazy("日期旧→新"),
    "ref": gettext_lazy("档号"),
}


@dataclass(frozen=True, slots=True)
class Select:
    """A field to narrow by: its name, what is chosen, the values there are, each with its label and count."""

    name: str
    label: str
    chosen: str
    choices: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What the archives hold of the unit: its fonds, and how many of their records answer (None = not to be told now)."""

    fonds: tuple[str, ...]
    count: int | None
    query: str


@page("GET")
def search(request: ActorRequest) -> HttpResponse:
    """What the unit's desk holds, by words and few fields; what it handed over is found in the archives."""
    frame = framed(request)
    asked = _asked(request.GET, frame)
    begun = bool(asked.text or any(asked.chosen.values()))
    context: dict[str, Any] = {
        "frame": frame,
        "here": "search",
        "asked": asked,
        "begun": begun,
        "status": 200,
    }
    try:
        context |= _answered(request, frame, asked)
    except Invalid as wrong:
        context["refusal"] = _told(wrong)
        context["status"] = STATUS[wrong.kind]
    return render(request, "desk/own_search.html", context, status=context["status"])


def _told(wrong: LantaiError) -> Refusal | None:
    return refusal(wrong, STATUS[wrong.kind])


def _answered(request: ActorRequest, frame: Frame, asked: OwnQuestion) -> dict[str, Any]:
    if queries_search.only_punctuation(asked.text):
        return {"nothing_to_find": True}
    answer = queries_search.search(request.actor, asked, language=reader_language())
    count, volumes = volumes_found(request.actor, asked) if not asked.after else (0, [])
    return {
        "answer": answer,
        "volume_count": count,
        "volumes": [(one, STATE_LABELS[one.state]) for one in volumes],
        "hits": [(one, STATE_LABELS.get(one.state, one.state)) for one in answer.hits],
        "out": queries_lending.is_out(request.actor, [one.uuid for one in answer.hits if one.uuid]),
        "selects": _selects(asked, answer),
        "orders": [(order, _ORDERS[order], _query(asked, order=order)) for order in ORDERS],
        "first": f"?{_query(asked)}" if asked.after else "",
        "next": f"?{_query(asked, after=answer.after)}" if answer.after else "",
        "query": _query(asked),
        "held": _held(request, frame, asked),
        "late": queries_search.waiting() > LATE,
        "may_lend": frame.may_arrange,
    }


def _asked(told: QueryDict, frame: Frame) -> OwnQuestion:
    chosen = {name: told.get(name, "").strip()[:80].replace("\0", "") for name in FIELDS}
    if chosen["state"] not in STATES:
        chosen["state"] = ""
    order: Sort = next((order for order in ORDERS if order == told.get("order")), "-date")
    return OwnQuestion(
        text=told.get("q", "").strip().replace("\0", ""),
        unit=frame.unit.code if frame.unit else "",
        chosen=chosen,
        order=order,
        after=told.get("after", "")[:8_000],
    )


def _query(asked: OwnQuestion, *, order: str = "", after: str = "") -> str:
    query = QueryDict(mutable=True)
    told = {
        "q": asked.text,
        "unit": asked.unit,
        **asked.chosen,
        "order": order or asked.order,
        "after": after,
    }
    query.update(
        {name: value for name, value in told.items() if value and (name, value) != ("order", "-date")}
    )
    return query.urlencode()


def _selects(asked: OwnQuestion, answer: OwnAnswer) -> list[Select]:
    return [_select(name, asked.chosen.get(name, ""), dict(answer.facets[name])) for name in FIELDS]


def _select(name: str, chosen: str, counts: dict[Value, int]) -> Select:
    counted = {str(value): count for value, count in counts.items()}
    if chosen and chosen not in counted:
        counted[chosen] = 0
    values = sorted(counted, reverse=True) if name == "year" else sorted(counted)
    if name == "state":
        values = [state for state in STATES if state in counted]
    choices = tuple((value, _value(name, value), counted[value]) for value in values)
    return Select(name, str(_LABELS[name]), chosen, choices)


def _value(name: str, value: str) -> str:
    if name == "state":
        return str(STATE_LABELS.get(value, value))
    if name == "type" and value in types():
        return types()[value].label[reader_language()]
    return value


def _held(request: ActorRequest, frame: Frame, asked: OwnQuestion) -> Held | None:
    """Return what the archives have of the one unit that is shown, None where there is none or nothing was asked."""
    if frame.unit is None or not asked.text:
        return None
    fonds = tuple(services.fonds_of(frame.unit.id))
    if not fonds:
        return None
    query = QueryDict(mutable=True)
    query["q"] = asked.text
    query.setlist("fonds", list(fonds))
    try:
        count: int | None = queries_search.in_archives(request.actor, asked.text, fonds)
    except Unavailable:  # the page says so and gives the link all the same
        count = None
    return Held(fonds, count, query.urlencode())


@page("GET")
def selection(request: ActorRequest) -> HttpResponse:
    """A list on paper: of the records that were ticked, else of all that answer."""
    frame = framed(request)
    asked = _asked(request.GET, frame)
    if queries_search.only_punctuation(asked.text):
        raise Invalid("desk.items.none")
    items, documents = request.GET.getlist("item")[:LISTED], request.GET.getlist("capture")[:LISTED]
    if items or documents:
        chosen = queries_search.picked(request.actor, items, documents)
        total = len(chosen)
        if not chosen:
            raise Invalid("desk.items.none")
    else:
        total, chosen = queries_search.every(request.actor, asked, LISTED)
    name = frame.unit.name if frame.unit else ""
    made = printed_own.selection(request.actor, chosen, name, total=total)
    return pdf(made, "档案查阅目录.pdf")

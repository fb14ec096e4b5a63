"""The table of arranging: what came in becomes items in classes. What is proposed stands beside, with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.desk import queries_arrangement, queries_departments, queries_table, services
from lantai.desk.frame import Frame, chosen, framed, number, refusal, require_sight, tried
from lantai.desk.proposing import Proposal, propose
from lantai.desk.queries_arrangement import ClassLine
from lantai.desk.queries_table import Narrow, Waiting
from lantai.desk.services import Putting, Where
from lantai.desk.services.departments import assign
from lantai.desk.services.describe import adopt
from lantai.desk.services.items import MOST
from lantai.desk.statements import SECRETS
from lantai.holdings.queries import types
from lantai.kernel.errors import Invalid, LantaiError
from lantai.people.queries import UnitView

_NAMED = 4
"""Classes that are named when something was put into many."""

AT_ONCE = 50
"""Items and captures of one page of the table."""


@dataclass(frozen=True, slots=True)
class Row:
    """A capture or an item that is in no class: ``key`` is its number or uuid, ``kind`` capture or item."""

    kind: str
    key: str
    url: str
    title: str
    about: str
    proposal: Proposal
    why: tuple[str, ...]
    others: tuple[str, ...]
    lacking: tuple[str, ...]


@page("GET", "POST")
def arrange(request: ActorRequest) -> HttpResponse:
    """The table of a unit: captures and items that are in no class yet, each with what is proposed for it."""
    frame = framed(request)
    if request.method != "POST":
        return _table(request, frame)
    require_sight(request, "item.arrange")
    unit = chosen(frame)
    return tried(partial(_arranged, request, unit), partial(_table, request, frame))


def _table(request: ActorRequest, frame: Frame, problem: LantaiError | None = None) -> HttpResponse:
    unit, told = frame.unit, refusal(problem, STATUS[problem.kind] if problem else 200)
    after, department, narrow = request.GET.get("after", ""), _department(request), _narrow(request)
    rows: list[Row] = []
    further = ""
    if unit is not None:
        loose, waiting, further = queries_table.on_table(
            request.actor, unit.code, department=department, narrow=narrow, after=after, size=AT_ONCE
        )
        rows = [*_rows(unit, "item", loose), *_rows(unit, "capture", waiting)]
    departments = queries_departments.choices(request.actor, [unit.id] if unit else [])
    address = f"?{_query(request, unit)}" if unit else "?"
    context = {
        "frame": frame,
        "here": "arrange",
        "rows": rows,
        "departments": departments,
        "department": department,
        "narrow": narrow,
        "ticked": set(request.POST.getlist("item") + request.POST.getlist("capture")),
        "given": request.POST,
        "year": request.POST.get("year", "") or _usual_year(rows),
        "retentions": _terms("retention"),
        "incomplete": sum(bool(row.lacking) for row in rows if row.kind == "capture"),
        "securities": [one for one in _terms("security") if one not in SECRETS],
        "fonds": services.fonds_named(unit.id) if unit else [],
        "functions": queries_table.functions(request.actor, unit.id, unit.code) if unit else [],
        "refusal": told,
        "into": _into(request, unit),
        "all_count": _all_count(request, unit) if unit and (further or after) else 0,
        "most": MOST,
        "first": address if after else "",
        "next": f"{address}&after={further}" if further else "",
    }
    return render(request, "desk/arrange.html", context, status=told.status if told else 200)


def _all_count(request: ActorRequest, unit: UnitView) -> int:
    """Return how many stand on all pages, as the table is narrowed."""
    return queries_table.table_count(
        request.actor, unit.code, department=_department(request), narrow=_narrow(request)
    )


def _department(request: ActorRequest) -> str:
    return request.GET.get("department", "")[:20]


def _narrow(request: ActorRequest) -> Narrow:
    return Narrow(request.GET.get("q", "").strip()[:80], request.GET.get("since", "")[:20])


def _usual_year(rows: Sequence[Row]) -> str:
    """Return the year that is proposed most often, "" when none is: it stands in the form and can be changed."""
    years = Counter(row.proposal.year for row in rows if row.proposal.year is not None)
    return str(years.most_common(1)[0][0]) if years else ""


def _rows(unit: UnitView, kind: str, documents: Sequence[Waiting]) -> list[Row]:
    proposals = propose(unit.id, [one.values for one in documents], [one.department for one in documents])
    return [_row(kind, one, proposal) for one, proposal in zip(documents, proposals, strict=True)]


def _row(kind: str, one: Waiting, proposal: Proposal) -> Row:
    language = reader_language()
    about = " · ".join(filter(None, (one.values.get("doc_number", ""), one.values.get("author", ""))))
    others = tuple(f"{line.line.whole}（{line.line.retention}）" for line in proposal.advice[1:])
    why = tuple(reason.sentence(language) for reason in proposal.reasons)
    address = reverse("desk-item" if kind == "item" else "desk-capture", args=[one.key])
    lacks = queries_table.lacking(one, language)
    return Row(kind, one.key, address, one.title, about, proposal, why, others, lacks)


def _terms(vocabulary: str) -> list[str]:
    """Return the terms that records of today may have, as they are stored."""
    return [term.value for term in types()["WS"].vocabularies[vocabulary].terms if not term.until]


def _arranged(request: ActorRequest, unit: UnitView) -> HttpResponse:
    """Do what the table asks with what is ticked, or with the one row whose proposal is accepted."""
    told = request.POST
    captures, items = _keys(told.getlist("capture")), _keys(told.getlist("item"))
    do, _blank, one = told.get("do", "").partition(" ")
    if do == "accept":
        kind, _colon, key = one.partition(":")
        captures, items = ((key,), ()) if kind == "capture" else ((), (key,))
    elif "all" in told:
        if do == "together":
            raise Invalid("desk.items.all_together")
        captures, items = queries_table.all_on_table(
            request.actor, unit.code, department=_department(request), narrow=_narrow(request), most=MOST
        )
    if not captures and not items:
        raise Invalid("desk.items.none")
    singly = tuple((key,) for key in captures)
    if do in {"accept", "proposed"}:
        parts = _proposed(request, unit, captures, items)
    elif do == "place":
        parts = [Putting(_where(told), singly, items)]
    elif do == "together":
        parts = [Putting(_where(told), (captures,) if captures else (), items)]
    elif do == "assign":
        return _assigned(request, unit, captures)
    elif do == "adopt":
        return _completed(request, unit, captures)
    elif do == "form":
        formed = services.form(request.actor, unit.code, singly)
        return _said(request, unit, len(formed), ())
    else:
        raise Invalid("desk.page.undone")
    numbers = services.put(request.actor, unit.code, parts)
    return _said(request, unit, sum(len(part.groups) + len(part.items) for part in parts), numbers)


def _assigned(request: ActorRequest, unit: UnitView, captures: Sequence[str]) -> HttpResponse:
    """Give the ticked documents to a department; items have that of the document that leads them."""
    if not captures:
        raise Invalid("desk.department.captures_only")
    count = assign(request.actor, unit.code, captures, request.POST.get("to_department", ""))
    said = ngettext("%(n)s 份已改部门。", "%(n)s 份已改部门。", count)
    messages.success(request, said % {"n": count})
    return redirect(_back(request, unit))


def _completed(request: ActorRequest, unit: UnitView, captures: Sequence[str]) -> HttpResponse:
    """Complete the ticked documents by what their text tells, and by what the form says of the rest."""
    if not captures:
        raise Invalid("desk.adopt.captures_only")
    count = adopt(request.actor, unit.code, captures, {"security": request.POST.get("security", "")})
    still, _none = queries_table.documents(request.actor, unit.code, captures, ())
    left = sum(bool(queries_table.lacking(one, reader_language())) for one in still)
    said = ngettext("%(n)s 份已补著录。", "%(n)s 份已补著录。", count) % {"n": count}
    if left:
        more = ngettext("还有 %(n)s 份缺项，点题名去补。", "还有 %(n)s 份缺项，点题名去补。", left)
        said += more % {"n": left}
    messages.success(request, said)
    return redirect(_back(request, unit))


def _back(request: ActorRequest, unit: UnitView) -> str:
    """Return the address of the table as it was narrowed."""
    return f"{reverse('desk-arrange')}?{_query(request, unit)}"


def _query(request: ActorRequest, unit: UnitView, into: Sequence[str] = ()) -> str:
    """Return the query of the table as it was narrowed; words that leave nothing after a put are dropped."""
    query, narrow, department = QueryDict(mutable=True), _narrow(request), _department(request)
    words = narrow.words
    if into and words:
        items, came, _more = queries_table.on_table(
            request.actor, unit.code, department=department, narrow=narrow, size=1
        )
        words = words if items or came else ""
    told = {"unit": unit.code, "department": department, "q": words, "since": narrow.since}
    query.update({name: value for name, value in told.items() if value})
    if into:  # what was put before stays named beside it
        query.setlist("into", list(dict.fromkeys([*into, *request.GET.getlist("into")]))[:_NAMED])
    return query.urlencode()


def _into(request: ActorRequest, unit: UnitView | None) -> list[ClassLine]:
    """Return the classes into which something was just put, which the address names."""
    named = request.GET.getlist("into")[:_NAMED]
    if unit is None or not named:
        return []
    return [one for one in queries_arrangement.classes(request.actor, unit.code) if one.number in named]


def _keys(told: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(told))


def _where(told: Mapping[str, str]) -> Where:
    year = number(told.get("year", "").strip())
    if not year:
        raise Invalid("desk.class.year_missing")
    retention = told.get("retention", "").strip()
    if not retention:
        raise Invalid("desk.class.retention_missing")
    return Where(year, retention, told.get("function", "").strip(), told.get("fonds", "").strip())


def _proposed(
    request: ActorRequest, unit: UnitView, captures: Sequence[str], items: Sequence[str]
) -> list[Putting]:
    """Return where the ticked go as it is proposed just now; ``Invalid("desk.propose.none")`` when one has no proposal."""
    came, formed = queries_table.documents(request.actor, unit.code, captures, items)
    both = [*came, *formed]
    proposals = propose(unit.id, [one.values for one in both], [one.department for one in both])
    places: dict[Where, list[str]] = {}
    for one, proposal in zip(both, proposals, strict=True):
        if proposal.year is None or not proposal.retention:
            raise Invalid("desk.propose.none", title=one.title[:60])
        fonds = request.POST.get("fonds", "").strip()
        where = Where(proposal.year, proposal.retention, proposal.function, fonds)
        places.setdefault(where, []).append(one.key)
    numbers = set(captures)
    return [
        Putting(
            where,
            tuple((key,) for key in keys if key in numbers),
            tuple(key for key in keys if key not in numbers),
        )
        for where, keys in places.items()
    ]


def _said(request: ActorRequest, unit: UnitView, count: int, numbers: Sequence[str]) -> HttpResponse:
    said = ngettext("%(n)s 件", "%(n)s 件", count) % {"n": count}
    if numbers:
        into = "、".join(_called(request, number) for number in numbers[:_NAMED])
        told = _("%(said)s已归入 %(into)s。") % {"said": said, "into": into}
        if len(numbers) > _NAMED:
            told = _("%(said)s已归入 %(into)s等 %(n)s 类。") % {"said": said, "into": into, "n": len(numbers)}
    else:
        told = _("已组成 %(said)s，还没有归类。") % {"said": said}
    messages.success(request, told)
    return redirect(f"{reverse('desk-arrange')}?{_query(request, unit, numbers)}")


def _called(request: ActorRequest, number: str) -> str:
    """Return how a class is called on the pages: its year, 机构（问题） and period."""
    one = queries_arrangement.filing_class(request.actor, number)
    return " · ".join(filter(None, (str(one.year), one.function, one.retention)))

"""Pages of yearly registration: a unit's years, one statement, the district's year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import may, require, units_of
from lantai.people.queries import UnitView
from lantai.registration import forms_pdf, queries, services
from lantai.registration.frame import carried, require_somewhere, tabs, words
from lantai.registration.matters import Matter, matters
from lantai.registration.queries import NONE, STATES, StatementView
from lantai.registration.services import Stating, Wanted
from lantai.registration.services.stating import EARLIEST, WISHES

BLANKS = 3
"""Empty lines for further wishes."""


@dataclass(frozen=True, slots=True)
class Field:
    """One matter on the form: its words in the reader's language and its value."""

    matter: Matter
    label: str
    help: str
    value: str
    before: str


def _units(request: ActorRequest, permission: str) -> list[UnitView]:
    allowed = units_of(request.actor, permission)
    return [unit for unit in people.units() if unit.is_open and (allowed is None or unit.id in allowed)]


@page("GET")
def home(request: ActorRequest) -> HttpResponse:
    """A unit's registrations; who supervises goes to the year that is being stated."""
    require_somewhere(request.actor, "registration.see")
    year = timezone.localdate().year - 1
    if may(request.actor, "registration.see"):
        return redirect("registration-year", year)
    return _home(request, "", 200)


def _home(request: ActorRequest, wrong: str, status: int) -> HttpResponse:
    year = timezone.localdate().year - 1
    units = []
    for unit in _units(request, "registration.fill"):
        rows = queries.statements(request.actor, unit.id)
        waiting = not any(row.year == year for row in rows)
        units.append((unit, rows, waiting, queries.reminded(unit.id, year) if waiting else None))
    context = {
        "tabs": tabs(request.actor, "registration"),
        "units": units,
        "year": year,
        "due": matters().due_day(year),
        "late": matters().due_day(year) < timezone.localdate(),
        "wrong": wrong,
    }
    return render(request, "registration/home.html", context, status=status)


@page("POST")
def begin(request: ActorRequest) -> HttpResponse:
    """Begin the statement of a year."""
    require_somewhere(request.actor, "registration.fill")
    asked = request.POST.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else 0
    try:
        number = services.begin(request.actor, request.POST.get("unit", ""), year)
    except (Invalid, Conflict, NotFound) as wrong:
        return _home(request, words(wrong), STATUS[wrong.kind])
    return redirect("registration-one", number)


@page("GET", "POST")
def one(request: ActorRequest, number: str) -> HttpResponse:
    """One registration: a form while its unit writes it, a sheet afterwards."""
    require_somewhere(request.actor, "registration.see")
    shown = queries.statement(request.actor, number)
    if request.method == "POST":
        return _written(request, shown)
    return _one(request, shown, "", 200)


def _written(request: ActorRequest, shown: StatementView) -> HttpResponse:
    sent = request.POST
    told = {matter.key: sent.get(f"m-{matter.key}", "") for matter in matters().all}
    wishes = [
        Wanted(sent.get(f"w-{n}-content", ""), sent.get(f"w-{n}-title", ""), sent.get(f"w-{n}-amount", ""))
        for n in range(WISHES)
    ]
    stating = Stating(told, sent.get("system", ""), sent.get("level", ""), wishes)
    seen = sent.get("seen", "")
    revision = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else -1
    try:
        services.save(request.actor, shown.number, revision, stating)
    except (Invalid, Conflict) as wrong:
        return _one(request, shown, words(wrong), STATUS[wrong.kind], stating)
    if "submit" not in sent:
        messages.success(request, _("已保存，还没有提交。"), extra_tags="ok")
        return redirect("registration-one", shown.number)
    try:
        services.submit(request.actor, shown.number, revision + 1)
    except (Invalid, Conflict) as wrong:
        fresh = queries.statement(request.actor, shown.number)
        return _one(request, fresh, words(wrong), STATUS[wrong.kind])
    messages.success(request, _("已提交，等档案主管部门确认。"), extra_tags="ok")
    return redirect("registration-one", shown.number)


def _one(
    request: ActorRequest, shown: StatementView, wrong: str, status: int, typed: Stating | None = None
) -> HttpResponse:
    language, now = reader_language(), matters()
    before = _before(request, shown)
    history = ledger.history([shown.urn])
    contents = {key: kind.label[language] for key, kind in now.contents.items()}
    context = {
        "tabs": tabs(request.actor, ""),
        "shown": shown,
        "fills": shown.open and may(request.actor, "registration.fill", shown.unit),
        "decides": shown.state == "submitted" and may(request.actor, "registration.decide"),
        "blocks": [
            (block.label[language], [_field(matter, shown, typed, before) for matter in block.matters])
            for block in now.blocks
        ],
        "sheet": [_shown_block(block, before) for block in shown.sheet],
        "system": typed.system if typed else shown.system,
        "level": typed.level if typed else shown.level,
        "systems": [(key, label[language]) for key, label in now.systems.items()],
        "levels": [(key, label[language]) for key, label in now.levels.items()],
        "contents": list(contents.items()),
        "wishes": _wish_lines(shown, typed),
        "told_wishes": [(one, contents.get(one.content, one.content)) for one in shown.wishes],
        "system_label": now.systems[shown.system][language] if shown.system in now.systems else "",
        "level_label": now.levels[shown.level][language] if shown.level in now.levels else "",
        "due": now.due_day(shown.year),
        "history": history,
        "names": people.names({entry.actor for entry in history} | {shown.submitted_by, shown.decided_by}),
        "wrong": wrong,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "registration/one.html", context, status=status)


def _before(request: ActorRequest, shown: StatementView) -> Mapping[str, str]:
    """Return what the unit submitted for the year before, by the Chinese words of each matter."""
    rows = queries.statements(request.actor, shown.unit)
    earlier = next((row for row in rows if row.year < shown.year and row.sheet), None)
    if earlier is None:
        return {}
    return {line[0]: line[2] for block in earlier.sheet for line in block[2]}


def _field(matter: Matter, shown: StatementView, typed: Stating | None, before: Mapping[str, str]) -> Field:
    language = reader_language()
    value = (typed.told if typed else shown.told).get(matter.key, "")
    return Field(
        matter, matter.label[language], matter.help[language], value, before.get(matter.label.zh, "")
    )


def _shown_block(
    block: Sequence[Any], before: Mapping[str, str]
) -> tuple[str, list[tuple[str, str, str, str]]]:
    """Return a submitted block in the reader's language: label, value, unit, and the value of the year before."""
    zh, en, lines = block
    english = reader_language() == "en"
    answers = {"是": _("是"), "否": _("否")}
    told = [
        (
            b if english else a,
            answers.get(value, _grouped(value, unit)),
            unit,
            _grouped(before.get(a, value), unit),
        )
        for a, b, value, unit in lines
    ]
    return (en if english else zh), told


def _grouped(value: str, unit: str) -> str:
    """Return a count with thousands separators, any other value as it is."""
    return f"{int(value):,}" if unit and value.isascii() and value.isdecimal() else value


def _wish_lines(shown: StatementView, typed: Stating | None) -> list[tuple[int, Wanted]]:
    told = [one for one in typed.wishes if one.title or one.content] if typed else []
    if typed is None:
        told = [Wanted(one.content, one.title, one.amount) for one in shown.wishes]
    return list(enumerate([*told, *[Wanted("", "")] * BLANKS][:WISHES]))


@page("POST")
def confirm(request: ActorRequest, number: str) -> HttpResponse:
    """The bureau confirms."""
    require(request.actor, "registration.decide")
    return _decided(request, number, partial(services.confirm, request.actor, number), _("已确认。"))


@page("POST")
def return_it(request: ActorRequest, number: str) -> HttpResponse:
    """The bureau gives it back, with a reason."""
    require(request.actor, "registration.decide")
    reason = request.POST.get("reason", "")
    service = partial(services.return_statement, request.actor, number, reason=reason)
    return _decided(request, number, service, _("已退回，对方会看到原因。"))


def _decided(request: ActorRequest, number: str, service: partial[None], said: str) -> HttpResponse:
    shown = queries.statement(request.actor, number)
    done = partial(redirect, "registration-one", number)
    return carried(request, service, done, partial(_one, request, shown), said)


@page("GET")
def form(request: ActorRequest, number: str) -> HttpResponse:
    """The 登记表, printed."""
    require_somewhere(request.actor, "registration.see")
    shown = queries.statement(request.actor, number)
    return pdf(forms_pdf.statement_form(shown), f"{number}.pdf")


def pdf(data: bytes, name: str) -> HttpResponse:
    """Return a printed form; its name is plain ASCII."""
    answer = HttpResponse(data, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@page("GET")
def year(request: ActorRequest, year: int) -> HttpResponse:
    """All units of the district with the state of their registration."""
    require(request.actor, "registration.see")
    return _year(request, _possible(year), "", 200)


def _possible(year: int) -> int:
    if not EARLIEST <= year <= timezone.localdate().year:
        raise NotFound("registration.statement.missing", number=str(year)[:12])
    return year


def _year(request: ActorRequest, year: int, wrong: str, status: int) -> HttpResponse:
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    state = state if state in STATES else ""
    found = queries.district(request.actor, year, state=state, after=after)
    counted = queries.counts(request.actor, year)
    query, this = f"?state={state}" if state else "?", timezone.localdate().year
    context = {
        "tabs": tabs(request.actor, "registration"),
        "year": year,
        "years": list(range(this, this - 6, -1)),
        "due": matters().due_day(year),
        "late": matters().due_day(year) < timezone.localdate(),
        "lines": found.items,
        "states": [(one, queries.state_name(one), counted[one]) for one in STATES],
        "state": state,
        "total": sum(counted.values()),
        "done": counted["confirmed"],
        "silent": counted[NONE] + counted["draft"],
        "waiting": counted["submitted"],
        "decides": may(request.actor, "registration.decide"),
        "first": query if after else "",
        "next": f"{query}&after={found.after}".replace("?&", "?") if found.after else "",
        "wrong": wrong,
    }
    return render(request, "registration/year.html", context, status=status)


@page("POST")
def remind(request: ActorRequest, year: int) -> HttpResponse:
    """Remind the units that were ticked."""
    require(request.actor, "registration.decide")
    ticked = request.POST.getlist("unit")
    try:
        count = services.remind(request.actor, _possible(year), ticked)
    except Invalid as wrong:
        return _year(request, year, words(wrong), STATUS[wrong.kind])
    said = ngettext("已催报 %(n)s 个单位。", "已催报 %(n)s 个单位。", count)
    messages.success(request, said % {"n": count}, extra_tags="ok")
    return redirect(reverse("registration-year", args=[year]))

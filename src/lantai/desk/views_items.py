"""The page of one 件: its files, its description, taken out of its class or apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.desk import queries_arrangement, queries_hand_over, queries_lending, services, stamps, worklist
from lantai.desk.arranging import OF_CLASS, kind_of
from lantai.desk.checking import STAGE
from lantai.desk.frame import frame_of, number, refusal, require_sight, tried
from lantai.desk.models import Part
from lantai.desk.queries_arrangement import ItemView
from lantai.kernel.errors import Invalid, LantaiError
from lantai.kernel.recordtypes import RecordType
from lantai.people.policies import require

FIRST = ("title", "doc_number", "author", "date", "pages", "security", "secrecy_period", "note")
"""Elements that stand on top of the form, with those that must have a value."""


@dataclass(frozen=True, slots=True)
class Line:
    """One element of an item's form: ``closed`` ones are chosen, ``reasons`` say what is wrong with what was given."""

    key: str
    label: str
    value: str
    long: bool
    choices: tuple[str, ...]
    closed: bool
    must: bool
    reasons: tuple[str, ...]


@page("GET", "POST")
def item(request: ActorRequest, uuid: str) -> HttpResponse:
    """One item; ``POST`` describes it anew (``edit``), takes it out of its class or apart."""
    require_sight(request, "capture.see")
    shown = queries_arrangement.item(request.actor, uuid)
    show = partial(item_page, request, uuid)
    if request.method != "POST":
        return show()
    require(request.actor, "item.arrange", shown.unit)
    return tried(partial(_done, request, shown), show)


def item_page(request: ActorRequest, uuid: str, problem: LantaiError | None = None) -> HttpResponse:
    """Return the page of an item, with the refusal where something was refused."""
    shown = queries_arrangement.item(request.actor, uuid)
    told = refusal(problem, STATUS[problem.kind] if problem else 200)
    editing = problem is not None and request.POST.get("do") == "edit"
    values = {**shown.values, **given(request)} if editing else shown.values
    reasons: dict[str, list[str]] = {}
    for path, said in told.reasons if told else ():
        reasons.setdefault(path.removeprefix("values."), []).append(said)
    kind = kind_of(shown.line.type)
    lines = lines_of(kind, values, reasons)
    first = [one for one in lines if one.must or one.key in FIRST or one.reasons]
    frame = frame_of(request, shown.unit_code)
    number_of, draft = shown.line.number, queries_hand_over.draft_of(uuid)
    draft_row = queries_hand_over.row_of(request.actor, draft) if draft else None
    context = {
        "shown": shown,
        "line": shown.line,
        "frame": frame,
        "here": "arrange",
        "kind": kind.label[reader_language()],
        "place": queries_arrangement.filing_class(request.actor, number_of) if number_of else None,
        "first_lines": first,
        "rest_lines": [one for one in lines if one not in first],
        "files": list(zip(shown.files, shown.sources, strict=True)),
        "loans": queries_lending.of_item(request.actor, uuid),
        "draft": draft,
        "mends": draft_row.mends.number if draft_row and draft_row.mends else "",
        "left": worklist.left_of(draft_row, uuid) if draft_row else [],
        "roles": Part.choices,
        "may_mend": frame.may_arrange and not shown.packed and (shown.line.state == "open" or bool(draft)),
        "may_edit": frame.may_arrange and not shown.packed,
        "may_stamp": stamps.can_be_stamped(shown),
        "may_part": frame.may_arrange and shown.line.state == "open",
        "seen": request.POST.get("seen", "") if editing else shown.line.revision,
        "refusal": told,
    }
    return render(request, "desk/item.html", context, status=told.status if told else 200)


def given(request: ActorRequest) -> dict[str, str]:
    """Return what the form tells of the elements: fields ``v-`` and their keys."""
    told = request.POST
    return {name[2:]: told.get(name, "").strip() for name in told if name.startswith("v-")}


def lines_of(kind: RecordType, values: Mapping[str, str], reasons: Mapping[str, Sequence[str]]) -> list[Line]:
    language = reader_language()
    found = []
    for element in kind.of_scope():
        if element.key in OF_CLASS or "item" not in element.levels:
            continue
        vocabulary = kind.vocabulary(element)
        found.append(
            Line(
                key=element.key,
                label=element.label[language],
                value=values.get(element.key, ""),
                long=element.kind == "longtext" or element.key == "title",
                choices=tuple(term.value for term in vocabulary.terms) if vocabulary else (),
                closed=vocabulary is not None and vocabulary.closed,
                must=STAGE in element.required and not element.default,
                reasons=tuple(reasons.get(element.key, ())),
            )
        )
    return found


def _done(request: ActorRequest, shown: ItemView) -> HttpResponse:
    told, uuid = request.POST, shown.line.uuid
    seen = number(told.get("seen", ""))
    if told.get("do") == "edit":
        notes = services.edit(request.actor, uuid, {**shown.values, **given(request)}, seen=seen)
        messages.success(request, _("已保存。"))
        for note in notes:
            messages.warning(request, note.message(reader_language()))
        return redirect("desk-item", uuid)
    if told.get("do") == "take_out":
        services.take_out(request.actor, uuid)
        messages.success(request, _("已从类中取出。"))
        return redirect("desk-item", uuid)
    if told.get("do") == "dissolve":
        services.dissolve(request.actor, uuid, seen=seen)
        messages.success(request, _("已拆开，电子文件退回收文盘。"))
        return redirect(f"{reverse('desk-arrange')}?unit={shown.unit_code}")
    raise Invalid("desk.page.undone")

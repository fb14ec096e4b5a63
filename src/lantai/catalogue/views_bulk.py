"""Changing many records: what shall be done, the plan that shows every change, then the run of that plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.catalogue import chosen
from lantai.catalogue.services.bulk import (
    BulkPlan,
    Edit,
    Kind,
    Operation,
    PlanRow,
    bulk_plan,
    drop_plan,
    plan_bulk,
    plan_rows,
    run_bulk,
)
from lantai.catalogue.services.replace import Replace
from lantai.holdings import queries as holdings
from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.kernel.findings import Severity
from lantai.kernel.texts import sentence
from lantai.people.policies import require

VERBS = ("set", "clear", "append", "prefix", "suffix")
HOWS = ("inside", "word", "whole")
KINDS: tuple[Kind, ...] = ("changed", "refused", "same")
STEPS = 3
_LONGEST = 2_000


@page("GET", "POST")
def bulk(request: ActorRequest) -> HttpResponse:
    """Up to three changes to the same elements of all chosen records; POST makes the plan, changes nothing."""
    require(request.actor, "holdings.revise")
    if chosen.is_empty(request):
        return chosen.nothing(request)
    if request.method != "POST":
        return _ask(request, "catalogue/bulk.html", request.GET)
    told = request.POST
    operations: list[Operation] = []
    for step in range(1, STEPS + 1):
        key, verb = told.get(f"key-{step}", ""), told.get(f"verb-{step}", "")
        if key and verb in VERBS:
            text = told.get(f"text-{step}", "").strip()[:_LONGEST]
            operations.append(Edit(cast(Any, verb), key, text))
    return _planned(request, "catalogue/bulk.html", operations)


@page("GET", "POST")
def replace(request: ActorRequest) -> HttpResponse:
    """Find and replace in chosen elements of all chosen records; POST makes the plan, changes nothing."""
    require(request.actor, "holdings.revise")
    if chosen.is_empty(request):
        return chosen.nothing(request)
    if request.method != "POST":
        return _ask(request, "catalogue/replace.html", request.GET)
    told = request.POST
    keys = tuple(dict.fromkeys(told.getlist("key")))
    how = next((one for one in HOWS if one == told.get("how")), "inside")
    find = told.get("find", "")[:_LONGEST]
    operations: list[Operation] = []
    if find and keys:
        put = told.get("put", "")[:_LONGEST]
        mode = cast(Literal["inside", "word", "whole"], how)
        operations.append(
            Replace(find, put, keys, mode, bool(told.get("wildcards")), bool(told.get("folded")))
        )
    return _planned(request, "catalogue/replace.html", operations)


def _ask(
    request: ActorRequest, template: str, told: QueryDict, problem: LantaiError | None = None
) -> HttpResponse:
    asked = chosen.chosen(request.actor, told)
    context = {
        "chosen": asked,
        "groups": chosen.fields(request.actor, asked.selection),
        "steps": [
            {
                "n": n,
                "key": told.get(f"key-{n}", ""),
                "verb": told.get(f"verb-{n}", "set"),
                "text": told.get(f"text-{n}", ""),
            }
            for n in range(1, STEPS + 1)
        ],
        "verbs": verbs(),
        "hows": hows(),
        "given": told,
        "keys": told.getlist("key") or ["title"],
        "problem": sentence(problem, reader_language()) if problem else "",
    }
    return render(request, template, context, status=STATUS[problem.kind] if problem else 200)


def verbs() -> list[tuple[str, str]]:
    """Return what can be done to an element, with its words."""
    words = (_("改为"), _("清空"), _("再加一个值"), _("在前面加"), _("在后面加"))
    return list(zip(VERBS, words, strict=True))


def hows() -> list[tuple[str, str]]:
    """Return where a text is looked for, with its words."""
    words = (_("出现在任何地方"), _("是完整的英文词或数"), _("是整个值"))
    return list(zip(HOWS, words, strict=True))


def _planned(request: ActorRequest, template: str, operations: list[Operation]) -> HttpResponse:
    try:
        if not operations:
            raise Invalid("catalogue.bulk.nothing")
        asked = chosen.read(request.POST)
        plan = plan_bulk(request.actor, chosen.urns(request.actor, asked), operations)
    except (Invalid, Conflict, NotFound) as problem:
        if problem.code == "catalogue.selection.none":
            raise
        return _ask(request, template, request.POST, problem)
    return HttpResponseRedirect(reverse("bulk-plan", args=[plan.id]))


@dataclass(frozen=True, slots=True)
class Shown:
    """One change of a plan's row: the name of the element, what was with the hits marked, what will be."""

    label: str
    before: SafeString
    after: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row of a plan as its page shows it; ``faults`` are the words of what is in the way."""

    row: PlanRow
    changes: tuple[Shown, ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def marked(text: str, spans: tuple[tuple[int, int], ...]) -> SafeString:
    """Return ``text`` as HTML with ``spans`` (rising, not overlapping) in ``<mark>``."""
    parts, at = [], 0
    for start, end in spans:
        parts.append(format_html("{}<mark>{}</mark>", text[at:start], text[start:end]))
        at = end
    return format_html("{}{}", format_html_join("", "{}", ((part,) for part in parts)), text[at:])


def _shown(row: PlanRow, labels: dict[str, str]) -> ShownRow:
    language = reader_language()
    changes = tuple(
        Shown(labels.get(key, key), marked(before, tuple(row.marks.get(key, ()))), after)
        for key, (before, after) in row.changes.items()
    )
    errors = tuple(one.message(language) for one in row.findings if one.severity is Severity.ERROR)
    others = tuple(one.message(language) for one in row.findings if one.severity is not Severity.ERROR)
    return ShownRow(row, changes, errors, others)


def element_labels() -> dict[str, str]:
    """Return the name of every element of every type in the reader's language."""
    language = reader_language()
    return {e.key: e.label[language] for kind in holdings.types().values() for e in kind.of_scope()}


@page("GET")
def plan(request: ActorRequest, number: str) -> HttpResponse:
    """A plan in figures and rows: what will change, what is refused, what stays."""
    require(request.actor, "holdings.revise")
    return _plan(request, bulk_plan(request.actor, number))


def _plan(request: ActorRequest, planned: BulkPlan, problem: LantaiError | None = None) -> HttpResponse:
    counts = {"changed": planned.changed, "refused": planned.refused, "same": planned.same}
    asked = next((kind for kind in KINDS if kind == request.GET.get("kind")), "")
    kind = cast(Kind, asked or next((one for one in KINDS if counts[one]), "changed"))
    rows = plan_rows(request.actor, planned.id, kind=kind, after=request.GET.get("after", ""))
    labels = element_labels()
    here = reverse("bulk-plan", args=[planned.id])
    context = {
        "plan": planned,
        "tabs": [(one, counts[one], one == kind) for one in KINDS],
        "kind": kind,
        "rows": [_shown(row, labels) for row in rows.items],
        "operations": [_said(told, labels) for told in planned.operations],
        "here": here,
        "first": f"{here}?kind={kind}" if request.GET.get("after") else "",
        "next": f"{here}?kind={kind}&after={rows.after}" if rows.after else "",
        "problem": sentence(problem, reader_language()) if problem else "",
    }
    return render(
        request, "catalogue/bulk_plan.html", context, status=STATUS[problem.kind] if problem else 200
    )


def _said(told: Any, labels: dict[str, str]) -> str:
    """Return an operation as a person says it."""
    keys = [
        labels.get(key, key) for key in (told.get("keys") or told.get("key", "")).replace("；", " ").split()
    ]
    names = "、".join(keys)
    if "find" in told:
        return _("在%(names)s中把“%(find)s”替换为“%(put)s”") % {
            "names": names,
            "find": told["find"],
            "put": told.get("put", ""),
        }
    verb = dict(verbs()).get(told.get("verb", ""), "")
    text = told.get("text", "")
    return f"{names} {verb} “{text}”" if text else f"{names} {verb}"


@page("POST")
def run(request: ActorRequest, number: str) -> HttpResponse:
    """Run the plan exactly as it was shown."""
    require(request.actor, "holdings.revise")
    planned = bulk_plan(request.actor, number)
    told = request.POST
    try:
        entry = run_bulk(
            request.actor,
            number,
            digest=told.get("digest", ""),
            reason=told.get("reason", "").strip(),
            leave_refused=bool(told.get("leave_refused")),
        )
    except (Conflict, Invalid) as problem:
        return _plan(request, planned, problem)
    if not entry:
        messages.success(request, _("没有什么要改的。"))
        return HttpResponseRedirect(reverse("holdings"))
    messages.success(request, _("已修改 %(n)s 条。") % {"n": f"{planned.changed:,}"})
    return HttpResponseRedirect(reverse("entry-changes", args=[entry]))


@page("POST")
def drop(request: ActorRequest, number: str) -> HttpResponse:
    """Forget a plan."""
    require(request.actor, "holdings.revise")
    drop_plan(request.actor, number)
    messages.success(request, _("计划已丢弃，什么都没有改。"))
    return HttpResponseRedirect(reverse("holdings"))

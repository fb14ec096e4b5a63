"""Arranging: records moved, volumes split and merged, numbered anew, accepted. Each is shown before it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest, page
from lantai.catalogue import chosen
from lantai.catalogue.forms_edit import carried
from lantai.catalogue.services.arranging import accept, move, split
from lantai.holdings import history
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView, name_in_address, next_ref
from lantai.holdings.services import RenumberPlan, current, merge, place, plan_renumber, renumber
from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.kernel.texts import sentence, text
from lantai.people.policies import require

MOST = 1_000
"""Records that one act of arranging by hand takes."""
SHOWN = 300
"""Rows of a numbering plan that its page shows."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a preview: a record, where it is and where it will be."""

    record: RecordView
    was: str
    becomes: str


def _versions(told: QueryDict) -> dict[str, int]:
    """Return the versions that a preview showed: fields ``v`` of a version, a blank and an urn."""
    found = {}
    for line in told.getlist("v"):
        number, _blank, urn = line.partition(" ")
        if number.isdecimal() and len(number) < 9:
            found[urn] = int(number)
    return found


def _stamped(request: ActorRequest, urns: Sequence[str]) -> list[str]:
    return [f"{one.version} {one.urn}" for one in current(request.actor, urns)]


def _where(record: RecordView) -> str:
    return record.parent or record.series


def _page(
    request: ActorRequest, template: str, context: Mapping[str, Any], problem: LantaiError | None = None
) -> HttpResponse:
    told = {**context, "problem": sentence(problem, reader_language()) if problem else ""}
    return render(request, template, told, status=STATUS[problem.kind] if problem else 200)


def _try(service: Callable[[], HttpResponse], again: Callable[[LantaiError], HttpResponse]) -> HttpResponse:
    try:
        return service()
    except (Conflict, Invalid, NotFound) as problem:
        return again(problem)


def _done(entry: str, said: str, request: ActorRequest) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("entry-changes", args=[entry]) if entry else reverse("holdings"))


@page("GET", "POST")
def move_records(request: ActorRequest) -> HttpResponse:
    """Move the ticked records into a file, to the top of a series, or a single one before or after a sibling."""
    require(request.actor, "holdings.arrange")
    if chosen.is_empty(request):
        return chosen.nothing(request)
    told = request.POST if request.method == "POST" else request.GET
    found = chosen.records(request.actor, told, MOST)

    def ask(problem: LantaiError | None = None) -> HttpResponse:
        beside = holdings.neighbours(request.actor, found[0]) if len(found) == 1 else (None, None)
        series = holdings.series_list(request.actor, found[0].fonds)
        context = {
            "records": found,
            "given": told,
            "series": series,
            "before": beside[0],
            "behind": beside[1],
        }
        return _page(request, "catalogue/arrange_move.html", context, problem)

    if request.method != "POST":
        return ask()
    wanted = {name: told.get(name, "").strip() for name in ("where", "parent", "series", "sibling")}
    return _try(lambda: _moved(request, found, wanted), ask)


def _moved(request: ActorRequest, found: Sequence[RecordView], wanted: Mapping[str, str]) -> HttpResponse:
    urns, told = [one.urn for one in found], request.POST
    if told.get("step") != "run":
        steps = [Step(one, _where(one), _target(request, wanted)) for one in found]
        kept = [*(("urn", urn) for urn in urns), *((k, v) for k, v in wanted.items() if v)]
        context = {
            "title": _("移动 %(n)s 条") % {"n": f"{len(found):,}"},
            "steps": steps,
            "kept": [*kept, *(("v", line) for line in _stamped(request, urns))],
            "action": reverse("arrange-move"),
            "verb": _("移动"),
        }
        return _page(request, "catalogue/arrange_preview.html", context)
    versions = _versions(told)
    if wanted["where"] in {"before", "after"}:
        return _placed(request, found, wanted, versions)
    made = move(
        request.actor,
        urns,
        parent=wanted["parent"] if wanted["where"] == "file" else "",
        series=wanted["series"] if wanted["where"] == "series" else "",
        versions=versions,
    )
    return _done(made.entry, _("已移动 %(n)s 条。") % {"n": f"{made.count:,}"}, request)


def _target(request: ActorRequest, wanted: Mapping[str, str]) -> str:
    """Return in words where records shall go; ``NotFound`` when the place is not there."""
    where = wanted["where"]
    if where == "series" and wanted["series"]:
        return wanted["series"]
    if where == "file" and wanted["parent"]:
        return holdings.record(request.actor, wanted["parent"]).ref
    if where in {"before", "after"} and wanted["sibling"]:
        ref = holdings.record(request.actor, wanted["sibling"]).ref
        return _("%(ref)s 之前") % {"ref": ref} if where == "before" else _("%(ref)s 之后") % {"ref": ref}
    raise Invalid("holdings.move.where")


def _placed(
    request: ActorRequest, found: Sequence[RecordView], wanted: Mapping[str, str], versions: Mapping[str, int]
) -> HttpResponse:
    """Put the records beside the sibling, in their order."""
    sibling = holdings.record(request.actor, wanted["sibling"]).urn
    first, before = found[0], wanted["where"] == "before"
    if len(found) > 1:
        raise Invalid("catalogue.selection.many", most=1)
    version = versions.get(first.urn, 0)
    new = place(
        request.actor,
        first.urn,
        before=sibling if before else "",
        after="" if before else sibling,
        version=version,
    )
    entry = next(
        (
            change.entry
            for field in history.fields(request.actor, first)
            for change in field.changes
            if change.version == new
        ),
        "",
    )
    return _done(entry, _("已改排位置。"), request)


@page("GET", "POST")
def split_volume(request: ActorRequest) -> HttpResponse:
    """Make a new volume of ticked items of one volume."""
    require(request.actor, "holdings.arrange")
    if chosen.is_empty(request):
        return chosen.nothing(request)
    told = request.POST if request.method == "POST" else request.GET
    found = chosen.records(request.actor, told, MOST)
    if len({one.parent for one in found}) != 1 or not found[0].parent:
        raise Invalid("catalogue.split.one_file")
    file = holdings.record(request.actor, found[0].parent)

    def ask(problem: LantaiError | None = None) -> HttpResponse:
        context = {
            "records": found,
            "file": file,
            "ref": told.get("ref") or next_ref(file.ref),
            "date": told.get("date") or _span(found),
            "given": told,
            "stamps": _stamped(request, [one.urn for one in found]),
        }
        return _page(request, "catalogue/arrange_split.html", context, problem)

    def run() -> HttpResponse:
        ref, name = told.get("ref", "").strip(), told.get("title", "").strip()
        values = {**carried(file.type, file.level, file.values), "ref": ref, "title": name}
        values |= {"date": told.get("date", "").strip() or _span(found)}
        urns = [one.urn for one in found]
        made = split(request.actor, file.urn, urns, ref=ref, values=values, versions=_versions(told))
        said = _("已拆出新卷 %(ref)s，移入 %(n)s 件。") % {"ref": ref, "n": f"{made.count:,}"}
        return _done(made.entry, said, request)

    return _try(run, ask) if request.method == "POST" else ask()


def _span(found: Sequence[RecordView]) -> str:
    """Return the days from the first to the last of the records, as a volume has them; "" when none has one."""
    days = sorted(day for one in found for day in one.date.split("-") if day)
    return "" if not days else days[0] if days[0] == days[-1] else f"{days[0]}-{days[-1]}"


@page("GET", "POST")
def merge_volumes(request: ActorRequest) -> HttpResponse:
    """Bring the contents of the ticked volumes into one of them."""
    require(request.actor, "holdings.arrange")
    if chosen.is_empty(request):
        return chosen.nothing(request)
    told = request.POST if request.method == "POST" else request.GET
    found = chosen.records(request.actor, told, MOST)
    if len(found) < 2 or any(one.level != "file" for one in found):
        raise Invalid("catalogue.merge.files")

    def ask(problem: LantaiError | None = None) -> HttpResponse:
        counts = {one.urn: holdings.count_of(request.actor, holdings.Place(file=one.ref)) for one in found}
        context = {
            "rows": [(one, counts[one.urn]) for one in found],
            "into": told.get("into") or found[0].urn,
            "total": sum(counts.values()),
            "stamps": _stamped(request, [one.urn for one in found]),
        }
        return _page(request, "catalogue/arrange_merge.html", context, problem)

    def run() -> HttpResponse:
        into = told.get("into", "")
        others = [one.urn for one in found if one.urn != into]
        if len(others) == len(found):
            raise Invalid("catalogue.merge.files")
        made = merge(request.actor, into, others, versions=_versions(told))
        said = _("已并卷，移动 %(n)s 件。") % {"n": f"{made.count:,}"}
        if made.kept:
            said += _("空卷仍保留：%(refs)s。") % {"refs": "、".join(made.kept)}
        return _done(made.entry, said, request)

    return _try(run, ask) if request.method == "POST" else ask()


@page("GET", "POST")
def renumber_list(request: ActorRequest) -> HttpResponse:
    """Number anew what lies in a volume or at the top of a series: old and new side by side, then run."""
    require(request.actor, "holdings.arrange")
    told = request.POST if request.method == "POST" else request.GET
    where = {name: told.get(name, "").strip() for name in ("fonds", "series", "parent")}
    if told.get("file"):
        where |= {"parent": told.get("file", "").strip(), "series": ""}
    start, width = _small(told.get("start", "1"), 1), _small(told.get("width", "0"), 0)
    if where["parent"]:
        where |= {"series": ""}

    def ask(problem: LantaiError | None = None) -> HttpResponse:
        plan: RenumberPlan | None = None
        if where["parent"] or (where["fonds"] and where["series"]):
            try:
                plan = plan_renumber(request.actor, **_asked(where), start=start, width=width)
            except (Invalid, NotFound) as refusal:
                problem = problem or refusal
        rows = [
            (row, text(row.conflict, reader_language(), ref=row.old, new=row.new) if row.conflict else "")
            for row in (plan.rows[:SHOWN] if plan else ())
        ]
        context = {"plan": plan, "rows": rows, "where": where, "start": start, "width": width}
        return _page(request, "catalogue/arrange_renumber.html", context, problem)

    def run() -> HttpResponse:
        digest = told.get("digest", "")
        entry = renumber(request.actor, **_asked(where), start=start, width=width, digest=digest)
        return _done(entry, _("已重新编号。"), request)

    return _try(run, ask) if request.method == "POST" else ask()


def _asked(where: Mapping[str, str]) -> dict[str, str]:
    if where["parent"]:
        return {"parent": where["parent"]}
    return {"fonds": where["fonds"], "series": where["series"]}


def _small(told: str, default: int) -> int:
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 8 else default


@page("GET", "POST")
def accept_records(request: ActorRequest) -> HttpResponse:
    """Accept the ticked records: what was being arranged becomes holdings, its codes are fixed for good."""
    require(request.actor, "holdings.arrange")
    if chosen.is_empty(request):
        return chosen.nothing(request)
    told = request.POST if request.method == "POST" else request.GET
    found = chosen.records(request.actor, told, MOST)
    urns = [one.urn for one in found]

    def ask(problem: LantaiError | None = None) -> HttpResponse:
        waiting = {one.urn for one in current(request.actor, urns) if not one.accepted}
        context = {
            "records": [one for one in found if one.urn in waiting],
            "already": len(found) - len(waiting),
        }
        return _page(request, "catalogue/arrange_accept.html", context, problem)

    def run() -> HttpResponse:
        count = accept(request.actor, urns)
        said = ngettext("已验收 %(n)s 条，档号从此固定。", "已验收 %(n)s 条，档号从此固定。", count)
        messages.success(request, said % {"n": f"{count:,}"})
        return HttpResponseRedirect(reverse("record", args=[name_in_address(found[0].ref, found[0].urn)]))

    return _try(run, ask) if request.method == "POST" else ask()

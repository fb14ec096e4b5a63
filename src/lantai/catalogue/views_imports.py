"""Pages of imports: the desk, the list, a new one, its columns, its plan, its progress, its end."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lantai.base import resumable
from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.home import home
from lantai.catalogue import queries, remarks, services
from lantai.catalogue.forms_imports import NewImportForm, ReadingForm
from lantai.catalogue.marks import IGNORED, KEPT, LEVEL, OTHER, PARENT, TYPE
from lantai.catalogue.models import State
from lantai.catalogue.preview import preview
from lantai.catalogue.queries import ImportView
from lantai.holdings import queries as holdings
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.kernel.texts import text
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import may, may_somewhere

_BLANK = re.compile(r"\{\w+\}")

CSV_FROM = 200_000
"""Rows from which the sheet with remarks is offered as CSV first: a workbook of more takes minutes."""


def _require(request: ActorRequest, permission: str) -> None:
    if not may_somewhere(request.actor, permission):
        raise Forbidden("people.permission.missing", permission=permission)


@page("GET")
def desk(request: ActorRequest) -> HttpResponse:
    """The catalogue desk: what is under way, and where work begins."""
    _require(request, "catalogue.see")
    context = {
        "imports": queries.in_progress(request.actor),
        "may_import": may(request.actor, "catalogue.import"),
        "may_revise": may(request.actor, "holdings.revise"),
        "fonds": holdings.fonds_list(request.actor),
    }
    return render(request, "catalogue/imports_desk.html", context)


@page("GET")
def imports(request: ActorRequest) -> HttpResponse:
    """The imports the actor may see, newest first."""
    _require(request, "catalogue.see")
    asked, after = request.GET.get("state", ""), request.GET.get("after", "")
    state = asked if asked in State.values else ""
    found = queries.imports(request.actor, state=state, after=after)
    first = f"?state={state}" if state else "?"
    context = {
        "imports": found.items,
        "state": state,
        "states": [(one.value, str(one.label)) for one in State],
        "may_import": may(request.actor, "catalogue.import"),
        "first": first if after else "",
        "next": f"{first}&after={found.after}" if found.after else "",
    }
    return render(request, "catalogue/imports.html", context)


@page("GET", "POST")
def new(request: ActorRequest) -> HttpResponse:
    """Bring a list: uploaded, or chosen from the folder for large ones."""
    _require(request, "catalogue.import")
    if request.method != "POST":
        given = {"fonds": request.GET.get("fonds", ""), "type": "", "level": ""}
        return render(
            request, "catalogue/imports_new.html", {"form": NewImportForm(request.actor, initial=given)}
        )
    form = NewImportForm(request.actor, request.POST)
    if form.is_valid():
        try:
            return redirect("import", _received(request, form))
        except (Invalid, NotFound, Conflict) as refused:
            form.refuse(refused)
    return render(request, "catalogue/imports_new.html", {"form": form}, status=form.status)


def _received(request: ActorRequest, form: NewImportForm) -> str:
    given = form.cleaned_data
    handed = request.POST.get("upload", "")
    uploaded = request.FILES.get("file")
    if isinstance(uploaded, TemporaryUploadedFile):
        source, name = Path(uploaded.temporary_file_path()), uploaded.name or ""
    elif handed:
        arrived = resumable.arrived(request.actor, handed)
        source, name = arrived.path, arrived.name
    elif given["incoming"]:
        source, name = home().imports / "incoming" / given["incoming"], given["incoming"]
    else:
        raise Invalid("catalogue.upload.empty")
    number = services.receive(
        request.actor,
        source,
        name=name,
        fonds=given["fonds"],
        type=given["type"],
        level=given["level"],
        arranging=given["arranging"],
        tolerant=given["tolerant"],
    )
    if handed:
        resumable.forget(request.actor, handed)
    return number


@page("GET")
def import_(request: ActorRequest, number: str) -> HttpResponse:
    """One import: where it is, what its plan says, what can be done."""
    shown = queries.import_(request.actor, number)
    language = reader_language()
    history = ledger.history([shown.urn])
    batches = queries.batches(request.actor, number)
    entered = [batch for batch in batches if batch.state == "done" and batch.kind == "records"]
    context = {
        **_told(request, shown),
        "batches": batches,
        "preview": preview(shown, queries.first_rows(request.actor, number))
        if shown.state == State.PLANNED
        else None,
        "changes": _changes(request, number) if shown.state == State.PLANNED and shown.changed else [],
        "records": holdings.records_of_batch(request.actor, entered[0].uuid, size=8).items if entered else [],
        "problems": [
            {**one, "name": _code_name(str(one["code"]), language), "count": one["error"] + one["warning"]}
            for one in shown.problems
        ],
        "history": history,
        "names": people.names({entry.actor for entry in history}),
        "csv_first": shown.rows > CSV_FROM,
    }
    return render(request, "catalogue/imports_one.html", context)


def _told(request: ActorRequest, shown: ImportView) -> dict[str, object]:
    return {
        "shown": shown,
        "may_import": may(request.actor, "catalogue.import"),
        "type_label": holdings.labelled("type", shown.type) if shown.type else "",
        "becomes": _becomes(shown),
        "withdrawn": shown.state in {State.UNDONE, State.CANCELLED},
    }


def _becomes(shown: ImportView) -> list[tuple[str, str]]:
    """Return (column, what it becomes in the reader's words), "" = it is left out."""
    labels = {key: label for _, elements in _elements(shown) for key, label in elements}
    labels |= {key: label() for key, label in _RESERVED.items()} | {OTHER: _("其他"), IGNORED: ""}
    keys = [(column.name, shown.mapping.get(column.name, "")) for column in shown.columns]
    return [(name, labels.get(key, key)) for name, key in keys]


def _code_name(code: str, language: str) -> str:
    """Return the sentence of a code with its facts left open, as the heading of all its problems."""
    return _BLANK.sub("…", text(code, language))


def _changes(request: ActorRequest, number: str) -> list[dict[str, Any]]:
    """Return the first changes of a plan with the names of their elements."""
    return [
        {
            "record": one.record,
            "fields": [
                (holdings.element_label(one.record.type, key), before, after)
                for key, (before, after) in one.changes.items()
            ],
        }
        for one in queries.first_changes(request.actor, number)
    ]


@page("GET")
def progress(request: ActorRequest, number: str) -> HttpResponse:
    """The moving part of the page, asked for every two seconds; when it stands, the whole page is."""
    shown = queries.import_(request.actor, number)
    if not shown.moving:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "catalogue/imports_progress.html", {"shown": shown})


@page("GET", "POST")
def columns(request: ActorRequest, number: str) -> HttpResponse:
    """What each column becomes: shown with examples, changed by hand, remembered."""
    shown = queries.import_(request.actor, number)
    if not may(request.actor, "catalogue.import"):
        raise Forbidden("people.permission.missing", permission="catalogue.import")
    given = {"type": shown.type, "level": shown.level, "tolerant": shown.tolerant}
    form = ReadingForm(request.POST if request.method == "POST" else None, initial=given)
    chosen = dict(shown.mapping)
    if request.method == "POST" and form.is_valid():
        chosen |= {
            column.name: request.POST[f"column-{place}"]
            for place, column in enumerate(shown.columns)
            if f"column-{place}" in request.POST
        }
        if form.carry_out(services.set_mapping, request.actor, number, chosen, **form.cleaned_data):
            return redirect("import", number)
    context = {
        "shown": shown,
        "form": form,
        "rows": [(place, column, chosen.get(column.name, "")) for place, column in enumerate(shown.columns)],
        "groups": _elements(shown),
        "reserved": [
            (key, label()) for key, label in _RESERVED.items() if key != KEPT or KEPT in chosen.values()
        ],
        "ignored": IGNORED,
        "other": OTHER,
    }
    return render(
        request,
        "catalogue/imports_columns.html",
        context,
        status=form.status if form.is_bound and form.errors else 200,
    )


_RESERVED: dict[str, Callable[[], str]] = {
    LEVEL: lambda: _("层级（每行）"),
    PARENT: lambda: _("所在案卷的档号"),
    TYPE: lambda: _("门类（每行）"),
    KEPT: lambda: _("其他"),
}


def _elements(shown: ImportView) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (group, [(key, label)]) of the elements a column can become, in form order."""
    language = reader_language()
    known = holdings.types()
    types = (
        [known[shown.type]] if shown.type in known else sorted(known.values(), key=lambda t: t.code != "WS")
    )
    groups: dict[str, dict[str, str]] = {}
    met: set[str] = set()
    for type in types:
        for element in type.of_scope():
            if element.key not in met:
                met.add(element.key)
                label = type.groups[element.group][language] if element.group in type.groups else ""
                groups.setdefault(label, {})[element.key] = element.label[language]
    return [(label, list(elements.items())) for label, elements in groups.items()]


@page("GET")
def problems(request: ActorRequest, number: str, code: str) -> HttpResponse:
    """The rows with one kind of problem."""
    shown = queries.import_(request.actor, number)
    language, after = reader_language(), request.GET.get("after", "")
    if code not in {one["code"] for one in shown.problems}:
        raise NotFound("base.page.missing")
    found = queries.problems(request.actor, number, code, after)
    context = {
        "shown": shown,
        "name": _code_name(code, language),
        "code": code,
        "problems": [(one, one.message(language)) for one in found.items],
        "first": "?" if after else "",
        "next": f"?after={found.after}" if found.after else "",
    }
    return render(request, "catalogue/imports_problems.html", context)


@page("GET")
def sheet(request: ActorRequest, number: str) -> HttpResponseBase:
    """The same list with remarks: a workbook, or CSV with ``?form=csv`` and where a sheet is too small."""
    shown = queries.import_(request.actor, number)
    if not queries.has_remarks(shown):
        raise NotFound("base.page.missing")
    name = f"import-{number}-remarks"
    if request.GET.get("form") == "csv" or shown.rows > remarks.WORKBOOK_ROWS:
        answer = StreamingHttpResponse(
            queries.remarks_csv(request.actor, number, reader_language()),
            content_type="text/csv; charset=utf-8",
        )
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return answer
    head, rows = queries.remarked(request.actor, number, reader_language())
    head_row = remarks.headings(head, [_("行号"), _("结果"), _("问题")])
    out = tempfile.TemporaryFile(dir=home().inbox)  # noqa: SIM115 (the answer closes it)
    remarks.write_workbook(head_row, rows, out)
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=f"{name}.xlsx")


@page("POST")
def run(request: ActorRequest, number: str) -> HttpResponse:
    """Carry the plan out."""
    queries.import_(request.actor, number)
    services.order_run(request.actor, number)
    return redirect("import", number)


@page("POST")
def cancel(request: ActorRequest, number: str) -> HttpResponse:
    """Give the plan up."""
    queries.import_(request.actor, number)
    services.cancel(request.actor, number)
    return redirect("import", number)


@page("POST")
def resume(request: ActorRequest, number: str) -> HttpResponse:
    """Let a stopped import go on."""
    queries.import_(request.actor, number)
    services.resume(request.actor, number)
    return redirect("import", number)


@page("POST")
def undo(request: ActorRequest, number: str) -> HttpResponse:
    """Take everything back that the import brought."""
    queries.import_(request.actor, number)
    services.undo(request.actor, number)
    return redirect("import", number)

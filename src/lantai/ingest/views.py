"""Pages of transfers: the list, a new one, one on its way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from lantai.base import resumable
from lantai.base.guards import ActorRequest, page
from lantai.base.incoming import Arrived, InboxHandler, incoming
from lantai.base.paging import every
from lantai.base.tables import csv_answer
from lantai.checks import queries as checks
from lantai.holdings import queries as holdings
from lantai.ingest import queries, services, uploads
from lantai.ingest.forms import NewTransferForm
from lantai.ingest.links import links
from lantai.ingest.models import State
from lantai.ingest.queries import TransferView
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.ledger import queries as ledger
from lantai.ledger.queries import Told
from lantai.people import queries as people
from lantai.people.policies import may, may_somewhere, units_of

WAY = (
    State.SUBMITTED,
    State.RECEIVED,
    State.CHECKING,
    State.ACCEPTED,
    State.REGISTERED,
    State.PRESERVED,
    State.DESCRIBED,
    State.INDEXED,
    State.CLOSED,
)
"""The way of a transfer that goes well."""


@dataclass(frozen=True, slots=True)
class Step:
    """One state on the progress line; ``mark`` is done, here, back (returned) or ""."""

    label: str
    mark: str


def steps(transfer: TransferView) -> list[Step]:
    """Return the progress line of a transfer."""
    if transfer.state == State.RETURNED:
        reached = State.CHECKING if transfer.run else State.SUBMITTED
        before = WAY[: WAY.index(reached) + 1]
        return [*(_step(state, "done") for state in before), _step(State.RETURNED, "back")]
    here = WAY.index(State(transfer.state))
    last = transfer.state == State.CLOSED
    return [
        _step(state, "done" if at < here or last else "here" if at == here else "")
        for at, state in enumerate(WAY)
    ]


def _step(state: State, mark: str) -> Step:
    """Return a step; the check is named by what it means just then."""
    if state == State.CHECKING:
        return Step({"done": _("已检测"), "here": _("待接收")}.get(mark, _("检测")), mark)
    return Step(_(str(state.label)), mark)


def _filters(asked: QueryDict) -> dict[str, str]:
    state, unit = asked.get("state", ""), asked.get("unit", "")
    return {"state": state if state in State.values else "", "unit": unit[:40]}


def _query(filters: dict[str, str], **more: str) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in {**filters, **more}.items() if value})
    return f"?{query.urlencode()}" if query else ""


def _require_some_transfers(request: ActorRequest) -> None:
    if not may_somewhere(request.actor, "transfer.see"):
        raise Forbidden("people.permission.missing", permission="transfer.see")


@page("GET")
def transfers(request: ActorRequest) -> HttpResponse:
    """The transfers the actor may see, newest first, by state and unit."""
    _require_some_transfers(request)
    filters, after = _filters(request.GET), request.GET.get("after", "")
    found = queries.transfers(request.actor, state=filters["state"], unit=filters["unit"], after=after)
    counts = queries.counts(request.actor)
    mine = units_of(request.actor, "transfer.see")
    context = {
        "transfers": found.items,
        "filters": filters,
        "query": _query(filters),
        "states": [(state.value, queries.state_name(state.value), counts[state.value]) for state in State],
        "units": [unit for unit in people.units() if mine is None or unit.id in mine],
        "total": sum(counts.values()),
        "waiting": counts[State.CHECKING],
        "first": _query(filters) or "?" if after else "",
        "next": _query(filters, after=found.after) if found.after else "",
    }
    return render(request, "ingest/transfers.html", context)


@page("GET")
def transfers_csv(request: ActorRequest) -> HttpResponseBase:
    """The filtered list as a table for spreadsheets."""
    _require_some_transfers(request)
    filters = _filters(request.GET)

    def rows() -> Iterator[list[object]]:
        listed = partial(
            queries.transfers, request.actor, state=filters["state"], unit=filters["unit"], size=500
        )
        for row in every(lambda after: listed(after=after)):
            when = row.submitted_at.isoformat(timespec="seconds")
            sizes = [row.items, row.files, row.bytes]
            yield [row.number, row.unit_name, row.name, row.fonds, row.state_label, when, *sizes]

    head = ["移交编号", "移交单位", "包名", "全宗号", "状态", "提交时间", "件数", "文件数", "字节数"]
    return csv_answer("transfers.csv", head, rows())


@csrf_exempt
@page("GET", "POST")
def new(request: ActorRequest) -> HttpResponseBase:
    """Send a package. The token is checked in :func:`_taken`, after the upload handler is in place."""
    if not may_somewhere(request.actor, "transfer.submit"):
        raise Forbidden("people.permission.missing", permission="transfer.submit")
    if request.method != "POST":
        return _new_page(request, NewTransferForm(request.actor), 200)
    with incoming() as folder:
        request.upload_handlers = [InboxHandler(folder)]
        return _taken(request, folder)


def _new_page(request: ActorRequest, form: NewTransferForm, status: int) -> HttpResponse:
    return render(request, "ingest/new.html", {"form": form}, status=status)


@csrf_protect
def _taken(request: ActorRequest, folder: Path) -> HttpResponse:
    form = NewTransferForm(request.actor, request.POST)
    if not form.is_valid():
        return _new_page(request, form, form.status)
    try:
        place = _place(request, folder)
    except (Invalid, NotFound, Conflict) as refused:
        form.refuse(refused)
        return _new_page(request, form, form.status)
    try:
        number = services.submit(request.actor, form.cleaned_data["unit"], place, owned=True)
    except BaseException:
        uploads.discard(place)
        raise
    if handed := request.POST.get("upload", ""):
        resumable.forget(request.actor, handed)
    return redirect("transfer", number)


def _place(request: ActorRequest, folder: Path) -> Path:
    arrived = [file for field in request.FILES for file in request.FILES.getlist(field)]
    fields: dict[str, list[Arrived]] = {"package": [], "folder": [], "paths": []}
    for file in arrived:
        if isinstance(file, Arrived):
            fields.setdefault(file.field, []).append(file)
    packages, files = fields["package"], fields["folder"]
    if handed := request.POST.get("upload", ""):
        packages.append(uploads.handed(resumable.arrived(request.actor, handed), folder))
    if not packages and not files:
        raise Invalid("ingest.upload.empty")
    if len(packages) + bool(files) > 1:
        raise Invalid("ingest.upload.one_package")
    if packages:
        return uploads.place_archive(packages[0], folder)
    return uploads.place_folder(files, next(iter(fields["paths"]), None), folder)


def told(request: ActorRequest, transfer: TransferView) -> dict[str, object]:
    """Return what every view of one transfer shows."""
    decides = may(request.actor, "transfer.decide")
    run = checks.run(transfer.run) if transfer.run else None
    return {
        "transfer": transfer,
        "run": run,
        "steps": steps(transfer),
        "may_decide": decides,
        "names": people.names({transfer.submitted_by, transfer.decided_by}),
    }


_WITHIN = frozenset({"checks.run.record", "holdings.records.describe"})
"""Acts that another act of the transfer carries out and tells of."""


def events(history: list[Told]) -> list[tuple[Told, list[str]]]:
    """Return a transfer's history for people: a row of signatures by one person is one line with their items."""
    found: list[tuple[Told, list[str]]] = []
    for entry in history:
        if entry.act in _WITHIN:
            continue
        item = str(entry.data.get("item", ""))
        last = found[-1][0] if found else None
        if item and last is not None and (last.act, last.actor) == (entry.act, entry.actor):
            found[-1][1].append(item)
        else:
            found.append((entry, [item] if item else []))
    return found


@page("GET")
def transfer(request: ActorRequest, number: str) -> HttpResponse:
    """One transfer: where it is, what became of it, its papers."""
    shown = queries.transfer(request.actor, number)
    history = ledger.history([shown.urn])
    names = people.names({entry.actor for entry in history} | {shown.submitted_by, shown.decided_by})
    records = holdings.records_of_batch(request.actor, shown.uuid, size=8).items if shown.kept else []
    context = {
        **told(request, shown),
        "events": events(history),
        "names": names,
        "records": records,
        "links": links(request.actor, shown),
    }
    return render(request, "ingest/transfer.html", context)


@page("GET")
def progress(request: ActorRequest, number: str) -> HttpResponse:
    """The moving part of the page, asked for every two seconds; when it stands, the whole page is."""
    shown = queries.transfer(request.actor, number)
    if not shown.moving:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "ingest/progress.html", {"transfer": shown, "steps": steps(shown)})


@page("GET")
def records(request: ActorRequest, number: str) -> HttpResponse:
    """The records that a transfer brought, in the order of their codes."""
    shown = queries.transfer(request.actor, number)
    after = request.GET.get("after", "")
    found = holdings.records_of_batch(request.actor, shown.uuid, after)
    context = {
        "transfer": shown,
        "records": found.items,
        "first": "?" if after else "",
        "next": f"?after={found.after}" if found.after else "",
    }
    return render(request, "ingest/records.html", context)

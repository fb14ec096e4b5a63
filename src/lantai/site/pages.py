"""Pages that gather from several rooms: work bench, ledger, vault, help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path

from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.base.paging import Page, every
from lantai.base.tables import csv_answer
from lantai.ledger import queries as ledger
from lantai.ledger.acts import known_acts
from lantai.ledger.queries import Told
from lantai.people import queries as people
from lantai.people.policies import require
from lantai.site.bench import bench_of
from lantai.vault import queries as vault
from lantai.vault import queries_copies as copies
from lantai.vault.queries_alarms import alarms


@page("GET")
def bench(request: ActorRequest) -> HttpResponse:
    """The work bench: what waits for me, what is late, what went wrong, the holdings at a glance."""
    return render(request, "site/bench.html", {"bench": bench_of(request.actor)})


@page("GET", public=True)
def help_page(request: ActorRequest) -> HttpResponse:
    """How a transfer goes, how to check a proof, which keys there are."""
    return render(request, "site/help.html")


def _filters(asked: QueryDict) -> dict[str, str]:
    return {name: asked.get(name, "").strip()[:200] for name in ("act", "actor", "subject")}


def _entries(filters: dict[str, str], after: str, size: int) -> Page[Told]:
    return ledger.entries(
        act=filters["act"], actor=filters["actor"], subject=filters["subject"], after=after, size=size
    )


@page("GET")
def ledger_page(request: ActorRequest) -> HttpResponse:
    """The ledger, newest first, by act, actor and subject."""
    require(request.actor, "ledger.see")
    filters, after = _filters(request.GET), request.GET.get("after", "")
    found = _entries(filters, after, 50)
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in filters.items() if value})
    context = {
        "entries": found.items,
        "names": people.names({entry.actor for entry in found.items}),
        "acts": sorted(known_acts()),
        "filters": filters,
        "query": query.urlencode(),
        "first": f"?{query.urlencode()}" if after else "",
        "next": f"?{query.urlencode()}&after={found.after}".replace("?&", "?") if found.after else "",
        "size": ledger.size(),
        "published": ledger.published(),
    }
    return render(request, "site/ledger.html", context)


@page("GET")
def ledger_csv(request: ActorRequest) -> HttpResponseBase:
    """The filtered ledger as a table for spreadsheets."""
    require(request.actor, "ledger.see")
    filters = _filters(request.GET)

    def rows() -> Iterator[list[object]]:
        for entry in every(lambda after: _entries(filters, after, 1000)):
            yield [entry.index, entry.at.isoformat(), entry.act, entry.actor, entry.subject, entry.data]

    return csv_answer("ledger.csv", ["序号", "时间", "动作", "操作人", "对象", "内容"], rows())


@page("GET")
def vault_page(request: ActorRequest) -> HttpResponse:
    """The vault in figures, its fixity runs, what is damaged."""
    require(request.actor, "vault.see")
    language = reader_language()
    context = {
        "status": vault.status(),
        "runs": [asdict(run) for run in vault.fixity_runs()],
        "damaged": vault.damaged_objects(),
        "targets": copies.targets(),
        "loss": copies.loss(),
        "alarms": [one.message(language) for one in alarms(language)],
    }
    return render(request, "site/vault.html", context)


urlpatterns = [
    path("", bench, name="bench"),
    path("help/", help_page, name="help"),
    path("ledger/", ledger_page, name="ledger"),
    path("ledger/export.csv", ledger_csv, name="ledger-csv"),
    path("vault/", vault_page, name="vault"),
]

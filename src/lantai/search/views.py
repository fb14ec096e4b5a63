"""The search page, its advanced form and its exports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.base.guards import ActorRequest, page
from lantai.base.parts import page_or_part
from lantai.base.tables import csv_answer
from lantai.holdings import queries as holdings
from lantai.search import advanced as form
from lantai.search import queries, results
from lantai.search.forms import Asked
from lantai.search.queries import Answer, Found


@page("GET", public=True)
def search(request: ActorRequest) -> HttpResponse:
    """One box; results that say where the words stand, facets that stay in the address, orders, pages."""
    asked = Asked.read(request.GET)
    context: dict[str, Any] = {"asked": asked, "query": asked.text}
    if queries.only_punctuation(asked.text):
        context["nothing_to_find"] = True
    elif asked.beyond:
        context |= {"beyond": asked.turned(results.LAST), "onward": asked.sorted_by("-date")}
        context["kept"] = asked.pairs(without="q")
    else:
        context |= _answered(request, asked)
    return page_or_part(request, "search/search.html", "search/found.html", context)


def _answered(request: ActorRequest, asked: Asked) -> dict[str, Any]:
    answer = queries.search(request.actor, asked.question())
    return {
        "answer": answer,
        "chips": results.chips(asked),
        "facets": results.facets(asked, answer),
        "orders": results.orders(asked),
        "paging": results.paging(asked, answer),
        "kept": asked.pairs(without="q"),
        "for_years": asked.pairs(without="years"),
        "begun": bool(asked.text or asked.narrowed),
        "may_save": request.actor.kind == "person",
    }


@page("GET", public=True)
def advanced(request: ActorRequest) -> HttpResponse:
    """A form of many fields that leads to the search page with the line it wrote."""
    if "go" in request.GET:
        return HttpResponseRedirect(f"{reverse('search')}?{form.composed(request.GET)}")
    asked = Asked.read(request.GET)
    context = {
        "asked": asked,
        "told": request.GET,
        "query": asked.text,
        "fields": form.fields(request.GET),
        "selects": form.selects(request.actor, asked),
        "ways": form.REF_WAYS,
        "orders": results.orders(asked),
    }
    return render(request, "search/advanced.html", context)


@page("GET")
def search_csv(request: ActorRequest) -> HttpResponseBase:
    """The result, all of it, as a table for spreadsheets."""
    question = Asked.read(request.GET).question()
    answer, hits = queries.whole_result(request.actor, question, plain=True)
    head = [_("档号"), _("题名"), _("责任者"), _("日期"), _("文件编号"), _("全宗号"), _("门类"), _("年度")]
    head += [_("保管期限"), _("开放状态"), _("永久标识")]

    def rows() -> Iterator[list[object]]:
        for found in hits:
            one = found.record
            yield [
                *(one.ref, one.title, one.author, one.date, one.doc_number, one.fonds, one.type, one.year),
                *(holdings.retention(request.actor, one), one.open_status, one.urn),
            ]

    response = csv_answer("search.csv", head, rows())
    response.headers["X-Total-Count"] = str(answer.total)
    return response


@page("GET")
def search_json(request: ActorRequest) -> HttpResponseBase:
    """The result, all of it, as the document ``lantai.search/1``, as ``lantai search --json`` prints it."""
    asked = Asked.read(request.GET)
    answer, hits = queries.whole_result(request.actor, asked.question())
    response = StreamingHttpResponse(_document(asked.text, answer, hits), content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="search.json"'
    return response


def _document(query: str, answer: Answer, hits: Iterator[Found]) -> Iterator[str]:
    head = {
        "schema": "lantai.search/1",
        "query": query,
        "total": answer.total,
        "took_ms": round(answer.took_ms, 2),
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "hits": ['
    for at, found in enumerate(hits):
        yield (", " if at else "") + json.dumps(found.document(), ensure_ascii=False)
    facets = {name: [list(pair) for pair in pairs] for name, pairs in answer.facets.items()}
    yield f'], "facets": {json.dumps(facets, ensure_ascii=False)}}}\n'

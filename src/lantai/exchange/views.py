"""Faces that are no REST: OAI-PMH, site map, robots; and the page of tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from xml.sax.saxutils import escape

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from lantai.base.guards import ActorRequest, page
from lantai.exchange import sitemap as maps
from lantai.exchange.oai import verbs
from lantai.exchange.places import site_of

_XML = "application/xml; charset=utf-8"
_MAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@page("GET", "POST", public=True)
def _oai(request: ActorRequest) -> HttpResponse:
    """OAI-PMH 2.0. Reads only, in both methods: whoever asks, only what is opened is told."""
    pairs = dict((request.POST if request.method == "POST" else request.GET).lists())
    return HttpResponse(verbs.answer(site_of(request), pairs), content_type="text/xml; charset=utf-8")


oai = csrf_exempt(_oai)
cast(Any, oai).guard = cast(Any, _oai).guard


@page("GET", public=True)
def robots(request: ActorRequest) -> HttpResponse:
    """Where the site map is, and what is not for robots."""
    closed = "".join(f"Disallow: {path}\n" for path in ("/api/", "/oai", "/search/", "/sign-in/"))
    text = f"User-agent: *\n{closed}\nSitemap: {site_of(request).address}/sitemap.xml\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@page("GET", public=True)
def sitemap_index(request: ActorRequest) -> HttpResponse:
    """The index of the site maps."""
    address = site_of(request).address
    lines = "".join(f"<sitemap><loc>{address}/sitemaps/{n}.xml</loc></sitemap>\n" for n in maps.numbers())
    return HttpResponse(f"{_head('sitemapindex')}{lines}</sitemapindex>\n", content_type=_XML)


def _head(name: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} {_MAP}>\n'


@page("GET", public=True)
def sitemap(request: ActorRequest, number: int) -> HttpResponseBase:
    """One site map: up to 50,000 opened records."""
    address, found = site_of(request).address, maps.entries(number)

    def lines() -> Iterator[str]:
        yield _head("urlset")
        yield f"<url><loc>{address}/help/</loc></url>\n"
        for path, changed in found:
            yield f"<url><loc>{escape(address + path)}</loc><lastmod>{changed}</lastmod></url>\n"
        yield "</urlset>\n"

    return StreamingHttpResponse(lines(), content_type=_XML)

"""Faces that are no REST: OAI-PMH, site map, robots; and the page of tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from xml.sax.saxutils import escape

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from lantai.base.guards import ActorRequest, page
from lantai.exchange import queries, services
from lantai.exchange import sitemap as maps
from lantai.exchange.forms import PURPOSES, SCOPE_LABELS, TokenForm
from lantai.exchange.oai import verbs
from lantai.exchange.places import site_of
from lantai.people.policies import may, require

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


@page("GET", "POST")
def tokens(request: ActorRequest) -> HttpResponse:
    """All tokens; the system administrator makes one, which is shown on the answer and never again."""
    require(request.actor, "account.change" if request.method == "POST" else "account.see")
    form = TokenForm(request.POST or None)
    issued = _issued(request, form) if request.method == "POST" and form.is_valid() else None
    if issued:
        form = TokenForm()
    context = {
        "tokens": [(one, _purposes(one)) for one in queries.tokens()],
        "issued": issued,
        "form": form,
        "may_change": may(request.actor, "account.change"),
    }
    status = form.status if request.method == "POST" and issued is None else 200
    return render(request, "exchange/tokens.html", context, status=status)


def _purposes(token: queries.TokenView) -> str:
    """Return what a token may be used for, in the reader's language."""
    return _("、").join(str(label) for scope, label in SCOPE_LABELS.items() if scope in token.scopes)


def _issued(request: ActorRequest, form: TokenForm) -> services.IssuedToken | None:
    told = form.cleaned_data
    made: list[services.IssuedToken] = []

    def issue() -> None:
        scopes = PURPOSES[told["scopes"]][1]
        made.append(
            services.add_token(
                request.actor,
                told["username"],
                told["name"],
                scopes=scopes,
                unit=told["unit"],
                days=told["days"],
            )
        )

    return made[0] if form.carry_out(issue) else None


@page("POST")
def revoke(request: ActorRequest, prefix: str) -> HttpResponse:
    """End a token."""
    services.revoke_token(request.actor, prefix)
    messages.success(request, _("令牌已停用。"), extra_tags="ok")
    return redirect("tokens")

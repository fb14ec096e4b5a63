"""Addresses of this room."""

from __future__ import annotations

import re

from django.urls import URLPattern, URLResolver, path, re_path

from lantai.exchange import dispatch, views
from lantai.exchange.rest import registry


def _route(declared: str) -> str:
    return "api/v1/" + re.sub(r"\{(\w+)\}", r"<str:\1>", declared)


urlpatterns: list[URLPattern | URLResolver] = [
    path(_route(declared), dispatch.view_of(endpoints), name=f"api-{next(iter(endpoints.values())).name}")
    for declared, endpoints in registry().by_path().items()
]
urlpatterns += [re_path(r"^api/(?P<rest>.*)$", dispatch.nowhere, name="api-nowhere")]
urlpatterns += [
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<str:prefix>/revoke/", views.revoke, name="token-revoke"),
    path("oai", views.oai, name="oai"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap_index, name="sitemap-index"),
    path("sitemaps/<int:number>.xml", views.sitemap, name="sitemap"),
]

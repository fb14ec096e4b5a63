"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("lantai.catalogue.urls_imports")),
    path("", include("lantai.catalogue.urls_edit")),
    path("", include("lantai.catalogue.urls_export")),
]

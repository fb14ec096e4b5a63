"""Addresses of taking out: export and print."""

from __future__ import annotations

from django.urls import path

from lantai.catalogue import views_export

urlpatterns = [
    path("export/", views_export.export_page, name="catalogue-export"),
    path("print/", views_export.print_page, name="catalogue-print"),
]

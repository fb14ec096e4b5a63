"""Addresses of taking out: export and print."""

from __future__ import annotations

from django.urls import path

from lantai.catalogue import views_export, views_orders

urlpatterns = [
    path("export/", views_export.export_page, name="catalogue-export"),
    path("print/", views_export.print_page, name="catalogue-print"),
    path("exports/", views_orders.orders, name="exports"),
    path("exports/<str:number>/file/", views_orders.file, name="export-file"),
    path("exports/<str:number>/cancel/", views_orders.cancel, name="export-cancel"),
    path("exports/<str:number>/discard/", views_orders.discard, name="export-discard"),
    path("exports/<str:number>/again/", views_orders.again, name="export-again"),
]

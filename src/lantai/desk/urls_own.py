"""Addresses of the unit's own records: search, reading, print, lending; below those of the desk."""

from __future__ import annotations

from django.urls import path

from lantai.desk import views_lending, views_reading, views_search

urlpatterns = [
    path("search/", views_search.search, name="desk-search"),
    path("search/list.pdf", views_search.selection, name="desk-search-list"),
    path("lending/", views_lending.register, name="desk-lending"),
    path("lending/new/", views_lending.new, name="desk-loan-new"),
    path("lending/register.pdf", views_lending.register_pdf, name="desk-lending-pdf"),
    path("lending/register.xlsx", views_lending.register_xlsx, name="desk-lending-xlsx"),
    path("lending/<str:number>/", views_lending.one, name="desk-loan"),
    path("items/<str:uuid>/read/", views_reading.read_item, name="desk-item-read"),
    path("items/<str:uuid>/print.pdf", views_reading.item_print, name="desk-item-print"),
    path("items/<str:uuid>/files/<int:order>/", views_reading.item_file, name="desk-item-file"),
    path(
        "items/<str:uuid>/pages/<int:order>/<int:page>/<int:width>/",
        views_reading.item_page,
        name="desk-item-page",
    ),
    path("<str:number>/read/", views_reading.read_capture, name="desk-read"),
    path(
        "<str:number>/pages/<int:order>/<int:page>/<int:width>/", views_reading.capture_page, name="desk-page"
    ),
]

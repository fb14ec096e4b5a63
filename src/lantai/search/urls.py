"""Addresses of searching."""

from __future__ import annotations

from django.urls import path

from lantai.search import views

urlpatterns = [
    path("", views.search, name="search"),
    path("export.csv", views.search_csv, name="search-csv"),
    path("export.json", views.search_json, name="search-json"),
]

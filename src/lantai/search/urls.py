"""Addresses of searching."""

from __future__ import annotations

from django.urls import path

from lantai.search import saved_views, views

urlpatterns = [
    path("", views.search, name="search"),
    path("advanced/", views.advanced, name="search-advanced"),
    path("export.csv", views.search_csv, name="search-csv"),
    path("export.json", views.search_json, name="search-json"),
    path("saved/", saved_views.saved, name="search-saved"),
    path("saved/<uuid:saved>/", saved_views.saved_one, name="search-saved-one"),
    path("saved/<uuid:saved>/seen/", saved_views.saved_see, name="search-saved-see"),
    path("saved/<uuid:saved>/rename/", saved_views.saved_rename, name="search-saved-rename"),
    path("saved/<uuid:saved>/delete/", saved_views.saved_delete, name="search-saved-delete"),
]

"""Addresses of imports."""

from __future__ import annotations

from django.urls import path

from lantai.catalogue import views_imports as views

urlpatterns = [
    path("", views.desk, name="catalogue"),
    path("imports/", views.imports, name="imports"),
    path("imports/new/", views.new, name="import-new"),
    path("imports/<str:number>/", views.import_, name="import"),
    path("imports/<str:number>/progress/", views.progress, name="import-progress"),
    path("imports/<str:number>/columns/", views.columns, name="import-columns"),
    path("imports/<str:number>/problems/<str:code>/", views.problems, name="import-problems"),
    path("imports/<str:number>/remarks/", views.sheet, name="import-remarks"),
    path("imports/<str:number>/run/", views.run, name="import-run"),
    path("imports/<str:number>/cancel/", views.cancel, name="import-cancel"),
    path("imports/<str:number>/resume/", views.resume, name="import-resume"),
    path("imports/<str:number>/undo/", views.undo, name="import-undo"),
]

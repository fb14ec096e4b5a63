"""Addresses of the catalogue."""

from __future__ import annotations

from django.urls import path

from lantai.holdings import views, views_authorities

urlpatterns = [
    path("", views.all_fonds, name="holdings"),
    path("<str:number>/", views.fonds, name="fonds"),
    path("<str:number>/about/", views_authorities.fonds_about, name="fonds-about"),
    path("<str:number>/branch/", views.branch, name="fonds-branch"),
    path("<str:number>/export.csv", views.fonds_csv, name="fonds-csv"),
]

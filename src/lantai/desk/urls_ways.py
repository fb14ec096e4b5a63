"""Addresses of the ways in."""

from __future__ import annotations

from django.urls import path

from lantai.desk import views_ways

urlpatterns = [
    path("", views_ways.new, name="desk-bring"),
    path("folder/", views_ways.arrivals, name="desk-arrivals"),
]

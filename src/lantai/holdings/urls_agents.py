"""Addresses of name records (机构人员)."""

from __future__ import annotations

from django.urls import path

from lantai.holdings import views_authorities as views

urlpatterns = [
    path("", views.agents, name="agents"),
    path("<str:urn>/", views.agent, name="agent"),
]

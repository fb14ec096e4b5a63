"""Addresses of the desk."""

from __future__ import annotations

from django.urls import include, path

from lantai.desk import views, views_ways
from lantai.desk.urls_arranging import urlpatterns as arranging
from lantai.desk.urls_own import urlpatterns as own
from lantai.desk.urls_sending import deliveries
from lantai.desk.urls_year import urlpatterns as year

urlpatterns = [
    path("", views.tray, name="desk"),
    path("hand-over/", include("lantai.desk.urls_hand_over")),
    *arranging,
    *year,
    *own,
    path("bring/", include("lantai.desk.urls_ways")),
    path("deliveries/", include(deliveries)),
    path("<str:number>/", views.capture, name="desk-capture"),
    path("<str:number>/describe/", views_ways.describe_, name="desk-describe"),
    path("<str:number>/files/<int:order>/", views.original, name="desk-file"),
]

"""Addresses of the desk."""

from __future__ import annotations

from django.urls import path

from lantai.desk import views
from lantai.desk.urls_arranging import urlpatterns as arranging

urlpatterns = [
    path("", views.tray, name="desk"),
    *arranging,
    path("<str:number>/", views.capture, name="desk-capture"),
    path("<str:number>/files/<int:order>/", views.original, name="desk-file"),
]

"""Addresses of the desk."""

from __future__ import annotations

from django.urls import path

from lantai.desk import views

urlpatterns = [
    path("", views.tray, name="desk"),
    path("<str:number>/", views.capture, name="desk-capture"),
    path("<str:number>/files/<int:order>/", views.original, name="desk-file"),
]

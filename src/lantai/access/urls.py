"""Addresses of records, their files and pages."""

from __future__ import annotations

from django.urls import path

from lantai.access import views

urlpatterns = [
    path("<str:what>/", views.record, name="record"),
    path("<str:what>/export/", views.export, name="record-export"),
    path("<str:what>/files/<int:order>/", views.original, name="record-file"),
    path("<str:what>/files/<int:order>/pages/<int:page>/<int:width>.jpg", views.picture, name="record-page"),
]

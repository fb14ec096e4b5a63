"""Addresses of arranging, below those of the desk."""

from __future__ import annotations

from django.urls import path

from lantai.desk import views_arranging, views_classes, views_items, views_schedules

urlpatterns = [
    path("schedules/", views_schedules.schedules, name="desk-schedules"),
    path("schedules/new/", views_schedules.schedule_new, name="desk-schedule-new"),
    path("schedules/<str:unit>/<int:version>/", views_schedules.schedule, name="desk-schedule"),
    path("arrange/", views_arranging.arrange, name="desk-arrange"),
    path("classes/", views_classes.classes, name="desk-classes"),
    path("classes/scheme/", views_classes.scheme, name="desk-scheme"),
    path("classes/<str:number>/", views_classes.filing_class, name="desk-class"),
    path("classes/<str:number>/list.pdf", views_classes.item_list, name="desk-class-list"),
    path("items/<str:uuid>/", views_items.item, name="desk-item"),
]

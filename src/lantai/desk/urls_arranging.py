"""Addresses of arranging, below those of the desk."""

from __future__ import annotations

from django.urls import path

from lantai.desk import (
    views_arranging,
    views_checks,
    views_classes,
    views_item_mend,
    views_items,
    views_prints,
    views_schedules,
    views_volumes,
)

urlpatterns = [
    path("schedules/", views_schedules.schedules, name="desk-schedules"),
    path("schedules/new/", views_schedules.schedule_new, name="desk-schedule-new"),
    path("schedules/<str:unit>/<int:version>/", views_schedules.schedule, name="desk-schedule"),
    path("arrange/", views_arranging.arrange, name="desk-arrange"),
    path("classes/", views_classes.classes, name="desk-classes"),
    path("classes/scheme/", views_classes.scheme, name="desk-scheme"),
    path("classes/<str:number>/", views_classes.filing_class, name="desk-class"),
    path("classes/<str:number>/list.pdf", views_prints.item_list, name="desk-class-list"),
    path("classes/<str:number>/check/", views_checks.check, name="desk-check"),
    path("classes/<str:number>/check/progress/", views_checks.progress, name="desk-check-progress"),
    path("classes/<str:number>/check/file/", views_checks.file, name="desk-check-file"),
    path("classes/<str:number>/check/report.pdf", views_checks.report_pdf, name="desk-check-report"),
    path("classes/<str:number>/register.pdf", views_checks.register_pdf, name="desk-filing-register"),
    path("classes/<str:number>/volumes/", views_volumes.volumes, name="desk-class-volumes"),
    path("classes/<str:number>/prints/", views_prints.prints, name="desk-class-prints"),
    path("classes/<str:number>/prints/<str:form>.pdf", views_prints.print_form, name="desk-class-print"),
    path("classes/<str:number>/prints/<str:form>/", views_prints.print_parts, name="desk-class-parts"),
    path("classes/<str:number>/stamps.<str:kind>", views_prints.stamp_table, name="desk-class-stamps"),
    path("volumes/<str:uuid>/", views_volumes.volume, name="desk-volume"),
    path("items/<str:uuid>/stamped.pdf", views_prints.stamped, name="desk-item-stamped"),
    path("items/<str:uuid>/mend/", views_item_mend.mend, name="desk-item-mend"),
    path("items/<str:uuid>/", views_items.item, name="desk-item"),
]

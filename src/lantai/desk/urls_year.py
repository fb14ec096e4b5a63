"""Addresses of departments, the year's filing and statistics, below those of the desk."""

from __future__ import annotations

from django.urls import path

from lantai.desk import views_departments, views_statistics, views_year

urlpatterns = [
    path("departments/", views_departments.departments, name="desk-departments"),
    path("departments/<str:code>/", views_departments.department, name="desk-department"),
    path("year/", views_year.now, name="desk-year-now"),
    path("year/<int:year>/", views_year.year, name="desk-year"),
    path("year/<int:year>/units/", views_year.units, name="desk-year-units"),
    path("year/<int:year>/items/", views_year.items, name="desk-year-items"),
    path("year/<int:year>/remind/", views_year.remind, name="desk-remind"),
    path("year/<int:year>/day/", views_year.day, name="desk-filing-day"),
    path("year/reminders/<str:number>.pdf", views_year.reminder, name="desk-reminder"),
    path("statistics/", views_statistics.page_of, name="desk-statistics"),
    path("statistics/table.xlsx", views_statistics.workbook, name="desk-statistics-xlsx"),
    path("statistics/print.pdf", views_statistics.paper, name="desk-statistics-pdf"),
    path("<str:number>/department/", views_departments.assign, name="desk-assign"),
]

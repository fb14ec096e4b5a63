"""Addresses of the ways in."""

from __future__ import annotations

from django.urls import path

from lantai.desk import views_telephone, views_ways

urlpatterns = [
    path("", views_ways.new, name="desk-bring"),
    path("folder/", views_ways.arrivals, name="desk-arrivals"),
    path("telephone/", views_telephone.telephone, name="desk-telephone"),
    path("telephone/<str:id>/", views_telephone.card, name="desk-telephone-page"),
    path("telephone/<str:id>/seen/", views_telephone.seen, name="desk-telephone-seen"),
    path("telephone/<str:id>/flat/", views_telephone.flat, name="desk-telephone-flat"),
]

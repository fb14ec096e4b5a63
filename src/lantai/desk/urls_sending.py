"""Addresses of sending to archives elsewhere (below /desk/hand-over/), and of what came from there (/desk/deliveries/)."""

from __future__ import annotations

from django.urls import path

from lantai.desk import views_sending as views

targets = [
    path("targets/", views.targets, name="hand-over-targets"),
    path("targets/<str:target>/change/", views.change, name="hand-over-target-change"),
    path("targets/<str:target>/end/", views.end, name="hand-over-target-end"),
]
sendings = [
    path("<str:number>/sending/", views.begin, name="hand-over-send-away"),
    path("<str:number>/sending/pace/", views.pace, name="hand-over-pace"),
    path("<str:number>/sending/stop/", views.stop, name="hand-over-stop"),
    path("<str:number>/sending/now/", views.now, name="hand-over-now"),
    path("<str:number>/sending/trust/", views.trust, name="hand-over-trust"),
]
deliveries = [
    path("<str:uuid>/", views.delivery, name="delivery"),
    path("<str:uuid>/sign/", views.sign, name="delivery-sign"),
    path("<str:uuid>/trust/", views.trust_unit, name="delivery-trust"),
    path("<str:uuid>/register/", views.register, name="delivery-register"),
]

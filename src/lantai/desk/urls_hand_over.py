"""Addresses of hand-over, below /desk/hand-over/."""

from __future__ import annotations

from django.urls import path

from lantai.desk import views_hand_over as views
from lantai.desk import views_plan
from lantai.desk.urls_sending import sendings, targets

urlpatterns = [
    path("", views_plan.dues, name="hand-over"),
    path("plan/", views_plan.plan, name="hand-over-plan"),
    path("plan/<uuid:line>/answer/", views_plan.answer, name="hand-over-answer"),
    path("plan/<uuid:line>/drop/", views_plan.drop, name="hand-over-drop"),
    path("new/", views.begin, name="hand-over-begin"),
    *targets,
    path("<str:number>/", views.one, name="hand-over-one"),
    path("<str:number>/progress/", views.progress, name="hand-over-progress"),
    path("<str:number>/statements/", views.state, name="hand-over-statements"),
    path("<str:number>/order/", views.order, name="hand-over-order"),
    path("<str:number>/cancel/", views.cancel, name="hand-over-cancel"),
    path("<str:number>/send/", views.send, name="hand-over-send"),
    *sendings,
    path("<str:number>/carry/", views.carry, name="hand-over-carry"),
    path("<str:number>/mend/", views.mend, name="hand-over-mend"),
    path("<str:number>/defects/<str:defect>/", views.tick, name="hand-over-tick"),
    path("<str:number>/files/<str:name>", views.file, name="hand-over-file"),
    path("<str:number>/register/", views.register, name="hand-over-register"),
    path("<str:number>/register/sign/", views.sign, name="hand-over-sign"),
    path("<str:number>/register.json", views.register_json, name="hand-over-register-json"),
]

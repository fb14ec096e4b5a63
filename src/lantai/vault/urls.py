"""Addresses of the vault, below /vault/."""

from __future__ import annotations

from django.urls import path

from lantai.vault import views, views_audits

urlpatterns = [
    path("targets/", views.targets, name="vault-targets"),
    path("targets/<uuid:target>/", views.target, name="vault-target"),
    path("targets/<uuid:target>/pause/", views.pause, name="vault-target-pause"),
    path("targets/<uuid:target>/resume/", views.resume, name="vault-target-resume"),
    path("targets/<uuid:target>/try/", views.again, name="vault-target-try"),
    path("targets/<uuid:target>/end/", views.end, name="vault-target-end"),
    path("copies/", views.copies, name="vault-copies"),
    path("copies/<str:key>/", views.group, name="vault-copies-group"),
    path("audits/", views_audits.audits, name="vault-audits"),
    path("audits/<uuid:audit>/", views_audits.audit, name="vault-audit"),
    path("audits/<uuid:audit>/stop/", views_audits.stop, name="vault-audit-stop"),
    path("repair/", views_audits.mend, name="vault-repair"),
    path("strays/<int:number>/adopt/", views_audits.adopt_one, name="vault-stray-adopt"),
    path("strays/<int:number>/remove/", views_audits.remove_one, name="vault-stray-remove"),
    path("objects/", views.find, name="vault-find"),
    path("objects/<path:object_id>/", views.one, name="vault-object"),
]

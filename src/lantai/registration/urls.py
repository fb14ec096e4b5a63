"""Addresses of 登记备份."""

from __future__ import annotations

from django.urls import path

from lantai.registration import views, views_backups, views_uses

urlpatterns = [
    path("", views.home, name="registration"),
    path("begin/", views.begin, name="registration-begin"),
    path("<int:year>/", views.year, name="registration-year"),
    path("<int:year>/remind/", views.remind, name="registration-remind"),
    path("statements/<str:number>/", views.one, name="registration-one"),
    path("statements/<str:number>/confirm/", views.confirm, name="registration-confirm"),
    path("statements/<str:number>/return/", views.return_it, name="registration-return"),
    path("statements/<str:number>/form.pdf", views.form, name="registration-form"),
    path("backups/", views_backups.backups, name="backups"),
    path("backups/new/", views_backups.new, name="backup-new"),
    path("backups/<str:number>/", views_backups.backup, name="backup"),
    path("backups/<str:number>/accept/", views_backups.accept, name="backup-accept"),
    path("backups/<str:number>/return/", views_backups.return_it, name="backup-return"),
    path("backups/<str:number>/certificate.pdf", views_backups.certificate, name="backup-certificate"),
    path("backups/<str:number>/sheet.pdf", views_backups.sheet, name="backup-sheet"),
    path("backups/<str:number>/ask/", views_uses.ask, name="backup-ask"),
    path("uses/", views_uses.uses, name="registration-uses"),
    path("uses/<str:use>/approve/", views_uses.approve, name="registration-use-approve"),
    path("uses/<str:use>/refuse/", views_uses.refuse, name="registration-use-refuse"),
    path("uses/<str:use>/deliver/", views_uses.deliver, name="registration-use-deliver"),
    path("uses/<str:use>/proof.<str:kind>", views_uses.proof, name="registration-use-proof"),
    path("samples/", views_uses.samples, name="registration-samples"),
    path("samples/draw/", views_uses.draw, name="registration-draw"),
    path("coverage/", views_uses.coverage, name="registration-coverage"),
    path("certificates/", views_backups.check, name="registration-check"),
]

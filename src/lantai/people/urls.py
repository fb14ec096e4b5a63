"""Addresses of units, accounts and sessions."""

from __future__ import annotations

from django.urls import path

from lantai.people import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("invitation/<str:username>/<str:token>/", views.invitation, name="invitation"),
    path("account/", views.own_account, name="account-own"),
    path("units/", views.units, name="units"),
    path("units/<str:code>/", views.unit, name="unit"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/<str:username>/", views.account, name="account"),
    path("accounts/<str:username>/state/", views.set_state, name="account-state"),
    path("accounts/<str:username>/password/", views.set_other_password, name="account-password"),
    path("accounts/<str:username>/grant/", views.grant, name="account-grant"),
    path("accounts/<str:username>/revoke/", views.revoke, name="account-revoke"),
]

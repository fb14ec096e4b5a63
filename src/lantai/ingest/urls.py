"""Addresses of transfers."""

from __future__ import annotations

from django.urls import path

from lantai.ingest import reports, views

urlpatterns = [
    path("", views.transfers, name="transfers"),
    path("export.csv", views.transfers_csv, name="transfers-csv"),
    path("new/", views.new, name="transfer-new"),
    path("<str:number>/", views.transfer, name="transfer"),
    path("<str:number>/progress/", views.progress, name="transfer-progress"),
    path("<str:number>/records/", views.records, name="transfer-records"),
    path("<str:number>/report/", reports.report, name="transfer-report"),
    path("<str:number>/report/sign/", reports.sign, name="transfer-sign"),
    path("<str:number>/report/sign-all/", reports.sign_all, name="transfer-sign-all"),
    path("<str:number>/accept/", reports.accept, name="transfer-accept"),
    path("<str:number>/return/", reports.return_to_sender, name="transfer-return"),
    path("<str:number>/report.pdf", reports.report_pdf, name="transfer-report-pdf"),
    path("<str:number>/register.pdf", reports.register_pdf, name="transfer-register-pdf"),
    path("<str:number>/receipt.pdf", reports.receipt_pdf, name="transfer-receipt-pdf"),
]

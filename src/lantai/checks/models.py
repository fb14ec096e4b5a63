"""Tables of check runs."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """One four-property run over a subject (an urn); the report is the kernel's document, whole."""

    uuid = models.UUIDField(unique=True)
    subject = models.CharField(max_length=80, db_index=True)
    stage = models.CharField(max_length=2)
    scheme = models.CharField(max_length=80)
    verdict = models.CharField(max_length=8)
    files = models.PositiveIntegerField()
    bytes = models.BigIntegerField()
    seconds = models.FloatField()
    ended_at = models.DateTimeField()
    report = models.JSONField()

    def __str__(self) -> str:
        return f"{self.subject} {self.stage} {self.verdict}"


class SignOff(models.Model):
    """A person's answer to an item that no machine decides."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="signoffs")
    code = models.CharField(max_length=20)
    passed = models.BooleanField()
    note = models.TextField(blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "code"], name="checks_signed_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.passed}"

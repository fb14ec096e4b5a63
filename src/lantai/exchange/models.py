"""Tables of the faces: tokens of machines, and the answers that are given again for the same key."""

from __future__ import annotations

from django.db import models

from lantai.people.models import Account, Unit


class ApiToken(models.Model):
    """What a machine shows instead of a password. Only a digest of the secret is kept.

    It carries the present roles of ``account``, at ``unit`` only, or those of the whole district when null.
    """

    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField("SHA-256", max_length=64)
    name = models.CharField("用途", max_length=120)
    account = models.ForeignKey(Account, models.PROTECT, related_name="api_tokens")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True)
    scopes = models.JSONField("范围")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField("有效至")
    revoked_at = models.DateTimeField("停用", null=True)

    def __str__(self) -> str:
        return f"{self.prefix} {self.name}"


class IdempotencyKey(models.Model):
    """An answer that was given to a write, given again to who repeats it. Kept for a day. Derived.

    ``request`` is the SHA-256 of method, address and body; ``status`` 0 where the answer was streamed.
    """

    actor = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="exchange_idempotency_once")]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"

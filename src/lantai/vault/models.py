"""Tables of the vault: a card index over what the OCFL root holds, never the truth itself."""

from __future__ import annotations

from django.db import models


class Batch(models.Model):
    """Deposits made in one act; the ledger entry holds the Merkle root of their list."""

    key = models.CharField(max_length=80, unique=True)
    list_root = models.CharField(max_length=64)
    list_size = models.PositiveIntegerField()
    entry = models.UUIDField()

    def __str__(self) -> str:
        return self.key


class Deposit(models.Model):
    """One version of one preserved object, re-read and found good when its row was written."""

    GOOD, DAMAGED = "good", "damaged"

    object_id = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    inventory_sha512 = models.CharField(max_length=128)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="deposits")
    place = models.PositiveIntegerField()
    files = models.PositiveIntegerField()
    bytes = models.BigIntegerField()
    deposited_at = models.DateTimeField()
    checked_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=GOOD)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["object_id", "version"], name="vault_version_once"),
            models.UniqueConstraint(fields=["batch", "place"], name="vault_place_once"),
        ]
        indexes = [models.Index(fields=["checked_at"], name="vault_by_check")]

    def __str__(self) -> str:
        return f"{self.object_id} v{self.version}"


class StoredFile(models.Model):
    """One file of a deposited version, with the digests taken when it was received."""

    deposit = models.ForeignKey(Deposit, models.CASCADE, related_name="stored")
    path = models.TextField()
    size = models.BigIntegerField()
    sha512 = models.CharField(max_length=128)
    sm3 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.path


class FixityRun(models.Model):
    """One pass that read preserved files back and compared them with their digests."""

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    share = models.FloatField(help_text="part of all objects, 0 to 1")
    objects_read = models.PositiveIntegerField()
    bytes = models.BigIntegerField()
    damaged = models.PositiveIntegerField()
    findings = models.JSONField()

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d} {self.damaged}/{self.objects_read}"

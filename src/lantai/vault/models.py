"""Tables of the vault: a card index over what the OCFL root holds, never the truth itself."""

from __future__ import annotations

import uuid

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
    kind = models.CharField(
        max_length=40, default="", help_text="what the rule of copies goes by; see policy.toml"
    )
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


class Target(models.Model):
    """A place beside the vault that holds copies: tried when it was registered, its weaknesses remembered.

    ``bit`` is its place in the sum by which copies are counted; never used twice. How far its worker is stands in its
    logbook (:mod:`lantai.vault.logbook`), not here: signs of life are no acts.
    """

    FOLDER, BUCKET, CARRIER = "folder", "s3", "carrier"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8)
    address = models.TextField(blank=True, default="")
    place = models.CharField(max_length=80)
    medium = models.CharField(max_length=40)
    recipient = models.CharField(max_length=200, blank=True, default="")
    rate = models.BigIntegerField(default=0, help_text="bytes a second, 0 = no limit")
    paused = models.BooleanField(default=False)
    weaknesses = models.JSONField(default=list)
    bit = models.PositiveSmallIntegerField(unique=True)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    tested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(ended_at__isnull=True), name="vault_target_name_once"
            ),
        ]

    @property
    def urn(self) -> str:
        """Name it in the ledger."""
        return f"urn:lantai:target:{self.uuid}"

    def __str__(self) -> str:
        return self.name


class Carrier(models.Model):
    """One offline carrier (载体) of a target: what was written onto it at once, and where it is kept."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="carriers")
    number = models.CharField(max_length=60, unique=True)
    medium = models.CharField(max_length=40)
    place = models.CharField(max_length=80)
    capacity = models.BigIntegerField()
    objects_held = models.PositiveIntegerField()
    files = models.PositiveIntegerField()
    bytes = models.BigIntegerField()
    table_sm3 = models.CharField(max_length=64)
    checkpoint_size = models.BigIntegerField()
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=64)
    checked_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, default="good")

    def __str__(self) -> str:
        return self.number


class Copy(models.Model):
    """One version of one object at one target; without a row it is wanted and was never tried.

    wanted → copying → good → damaged or missing → (repair, or wanted again). ``good`` is written only after every byte
    was read back there. ``digest`` and ``size`` are those of the sealed file at a target with a recipient.
    """

    WANTED, COPYING, GOOD, DAMAGED, MISSING = "wanted", "copying", "good", "damaged", "missing"

    deposit = models.ForeignKey(Deposit, models.PROTECT, related_name="copies")
    target = models.ForeignKey(Target, models.PROTECT, related_name="copies")
    carrier = models.ForeignKey(Carrier, models.PROTECT, null=True, related_name="copies")
    state = models.CharField(max_length=8, default=WANTED)
    made_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=128, blank=True, default="")
    size = models.BigIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    problem = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target", "deposit"], name="vault_copy_once"),
        ]
        indexes = [
            models.Index(
                fields=["target", "state", "next_at"],
                name="vault_copy_open",
                condition=~models.Q(state="good"),
            ),
            models.Index(fields=["checked_at"], name="vault_copy_by_check"),
        ]

    def __str__(self) -> str:
        return f"{self.deposit_id}@{self.target_id} {self.state}"

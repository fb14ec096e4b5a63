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

    GOOD, DAMAGED, MISSING = "good", "damaged", "missing"

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


class Audit(models.Model):
    """One reading back of what is preserved here (``target`` null) or at a target: ordered, or taken up in turn.

    waiting → running → done, or stopped by a person. It goes through the versions by row id: those behind ``begin`` up
    to ``until``, then, when ``begin`` was not 0, those from the first up to ``begin``. ``cursor`` is how far it is; what
    lies behind it is in ``batches``. ``part`` of ``parts``: the versions whose id leaves ``part`` - 1 when divided.
    """

    WAITING, RUNNING, DONE, STOPPED = "waiting", "running", "done", "stopped"
    OBJECTS, BESIDE, STOCK, ENDED = "objects", "beside", "stock", "ended"
    NONE, SAMPLE, ALL = "none", "sample", "all"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    target = models.ForeignKey(Target, models.PROTECT, null=True, related_name="audits")
    part = models.PositiveIntegerField(default=1)
    parts = models.PositiveIntegerField(default=1)
    share = models.FloatField(default=1.0, help_text="part of all versions, 0 to 1")
    most_bytes = models.BigIntegerField(default=0, help_text="reads about so many bytes, 0 = no limit")
    sm3 = models.CharField(max_length=8, default=NONE)
    in_turn = models.BooleanField(default=False, help_text="taken up by the schedule")
    ordered_by = models.CharField(max_length=64)
    ordered_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=WAITING)
    stage = models.CharField(max_length=8, default=OBJECTS)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    begin = models.BigIntegerField(default=0)
    until = models.BigIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    wrapped = models.BooleanField(default=False)
    planned = models.BigIntegerField(default=0, help_text="versions")
    planned_bytes = models.BigIntegerField(default=0)
    versions = models.BigIntegerField(default=0)
    files = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    damaged = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)
    unread = models.BigIntegerField(default=0)
    wavering = models.BigIntegerField(default=0, help_text="good only when read a second time")
    beside = models.BigIntegerField(default=0, help_text="files beside the objects")
    strays = models.BigIntegerField(default=0)
    list_root = models.CharField(max_length=64, blank=True, default="")
    tries = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    problem = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state"], name="vault_audit_by_state")]

    def __str__(self) -> str:
        return f"{self.target or 'here'} {self.part}/{self.parts} {self.state}"


class AuditBatch(models.Model):
    """Versions that an audit read one after the other: those behind ``after`` up to ``through``; what was not good of
    them is in ``Damage``. ``digest`` is the SHA-256 of their list of results."""

    audit = models.ForeignKey(Audit, models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField()
    after = models.BigIntegerField()
    through = models.BigIntegerField()
    at = models.DateTimeField()
    versions = models.PositiveIntegerField()
    bytes = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audit", "number"], name="vault_audit_batch_once")]

    def __str__(self) -> str:
        return f"{self.audit_id}: {self.after}–{self.through}"


class Damage(models.Model):
    """A version, or a file beside the objects (``key``), that was not as it should be at a place (``target`` null: here).

    open → repaired, gone (a later reading found it good) or lost (nowhere is a good copy; looked for again each time).
    ``faults`` are [path, kind, found]; ``aside`` is where the bad files were moved.
    """

    OPEN, LOST, REPAIRED, GONE = "open", "lost", "repaired", "gone"
    DAMAGED, MISSING, UNREAD = "damaged", "missing", "unread"

    audit = models.ForeignKey(Audit, models.PROTECT, null=True, related_name="damages")
    deposit = models.ForeignKey(Deposit, models.PROTECT, null=True, related_name="damages")
    key = models.TextField(blank=True, default="")
    target = models.ForeignKey(Target, models.PROTECT, null=True, related_name="damages")
    kind = models.CharField(max_length=8)
    faults = models.JSONField(default=list)
    found_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=OPEN)
    ended_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=200, blank=True, default="")
    aside = models.JSONField(default=list)
    problem = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["state"], name="vault_damage_open", condition=models.Q(state__in=("open", "lost"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deposit or self.key} {self.kind} {self.state}"


class Stray(models.Model):
    """Something in an object store that no row or no inventory names: an orphan. ``key`` is its folder or file."""

    OBJECT, FILE = "object", "file"
    OPEN, ADOPTED, ASIDE, GONE = "open", "adopted", "aside", "gone"

    target = models.ForeignKey(Target, models.PROTECT, null=True, related_name="strays")
    kind = models.CharField(max_length=8)
    key = models.TextField()
    object_id = models.CharField(max_length=80, blank=True, default="")
    files = models.PositiveIntegerField(default=1)
    bytes = models.BigIntegerField(default=0)
    found_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=OPEN)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["state"], name="vault_stray_open", condition=models.Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"

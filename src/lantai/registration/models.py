"""Tables of registrations, backup deposits, samples and uses."""

from __future__ import annotations

import uuid

from django.db import models

from lantai.people.models import Unit


class Stated(models.TextChoices):
    """The way of a registration."""

    DRAFT = "draft", "填写中"
    SUBMITTED = "submitted", "待确认"
    RETURNED = "returned", "已退回"
    CONFIRMED = "confirmed", "已确认"


class Registration(models.Model):
    """How the archives of a unit stood at the end of a year, as the unit states it and the bureau confirms it.

    ``told`` is the value of each matter by its key. ``sheet`` is what was submitted, with the words of the list of that
    day: blocks of [label zh, label en, [[label zh, label en, value, unit]…]]; empty before. ``revision`` counts saves.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.CharField("登记号", max_length=16, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="registrations")
    year = models.PositiveIntegerField("年度")
    state = models.CharField("状态", max_length=10, choices=Stated.choices)
    revision = models.PositiveIntegerField(default=0)
    version = models.CharField(max_length=40, help_text="of the list of matters")
    system = models.CharField(max_length=20, blank=True, default="")
    level = models.CharField(max_length=20, blank=True, default="")
    told = models.JSONField(default=dict)
    sheet = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.CharField(max_length=64, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True, default="")
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "year"], name="registration_once_a_year"),
        ]
        indexes = [models.Index(fields=["year", "state"], name="registration_by_year")]

    @property
    def urn(self) -> str:
        """Name it in the ledger."""
        return f"urn:uuid:{self.uuid}"

    def __str__(self) -> str:
        return self.number


class Wish(models.Model):
    """One thing that a unit wants to be backed up: what a deposit may name once its registration is confirmed."""

    registration = models.ForeignKey(Registration, models.CASCADE, related_name="wishes")
    place = models.PositiveIntegerField()
    content = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    amount = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "place"], name="registration_wish_place"),
        ]

    def __str__(self) -> str:
        return self.title


class Reminder(models.Model):
    """The bureau reminded a unit that has not stated a year."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="registration_reminders")
    year = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["year", "unit"], name="registration_reminded")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.year}"


class Kept(models.TextChoices):
    """The way of a backup deposit."""

    SUBMITTED = "submitted", "已提交"
    WAITING = "waiting", "待审核"
    RETURNED = "returned", "已退回"
    ACCEPTED = "accepted", "已通过"
    KEPT = "kept", "已入库"


AUTOMATIC = (Kept.SUBMITTED, Kept.ACCEPTED)
"""States that a worker moves on from; one in ``waiting`` waits for a person."""


class Backup(models.Model):
    """One backup deposit: a package that a unit keeps at the centre, apart from the holdings.

    ``stated_sm3`` is what the unit's digest table says of the package; ``paper`` is how the paper table was compared:
    "typed" or "seen". ``findings`` are what the machine found at receipt, as documents of findings. ``sheet`` is the
    备份情况表: [label, value] pairs. ``certificate`` are the facts of the 证书, ``code`` its check code.
    """

    ONLINE, CARRIER = "online", "carrier"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.CharField("备份号", max_length=16, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="backups")
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="backups")
    wish = models.ForeignKey(Wish, models.PROTECT, null=True, related_name="backups")
    state = models.CharField("状态", max_length=10, choices=Kept.choices)
    system = models.CharField(max_length=20)
    level = models.CharField(max_length=20)
    content = models.CharField(max_length=20)
    title = models.CharField("内容说明", max_length=200)
    sheet = models.JSONField(default=list)
    way = models.CharField(max_length=8)
    carrier = models.CharField("载体编号", max_length=60, blank=True, default="")
    name = models.TextField("包名")
    stated_sm3 = models.CharField(max_length=64)
    table = models.TextField(blank=True, default="")
    sm3 = models.CharField(max_length=64, blank=True, default="")
    sha512 = models.CharField(max_length=128, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    size = models.BigIntegerField(default=0)
    form = models.CharField(max_length=10, blank=True, default="")
    items = models.PositiveIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    run = models.UUIDField(null=True)
    findings = models.JSONField(default=list)
    refused = models.BooleanField(default=False, help_text="an error was found: it cannot be accepted")
    paper = models.CharField(max_length=8, blank=True, default="")
    submitted_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=64)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    kept_at = models.DateTimeField(null=True)
    pooled_at = models.DateTimeField(null=True, help_text="last among those from which a sample was drawn")
    certificate = models.JSONField(default=dict)
    code = models.CharField(max_length=40, blank=True, default="")
    entry = models.UUIDField(null=True, help_text="of the certificate, in the ledger")

    class Meta:
        indexes = [
            models.Index(fields=["unit", "-id"], name="backup_by_unit"),
            models.Index(fields=["state"], name="backup_by_state"),
        ]

    @property
    def urn(self) -> str:
        """Name it in the ledger and in the vault."""
        return f"urn:uuid:{self.uuid}"

    def __str__(self) -> str:
        return self.number


class Sample(models.Model):
    """One draw: which of the deposits that were due are read back. Anybody can repeat it from ``seed`` and ``pool``."""

    number = models.CharField(max_length=16, unique=True)
    way = models.CharField(max_length=8)
    seed = models.CharField(max_length=64)
    percent = models.PositiveIntegerField()
    pool = models.JSONField(help_text="numbers of all deposits that were due")
    drawn_at = models.DateTimeField()
    drawn_by = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.number


class Sampled(models.Model):
    """One deposit of a draw, and what reading it back told."""

    WAITING, GOOD, BAD = "waiting", "good", "bad"

    sample = models.ForeignKey(Sample, models.PROTECT, related_name="drawn")
    backup = models.ForeignKey(Backup, models.PROTECT, related_name="samples")
    state = models.CharField(max_length=8, default=WAITING)
    read_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample", "backup"], name="registration_sampled_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id} {self.backup_id} {self.state}"


class Use(models.Model):
    """An application of the owner to get a deposit back, or to have its authenticity proven."""

    RESTORE, PROOF = "restore", "proof"
    ASKED, APPROVED, REFUSED, DELIVERED = "asked", "approved", "refused", "delivered"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    backup = models.ForeignKey(Backup, models.PROTECT, related_name="uses")
    purpose = models.CharField(max_length=8)
    reason = models.TextField()
    leader = models.CharField(max_length=80)
    state = models.CharField(max_length=10, default=ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=64)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True, default="")
    answer = models.TextField(blank=True, default="")
    delivered_at = models.DateTimeField(null=True)
    delivered_to = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["state"], name="registration_use_by_state")]

    @property
    def urn(self) -> str:
        """Name it in the ledger."""
        return f"urn:uuid:{self.uuid}"

    def __str__(self) -> str:
        return self.number

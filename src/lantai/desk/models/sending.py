"""Tables of sending between sites: where a unit hands over to, what is on its way, what came from other sites."""

from __future__ import annotations

from django.db import models

from lantai.desk.models.hand_over import HandOver
from lantai.ingest.models import Transfer
from lantai.people.models import Unit


class Target(models.Model):
    """Archives elsewhere to which a unit hands over; its token lies in a file of the site, never here.

    ``archives`` is what they call themselves, ``their_unit`` and ``their_name`` the unit as they know it.
    """

    uuid = models.UUIDField(unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="targets")
    name = models.CharField("名称", max_length=80)
    address = models.CharField("地址", max_length=300)
    archives = models.CharField(max_length=200)
    their_unit = models.CharField(max_length=40)
    their_name = models.CharField(max_length=200)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    tested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], condition=models.Q(ended_at=None), name="desk_target_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def urn(self) -> str:
        """The permanent name of the target."""
        return f"urn:uuid:{self.uuid}"


class SendingState(models.TextChoices):
    """Where a sending is. ``going`` and ``ending`` are left by a worker; ``delivered`` hears what becomes of it."""

    GOING = "going", "传送中"
    PAUSED = "paused", "已暂停"
    ENDING = "ending", "正在停止"
    DELIVERED = "delivered", "已送达"
    STOPPED = "stopped", "已停止"


class Sending(models.Model):
    """A built package on its way to archives elsewhere; ``uuid`` names it there, so that it becomes one transfer.

    ``offset`` of the package's bytes have arrived by the receiver's count; ``rate`` are bytes a second, 0 = no limit.
    ``outcome`` (as of :class:`HandOver`) and ``transfer`` are what they tell; ``told`` and ``receipt`` the SHA-512 of
    their last answer and of the first one, in the desk's store. ``signature_told``: they have our signature.
    """

    uuid = models.UUIDField(unique=True)
    hand_over = models.ForeignKey(HandOver, models.PROTECT, related_name="sendings")
    target = models.ForeignKey(Target, models.PROTECT, related_name="sendings")
    state = models.CharField(max_length=12, choices=SendingState.choices, db_index=True)
    state_since = models.DateTimeField()
    begun_by = models.CharField(max_length=64)
    begun_at = models.DateTimeField()
    upload = models.CharField(max_length=36, blank=True)
    offset = models.BigIntegerField(default=0)
    rate = models.BigIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(db_index=True)
    problem = models.JSONField(null=True)
    transfer = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=12, blank=True, db_index=True)
    outcome_since = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=128, blank=True)
    told = models.CharField(max_length=128, blank=True)
    signature_told = models.BooleanField(default=False)
    over = models.BooleanField(default=False, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hand_over"], condition=~models.Q(state="stopped"), name="desk_sending_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hand_over_id} {self.state}"

    @property
    def urn(self) -> str:
        """The permanent name of the sending, the same at both sites."""
        return f"urn:uuid:{self.uuid}"


class DeliveryState(models.TextChoices):
    """What became of a package that came from another site; ``arrived`` is left by a worker."""

    ARRIVED = "arrived", "核对摘要"
    TAKEN = "taken", "已成移交"
    WRONG = "wrong", "摘要不符"
    REFUSED = "refused", "不能接收"
    GIVEN_UP = "given_up", "对方已撤回"


class Delivery(models.Model):
    """A package that a unit's own site sent here: named by the sender's uuid, it becomes one transfer or none.

    ``content`` is the SHA-512 of the sender's side of the register in the desk's store, ``register`` that of the whole
    register; ``hand_over`` is the sender's number, ``origin`` its site.
    """

    uuid = models.UUIDField(unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=12, choices=DeliveryState.choices, db_index=True)
    state_since = models.DateTimeField()
    origin = models.CharField(max_length=200, blank=True)
    hand_over = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=255, blank=True)
    size = models.BigIntegerField(default=0)
    sm3 = models.CharField(max_length=64, blank=True)
    sha512 = models.CharField(max_length=128, blank=True)
    content = models.CharField(max_length=128, blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    problem = models.JSONField(null=True)
    transfer = models.OneToOneField(Transfer, models.PROTECT, null=True, related_name="delivery")
    register = models.CharField(max_length=128, blank=True)

    def __str__(self) -> str:
        return f"{self.uuid} {self.state}"

    @property
    def urn(self) -> str:
        """What the ledger calls it: the uuid is the sender's choice, and must not name anything else that is here."""
        return f"urn:lantai:delivery:{self.uuid}"


class AwaySignature(models.Model):
    """A side's signature under a register that two sites share, as either site keeps it.

    One of ``sending`` and ``delivery`` is set. ``entry``, ``index``, ``origin`` and ``seal`` are those of the signer's
    own ledger, as it told them; at the signer's own site they are looked up there.
    """

    sending = models.ForeignKey(Sending, models.PROTECT, null=True, related_name="signatures")
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="signatures")
    side = models.CharField(max_length=10)
    name = models.CharField("姓名", max_length=80)
    at = models.DateTimeField()
    sm3 = models.CharField(max_length=64)
    sha512 = models.CharField(max_length=128)
    entry = models.UUIDField()
    here = models.BooleanField()
    index = models.BigIntegerField(null=True)
    origin = models.CharField(max_length=200, blank=True)
    seal = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sending", "side"], name="desk_away_signed_once"),
            models.UniqueConstraint(fields=["delivery", "side"], name="desk_delivery_signed_once"),
            models.CheckConstraint(
                condition=models.Q(sending=None) ^ models.Q(delivery=None), name="desk_away_signed_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.name}"

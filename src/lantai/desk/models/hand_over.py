"""Tables of hand-over: the year's plan, what was chosen and said of each record, what came back, who signed."""

from __future__ import annotations

from django.db import models

from lantai.desk.models.arrangement import FilingClass, Item
from lantai.ingest.models import Transfer
from lantai.people.models import Unit


class Answer(models.TextChoices):
    """What who must be asked has said to another day than that of the term."""

    NONE = "none", "不需要"
    ASKED = "asked", "待答复"
    GIVEN = "given", "已同意"
    REFUSED = "refused", "不同意"


class PlanLine(models.Model):
    """One line of a unit's transfer plan of the year ``plan``: a class and the day it is to be handed over.

    ``departure`` is a key of the terms, "" = by the term; then ``answer`` is that of the bureau or the archives,
    with the number of its ``document`` (文号). A class stands in one plan; another one moves it there.
    """

    uuid = models.UUIDField(unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="plan_lines")
    plan = models.PositiveSmallIntegerField("计划年度")
    filing_class = models.OneToOneField(FilingClass, models.PROTECT, related_name="plan_line")
    planned_on = models.DateField("计划移交日期")
    departure = models.CharField("例外", max_length=40, blank=True)
    reason = models.TextField("理由", blank=True)
    answer = models.CharField("答复", max_length=10, choices=Answer.choices, default=Answer.NONE)
    document = models.CharField("文号", max_length=200, blank=True)
    answered_by = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(null=True)
    planned_by = models.CharField(max_length=64)
    planned_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["unit", "plan"], name="desk_plan_of_year")]

    def __str__(self) -> str:
        return f"{self.plan} {self.filing_class_id}"

    @property
    def urn(self) -> str:
        """The permanent name of the line."""
        return f"urn:uuid:{self.uuid}"


class HandOverState(models.TextChoices):
    """Where a hand-over is. ``ordered`` is left by a worker; what became of a sent one, its transfer says."""

    DRAFT = "draft", "待填写"
    ORDERED = "ordered", "打包中"
    FAILED = "failed", "检测不合格"
    BUILT = "built", "待移交"
    SENT = "sent", "已移交"
    CANCELLED = "cancelled", "已作废"


class Outcome(models.TextChoices):
    """Where a hand-over is on its whole way, the archives' part of it included."""

    DRAFT = "draft", "待填写"
    ORDERED = "ordered", "打包中"
    FAILED = "failed", "检测不合格"
    BUILT = "built", "待移交"
    SENT = "sent", "已送出"
    CHECKING = "checking", "档案馆检测中"
    RETURNED = "returned", "已退回"
    ACCEPTED = "accepted", "已接收"
    CLOSED = "closed", "已办结"
    CANCELLED = "cancelled", "已作废"


class HandOver(models.Model):
    """One 移交 as the desk builds and sends it: chosen classes, a statement on each record, the package, its check.

    ``classes`` are the numbers of the filing classes.
    ``mends`` is the returned (or failed) one that this corrects. ``content`` is the SHA-512 of the document in the
    desk's store that says all the package is built from; ``sm3``, ``sha512``, ``size`` are those of the package.
    ``register`` is the SHA-512 of the document that both sides sign.
    """

    uuid = models.UUIDField(unique=True)
    number = models.CharField("移交单号", max_length=20, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="hand_overs")
    fonds = models.CharField("全宗号", max_length=20)
    classes = models.JSONField()
    state = models.CharField(
        "状态", max_length=12, choices=HandOverState.choices, default=HandOverState.DRAFT, db_index=True
    )
    state_since = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    mends = models.ForeignKey("self", models.PROTECT, null=True, related_name="mended_by")
    form = models.CharField("形式", max_length=10, default="dat93")
    carrier = models.CharField("载体编号", max_length=100, blank=True)
    description = models.TextField("内容描述", blank=True)
    ordered_by = models.CharField(max_length=64, blank=True)
    ordered_at = models.DateTimeField(null=True)
    items = models.PositiveIntegerField("件数", default=0)
    files = models.PositiveIntegerField("文件数", default=0)
    bytes = models.BigIntegerField("字节数", default=0)
    content = models.CharField(max_length=128, blank=True)
    package = models.CharField("包名", max_length=200, blank=True)
    size = models.BigIntegerField("包的字节数", default=0)
    sm3 = models.CharField(max_length=64, blank=True)
    sha512 = models.CharField(max_length=128, blank=True)
    run = models.UUIDField("检测", null=True)
    problem = models.JSONField(null=True)
    transfer = models.ForeignKey(Transfer, models.PROTECT, null=True, related_name="hand_overs")
    sent_by = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)
    register = models.CharField(max_length=128, blank=True)

    class Meta:
        indexes = [models.Index(fields=["unit", "-id"], name="desk_hand_over_by_unit")]

    def __str__(self) -> str:
        return self.number

    @property
    def urn(self) -> str:
        """The permanent name of the hand-over."""
        return f"urn:uuid:{self.uuid}"


class HandOverItem(models.Model):
    """A record in a hand-over: what the unit says of it beside its own values. ``order`` counts from 1.

    ``disclosure`` 公开属性, ``opinion`` 开放意见 with the ``ground``, ``secrecy`` 密级变更 with the ``document``; "" = not
    yet said. ``ref`` and ``title`` are those of the item when it was chosen.
    """

    hand_over = models.ForeignKey(HandOver, models.CASCADE, related_name="lines")
    order = models.PositiveIntegerField()
    item = models.ForeignKey(Item, models.PROTECT, related_name="handed")
    ref = models.CharField("档号", max_length=200)
    title = models.TextField("题名")
    disclosure = models.CharField("公开属性", max_length=20, blank=True)
    opinion = models.CharField("开放意见", max_length=20, blank=True)
    ground = models.TextField("理由", blank=True)
    secrecy = models.CharField("密级变更", max_length=20, blank=True)
    document = models.TextField("变更依据", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hand_over", "order"], name="desk_line_order"),
            models.UniqueConstraint(fields=["hand_over", "item"], name="desk_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.hand_over_id}/{self.order} {self.ref}"


class Mended(models.Model):
    """A defect of a hand-over that came back, said to be mended; ``defect`` is its key in the work list."""

    hand_over = models.ForeignKey(HandOver, models.CASCADE, related_name="mended")
    defect = models.CharField(max_length=64)
    note = models.TextField("怎样改的", blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hand_over", "defect"], name="desk_mended_once")]

    def __str__(self) -> str:
        return f"{self.hand_over_id} {self.defect}"


class RegisterSignature(models.Model):
    """A side's signature under the 移交接收登记表: by whom, when, of which digest; ``entry`` is the uuid of its act."""

    hand_over = models.ForeignKey(HandOver, models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=10)
    by = models.CharField(max_length=64)
    name = models.CharField("姓名", max_length=80)
    at = models.DateTimeField()
    sm3 = models.CharField(max_length=64)
    sha512 = models.CharField(max_length=128)
    entry = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hand_over", "side"], name="desk_signed_once")]

    def __str__(self) -> str:
        return f"{self.hand_over_id} {self.side} {self.name}"

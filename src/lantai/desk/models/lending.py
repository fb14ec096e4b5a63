"""Tables of the unit's own records: the text of their files, and who has borrowed what (借阅登记)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.db.models import Q

from lantai.desk.models.arrangement import Item
from lantai.people.models import Unit

PAGE_END = "\f"


class LoanKind(models.TextChoices):
    """How a record is given to be read: on the screen, as copies, as the paper itself."""

    VIEW = "view", "电子查阅"
    COPY = "copy", "电子复制"
    PAPER = "paper", "纸质借出"


class Condition(models.TextChoices):
    """In which condition a record came back."""

    GOOD = "good", "完好"
    DAMAGED = "damaged", "有破损"
    LACKING = "lacking", "有缺少"


class FileText(models.Model):
    """What was taken out of the bytes of a digest, page by page. Derived: it can be dropped and taken out again.

    ``content`` are the pages in their order, empty ones too, with form feeds between them; ``whole`` is False where the
    file had more than is kept.
    """

    sha512 = models.CharField(max_length=128, unique=True)
    content = models.TextField()
    characters = models.PositiveIntegerField()
    whole = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.sha512[:16]} {self.characters}"

    @staticmethod
    def joined(pages: Sequence[str]) -> str:
        """Return pages as they are kept."""
        return PAGE_END.join(page.replace(PAGE_END, " ").replace("\0", "") for page in pages)

    @staticmethod
    def parted(content: str) -> list[str]:
        """Return the pages of what was kept."""
        return content.split(PAGE_END) if content else []


class Loan(models.Model):
    """One line of the 借阅登记簿: an item, who has it, what for, until when, when and how it came back.

    ``place`` says where the paper stands (box, shelf), "" for what is electronic. Copies are due never (``due_on``
    null) and are back the day they are made. ``content`` is the SHA-512 of the loan's document in the desk's store, which
    holds what the ledger does not tell: name and telephone. ``revision`` counts changes of the row.
    """

    uuid = models.UUIDField(unique=True)
    number = models.CharField("借阅号", max_length=20, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="loans")
    item = models.ForeignKey(Item, models.PROTECT, related_name="loans")
    kind = models.CharField("借阅方式", max_length=8, choices=LoanKind.choices)
    place = models.CharField("盒号或存放位置", max_length=120, blank=True)
    borrower = models.CharField("借阅人", max_length=80)
    department = models.CharField("借阅人部门", max_length=120)
    telephone = models.CharField("电话", max_length=40, blank=True)
    purpose = models.CharField("借阅目的", max_length=500)
    parts = models.CharField("借阅内容", max_length=500, blank=True)
    lent_on = models.DateField("借出日期")
    due_on = models.DateField("应还日期", null=True)
    returned_on = models.DateField("归还日期", null=True)
    condition = models.CharField("归还时状况", max_length=12, choices=Condition.choices, blank=True)
    remark = models.CharField("备注", max_length=500, blank=True)
    lent_by = models.CharField(max_length=64)
    returned_by = models.CharField(max_length=64, blank=True)
    content = models.CharField("SHA-512", max_length=128)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(kind="paper", returned_on=None), name="desk_paper_lent_once"
            )
        ]
        indexes = [
            models.Index(fields=["unit", "-id"], name="desk_loan_by_unit"),
            models.Index(fields=["unit", "due_on"], condition=Q(returned_on=None), name="desk_loan_out"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.item_id}"

    @property
    def urn(self) -> str:
        """The permanent name of the loan."""
        return f"urn:uuid:{self.uuid}"


class LoanExtension(models.Model):
    """That a loan may stay out longer, and why."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="extensions")
    before = models.DateField("原应还日期")
    after = models.DateField("展期至")
    reason = models.CharField("理由", max_length=500)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.loan_id} {self.before} {self.after}"

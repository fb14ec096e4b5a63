"""Tables of the departments that contribute: who files for which, what is expected, by which day, who was reminded."""

from __future__ import annotations

from django.db import models

from lantai.people.models import Account, Unit


class Department(models.Model):
    """内设机构 of a unit, as its clerk keeps them. ``order`` is its place in lists, ``revision`` counts changes.

    ``name`` is what its documents may say in 机构(问题). One that is not open is offered no more; what it brought stays
    its own.
    """

    uuid = models.UUIDField(unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="departments")
    code = models.CharField("代码", max_length=20)
    name = models.CharField("名称", max_length=40)
    order = models.PositiveIntegerField("次序", default=0)
    is_open = models.BooleanField("在用", default=True)
    revision = models.PositiveIntegerField(default=1)
    entry = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "code"], name="desk_department_code"),
            models.UniqueConstraint(fields=["unit", "name"], name="desk_department_name"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.code} {self.name}"

    @property
    def urn(self) -> str:
        """The permanent name of the department."""
        return f"urn:uuid:{self.uuid}"


class Contributor(models.Model):
    """That an account files for a department: for one at most in a unit, so that nobody is asked for which."""

    department = models.ForeignKey(Department, models.CASCADE, related_name="contributors")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "account"], name="desk_contributor_once"),
        ]

    def __str__(self) -> str:
        return f"{self.department_id} {self.account_id}"


class Expectation(models.Model):
    """How many items a department is expected to file in ``year`` and every year after it, until another row says else.

    ``count`` None: no number was agreed, but something is expected; 0: nothing is.
    """

    department = models.ForeignKey(Department, models.CASCADE, related_name="expectations")
    year = models.PositiveSmallIntegerField("自年度")
    count = models.PositiveIntegerField("应归档件数", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["department", "year"], name="desk_expected_once"),
        ]

    def __str__(self) -> str:
        return f"{self.department_id} {self.year} {self.count}"


class FilingDay(models.Model):
    """The last day on which the departments of a unit bring the records of ``year``, where it is not the usual one."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField("年度")
    day = models.DateField("归档期限")
    entry = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "year"], name="desk_filing_day_once")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.year} {self.day}"


class Reminder(models.Model):
    """催办: that the clerk reminded departments of what they have not filed. ``day`` was the last one to file on.

    ``content`` is the SHA-512 of its list in the desk's store.
    """

    uuid = models.UUIDField(unique=True)
    number = models.CharField("催办编号", max_length=20, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reminders")
    year = models.PositiveSmallIntegerField("年度")
    day = models.DateField("归档期限")
    at = models.DateTimeField("催办时间")
    by = models.CharField(max_length=64)
    content = models.CharField("SHA-512", max_length=128)
    entry = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=["unit", "year"], name="desk_reminder_of_year")]

    def __str__(self) -> str:
        return self.number

    @property
    def urn(self) -> str:
        """The permanent name of the reminder."""
        return f"urn:uuid:{self.uuid}"


class Reminded(models.Model):
    """One department of a reminder, with what was expected and what was there at that time."""

    reminder = models.ForeignKey(Reminder, models.CASCADE, related_name="lines")
    department = models.ForeignKey(Department, models.PROTECT, related_name="reminded")
    expected = models.PositiveIntegerField(null=True)
    filed = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reminder", "department"], name="desk_reminded_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reminder_id} {self.department_id}"

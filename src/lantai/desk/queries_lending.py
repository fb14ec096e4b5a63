"""Reads of the lending register, at the unit's rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractYear
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.paging import Page, cursor, key
from lantai.desk.arranging import item_uuid
from lantai.desk.lending import Extended, LoanLine, LoanView
from lantai.desk.models import Condition, Item, Loan, LoanKind
from lantai.kernel.errors import NotFound
from lantai.people.policies import may, units_of

STATES = ("out", "overdue", "back")
"""Out (overdue ones too), overdue, come back."""


def visible(actor: Actor) -> QuerySet[Loan]:
    """Return the loans that ``actor`` may see."""
    units = units_of(actor, "capture.see")
    rows = Loan.objects.select_related("unit", "item").prefetch_related("extensions")
    return rows if units is None else rows.filter(unit__in=units)


def loans(
    actor: Actor,
    *,
    unit: str = "",
    year: int = 0,
    state: str = "",
    text: str = "",
    after: str = "",
    size: int = 50,
) -> Page[LoanLine]:
    """Return a page of loans, the newest first: of a unit, lent in ``year`` (0 = any), in a state, by words.

    Each word is part of the borrower's name or department, of the title or the 档号, or the number of the loan.
    """
    rows = _narrowed(visible(actor), unit, year, state, text).order_by("-id")
    if after:
        rows = rows.filter(pk__lt=key(after, [int])[0])
    found = list(rows[: size + 1])
    more = cursor([found[size - 1].pk]) if len(found) > size else ""
    today = timezone.localdate()
    return Page([_line(actor, row, today) for row in found[:size]], more)


def register(actor: Actor, unit: str, year: int) -> list[LoanLine]:
    """Return all loans of a unit in a year in the order in which they were made, for its register."""
    rows = _narrowed(visible(actor), unit, year, "", "").order_by("lent_on", "id")
    today = timezone.localdate()
    return [_line(actor, row, today) for row in rows]


def _narrowed(rows: QuerySet[Loan], unit: str, year: int, state: str, text: str) -> QuerySet[Loan]:
    if unit:
        rows = rows.filter(unit__code=unit)
    if year:
        rows = rows.filter(lent_on__year=year)
    if state == "back":
        rows = rows.exclude(returned_on=None)
    elif state in STATES:
        rows = rows.filter(returned_on=None)
    if state == "overdue":
        rows = rows.filter(due_on__lt=timezone.localdate())
    for word in text.split()[:10]:
        rows = rows.filter(
            Q(borrower__icontains=word)
            | Q(department__icontains=word)
            | Q(item__title__icontains=word)
            | Q(item__ref__icontains=word)
            | Q(number=word)
        )
    return rows


def years(actor: Actor, unit: str = "") -> list[int]:
    """Return the years in which something was lent, the newest first."""
    rows = _narrowed(visible(actor), unit, 0, "", "").order_by()
    found = rows.annotate(in_year=ExtractYear("lent_on")).values_list("in_year", flat=True).distinct()
    return sorted(found, reverse=True)


def overdue(actor: Actor, unit: str = "") -> int:
    """Return how many loans should have come back before today."""
    return _narrowed(visible(actor), unit, 0, "overdue", "").count()


def loan(actor: Actor, number: str) -> LoanView:
    """Return a loan; ``NotFound("desk.loan.missing_row")`` when there is none or the actor may not see it."""
    row = visible(actor).filter(number=number).first()
    if row is None:
        raise NotFound("desk.loan.missing_row", number=number[:40])
    extensions = row.extensions.order_by("id")
    told = tuple(Extended(one.before, one.after, one.reason, one.by, one.at) for one in extensions)
    return LoanView(_line(actor, row, timezone.localdate()), row.urn, row.unit_id, told)


def of_item(actor: Actor, uuid: str, *, most: int = 20) -> list[LoanLine]:
    """Return the newest loans of an item, those that are out first."""
    rows = visible(actor).filter(item__uuid=item_uuid(uuid)).order_by("-id")[:most]
    today = timezone.localdate()
    return sorted((_line(actor, row, today) for row in rows), key=lambda one: not one.out)


def out_on_paper(items: Iterable[int] | QuerySet[Item]) -> Mapping[int, str]:
    """Return which of the items (by key) are lent on paper now, each with the number of its loan. For services."""
    rows = Loan.objects.filter(item__in=items, kind=LoanKind.PAPER, returned_on=None)
    return dict(rows.values_list("item", "number"))


def is_out(actor: Actor, uuids: Iterable[str]) -> set[str]:
    """Return which items, by uuid, are lent on paper now."""
    rows = visible(actor).filter(item__uuid__in=list(uuids), kind=LoanKind.PAPER, returned_on=None)
    return {str(uuid) for uuid in rows.values_list("item__uuid", flat=True)}


def _line(actor: Actor, row: Loan, today: date) -> LoanLine:
    late = (today - row.due_on).days if row.due_on and row.returned_on is None else 0
    line = LoanLine(
        number=row.number,
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        item=str(row.item.uuid),
        ref=row.item.ref,
        title=row.item.title,
        kind=row.kind,
        kind_label=str(LoanKind(row.kind).label),
        place=row.place,
        borrower=row.borrower,
        department=row.department,
        telephone=row.telephone,
        purpose=row.purpose,
        parts=row.parts,
        lent_on=row.lent_on,
        due_on=row.due_on,
        returned_on=row.returned_on,
        condition=row.condition,
        condition_label=str(Condition(row.condition).label) if row.condition else "",
        remark=row.remark,
        extended=len(row.extensions.all()),
        overdue=max(late, 0),
        lent_by=row.lent_by,
        returned_by=row.returned_by,
        revision=row.revision,
    )
    return line if may(actor, "item.arrange", row.unit_id) else replace(line, telephone="")

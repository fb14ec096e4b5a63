"""借阅登记: records are lent, may stay longer, come back; every act stands in the history of the loan."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.numbers import next_number
from lantai.desk.arranging import item_uuid
from lantai.desk.documents import kept
from lantai.desk.errors import Lacking
from lantai.desk.lending import MOST_DAYS, Terms, weigh_terms
from lantai.desk.models import Condition, Item, ItemState, Loan, LoanExtension, LoanKind
from lantai.desk.queries_arrangement import packed
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.findings import Finding
from lantai.ledger.acts import act, record
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

SCHEMA = "lantai.loan/1"
MOST = 200
"""Records that are lent at once."""


@act("desk.loan.lend")
def lend(actor: Actor, unit: str, items: Sequence[str], terms: Terms) -> tuple[str, ...]:
    """Lend items of a unit (their uuids) to one person; return the numbers of the loans, one per item.

    Raises ``Lacking("desk.loan.refused")`` with every reason at once: ``path`` is a field of ``terms`` or the uuid of an
    item. A paper can be lent once at a time, and not while its record is on its way to the archives.
    """
    owner = find_unit(unit)
    require(actor, "item.arrange", owner.id)
    rows = _items(owner.id, items)
    reasons = list(weigh_terms(terms, timezone.localdate()))
    if terms.kind == LoanKind.PAPER:
        reasons += [told for row in rows for told in _against(row)]
    if reasons:
        raise Lacking("desk.loan.refused", reasons)
    numbers, documents = [], []
    for row in rows:
        loan = _made(actor, Unit.objects.get(pk=owner.id), row, terms)
        numbers.append(loan.number)
        documents.append({"number": loan.number, "loan": loan.urn, **document(loan)})
        try:
            loan.save(force_insert=True)
        except IntegrityError as quicker:  # the same paper, or the same number, at this moment
            raise Conflict("desk.loan.busy", title=row.title[:60]) from quicker
    content = kept({"schema": SCHEMA, "unit": unit, "loans": documents})
    Loan.objects.filter(number__in=numbers).update(content=content)
    told = {"unit": unit, "count": len(numbers), "kind": terms.kind, "content": content}
    for one in Loan.objects.filter(number__in=numbers).order_by("pk"):
        record(one.urn, {**told, "number": one.number, "item": one.item.urn, "count": 1})
    return tuple(numbers)


def _made(actor: Actor, unit: Unit, item: Item, terms: Terms) -> Loan:
    """Return the row of a loan; a copy is back the day it is made."""
    assert terms.lent_on is not None
    copied = terms.kind == LoanKind.COPY
    return Loan(
        uuid=uuid.uuid4(),
        number=next_number(Loan.objects.all(), f"J{terms.lent_on.year}-"),
        unit=unit,
        item=item,
        kind=terms.kind,
        place=terms.place.strip() if terms.kind == LoanKind.PAPER else "",
        borrower=terms.borrower.strip(),
        department=terms.department.strip(),
        telephone=terms.telephone.strip(),
        purpose=terms.purpose.strip(),
        parts=terms.parts.strip(),
        lent_on=terms.lent_on,
        due_on=None if copied else terms.due_on,
        returned_on=terms.lent_on if copied else None,
        lent_by=actor.username,
        returned_by=actor.username if copied else "",
    )


def document(loan: Loan) -> dict[str, Any]:
    """Return what a loan says, for the desk's store: the row can be made again of it."""
    days = {name: getattr(loan, name) for name in ("lent_on", "due_on", "returned_on")}
    names = (
        "kind",
        "place",
        "borrower",
        "department",
        "telephone",
        "purpose",
        "parts",
        "condition",
        "remark",
    )
    return {
        "item": loan.item.urn,
        **{name: getattr(loan, name) for name in names},
        **{name: day.isoformat() if day else "" for name, day in days.items()},
        "lent_by": loan.lent_by,
        "returned_by": loan.returned_by,
    }


def _against(row: Item) -> list[Finding]:
    """Return why the paper of an item cannot be lent."""
    if row.state == ItemState.HANDED or packed(row):
        return [Finding("desk.loan.handed", str(row.uuid), found=row.ref or row.title[:60])]
    out = row.loans.filter(kind=LoanKind.PAPER, returned_on=None).first()
    if out is not None:
        return [
            Finding("desk.loan.out", str(row.uuid), out.number, row.ref or row.title[:60]),
        ]
    return []


def _items(unit: int, items: Sequence[str]) -> list[Item]:
    wanted = list(dict.fromkeys(item_uuid(item) for item in items))
    if not wanted:
        raise Invalid("desk.items.none")
    if len(wanted) > MOST:
        raise Invalid("desk.items.many", limit=MOST)
    found = {row.uuid: row for row in Item.objects.select_for_update().filter(unit=unit, uuid__in=wanted)}
    for one in wanted:
        if one not in found:
            raise NotFound("desk.item.missing", item=str(one))
    return [found[one] for one in wanted]


@act("desk.loan.extend")
def extend(actor: Actor, number: str, until: date | None, reason: str, *, seen: int) -> None:
    """Let a loan stay out until a later day, with the reason.

    ``Lacking("desk.loan.refused")``; ``Conflict("desk.loan.back")`` when it came back, ``("desk.loan.changed")`` when
    ``seen`` is not its revision.
    """
    row = _out(actor, number, seen)
    assert row.due_on is not None
    reasons = []
    if until is None:
        reasons.append(Finding("desk.loan.missing", "until"))
    elif until <= row.due_on:
        reasons.append(Finding("desk.loan.not_later", "until", row.due_on.isoformat(), until.isoformat()))
    elif (until - max(row.due_on, timezone.localdate())).days > MOST_DAYS:
        reasons.append(Finding("desk.loan.far", "until", str(MOST_DAYS), until.isoformat()))
    if not reason.strip():
        reasons.append(Finding("desk.loan.missing", "reason"))
    elif len(reason) > 500:
        reasons.append(Finding("desk.loan.long", "reason", "500"))
    if reasons or until is None:
        raise Lacking("desk.loan.refused", reasons)
    now = timezone.now()
    LoanExtension.objects.create(
        loan=row, before=row.due_on, after=until, reason=reason.strip(), by=actor.username, at=now
    )
    before, row.due_on = row.due_on, until
    told = {"before": before.isoformat(), "after": until.isoformat(), "reason": reason.strip()}
    _save(row, told)
    record(
        row.urn, {"number": number, "unit": row.unit.code, "until": until.isoformat(), "content": row.content}
    )


@act("desk.loan.return")
def give_back(
    actor: Actor, number: str, on: date | None, condition: str, remark: str = "", *, seen: int
) -> None:
    """Note that a loan came back: when, in which condition (``good``, ``damaged``, ``lacking``), what is to be said.

    A condition that is not good needs a word. Raises as :func:`extend`.
    """
    row = _out(actor, number, seen)
    reasons = []
    today = timezone.localdate()
    if on is None:
        reasons.append(Finding("desk.loan.missing", "on"))
    elif on > today:
        reasons.append(Finding("desk.loan.future", "on", today.isoformat(), on.isoformat()))
    elif on < row.lent_on:
        reasons.append(Finding("desk.loan.before", "on", row.lent_on.isoformat(), on.isoformat()))
    if condition not in Condition.values:
        reasons.append(Finding("desk.loan.missing", "condition"))
    elif condition != Condition.GOOD and not remark.strip():
        reasons.append(Finding("desk.loan.missing", "remark"))
    if len(remark) > 500:
        reasons.append(Finding("desk.loan.long", "remark", "500"))
    if reasons:
        raise Lacking("desk.loan.refused", reasons)
    row.returned_on, row.condition, row.remark = on, condition, remark.strip()
    row.returned_by = actor.username
    _save(row, {})
    told = {"number": number, "unit": row.unit.code, "condition": condition, "content": row.content}
    record(row.urn, told)


def _out(actor: Actor, number: str, seen: int) -> Loan:
    """Return the row of a loan that is out, locked."""
    row = (
        Loan.objects.select_for_update(of=("self",))
        .select_related("unit", "item")
        .filter(number=number)
        .first()
    )
    if row is None:
        raise NotFound("desk.loan.missing_row", number=number[:40])
    require(actor, "item.arrange", row.unit_id)
    if row.revision != seen:
        raise Conflict("desk.loan.changed", number=number)
    if row.returned_on is not None:
        raise Conflict("desk.loan.back", number=number)
    return row


def _save(row: Loan, extension: dict[str, str]) -> None:
    told = {
        "schema": SCHEMA,
        "unit": row.unit.code,
        "loans": [{"number": row.number, "loan": row.urn, **document(row)}],
    }
    row.content = kept({**told, "extension": extension} if extension else told)
    row.revision += 1
    row.save()

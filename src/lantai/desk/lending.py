"""Lending at the desk: what is said of a loan, what is wrong with it, how it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from lantai.desk.models import LoanKind
from lantai.kernel.findings import Finding

MOST_DAYS = 366
"""A loan is for a year at most; then it is extended, with a reason."""

_LIMITS = {"borrower": 80, "department": 120, "telephone": 40, "purpose": 500, "parts": 500, "place": 120}
_MUST = ("borrower", "department", "purpose")


@dataclass(frozen=True, slots=True)
class Terms:
    """To whom, what for and until when something is lent.

    ``kind`` is one of ``view``, ``copy``, ``paper``; ``due_on`` None for copies, which do not come back. ``place`` is
    where the paper stands, ``parts`` what of the record is lent ("" = the whole).
    """

    kind: str
    borrower: str
    department: str
    purpose: str
    lent_on: date | None
    due_on: date | None = None
    telephone: str = ""
    parts: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class LoanLine:
    """A line of the register. ``telephone`` is "" for who only advises the unit; ``overdue`` are days, 0 = none."""

    number: str
    unit_code: str
    unit_name: str
    item: str
    ref: str
    title: str
    kind: str
    kind_label: str
    place: str
    borrower: str
    department: str
    telephone: str
    purpose: str
    parts: str
    lent_on: date
    due_on: date | None
    returned_on: date | None
    condition: str
    condition_label: str
    remark: str
    extended: int
    overdue: int
    lent_by: str
    returned_by: str
    revision: int

    @property
    def out(self) -> bool:
        """Whether it has not come back."""
        return self.returned_on is None


@dataclass(frozen=True, slots=True)
class Extended:
    """One extension of a loan."""

    before: date
    after: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LoanView:
    """A loan whole."""

    line: LoanLine
    urn: str
    unit: int
    extensions: tuple[Extended, ...]


def weigh_terms(terms: Terms, today: date) -> Iterator[Finding]:
    """Yield every reason against ``terms``; the ``path`` of each is the field."""
    for name in _MUST:
        if not getattr(terms, name).strip():
            yield Finding("desk.loan.missing", name)
    for name, limit in _LIMITS.items():
        if len(getattr(terms, name)) > limit:
            yield Finding("desk.loan.long", name, str(limit))
    if terms.kind not in LoanKind.values:
        yield Finding("desk.loan.kind", "kind", "、".join(LoanKind.values), terms.kind[:20])
    if terms.lent_on is None:
        yield Finding("desk.loan.missing", "lent_on")
    elif terms.lent_on > today:
        yield Finding("desk.loan.future", "lent_on", today.isoformat(), terms.lent_on.isoformat())
    if terms.kind != LoanKind.COPY:
        yield from _weigh_due(terms)


def _weigh_due(terms: Terms) -> Iterator[Finding]:
    if terms.due_on is None:
        yield Finding("desk.loan.missing", "due_on")
    elif terms.lent_on is not None and terms.due_on < terms.lent_on:
        yield Finding("desk.loan.before", "due_on", terms.lent_on.isoformat(), terms.due_on.isoformat())
    elif terms.lent_on is not None and (terms.due_on - terms.lent_on).days > MOST_DAYS:
        yield Finding("desk.loan.far", "due_on", str(MOST_DAYS), terms.due_on.isoformat())

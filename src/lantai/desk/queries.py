"""Reads of the desk. Each takes the actor: clerks see what is their unit's, the intake staff advises all units."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet

from lantai.base.actors import Actor
from lantai.base.paging import Page, cursor, key
from lantai.desk import store
from lantai.desk.filing import KeptFile, Receipt
from lantai.desk.models import Capture, Component, Part, Source, State
from lantai.desk.queries_departments import NONE, own_departments
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.findings import Finding, Severity
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import units_of


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """A captured document in the tray."""

    number: str
    unit: int
    unit_name: str
    external_id: str
    title: str
    doc_number: str
    source: str
    source_label: str
    state: str
    state_label: str
    files: int
    bytes: int
    received_at: datetime
    department: str
    department_name: str


@dataclass(frozen=True, slots=True)
class CaptureView:
    """A captured document whole: ``values``, ``process`` and ``signatures`` by element key."""

    line: CaptureLine
    unit_code: str
    type: str
    values: dict[str, str]
    process: tuple[dict[str, str], ...]
    signatures: tuple[dict[str, str], ...]
    received_by: str
    receipt: Receipt


def visible(actor: Actor) -> QuerySet[Capture]:
    """Return the captures that ``actor`` may see: those of her units; of her department where she files for one."""
    units = units_of(actor, "capture.see")
    rows = Capture.objects.select_related("unit", "department")
    if units is None:
        return rows
    own = own_departments(actor)
    mine = Q(unit__in=units)
    return rows.filter(mine | Q(department__in=own.values()) if own else mine)


def own_unit(actor: Actor) -> str:
    """Return the code of the one unit for which ``actor`` may file; ``Invalid`` when that is none or several."""
    mine = units_of(actor, "capture.file") or frozenset()
    codes = [unit.code for unit in people.units() if unit.id in mine]
    if len(codes) != 1:
        raise Invalid("desk.unit.unsaid")
    return codes[0]


def states() -> list[tuple[str, str]]:
    """Return the states with their labels."""
    return [(state.value, str(state.label)) for state in State]


def sources() -> list[tuple[str, str]]:
    """Return the ways by which documents come in, with their labels."""
    return [(source.value, str(source.label)) for source in Source]


def captures(
    actor: Actor,
    *,
    text: str = "",
    state: str = "",
    source: str = "",
    unit: str = "",
    department: str = "",
    year: int | None = None,
    after: str = "",
    size: int = 50,
) -> Page[CaptureLine]:
    """Return a page of captures, newest first; ``text`` is part of the title or the whole 电子文件号.

    ``department`` is a code, :data:`~lantai.desk.queries_departments.NONE` what belongs to none; ``year`` that of
    filing, without what another document has replaced.
    """
    rows = _narrowed(visible(actor), text, state, source, unit).order_by("-id")
    if department:
        rows = (
            rows.filter(department=None) if department == NONE else rows.filter(department__code=department)
        )
    if year is not None:
        rows = rows.filter(of_year(year)).exclude(state=State.REPLACED)
    if after:
        rows = rows.filter(pk__lt=key(after, [int])[0])
    found = list(rows[: size + 1])
    more = cursor([found[size - 1].pk]) if len(found) > size else ""
    return Page([_line(row) for row in found[:size]], more)


def of_year(year: int) -> Q:
    """Return what captures belong to a year: by the class they lie in, else as they say themselves."""
    return Q(link__item__filing_class__year=year) | Q(link__item__filing_class=None, year=year)


def _narrowed(rows: QuerySet[Capture], text: str, state: str, source: str, unit: str) -> QuerySet[Capture]:
    if state:
        rows = rows.filter(state=state)
    if source:
        rows = rows.filter(source=source)
    if unit:
        rows = rows.filter(unit__code=unit)
    for word in text.split():
        rows = rows.filter(Q(title__icontains=word) | Q(external_id=word))
    return rows


def counts(actor: Actor) -> Counter[str]:
    """Return how many captures are in each state."""
    return Counter(visible(actor).order_by().values_list("state", flat=True))


def capture(actor: Actor, number: str) -> CaptureView:
    """Return a captured document; ``NotFound`` when there is none or the actor may not see it."""
    row = _row(actor, number)
    return CaptureView(
        line=_line(row),
        unit_code=row.unit.code,
        type=row.type,
        values=row.described,
        process=tuple(row.process),
        signatures=tuple(row.signatures),
        received_by=row.received_by,
        receipt=_receipt(row),
    )


def receipt(actor: Actor, number: str) -> Receipt:
    """Return the receipt of a captured document; ``NotFound`` as :func:`capture`."""
    return _receipt(_row(actor, number))


def original(actor: Actor, number: str, order: int) -> tuple[KeptFile, Path]:
    """Return one file of a document and where its bytes lie; ``NotFound("desk.component.missing")``."""
    row = _row(actor, number)
    found = Component.objects.filter(capture=row, order=order).first()
    if found is None:
        raise NotFound("desk.component.missing", number=number, order=order)
    return _kept(found), store.place(found.sha512)


def _row(actor: Actor, number: str) -> Capture:
    row = visible(actor).filter(number=number).first()
    if row is None:
        raise NotFound("desk.capture.missing", number=number[:40])
    return row


def _line(row: Capture) -> CaptureLine:
    return CaptureLine(
        number=row.number,
        unit=row.unit_id,
        unit_name=row.unit.name,
        external_id=row.external_id,
        title=row.title,
        doc_number=str(row.values.get("doc_number", "")),
        source=row.source,
        source_label=str(Source(row.source).label),
        state=row.state,
        state_label=str(State(row.state).label),
        files=row.files,
        bytes=row.bytes,
        received_at=row.received_at,
        department=row.department.code if row.department else "",
        department_name=row.department.name if row.department else "",
    )


def _receipt(row: Capture) -> Receipt:
    return Receipt(
        number=row.number,
        urn=row.urn,
        unit=row.unit.code,
        external_id=row.external_id,
        state=row.state,
        received_at=row.received_at,
        entry=str(row.entry),
        position=ledger.entry(str(row.entry)).index,
        content=row.content,
        components=tuple(_kept(one) for one in row.components.order_by("order")),
        notes=tuple(_finding(told) for told in row.notes),
    )


def _kept(one: Component) -> KeptFile:
    label = str(Part(one.role).label)
    return KeptFile(one.order, one.role, label, one.name, one.bytes, one.sha512, one.sm3, one.puid, one.mime)


def _finding(told: dict[str, Any]) -> Finding:
    return Finding(**{**told, "severity": Severity(told["severity"])})

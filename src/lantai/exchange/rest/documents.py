"""The documents that endpoints answer, and how records become them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lantai.base.actors import Actor
from lantai.exchange.shapes import told
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Mark, PartView, RecordView

LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """Where a page of a list begins and how long it is."""

    cursor: str = told("From `next` of the page before.", default="", most=2_000)
    limit: int = told("Members of the page.", default=50, least=1, bound=LIMIT)


@dataclass(frozen=True, slots=True)
class FondsDoc:
    """A fonds (全宗) and how many of its records the caller sees."""

    number: str
    name: str
    unit: str
    count: int


@dataclass(frozen=True, slots=True)
class FondsPage:
    """A page of fonds."""

    items: tuple[FondsDoc, ...]
    next: str


@dataclass(frozen=True, slots=True)
class FondsWhole:
    """A fonds with its own description."""

    number: str
    name: str
    unit: str
    count: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecordDoc:
    """A record (案卷, 件) as it stands in lists. ``values`` holds only what the caller may see."""

    urn: str
    ref: str
    level: str
    type: str
    fonds: str
    series: str
    parent: str
    title: str
    year: int | None
    open: str
    accepted: bool
    version: int
    changed_at: datetime
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of records."""

    items: tuple[RecordDoc, ...]
    next: str


@dataclass(frozen=True, slots=True)
class ComponentDoc:
    """A computer file of a record."""

    order: int
    role: str
    name: str
    size: int
    puid: str
    mime: str
    format: str


@dataclass(frozen=True, slots=True)
class ComponentList:
    """The files of a record; none for strangers, who read descriptions only."""

    items: tuple[ComponentDoc, ...]
    next: str


@dataclass(frozen=True, slots=True)
class EventDoc:
    """One entry of the ledger about a record. ``index`` is null until it is published."""

    index: int | None
    act: str
    actor: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventList:
    """What was done with a record, oldest first; empty for who sees it only because it is open."""

    items: tuple[EventDoc, ...]
    next: str


def shown_values(actor: Actor, record: RecordView) -> dict[str, str]:
    """Return the elements of ``record`` that ``actor`` may see: all by office or unit, else the public ones."""
    if holdings.sees_by_office(actor, record.unit):
        return {key: value for key, value in record.values.items() if value}
    return open_values(record)


def open_values(record: RecordView) -> dict[str, str]:
    """Return the elements of an opened record that everybody may see: public and not personal."""
    kind = holdings.types().get(record.type)
    known = kind.by_key if kind else {}
    return {
        key: value
        for key, value in record.values.items()
        if value and key in known and known[key].public and not known[key].personal
    }


def record_doc(actor: Actor, record: RecordView, mark: Mark) -> RecordDoc:
    """Return ``record`` in the state ``mark`` as ``actor`` may see it."""
    return RecordDoc(
        urn=record.urn,
        ref=record.ref,
        level=record.level,
        type=record.type,
        fonds=record.fonds,
        series=record.series,
        parent=record.parent,
        title=record.title,
        year=record.year,
        open=record.open_status,
        accepted=mark.accepted,
        version=mark.version,
        changed_at=mark.changed_at,
        values=shown_values(actor, record),
    )


def record_docs(actor: Actor, ids: list[int]) -> tuple[RecordDoc, ...]:
    """Return the visible ones of the given row ids, in their order."""
    views = holdings.records_by_id(actor, ids)
    marks = holdings.marks(list(views))
    return tuple(record_doc(actor, views[one], marks[one]) for one in ids if one in marks)


def component_docs(parts: list[PartView]) -> Iterator[ComponentDoc]:
    """Yield the documents of the files of a record."""
    for part in parts:
        yield ComponentDoc(part.order, part.role, part.name, part.size, part.puid, part.mime, part.format)


def etag(urn: str, version: int) -> str:
    """Return the tag of one state of a record."""
    return f'"{urn.rsplit(":", 1)[-1]}.{version}"'

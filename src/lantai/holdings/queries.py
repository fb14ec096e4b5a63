"""Reads of the catalogue. Each takes the actor, and goes through ``visible_to``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db.models import Q, Sum

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.base.home import home
from lantai.base.paging import Page, page
from lantai.base.statements import Statement
from lantai.holdings.access import (
    EVERYBODY,
    indexed_classes,
    sees_by_office,
    tallies,
    visible_classes,
    visible_to,
)
from lantai.holdings.addresses import name_in_address, record_address
from lantai.holdings.feed import (
    Branch,
    Mark,
    Span,
    branches,
    by_change,
    by_place,
    feed_size,
    few_changes,
    id_range,
    in_id_range,
    marks,
    newest_change,
    oldest_change,
    seen_fonds,
    seen_types,
)
from lantai.holdings.models import OPEN, Component, Fonds, Record, Series, Tally
from lantai.holdings.places import Figure, Place, count_of, figures, fonds_values, ids, in_order, kinds
from lantai.holdings.recent import Last, Seat, last_record, last_values, next_ref, seat
from lantai.holdings.told import RecordView, records_by_id, teller
from lantai.holdings.words import open_tone, span, spoken
from lantai.kernel import recordtypes
from lantai.kernel.errors import NotFound

__all__ = [
    "EVERYBODY",
    "OPEN",
    "Branch",
    "Figure",
    "FondsView",
    "Last",
    "Mark",
    "PartView",
    "Place",
    "RecordView",
    "Seat",
    "SeriesView",
    "Span",
    "branches",
    "by_change",
    "by_place",
    "count_of",
    "existing_refs",
    "feed_size",
    "few_changes",
    "figures",
    "fonds",
    "fonds_list",
    "fonds_values",
    "id_range",
    "ids",
    "in_id_range",
    "in_order",
    "indexed_classes",
    "kinds",
    "labelled",
    "last_record",
    "last_values",
    "marks",
    "name_in_address",
    "newest_change",
    "next_ref",
    "oldest_change",
    "open_tone",
    "record",
    "record_address",
    "records_by_id",
    "retention",
    "seat",
    "seen_fonds",
    "seen_types",
    "sees_by_office",
    "series_list",
    "span",
    "teller",
    "types",
    "visible_classes",
]


@dataclass(frozen=True, slots=True)
class FondsView:
    """A fonds with its unit and how many of its records the actor sees."""

    number: str
    name: str
    unit: int
    unit_name: str
    count: int


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series with how many of its records the actor sees."""

    id: int
    code: str
    type: str
    year: int | None
    retention: str
    count: int


@dataclass(frozen=True, slots=True)
class PartView:
    """A component: its number in the record, and where it lies in the preserved object."""

    order: int
    role: str
    path: str
    size: int
    puid: str
    mime: str
    format: str

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


@lru_cache(maxsize=1)
def types() -> dict[str, recordtypes.RecordType]:
    """Return the record types of this site by code: the built-in ones and the site's own."""
    own = home().types
    return dict(recordtypes.load(own if own.is_dir() else None))


def labelled(name: str, value: str, kind: str = "") -> str:
    """Return how a value is said in the reader's language: ``name`` is ``type`` or a coded element's key.

    ``kind`` is the record type to ask, "" for any; a value without words stands for itself.
    """
    if name == "type":
        known = types().get(value)
        return known.label[reader_language()] if known else value
    asked = types().get(kind) or next(iter(types().values()))
    element = asked.by_key.get(_COLUMNS.get(name, name))
    return spoken(asked, element, value) if element else value


def element_label(kind: str, key: str) -> str:
    """Return the name of an element in the reader's language; its key where the type does not know it."""
    element = types()[kind].by_key.get(key) if kind in types() else None
    return element.label[reader_language()] if element else key


_COLUMNS = {"open": "open_status"}
"""Columns and facets whose names are not the keys of their elements."""


def retention(actor: Actor, record: RecordView) -> str:
    """Return the retention period of a record, "" where the actor may not see that element."""
    kind = types().get(record.type)
    element = kind.by_key.get("retention") if kind else None
    shown = element is not None and element.public and not element.personal
    return record.retention if shown or sees_by_office(actor, record.unit) else ""


def fonds_list(actor: Actor) -> list[FondsView]:
    """Return every fonds by number; a fonds in which the actor sees nothing shows a count of 0."""
    counts = dict(tallies(actor).values_list("fonds").annotate(n=Sum("count")).order_by())
    return [
        FondsView(row.number, row.name, row.unit_id, row.unit.name, counts.get(row.pk, 0))
        for row in Fonds.objects.select_related("unit").order_by("number")
    ]


def fonds(actor: Actor, number: str) -> FondsView:
    """Return one fonds; ``NotFound`` when there is none."""
    row = Fonds.objects.select_related("unit").filter(number=number).first()
    if row is None:
        raise NotFound("holdings.fonds.missing", fonds=number)
    seen = tallies(actor).filter(fonds=row).aggregate(n=Sum("count"))["n"] or 0
    return FondsView(row.number, row.name, row.unit_id, row.unit.name, seen)


def series_list(actor: Actor, number: str) -> list[SeriesView]:
    """Return the series of a fonds in which the actor sees something, by type, year and code."""
    counts = dict(
        tallies(actor).filter(fonds__number=number).values_list("series").annotate(n=Sum("count")).order_by()
    )
    rows = Series.objects.filter(pk__in=counts).order_by("type", "year", "code")
    return [SeriesView(r.pk, r.code, r.type, r.year, r.retention, counts[r.pk]) for r in rows]


def records(
    actor: Actor, *, number: str = "", series: int | None = None, parent: str = "", after: str = ""
) -> Page[RecordView]:
    """Return a page of records in the order of their codes: of a fonds, a series' top, or inside a file."""
    rows = visible_to(actor).select_related("fonds", "series", "parent")
    if parent:
        rows = rows.filter(parent__ref=parent)
    elif series is not None:
        rows = rows.filter(series=series, parent=None)
    if number:
        rows = rows.filter(fonds__number=number)
    found = page(rows, {"sort_key": str, "id": int}, after)
    return Page(list(map(teller(actor), found.items)), found.after)


def record(actor: Actor, what: str) -> RecordView:
    """Return the record of a 档号 or urn; ``NotFound`` when there is none or the actor may not see it."""
    rows = visible_to(actor).select_related("fonds", "series", "parent")
    column = "urn" if what.startswith("urn:") else "ref"
    row = rows.filter(**{column: what}).first() if "\0" not in what else None
    if row is None:
        raise NotFound("holdings.record.missing", what=what)
    return teller(actor)(row)


def records_by_urn(actor: Actor, urns: Sequence[str]) -> dict[str, RecordView]:
    """Return the visible ones of the given permanent names."""
    rows = visible_to(actor).select_related("fonds", "series", "parent").filter(urn__in=list(urns))
    tell = teller(actor)
    return {row.urn: tell(row) for row in rows}


def children(actor: Actor, record: RecordView, after: str = "", size: int = 50) -> Page[RecordView]:
    """Return a page of what lies in a file, in the order of the codes."""
    rows = visible_to(actor).filter(parent=record.id).select_related("fonds", "series", "parent")
    found = page(rows, {"sort_key": str, "id": int}, after, size)
    return Page(list(map(teller(actor), found.items)), found.after)


def parent_of(actor: Actor, record: RecordView) -> RecordView | None:
    """Return the file that a record lies in; None at the top of a series, or when the actor may not see it."""
    rows = visible_to(actor).filter(children=record.id).select_related("fonds", "series", "parent")
    row = rows.first()
    return teller(actor)(row) if row else None


def neighbours(actor: Actor, record: RecordView) -> tuple[RecordView | None, RecordView | None]:
    """Return the visible records before and after ``record`` in its file, or at the top of its series."""
    key, parent = Record.objects.values_list("sort_key", "parent").get(pk=record.id)
    rows = visible_to(actor).select_related("fonds", "series", "parent")
    rows = rows.filter(parent=parent) if parent else rows.filter(series=record.series_id, parent=None)
    before = rows.filter(sort_key__lte=key).exclude(Q(sort_key=key) & Q(pk__gte=record.id))
    behind = rows.filter(sort_key__gte=key).exclude(Q(sort_key=key) & Q(pk__lte=record.id))
    found = before.order_by("-sort_key", "-id").first(), behind.order_by("sort_key", "id").first()
    tell = teller(actor)
    return tell(found[0]) if found[0] else None, tell(found[1]) if found[1] else None


def fonds_names(numbers: Collection[str] | None = None) -> dict[str, str]:
    """Return the name of every fonds by its number, or of those with one of ``numbers``."""
    if numbers is None:
        return dict(Fonds.objects.values_list("number", "name"))
    return dict(_NAMES_OF_FONDS(list(numbers)))


_NAMES_OF_FONDS = Statement(
    lambda numbers: Fonds.objects.filter(number__in=numbers).values_list("number", "name"), str
)


def records_of_batch(actor: Actor, batch: UUID, after: str = "", size: int = 50) -> Page[RecordView]:
    """Return a page of the records that one batch described."""
    rows = visible_to(actor).filter(batch=batch).select_related("fonds", "series", "parent")
    found = page(rows, {"sort_key": str, "id": int}, after, size)
    return Page(list(map(teller(actor), found.items)), found.after)


def batch_span(batch: UUID) -> tuple[str, str]:
    """Return the first and the last 档号 that a batch described, ("", "") before it has."""
    refs = Record.objects.filter(batch=batch).order_by("sort_key", "id").values_list("ref", flat=True)
    return refs.first() or "", refs.last() or ""


def parts(record_id: int) -> list[PartView]:
    """Return the components of a record, which the caller has already been allowed to see."""
    return [
        PartView(c.order, c.role, c.path, c.size, c.puid, c.mime, c.format)
        for c in Component.objects.filter(record=record_id).order_by("order")
    ]


def existing_refs(refs: Collection[str]) -> set[str]:
    """Return which of ``refs`` are taken, whoever may see them (for checks, never for pages)."""
    wanted = list(refs)
    taken: set[str] = set()
    for start in range(0, len(wanted), 500):
        rows = Record.objects.filter(ref__in=wanted[start : start + 500])
        taken.update(rows.values_list("ref", flat=True))
    return taken


def existing_files(number: str, refs: Collection[str]) -> set[str]:
    """Return which of ``refs`` are files (案卷) of the fonds ``number``, whoever may see them (for checks)."""
    wanted = list(refs)
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        rows = Record.objects.filter(
            fonds__number=number, level=Record.FILE, ref__in=wanted[start : start + 500]
        )
        found.update(rows.values_list("ref", flat=True))
    return found


def count(actor: Actor) -> int:
    """Return how many records the actor sees."""
    return tallies(actor).aggregate(n=Sum("count"))["n"] or 0


def total() -> int:
    """Return how many records there are, whoever may see them (for the machinery, never for pages)."""
    return Tally.objects.aggregate(n=Sum("count"))["n"] or 0


def parts_of(record_ids: Iterable[int]) -> dict[int, list[PartView]]:
    """Return the components of many records by row id."""
    found: dict[int, list[PartView]] = {}
    for c in Component.objects.filter(record__in=list(record_ids)).order_by("record", "order"):
        found.setdefault(c.record_id, []).append(
            PartView(c.order, c.role, c.path, c.size, c.puid, c.mime, c.format)
        )
    return found

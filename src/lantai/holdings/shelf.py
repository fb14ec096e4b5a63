"""A fonds as its page shows it: a tree that opens level by level, and the list of the opened place."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from django.db.models import Count, Model, QuerySet

from lantai.base.actors import Actor
from lantai.base.paging import Page, every, key, page
from lantai.holdings.access import sees_by_office, tallies, visible_to
from lantai.holdings.forms import Asked
from lantai.holdings.models import AccessClass, Fonds, Record, Series
from lantai.holdings.queries import FondsView, RecordView, labelled, teller, types
from lantai.kernel.errors import NotFound
from lantai.kernel.recordtypes import Element

BRANCH = 40
FEW_SERIES = 100
"""So many series are walked side by side when a filter names them; more are walked in the order of the fonds."""

M = TypeVar("M", bound=Model)
_ORDER: dict[str, type] = {"sort_key": str, "id": int}


@dataclass(frozen=True, slots=True)
class Node:
    """One line of the tree; ``value`` goes into the address, ``count`` are the records below it."""

    value: str
    count: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """The opened levels: all types, years of the chosen type, series of the chosen year, some files.

    ``more`` is the cursor of the files that follow, "" when there are none.
    """

    types: Sequence[Node]
    years: Sequence[Node]
    series: Sequence[Node]
    files: Sequence[RecordView]
    more: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter and how it is said."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters of a fonds page offer: only what the actor sees."""

    types: Sequence[str]
    years: Sequence[int]
    open: Sequence[Choice]


Counts = Mapping[tuple[str, int | None, str], int]


@dataclass(frozen=True, slots=True)
class Seen:
    """A fonds and what the actor sees in it: counts by type, year and series, which series hold files (案卷),
    and the access classes met."""

    fonds: FondsView
    counts: Counts
    filed: frozenset[str]
    access: frozenset[int]


def seen(actor: Actor, number: str) -> Seen:
    """Return a fonds with what the actor sees in it; ``NotFound`` when there is no such fonds."""
    row = Fonds.objects.select_related("unit").filter(number=number).first() if "\0" not in number else None
    if row is None:
        raise NotFound("holdings.fonds.missing", fonds=number)
    rows = tallies(actor).filter(fonds=row)
    grouped = list(rows.values_list("type", "year", "series", "level", "access", "count"))
    codes = dict(Series.objects.filter(fonds=row).values_list("id", "code"))
    counts: Counter[tuple[str, int | None, str]] = Counter()
    for kind, year, series, _, _, n in grouped:
        counts[kind, year or None, codes[series]] += n
    filed = frozenset(codes[series] for _, _, series, level, _, _ in grouped if level == Record.FILE)
    told = FondsView(row.number, row.name, row.unit_id, row.unit.name, counts.total())
    return Seen(told, counts, filed, frozenset(access for *_, access, _ in grouped))


def fitting(asked: Asked, found: Counts) -> Asked:
    """Return ``asked`` without a series, and what lies in it, that its type and year do not have."""
    if not asked.series:
        return asked
    for kind, year, code in found:
        if code == asked.series and asked.type in {"", kind} and asked.year in {None, year or 0}:
            return asked
    return replace(asked, series="", file="")


def tree(actor: Actor, asked: Asked, found: Seen) -> Tree:
    """Return the tree opened down to ``asked``."""
    by_type: Counter[str] = Counter()
    by_year: Counter[int | None] = Counter()
    by_series: Counter[str] = Counter()
    for (kind, year, code), n in found.counts.items():
        by_type[kind] += n
        if kind == asked.type:
            by_year[year] += n
            if asked.year is not None and (year or 0) == asked.year:
                by_series[code] += n
    files: Page[RecordView] = Page([], "")
    if asked.series in by_series and asked.series in found.filed:
        files = branch(actor, found.fonds.number, asked)
    return Tree(
        [Node(kind, by_type[kind]) for kind in sorted(by_type)],
        [Node(str(year or 0), by_year[year]) for year in sorted(by_year, key=lambda year: year or 0)],
        [Node(code, by_series[code]) for code in sorted(by_series)],
        files.items,
        files.after,
    )


def branch(actor: Actor, number: str, asked: Asked) -> Page[RecordView]:
    """Return the next files of the series in ``asked``, the opened one among the first if it lies elsewhere."""
    within = replace(asked, file="", open="", level=Record.FILE)
    rows = _there(actor, number, within, _filtered(actor, within))
    found = _paged(actor, rows, asked.after, BRANCH)
    refs = {row.ref for row in found.items}
    if asked.file and not asked.after and asked.file not in refs:
        opened = rows.filter(ref=asked.file).first()
        if opened:
            return Page([teller(actor)(opened), *found.items], found.after)
    return found


def _filtered(actor: Actor, asked: Asked) -> QuerySet[Record]:
    """Return the rows everywhere that pass the filters in ``asked``."""
    rows = visible_to(actor).select_related("fonds", "series", "parent")
    if asked.type:
        rows = rows.filter(type=asked.type)
    if asked.year is not None:
        rows = rows.filter(year=asked.year or None)
    if asked.open:
        rows = rows.filter(access__in=list(AccessClass.objects.filter(open_status=asked.open)))
    if not asked.file and not asked.level:
        rows = rows.filter(parent=None)
    return rows.filter(level=asked.level) if asked.level else rows


def _there(actor: Actor, number: str, asked: Asked, rows: QuerySet[Record]) -> QuerySet[Record]:
    """Narrow ``rows`` to the place in ``asked``, by the one id that names it most closely.

    A database that is given the ids of fonds, series and file may walk the wrong one of three indexes.
    """
    if asked.file:
        return rows.filter(parent=_id(visible_to(actor).filter(ref=asked.file, fonds__number=number)))
    if asked.series:
        return rows.filter(series=_id(Series.objects.filter(fonds__number=number, code=asked.series)))
    return rows.filter(fonds=_id(Fonds.objects.filter(number=number)))


def _id(rows: QuerySet[M]) -> int:
    """Return the row id of the only one of ``rows``, 0 (which none has) without one."""
    return rows.order_by().values_list("pk", flat=True).first() or 0


def _within(actor: Actor, number: str, asked: Asked) -> list[int]:
    """Return the series that a filter by type, year or opening leaves; [] when nothing narrows to a few."""
    if asked.series or asked.file or not (asked.type or asked.year is not None or asked.open):
        return []
    counted = tallies(actor).filter(fonds__number=number)
    if asked.type:
        counted = counted.filter(type=asked.type)
    if asked.year is not None:
        counted = counted.filter(year=asked.year)
    if asked.open:
        counted = counted.filter(access__open_status=asked.open)
    found = list(counted.values_list("series", flat=True).distinct()[: FEW_SERIES + 1])
    return found if len(found) <= FEW_SERIES else []


def _page(
    actor: Actor, number: str, asked: Asked, after: str, size: int, within: Sequence[int]
) -> Page[RecordView]:
    """Return a page of the list in ``asked`` after the cursor.

    ``within`` are the series it lies in: each is walked in its own order and the first of all are taken, so
    that no filter makes the database walk past a whole fonds.
    """
    filtered = _filtered(actor, asked)
    if not within:
        return _paged(actor, _there(actor, number, asked, filtered), after, size)
    ahead = (one for series in within for one in _keys(filtered.filter(series=series), after, size + 1))
    first = [identity for _, identity in heapq.nsmallest(size + 1, ahead)]
    rows = Record.objects.filter(pk__in=first).select_related("fonds", "series", "parent")
    return _paged(actor, rows, "", size)


def _keys(rows: QuerySet[Record], after: str, count: int) -> list[tuple[str, int]]:
    """Return the keys of the first rows after the cursor, without the rows."""
    if after:
        sort_key, identity = key(after, list(_ORDER.values()))
        rows = rows.filter(sort_key__gte=sort_key).exclude(sort_key=sort_key, id__lte=identity)
    return list(rows.select_related(None).order_by(*_ORDER).values_list("sort_key", "id")[:count])


def _paged(actor: Actor, rows: QuerySet[Record], after: str, size: int) -> Page[RecordView]:
    found = _ahead(rows, after, size)
    return Page(list(map(teller(actor), found.items)), found.after)


def _ahead(rows: QuerySet[Record], after: str, size: int) -> Page[Record]:
    """Page ``rows``; the bound on the leading column lets the database start at the cursor."""
    if after:
        rows = rows.filter(sort_key__gte=key(after, list(_ORDER.values()))[0])
    return page(rows, _ORDER, after, size)


def listed(actor: Actor, number: str, asked: Asked, size: int = 50) -> Page[RecordView]:
    """Return a page of the records of the place in ``asked`` that pass its filters."""
    return _page(actor, number, asked, asked.after, size, _within(actor, number, asked))


def everything(actor: Actor, number: str, asked: Asked) -> Iterator[RecordView]:
    """Return all records that the list in ``asked`` would show, page by page, for an export."""
    within = _within(actor, number, asked)
    return every(lambda after: _page(actor, number, asked, after, 1_000, within))


def choices(found: Seen) -> Choices:
    """Return the types, years and open statuses that occur among what the actor sees of a fonds."""
    statuses = AccessClass.objects.filter(pk__in=found.access).values_list("open_status", flat=True)
    years = sorted({year for _, year, _ in found.counts if year}, reverse=True)
    spoken = [Choice(status, labelled("open", status)) for status in sorted(set(statuses))]
    return Choices(sorted({kind for kind, _, _ in found.counts}), years, spoken)


def inside(actor: Actor, records: Sequence[RecordView]) -> dict[int, int]:
    """Return how many visible records lie in each of the files among ``records``, by row id."""
    files = [record.id for record in records if record.level == Record.FILE]
    if not files:
        return {}
    rows = visible_to(actor).filter(parent__in=files).order_by().values_list("parent").annotate(n=Count("id"))
    return dict(rows)


def columns(kind: str, found: Counts) -> tuple[Element, ...]:
    """Return the list columns of ``kind``, or of the only or most frequent type of the fonds."""
    if kind not in types():
        frequent = Counter[str]()
        for (code, _, _), n in found.items():
            frequent[code] += n
        kind = next((code for code, _ in frequent.most_common() if code in types()), next(iter(types())))
    return types()[kind].list_columns()


def cells(actor: Actor, record: RecordView, shown: Sequence[Element]) -> list[str]:
    """Return the values of ``shown`` in a record, "" where the actor sees the record only because it is open
    and the element is personal or not public."""
    inner = sees_by_office(actor, record.unit)
    return [
        record.values.get(element.key, "") if inner or (element.public and not element.personal) else ""
        for element in shown
    ]

"""The unit's own statistics: items, files, pages and bytes by year, type, retention, department, source and form of file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, FilteredRelation, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from lantai.base.actors import Actor
from lantai.desk.models import Capture, Component, Department, Item, State
from lantai.people.policies import require

BY = ("year", "type", "retention", "department", "source")
"""What items are counted by; the form of files is counted apart, because an item has files of several forms."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How much there is. ``pages`` are those that descriptions tell; ``bytes`` of the files as they came."""

    items: int = 0
    files: int = 0
    pages: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One value with its figures. ``value`` is as it is stored, "" where an item has none (in no class, of none)."""

    value: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Statistics:
    """``tables`` by :data:`BY`, the values in order; ``forms`` by MIME type: an item counts in each of its forms.

    ``waiting`` documents are in the tray and part of no item: they are in no other figure.
    """

    total: Figures
    tables: dict[str, tuple[Line, ...]]
    forms: tuple[Line, ...]
    departments: dict[str, str]
    waiting: int


def statistics(actor: Actor, unit: int, *, year: int | None = None) -> Statistics:
    """Return the figures of a unit's items, all or those of one year; five questions to the database.

    The year of an item is that of its class, else the one that its leading document says; department and source are
    those of its leading document.
    """
    require(actor, "capture.see", unit)
    rows = _items(unit)
    if year is not None:
        rows = rows.filter(of=year)
    groups = ("of", "type", "held", "owner", "way")
    pages = rows.values_list(*groups).annotate(n=Count("pk"), pages=Sum(_pages())).order_by()
    files = rows.values_list(*groups).annotate(
        files=Sum("links__capture__files"), bytes=Sum("links__capture__bytes")
    )
    counted: dict[tuple[Any, ...], Counter[str]] = {}
    for *key, n, told in pages:
        counted.setdefault(tuple(key), Counter()).update(items=n, pages=told or 0)
    for *key, n, size in files.order_by():
        counted.setdefault(tuple(key), Counter()).update(files=n or 0, bytes=size or 0)
    names = dict(Department.objects.filter(unit=unit).values_list("code", "name"))
    return Statistics(
        total=_figures(counted.values()),
        tables={name: _folded(counted, place, name) for place, name in enumerate(BY)},
        forms=_forms(unit, year),
        departments=names,
        waiting=_waiting(unit, year),
    )


def _items(unit: int) -> QuerySet[Any]:
    """Return the items of a unit, each with its leading document: ``of`` its year, ``owner`` its department, ``way``."""
    lead = Item.objects.filter(unit=unit).alias(lead=FilteredRelation("links", condition=Q(links__order=1)))
    return lead.annotate(
        of=Coalesce("filing_class__year", "lead__capture__year"),
        held=F("filing_class__retention"),
        owner=F("lead__capture__department__code"),
        way=F("lead__capture__source"),
    )


def _pages() -> Case:
    """Return the pages that an item tells as a number; 0 where it tells none, or something else."""
    told = KeyTextTransform("pages", "values")
    whole = When(values__pages__regex=r"^[0-9]{1,9}$", then=Cast(told, IntegerField()))
    return Case(whole, default=Value(0), output_field=IntegerField())


def _figures(counters: Iterable[Counter[str]]) -> Figures:
    total: Counter[str] = Counter()
    for one in counters:
        total.update(one)
    return Figures(**{name: total[name] for name in ("items", "files", "pages", "bytes")})


def _folded(counted: dict[tuple[Any, ...], Counter[str]], place: int, name: str) -> tuple[Line, ...]:
    told: dict[str, list[Counter[str]]] = {}
    for key, one in counted.items():
        told.setdefault("" if key[place] is None else str(key[place]), []).append(one)
    values = sorted(told, reverse=name == "year")
    return tuple(Line(value, _figures(told[value])) for value in sorted(values, key=lambda v: v == ""))


def _forms(unit: int, year: int | None) -> tuple[Line, ...]:
    """Return files and bytes by MIME type, the most bytes first; pages are those of items and not told by form."""
    rows = Component.objects.filter(capture__unit=unit, capture__link__isnull=False)
    if year is not None:
        rows = rows.filter(capture__link__item__in=_items(unit).filter(of=year).values("pk"))
    told = rows.values_list("mime").annotate(
        items=Count("capture__link__item", distinct=True), files=Count("pk"), size=Sum("bytes")
    )
    lines = [Line(mime, Figures(items, files, 0, size or 0)) for mime, items, files, size in told.order_by()]
    return tuple(sorted(lines, key=lambda line: (-line.figures.bytes, line.value)))


def _waiting(unit: int, year: int | None) -> int:
    rows = Capture.objects.filter(unit=unit, state=State.TRAY)
    return (rows if year is None else rows.filter(year=year)).count()

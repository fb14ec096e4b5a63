"""Reads of arranging: items, classes and what is suggested for them, as the actor's unit may see them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Count, QuerySet

from lantai.base.actors import Actor
from lantai.desk.arranged import ArrangedItem, ArrangedVolume
from lantai.desk.arranging import LEVELS, described, item_uuid, kind_of, told_items
from lantai.desk.filing import KeptFile
from lantai.desk.models import (
    Arrangement,
    ClassState,
    Component,
    FilingClass,
    HandOverState,
    Item,
    ItemCapture,
    ItemState,
    Part,
    Scheme,
)
from lantai.desk.queries_hand_over import standing
from lantai.desk.volumes import bundles
from lantai.kernel.errors import NotFound
from lantai.people.policies import units_of

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

AT_ONCE = 200
"""Items whose files are read together."""


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class in the year's list; ``function`` "" where the unit does not divide by it."""

    number: str
    unit: int
    unit_code: str
    unit_name: str
    fonds: str
    type: str
    year: int
    function: str
    retention: str
    state: str
    state_label: str
    size: int
    closed_at: datetime | None
    closed_by: str
    revision: int
    arrangement: str
    volumes: int


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in a list; ``key`` is that of its row, ``number`` that of its class, "" when it is in none.

    ``volume`` is the uuid of its 案卷 or "", ``place`` its place there, ``page_number`` the 页号 it has there once it
    is numbered.
    """

    key: int
    uuid: str
    number: str
    position: int
    type: str
    title: str
    doc_number: str
    date: str
    author: str
    pages: str
    ref: str
    item_number: str
    state: str
    files: int
    captures: int
    revision: int
    volume: str
    place: int
    page_number: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item whole: ``values`` are its own, ``told`` all that is known of it with what its class says.

    ``sources`` says of each file in which capture it lies and where there; ``packed``: it lies in a hand-over that is
    more than a draft, so that nothing of it can be changed.
    """

    line: ItemLine
    unit: int
    unit_code: str
    unit_name: str
    values: Mapping[str, str]
    told: Mapping[str, str]
    files: tuple[KeptFile, ...]
    captures: tuple[str, ...]
    sources: tuple[tuple[str, int], ...]
    packed: bool


def classes_of(actor: Actor) -> QuerySet[FilingClass]:
    """Return the classes that ``actor`` may see."""
    units = units_of(actor, "capture.see")
    rows = FilingClass.objects.select_related("unit")
    return rows if units is None else rows.filter(unit__in=units)


def items_of(actor: Actor) -> QuerySet[Item]:
    """Return the items that ``actor`` may see."""
    units = units_of(actor, "capture.see")
    rows = Item.objects.select_related("unit", "filing_class")
    return rows if units is None else rows.filter(unit__in=units)


def scheme(unit: int) -> tuple[str, ...]:
    """Return in which order the levels of a unit's 分类方案 stand above each other."""
    levels = Scheme.objects.filter(unit=unit).values_list("levels", flat=True).first()
    return tuple(levels) if levels else LEVELS


def years(actor: Actor, unit: str) -> list[int]:
    """Return the years of which a unit has classes, the newest first."""
    rows = classes_of(actor).filter(unit__code=unit).order_by("-year")
    return list(rows.values_list("year", flat=True).distinct())


def classes(actor: Actor, unit: str, *, year: int | None = None) -> list[ClassLine]:
    """Return the classes of a unit in the order of its scheme."""
    rows = classes_of(actor).filter(unit__code=unit)
    if year is not None:
        rows = rows.filter(year=year)
    found = list(rows)
    levels = scheme(found[0].unit_id) if found else LEVELS
    return [_class_line(row) for row in sorted(found, key=lambda row: _place(row, levels))]


def _place(row: FilingClass, levels: Sequence[str]) -> tuple[object, ...]:
    parts = {"year": f"{row.year:04d}", "function": row.function, "retention": _rank(row)}
    return (row.fonds, row.type, *(parts[level] for level in levels))


def _rank(row: FilingClass) -> str:
    """Return a retention period so that longer ones sort first, as the terms of its type stand."""
    vocabulary = kind_of(row.type).vocabularies.get("retention")
    values = [term.value for term in vocabulary.terms] if vocabulary else []
    return f"{values.index(row.retention):02d}" if row.retention in values else f"99{row.retention}"


def filing_class(actor: Actor, number: str) -> ClassLine:
    """Return a class; ``NotFound("desk.class.missing")`` when there is none or the actor may not see it."""
    return _class_line(_class(actor, number))


def in_class(actor: Actor, number: str, *, first: int = 1, count: int | None = None) -> list[ItemLine]:
    """Return the items of a class in their order: all, or ``count`` from the place ``first`` on."""
    rows = Item.objects.filter(filing_class=_class(actor, number), position__gte=first)
    if count is not None:
        rows = rows.filter(position__lt=first + count)
    return _lines(rows.order_by("position", "pk"))


def place_in_class(actor: Actor, number: str, item: str) -> int:
    """Return the place that an item has in a class, 0 when it is not in it."""
    rows = Item.objects.filter(filing_class=_class(actor, number), uuid=item_uuid(item))
    return rows.values_list("position", flat=True).first() or 0


def titles(actor: Actor, number: str, items: Collection[str]) -> dict[str, str]:
    """Return place and title of some items of a class by uuid; what is none of them is not there."""
    wanted = [one for one in items if _UUID.fullmatch(one)]
    rows = Item.objects.filter(filing_class=_class(actor, number), uuid__in=wanted)
    told = rows.values_list("uuid", "position", "title")
    return {str(uuid): f"{position} {title}" for uuid, position, title in told}


def values_of(actor: Actor, items: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the own values of items by uuid; those that the actor may not see are not there."""
    rows = items_of(actor).filter(uuid__in=[one for one in items if _UUID.fullmatch(one)])
    return {str(uuid): values for uuid, values in rows.values_list("uuid", "values")}


def lines_of(keys: Collection[int]) -> dict[int, ItemLine]:
    """Return the lines of items by their keys; the caller has seen to it that the actor may see them."""
    return {one.key: one for one in _lines(Item.objects.filter(pk__in=keys))}


def loose(actor: Actor, unit: str) -> list[ItemLine]:
    """Return the items of a unit that are in no class yet, the oldest first."""
    rows = items_of(actor).filter(unit__code=unit, filing_class=None)
    return _lines(rows.order_by("pk"))


def loose_count(actor: Actor, unit: str) -> int:
    """Return how many items of a unit are in no class yet."""
    return items_of(actor).filter(unit__code=unit, filing_class=None).count()


def handed_count(actor: Actor, unit: str, year: int) -> int:
    """Return how many items of a unit's classes of a year are handed over."""
    rows = items_of(actor).filter(unit__code=unit, filing_class__year=year, state=ItemState.HANDED)
    return rows.count()


def item(actor: Actor, uuid: str) -> ItemView:
    """Return an item whole; ``NotFound("desk.item.missing")`` when there is none or the actor may not see it."""
    row = items_of(actor).filter(uuid=item_uuid(uuid)).first()
    if row is None:
        raise NotFound("desk.item.missing", item=uuid[:60])
    links = list(ItemCapture.objects.filter(item=row).select_related("capture").order_by("order"))
    (files, sources) = _files([row.pk]).get(row.pk, ((), ()))
    code = links[0].capture.external_id if links else ""
    return ItemView(
        line=_lines(Item.objects.filter(pk=row.pk))[0],
        unit=row.unit_id,
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        values=row.values,
        told=described(kind_of(row.type), row, row.filing_class, code, row.unit.name),
        files=files,
        captures=tuple(link.capture.number for link in links),
        sources=sources,
        packed=row.state == ItemState.HANDED or packed(row),
    )


def packed(row: Item) -> bool:
    """Return whether an item lies in a package: in a hand-over that stands and is more than a draft."""
    return standing().filter(item=row).exclude(hand_over__state=HandOverState.DRAFT).exists()


def item_of(actor: Actor, number: str) -> str:
    """Return the uuid of the item that a capture is part of, "" while it lies in the tray."""
    found = items_of(actor).filter(links__capture__number=number).values_list("uuid", flat=True).first()
    return str(found) if found else ""


def arranged(actor: Actor, unit: str, *, years: tuple[int, ...] = ()) -> Iterator[ArrangedItem]:
    """Yield the numbered items of a unit that are not handed over, by 档号: all, or those of some years.

    ``files`` are numbered anew through all captures of an item; names of different captures may be the same.
    """
    rows = items_of(actor).filter(unit__code=unit, state=ItemState.NUMBERED)
    rows = rows.filter(filing_class__state__in=[ClassState.CLOSED, ClassState.HANDED])
    if years:
        rows = rows.filter(filing_class__year__in=years)
    keys = list(rows.order_by("ref").values_list("pk", flat=True))
    volumes: dict[int, dict[int, ArrangedVolume]] = {}
    for start in range(0, len(keys), AT_ONCE):
        yield from _arranged(keys[start : start + AT_ONCE], volumes)


def _arranged(keys: Sequence[int], volumes: dict[int, dict[int, ArrangedVolume]]) -> Iterator[ArrangedItem]:
    """Yield the items ``keys``; ``volumes`` by class and key are read once for each class that has any."""
    files = _files(keys)
    links: dict[int, list[tuple[str, str]]] = {}
    rows = ItemCapture.objects.filter(item__in=keys).order_by("item", "order")
    for pk, number, external in rows.values_list("item", "capture__number", "capture__external_id"):
        links.setdefault(pk, []).append((number, external))
    for row in Item.objects.select_related("unit", "filing_class").filter(pk__in=keys).order_by("ref"):
        mine = links.get(row.pk, [])
        code = mine[0][1] if mine else ""
        yield ArrangedItem(
            urn=row.urn,
            ref=row.ref,
            type=row.type,
            title=row.title,
            values=described(kind_of(row.type), row, row.filing_class, code, row.unit.name),
            files=files.get(row.pk, ((), ()))[0],
            captures=tuple(number for number, _ in mine),
            volume=_volume(row, volumes),
        )


def _volume(row: Item, known: dict[int, dict[int, ArrangedVolume]]) -> ArrangedVolume | None:
    """Return the volume that an item lies in, whole; None where it lies in none."""
    place = row.filing_class
    if row.volume_id is None or place is None:
        return None
    if place.pk not in known:
        known[place.pk] = {
            one.volume.pk: ArrangedVolume(one.volume.urn, one.volume.ref, place.type, one.values)
            for one in bundles(place)[0]
        }
    return known[place.pk][row.volume_id]


def _files(keys: Sequence[int]) -> dict[int, tuple[tuple[KeptFile, ...], tuple[tuple[str, int], ...]]]:
    """Return the files of items, numbered through, and where each lies: the number and order of its capture."""
    rows = Component.objects.filter(capture__link__item__in=keys).select_related("capture__link")
    ordered = rows.order_by("capture__link__item", "capture__link__order", "order")
    found = {}
    for pk, some in groupby(ordered, key=lambda one: one.capture.link.item_id):
        told = list(some)
        kept = tuple(_kept(one, order) for order, one in enumerate(told, 1))
        found[pk] = (kept, tuple((one.capture.number, one.order) for one in told))
    return found


def _kept(one: Component, order: int) -> KeptFile:
    label = str(Part(one.role).label)
    return KeptFile(order, one.role, label, one.name, one.bytes, one.sha512, one.sm3, one.puid, one.mime)


def _class(actor: Actor, number: str) -> FilingClass:
    row = classes_of(actor).filter(number=number).first()
    if row is None:
        raise NotFound("desk.class.missing", number=number[:40])
    return row


def _class_line(row: FilingClass) -> ClassLine:
    return ClassLine(
        number=row.number,
        unit=row.unit_id,
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        fonds=row.fonds,
        type=row.type,
        year=row.year,
        function=row.function,
        retention=row.retention,
        state=row.state,
        state_label=str(ClassState(row.state).label),
        size=row.size,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        revision=row.revision,
        arrangement=row.arrangement,
        volumes=row.volumes.count() if row.arrangement == Arrangement.VOLUME else 0,
    )


def _lines(rows: QuerySet[Item]) -> list[ItemLine]:
    counted = rows.select_related("filing_class", "volume").annotate(
        n_files=Count("links__capture__components", distinct=True), n_captures=Count("links", distinct=True)
    )
    return [
        ItemLine(
            key=row.pk,
            uuid=str(row.uuid),
            number=row.filing_class.number if row.filing_class else "",
            position=row.position,
            type=row.type,
            title=row.title,
            doc_number=row.values.get("doc_number", ""),
            date=row.values.get("date", ""),
            author=row.values.get("author", ""),
            pages=row.values.get("pages", ""),
            ref=row.ref,
            item_number=row.item_number,
            state=row.state,
            files=row.n_files,
            captures=row.n_captures,
            revision=row.revision,
            volume=str(row.volume.uuid) if row.volume else "",
            place=row.place,
            page_number=row.page_number,
        )
        for row in counted
    ]


def told_in_class(
    actor: Actor, number: str, *, first: int = 1, last: int | None = None
) -> list[dict[str, str]]:
    """Return all that is known of the items of a class, by element key, in their order; what is not known is not there.

    With ``last`` only of those from the place ``first`` to that one.
    """
    row = _class(actor, number)
    return [values for _, values in told_items(row, places=(first, last or row.size))]

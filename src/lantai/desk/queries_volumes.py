"""Reads of volumes: those of a class with what lies in them, one of them, what it would be called."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lantai.base.actors import Actor
from lantai.desk.arranging import kind_of
from lantai.desk.checking import STAGE
from lantai.desk.models import FilingClass, HandOverState, Volume
from lantai.desk.queries_arrangement import ItemLine, classes_of, in_class, lines_of
from lantai.desk.queries_hand_over import standing
from lantai.desk.volumes import (
    OF_ITEMS,
    Bundle,
    bundle_of,
    bundles,
    bundles_of,
    has_part,
    page_numbers,
    propose_title,
)
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.findings import Severity
from lantai.kernel.recordtypes import Element
from lantai.kernel.recordtypes.compiled import RowChecker


@dataclass(frozen=True, slots=True)
class Outline:
    """A volume without what lies in it: its place in the class, how many items it has, what it is called."""

    position: int
    size: int
    title: str


@dataclass(frozen=True, slots=True)
class VolumeLine:
    """A volume in its class; ``date`` is YYYYMMDD-YYYYMMDD, ``pages`` "" when one of its items tells none.

    ``size`` is how many items it has, ``items`` are those that were asked for, in order, and ``paged`` their 页号 as
    they stand now.
    """

    uuid: str
    position: int
    title: str
    date: str
    pages: str
    ref: str
    file_number: str
    size: int
    items: tuple[ItemLine, ...]
    paged: tuple[str, ...]

    @property
    def leaves(self) -> int:
        """Its pages as a number, 0 when one does not tell its own."""
        return int(self.pages or 0)

    @property
    def first(self) -> str:
        """The first of its dates."""
        return self.date.strip("[]").partition("-")[0]

    @property
    def last(self) -> str:
        """The last of its dates, "" when it is the first."""
        return self.date.strip("[]").partition("-")[2]


@dataclass(frozen=True, slots=True)
class VolumeView:
    """A volume whole: ``values`` are its own, ``told`` all that is known of it; the rest stands on its 备考表.

    ``number`` is that of its class, ``proposed`` what it would be called by its items; ``packed``: it lies in a
    package.
    """

    line: VolumeLine
    number: str
    values: Mapping[str, str]
    told: Mapping[str, str]
    remarks: str
    arranged_by: str
    checked_by: str
    arranged_on: date | None
    proposed: str
    packed: bool


def volumes(actor: Actor, number: str) -> tuple[list[VolumeLine], list[ItemLine]]:
    """Return the volumes of a class in their order, and its items that lie in none; ``NotFound("desk.class.missing")``."""
    row = _class(actor, number)
    lines = {one.key: one for one in in_class(actor, number)}
    found, loose = bundles(row)
    return [_line(one, lines) for one in found], [lines[item.pk] for item in loose]


def sizes(actor: Actor, number: str) -> list[int]:
    """Return how many items each volume of a class has, in their order."""
    rows = _class(actor, number).volumes.order_by("position", "pk")
    return list(rows.values_list("size", flat=True))


def some_volumes(actor: Actor, number: str, first: int, last: int, most: int) -> list[VolumeLine]:
    """Return the volumes of a class from the place ``first`` to ``last``, each with ``most`` items at most."""
    row = _class(actor, number)
    rows = row.volumes.filter(position__gte=first, position__lte=last).order_by("position", "pk")
    found = bundles_of(row, list(rows))
    lines = lines_of([item.pk for one in found for item, _ in one.items[:most]])
    return [_line(one, lines) for one in found]


def named(actor: Actor, number: str) -> list[tuple[str, str]]:
    """Return uuid and title of all volumes of a class in their order."""
    rows = _class(actor, number).volumes.order_by("position", "pk").values_list("uuid", "title")
    return [(str(uuid), title) for uuid, title in rows]


def at_place(actor: Actor, number: str, place: int) -> str:
    """Return the uuid of the volume at a place of a class; ``Invalid("desk.volume.place")`` when there is none."""
    rows = _class(actor, number).volumes.order_by("position", "pk").values_list("uuid", flat=True)
    found = list(rows[place - 1 : place]) if place > 0 else []
    if not found:
        raise Invalid("desk.volume.place", count=rows.count())
    return str(found[0])


def outline(actor: Actor, told: str) -> Outline:
    """Return where a volume stands and how large it is, reading none of its items; ``NotFound("desk.volume.missing")``."""
    row = _volume(actor, told)
    return Outline(row.position, row.size, row.title)


def outside_count(actor: Actor, number: str) -> int:
    """Return how many items of a class lie in no volume."""
    return _class(actor, number).items.filter(volume=None).count()


def outside(actor: Actor, number: str, first: int, count: int | None) -> list[ItemLine]:
    """Return the items of a class that lie in no volume, in the order of the class: ``count`` from the nth on, or all."""
    rows = (
        _class(actor, number)
        .items.filter(volume=None)
        .order_by("position", "pk")
        .values_list("pk", flat=True)
    )
    keys = list(rows[first - 1 :] if count is None else rows[first - 1 : first - 1 + count])
    lines = lines_of(keys)
    return [lines[key] for key in keys]


def volume(actor: Actor, told: str, *, first: int = 1, count: int | None = None) -> VolumeView:
    """Return a volume with all its items, or with ``count`` of them from the place ``first`` on.

    ``NotFound("desk.volume.missing")`` when there is none or the actor may not see it.
    """
    row = _volume(actor, told)
    place = row.filing_class
    found = bundle_of(place, row)
    end = None if count is None else first - 1 + count
    lines = lines_of([item.pk for item, _ in found.items[first - 1 : end]])
    lies = standing().filter(item__volume=row).exclude(hand_over__state=HandOverState.DRAFT)
    return VolumeView(
        line=_line(found, lines),
        number=place.number,
        values=row.values,
        told=found.values,
        remarks=row.remarks,
        arranged_by=row.arranged_by,
        checked_by=row.checked_by,
        arranged_on=row.arranged_on,
        proposed=propose_title([values for _, values in found.items]),
        packed=lies.exists(),
    )


def asked_of(shown: VolumeView, type: str) -> list[Element]:
    """Return the elements that a clerk may have to write of a volume: required at 归档 and said by neither class nor items.

    ``type`` is the code of its class's record type.
    """
    kind = kind_of(type)
    whole = {key: text for key, text in shown.told.items() if key not in shown.values}
    checked = RowChecker(kind, STAGE).check({**whole, "ref": "0"}, "file")[1]
    lacking = {str(one.facts.get("key", "")) for one in checked if one.severity is Severity.ERROR}
    wanted = lacking | set(shown.values)
    return [one for one in kind.of_scope() if one.key in wanted and one.key not in OF_ITEMS]


def by_volume(actor: Actor, number: str) -> bool:
    """Return whether the 档号 of a class has a 案卷号, so that it can be arranged by volume."""
    row = _class(actor, number)
    return has_part(kind_of(row.type), row.fonds, row.year, "file")


def told_volumes(
    actor: Actor, number: str, first: int = 1, last: int | None = None
) -> list[tuple[VolumeView, list[dict[str, str]]]]:
    """Return the volumes of a class whole, each with all that is known of its items, in their order: for printing.

    With ``last`` only those from the place ``first`` to that one. Their lines hold no items.
    """
    row = _class(actor, number)
    rows = row.volumes.filter(position__gte=first).order_by("position", "pk")
    return [
        _whole(one, row) for one in bundles_of(row, list(rows.filter(position__lte=last) if last else rows))
    ]


def _whole(one: Bundle, row: FilingClass) -> tuple[VolumeView, list[dict[str, str]]]:
    told = one.volume
    view = VolumeView(
        line=_line(one, {}),
        number=row.number,
        values=told.values,
        told=one.values,
        remarks=told.remarks,
        arranged_by=told.arranged_by,
        checked_by=told.checked_by,
        arranged_on=told.arranged_on,
        proposed="",
        packed=False,
    )
    return view, [values for _, values in one.items]


def _line(one: Bundle, lines: Mapping[int, ItemLine]) -> VolumeLine:
    row = one.volume
    paged = page_numbers([values for _, values in one.items])
    shown = [
        (lines[item.pk], told) for (item, _), told in zip(one.items, paged, strict=True) if item.pk in lines
    ]
    return VolumeLine(
        uuid=str(row.uuid),
        position=row.position,
        title=row.title,
        date=one.values.get("date", ""),
        pages=one.values.get("pages", ""),
        ref=row.ref,
        file_number=row.file_number,
        size=len(one.items),
        items=tuple(line for line, _ in shown),
        paged=tuple(told for _, told in shown),
    )


def _class(actor: Actor, number: str) -> FilingClass:
    row = classes_of(actor).filter(number=number).first()
    if row is None:
        raise NotFound("desk.class.missing", number=number[:40])
    return row


def _volume(actor: Actor, told: str) -> Volume:
    try:
        wanted = uuid.UUID(told)
    except ValueError as unreadable:
        raise NotFound("desk.volume.missing", volume=told[:60]) from unreadable
    rows = Volume.objects.select_related("filing_class__unit").filter(filing_class__in=classes_of(actor))
    row = rows.filter(uuid=wanted).first()
    if row is None:
        raise NotFound("desk.volume.missing", volume=told[:60])
    return row

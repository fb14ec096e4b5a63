"""Reads of the table: what of a unit is in no class yet, as documents for which something can be proposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from lantai.base.actors import Actor
from lantai.base.paging import Page, page
from lantai.desk import queries
from lantai.desk.arranging import OF_CLASS, item_uuid
from lantai.desk.checking import STAGE
from lantai.desk.models import Capture, Department, Item, ItemCapture, State
from lantai.desk.queries_arrangement import classes_of, items_of
from lantai.desk.queries_departments import NONE
from lantai.desk.queries_schedules import in_force
from lantai.holdings.queries import types
from lantai.kernel.errors import NotFound

SENT = ("year", "retention", "function")
"""What a sender may say of a document that the class decides: it is proposed, no more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A capture (``key`` is its number) or an item (its uuid) in no class; ``values`` by element key.

    ``department`` is the name of that which brought it, "" where none did or its type has no 机构(问题).
    """

    key: str
    type: str
    title: str
    values: Mapping[str, str]
    department: str = ""


@dataclass(frozen=True, slots=True)
class Narrow:
    """What the table is narrowed to: words of the title, and what came ``since`` the capture of that number, itself too."""

    words: str = ""
    since: str = ""


ALL = Narrow()


def waiting(
    actor: Actor, unit: str, *, department: str = "", narrow: Narrow = ALL, after: str = "", size: int = 100
) -> Page[Waiting]:
    """Return a page of a unit's captures in the tray, the oldest first; ``department`` is a code or ``NONE``."""
    rows = _tray(actor, unit, department, narrow)
    found = page(rows, {"id": int}, after, size)
    return Page([_capture(row) for row in found.items], found.after)


def _tray(actor: Actor, unit: str, department: str, narrow: Narrow) -> QuerySet[Capture]:
    rows = queries.visible(actor).filter(unit__code=unit, state=State.TRAY)
    if department:
        rows = (
            rows.filter(department=None) if department == NONE else rows.filter(department__code=department)
        )
    if narrow.words:
        rows = rows.filter(title__icontains=narrow.words)
    if narrow.since:
        first = queries.visible(actor).filter(unit__code=unit, number=narrow.since).values("pk")
        rows = rows.filter(pk__gte=first[:1])
    return rows


def waiting_count(actor: Actor, unit: str) -> int:
    """Return how many captures of a unit lie in the tray."""
    return queries.visible(actor).filter(unit__code=unit, state=State.TRAY).count()


def loose(
    actor: Actor, unit: str, *, department: str = "", words: str = "", after: str = "", size: int = 100
) -> Page[Waiting]:
    """Return a page of the items of a unit that are in no class, the oldest first; by the department of their leading document."""
    rows = _loose(actor, unit, department, words)
    found = page(rows, {"id": int}, after, size)
    return Page(_items(found.items), found.after)


def _loose(actor: Actor, unit: str, department: str, words: str) -> QuerySet[Item]:
    rows = items_of(actor).filter(unit__code=unit, filing_class=None)
    if department:
        none = Q(links__capture__department=None)
        named = none if department == NONE else Q(links__capture__department__code=department)
        rows = rows.filter(named, links__order=1)
    if words:
        rows = rows.filter(title__icontains=words)
    return rows


_ITEMS = "i."
"""What begins the cursor of a page of the table as long as items without a class are listed; a cursor has no full stop."""


def on_table(
    actor: Actor, unit: str, *, department: str = "", narrow: Narrow = ALL, after: str = "", size: int = 50
) -> tuple[Sequence[Waiting], Sequence[Waiting], str]:
    """Return a page of the table: items that are in no class, behind them the tray, and the cursor of the next page."""
    items: Sequence[Waiting] = ()
    if (not after or after.startswith(_ITEMS)) and not narrow.since:
        told = after.removeprefix(_ITEMS)
        found = loose(actor, unit, department=department, words=narrow.words, after=told, size=size)
        if found.after:
            return found.items, (), f"{_ITEMS}{found.after}"
        items, after = found.items, ""
    came = waiting(actor, unit, department=department, narrow=narrow, after=after, size=size)
    return items, came.items, came.after


def table_count(actor: Actor, unit: str, *, department: str = "", narrow: Narrow = ALL) -> int:
    """Return how many items and captures stand on all pages of the table."""
    items = 0 if narrow.since else _loose(actor, unit, department, narrow.words).count()
    return items + _tray(actor, unit, department, narrow).count()


def all_on_table(
    actor: Actor, unit: str, *, department: str = "", narrow: Narrow = ALL, most: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the numbers of the captures and the uuids of the items on all pages of the table, in its order: the first ``most``."""
    items: list[str] = []
    if not narrow.since:
        rows = _loose(actor, unit, department, narrow.words).order_by("id")
        items = [str(uuid) for uuid in rows.values_list("uuid", flat=True)[:most]]
    tray = _tray(actor, unit, department, narrow).order_by("id").values_list("number", flat=True)
    return tuple(tray[: most - len(items)]), tuple(items)


def documents(
    actor: Actor, unit: str, captures: Sequence[str], items: Sequence[str]
) -> tuple[list[Waiting], list[Waiting]]:
    """Return the captures and the items of a unit with these keys, in their order; ``NotFound`` for one that is not there."""
    rows = queries.visible(actor).filter(unit__code=unit, number__in=set(captures))
    known = {row.number: _capture(row) for row in rows}
    for number in captures:
        if number not in known:
            raise NotFound("desk.capture.missing", number=number[:40])
    uuids = {item_uuid(item) for item in items}
    formed = {one.key: one for one in _items(items_of(actor).filter(unit__code=unit, uuid__in=uuids))}
    for item in items:
        if item not in formed:
            raise NotFound("desk.item.missing", item=item[:60])
    return [known[number] for number in captures], [formed[item] for item in items]


def functions(actor: Actor, unit: int, code: str) -> list[str]:
    """Return the 机构(问题) that a unit's classes, its schedule in force and its departments name, to choose among."""
    rows = classes_of(actor).filter(unit__code=code).exclude(function="")
    named = set(rows.values_list("function", flat=True))
    named |= set(Department.objects.filter(unit=unit, is_open=True).values_list("name", flat=True))
    schedule = in_force(unit)
    return sorted(
        named | {line.department for line in schedule.lines if line.department} if schedule else named
    )


def lacking(one: Waiting, language: str) -> tuple[str, ...]:
    """Return the elements, by their labels, without which a document cannot be numbered and that it does not have."""
    kind = types().get(one.type)
    if kind is None:
        return ()
    return tuple(
        element.label[language]
        for element in kind.of_scope()
        if STAGE in element.required
        and not element.default
        and element.key not in OF_CLASS
        and "item" in element.levels
        and not one.values.get(element.key)
    )


def _capture(row: Capture) -> Waiting:
    return Waiting(row.number, row.type, row.title, row.described, _brought(row))


def _brought(row: Capture) -> str:
    kind = types().get(row.type)
    named = row.department is not None and kind is not None and "function" in kind.by_key
    return row.department.name if named and row.department else ""


def _items(rows: Iterable[Item]) -> list[Waiting]:
    found = list(rows)
    links = ItemCapture.objects.filter(item__in=[row.pk for row in found], order=1)
    links = links.select_related("capture__department")
    sent = {link.item_id: {key: link.capture.described.get(key, "") for key in SENT} for link in links}
    came = {link.item_id: _brought(link.capture) for link in links}
    return [
        Waiting(
            str(row.uuid),
            row.type,
            row.title,
            {**sent.get(row.pk, {}), **row.values},
            came.get(row.pk, ""),
        )
        for row in found
    ]

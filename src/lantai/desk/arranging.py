"""What arranging knows of an item: its values as its class completes them, and what it lacks for its number."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from lantai.desk.checking import STAGE
from lantai.desk.models import FilingClass, Item, ItemCapture
from lantai.holdings import queries as holdings
from lantai.kernel import refcodes
from lantai.kernel.errors import LantaiError, NotFound
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.recordtypes import RecordType, compose_ref, values_of
from lantai.kernel.recordtypes.compiled import RowChecker

LEVELS = ("year", "function", "retention")
"""The levels of a unit's 分类方案, in the usual order (DA/T 22-2015): 年度—机构(问题)—保管期限."""

OF_CLASS = frozenset({"fonds", "year", "retention", "function", "ref", "item_number", "series"})
"""Elements that the class says of all its items, and the numbers that it gives them."""


@dataclass(frozen=True, slots=True)
class Where:
    """A class to put items into; ``fonds`` "" is the unit's only one, ``function`` "" where a unit has none."""

    year: int
    retention: str
    function: str = ""
    fonds: str = ""


@dataclass(frozen=True, slots=True)
class Numbered:
    """What an item gets when its class is closed; ``page_number`` only in a volume."""

    item: Item
    ref: str
    number: str
    page_number: str = ""


def item_uuid(told: str) -> uuid.UUID:
    """Return the uuid of an item as it stands in an address; ``NotFound("desk.item.missing")`` when it is none."""
    try:
        return uuid.UUID(told)
    except ValueError as unreadable:
        raise NotFound("desk.item.missing", item=told[:60]) from unreadable


def kind_of(type: str) -> RecordType:
    """Return a record type of the site; ``NotFound("desk.class.type_missing")`` when it was taken away."""
    found = holdings.types().get(type)
    if found is None:
        raise NotFound("desk.class.type_missing", type=type)
    return found


def described(
    kind: RecordType, item: Item, place: FilingClass | None, record_code: str, unit: str
) -> dict[str, str]:
    """Return all that is known of an item by element key: its own values, those of its class, its numbers.

    ``record_code`` is the 电子文件号 of its first capture, ``unit`` the name of its unit.
    """
    values = {key: text for key, text in item.values.items() if key not in OF_CLASS and text}
    told = {"record_code": record_code, "unit": unit}
    if place is not None:
        told |= {"fonds": place.fonds, "year": str(place.year), "retention": place.retention}
        told["function"] = place.function
    if item.ref:
        told |= values_of(refcodes.parse(item.ref), kind) | {"ref": item.ref, "item_number": item.item_number}
        told["page_number"] = item.page_number or told.get("page_number", "")
    given = {key: text for key, text in told.items() if text and key in kind.by_key}
    return {**{key: given[key] for key in ("record_code", "unit") if key in given}, **values, **_but(given)}


def _but(given: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in given.items() if key not in ("record_code", "unit")}


def numbers_for(
    kind: RecordType, place: FilingClass, described_items: Sequence[tuple[Item, dict[str, str]]]
) -> tuple[list[Numbered], list[Finding]]:
    """Return the numbers of a class's items, 1, 2, 3 … in their order, and every reason against them.

    The ``path`` of a reason is the uuid of its item. Reasons are what GD (归档) requires and does not find, values
    that cannot be, a 档号 that the rule cannot write, or one that something else has.
    """
    checker = RowChecker(kind, STAGE)
    numbered: list[Numbered] = []
    reasons: list[Finding] = []
    for order, (item, values) in enumerate(described_items, 1):
        whole = {**values, "item_number": str(order)}
        try:
            ref = compose_ref(kind, whole)
        except LantaiError as fault:
            reasons.append(Finding(fault.code, str(item.uuid), facts=fault.facts))
            ref = ""
        code = refcodes.parse(ref).item if ref else ""
        numbered.append(Numbered(item, ref, code or str(order)))
        reasons.extend(lacking(checker, kind, item, whole, ref))
    return numbered, [*reasons, *taken(place, numbered)]


def lacking(
    checker: RowChecker, kind: RecordType, item: Item, values: dict[str, str], ref: str
) -> Iterator[Finding]:
    """Yield what a record must have to be filed and this one has not; a 档号 that was told already is not asked."""
    checked = {**values, "ref": ref or "0"} if "ref" in kind.by_key else values
    for finding in checker.check(checked)[1]:
        if finding.severity is Severity.ERROR and finding.facts.get("key") != "ref":
            yield replace(finding, path=str(item.uuid))


def taken(place: FilingClass, numbered: Sequence[Numbered]) -> Iterator[Finding]:
    """Yield the items whose 档号 another record has: in the archives, in another class, or in this one."""
    refs = {one.ref for one in numbered if one.ref}
    others = Item.objects.exclude(filing_class=place).filter(unit=place.unit_id, ref__in=refs)
    taken = set(others.values_list("ref", flat=True)) | holdings.existing_refs(refs)
    met: set[str] = set()
    for one in numbered:
        if one.ref and (one.ref in taken or one.ref in met):
            yield Finding("desk.ref.taken", str(one.item.uuid), found=one.ref)
        met.add(one.ref)


def document(item: Item, captures: Sequence[str]) -> dict[str, Any]:
    """Return an item as the documents in the desk's store tell it: ``captures`` are numbers in their order."""
    return {
        "urn": item.urn,
        "type": item.type,
        "title": item.title,
        "values": item.values,
        "captures": list(captures),
    }


def told_items(
    row: FilingClass, volumes: Collection[int] | None = None, places: tuple[int, int] | None = None
) -> list[tuple[Item, dict[str, str]]]:
    """Return the items of a class in their order, each with all that is known of it by element key.

    With ``volumes``, the keys of some of its 案卷, only what lies in these; with ``places`` only those from the one to
    the other.
    """
    kind, items = kind_of(row.type), row.items.order_by("position", "pk")
    if volumes is not None:
        items = items.filter(volume__in=volumes)
    if places is not None:
        items = items.filter(position__gte=places[0], position__lte=places[1])
    codes = _record_codes(items)
    return [
        (item, described(kind, item, row, codes.get(item.pk, ""), row.unit.name))
        for item in items.order_by("position", "pk")
    ]


def _record_codes(items: QuerySet[Item]) -> dict[int, str]:
    """Return the 电子文件号 of the first capture of each item, by the item's key."""
    links = ItemCapture.objects.filter(item__in=items.order_by().values("pk"), order=1)
    return dict(links.values_list("item", "capture__external_id"))


_OF_REF = frozenset({"fonds", "year", "retention", "function"})
"""Parts of a 档号 that the class says."""


def unfit(kind: RecordType, fonds: str, values: Mapping[str, str]) -> Iterator[Finding]:
    """Yield why the rule of the year cannot write a 档号 with what a class would say, before it is made."""
    try:
        compose_ref(kind, {**values, "fonds": fonds, "item_number": "1"})
    except LantaiError as fault:
        part = str(fault.facts.get("part", ""))
        if part in _OF_REF:
            yield Finding(fault.code, f"values.{part}", facts=fault.facts)

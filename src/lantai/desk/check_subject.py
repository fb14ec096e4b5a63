"""What a check at filing looks at: a class as it stands, fixed as one document, laid out for the four-property run."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from lantai.base.scanner import scanner
from lantai.desk import store
from lantai.desk.arranging import document, kind_of, told_items
from lantai.desk.models import Component, FilingClass, Item, ItemCapture, Part
from lantai.desk.volumes import Numbers, bundles, given, numbers_of, refs_taken
from lantai.holdings import queries as holdings
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.fourprops import Context, ItemResult, Outcome, Report
from lantai.kernel.fourprops.model import verdict
from lantai.kernel.packages.model import Component as PackageComponent
from lantai.kernel.packages.model import Package, PackageFile, PackageRecord, Register
from lantai.kernel.recordtypes import values_of
from lantai.kernel.refcodes import parse

SCHEMA = "lantai.filing-check/1"
NO_CARRIER = frozenset({"GD-4-4", "GD-4-5", "GD-4-6"})
"""Items about carriers: what is filed on line lies on none (在线归档免检)."""

_NAME = 200
"""Bytes of a file's own name in a path: with the place before it, it is a name for every file system."""


_ROLES = {one.value: str(one.label) for one in Part}


@dataclass(frozen=True, slots=True)
class Subject:
    """A class as one document with its figures."""

    told: dict[str, Any]
    items: int
    files: int
    bytes: int


def subject(row: FilingClass) -> Subject:
    """Return the class as it stands: items as they would be numbered, with their values, and files with digests."""
    numbers, files, captures, steps = numbers_of(row), _files(row), _captures(row), _steps(row)
    records = []
    for order, (item, values, ref) in enumerate(_in_order(row, numbers), 1):
        records.append(
            {
                **document(item, captures.get(item.pk, [])),
                "ref": ref or f"{order:04d}",
                "order": order,
                "revision": item.revision,
                "values": {**steps.get(item.pk, {}), **values},
                "files": [
                    {**told, "path": f"{order:04d}/{place:02d}-{_cut(told['name'])}"}
                    for place, told in enumerate(files.get(item.pk, []), 1)
                ],
            }
        )
    told = {
        "schema": SCHEMA,
        "class": row.urn,
        "number": row.number,
        "revision": row.revision,
        "unit": row.unit.name,
        "fonds": row.fonds,
        "type": row.type,
        "volumes": _volumes(row, numbers),
        "records": records,
    }
    every = [one for some in files.values() for one in some]
    return Subject(told, len(records), len(every), sum(one["bytes"] for one in every))


def _in_order(row: FilingClass, numbers: Numbers) -> Iterator[tuple[Item, dict[str, str], str]]:
    """Yield the items in the order of their numbers, with values and 档号; those without one, "", behind them."""
    listed = {item.pk: (item, values) for item, values in told_items(row)}
    for one in numbers.items:
        item, values = listed.pop(one.item.pk)
        yield item, {**values, **given(one)}, one.ref
    for item, values in listed.values():
        yield item, values, ""


def _volumes(row: FilingClass, numbers: Numbers) -> list[dict[str, Any]]:
    """Return the 案卷 of a class arranged by volume that get a 档号, with their values and items."""
    refs = {one.volume.pk: one.ref for one in numbers.volumes}
    return [
        {
            "ref": refs[one.volume.pk],
            "urn": one.volume.urn,
            "order": one.volume.position,
            "title": one.volume.title,
            "values": {
                **one.values,
                **values_of(parse(refs[one.volume.pk], level="file"), kind_of(row.type)),
            },
            "items": [item.urn for item, _values in one.items],
        }
        for one in (bundles(row)[0] if refs else [])
        if one.volume.pk in refs
    ]


def _files(row: FilingClass) -> dict[int, list[dict[str, Any]]]:
    """Return the files of each item, in their order; only what is told of them is read: there may be tens of thousands."""
    rows = Component.objects.filter(capture__link__item__filing_class=row)
    ordered = rows.order_by("capture__link__item", "capture__link__order", "order")
    columns = ("name", "bytes", "sha512", "sm3", "capture__number", "order")
    found: dict[int, list[dict[str, Any]]] = {}
    for item, role, *told in ordered.values_list("capture__link__item", "role", *columns).iterator(2_000):
        named = dict(zip(("name", "bytes", "sha512", "sm3", "capture", "component"), told, strict=True))
        found.setdefault(item, []).append({**named, "role": _ROLES[role]})
    return found


def _captures(row: FilingClass) -> dict[int, list[str]]:
    links = ItemCapture.objects.filter(item__filing_class=row).order_by("item", "order")
    found: dict[int, list[str]] = {}
    for item, number in links.values_list("item", "capture__number"):
        found.setdefault(item, []).append(number)
    return found


def _steps(row: FilingClass) -> dict[int, dict[str, str]]:
    """Return the last business entity of the first capture of each item, as elements of the type's events."""
    known = {element.key for element in kind_of(row.type).of_scope("event")}
    links = ItemCapture.objects.filter(item__filing_class=row, order=1)
    return {
        item: {key: text for key, text in process[-1].items() if key in known and text}
        for item, process in links.values_list("item", "capture__process")
        if process
    }


def _cut(name: str) -> str:
    """Return a file's name, shortened in its stem where a file system could not take it with its place before it."""
    if len(name.encode()) <= _NAME:
        return name
    suffix = PurePosixPath(name).suffix
    suffix = suffix if len(suffix.encode()) <= 20 else ""
    return name.encode()[: _NAME - len(suffix.encode())].decode("utf-8", "ignore") + suffix


def laid_out(told: Mapping[str, Any], folder: Path) -> Package:
    """Lay the files of a subject below ``folder`` (links into the desk's store) and return the view that is checked.

    A file that is not in the store any more is not laid: the run finds it missing.
    """
    files = [one for record in told["records"] for one in record["files"]]
    there = []
    for one in files:
        source, target = store.place(one["sha512"]), folder / one["path"]
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            os.symlink(source, target)
            there.append(PackageFile(one["path"], source.stat().st_size))
    return Package(
        form="desk",
        root=folder,
        files=tuple(there),
        records=tuple(_records(told)),
        register=Register(len(told["records"]), len(files), sum(one["bytes"] for one in files), told["unit"]),
        declared={},
        findings=(),
        fonds=told["fonds"],
        sender=told["unit"],
        description={},
        digests={one["path"]: {"sha512": one["sha512"], "sm3": one["sm3"]} for one in files},
    )


def _records(told: Mapping[str, Any]) -> Iterator[PackageRecord]:
    """Yield the volumes, and the items with what they lie in."""
    inside: dict[str, str] = {}
    for volume in told["volumes"]:
        values = {**volume["values"], "ref": volume["ref"]}
        yield PackageRecord(volume["ref"], "file", told["type"], values)
        inside |= dict.fromkeys(volume["items"], volume["ref"])
    for one in told["records"]:
        parts = tuple(
            PackageComponent(file["path"], file["role"], order, file["bytes"])
            for order, file in enumerate(one["files"], 1)
        )
        values = {**one["values"], "ref": one["ref"]}
        parent = inside.get(one["urn"], "")
        yield PackageRecord(one["ref"], "item", told["type"], values, parts, parent)


def context(row: FilingClass, told: Mapping[str, Any]) -> Context:
    """Return what the run over the class ``row`` may use: the site's types, its scanner, the digests taken at capture.

    A 档号 exists when the archives or another class of the unit have it; the database is asked for the class itself.
    """
    files = [one for record in told["records"] for one in record["files"]]

    def existing(refs: Collection[str]) -> set[str]:
        items = Item.objects.exclude(filing_class=row).filter(unit=row.unit_id, ref__in=refs)
        return holdings.existing_refs(refs) | set(items.values_list("ref", flat=True)) | refs_taken(row, refs)

    def readable() -> bool:
        return Item.objects.filter(filing_class=row).count() == len(told["records"])

    return Context(
        types=holdings.types(),
        existing=existing,
        scanner=scanner(),
        today=date.today(),
        sent={one["path"]: {"sha512": one["sha512"], "sm3": one["sm3"]} for one in files},
        database_readable=readable,
    )


def without_carriers(report: Report) -> Report:
    """Return the report with the items about carriers as what they are for records filed on line: not applicable."""
    items = tuple(_off(one) if one.code in NO_CARRIER else one for one in report.items)
    return Report(
        report.stage,
        report.scheme,
        verdict(items),
        items,
        report.files,
        report.bytes,
        report.seconds,
        report.started,
        report.formats,
    )


def _off(one: ItemResult) -> ItemResult:
    why = Finding("desk.check.no_carrier", severity=Severity.INFO)
    return ItemResult(
        one.code,
        one.name,
        one.property,
        one.group,
        Outcome.NOT_APPLICABLE,
        one.basis,
        one.auto,
        one.method,
        (why,),
    )

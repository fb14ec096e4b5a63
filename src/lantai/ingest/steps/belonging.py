"""The archives' own item in the report: does what comes belong to the unit that sends, and in its own fonds?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lantai.base.actors import SYSTEM
from lantai.holdings import queries as holdings
from lantai.ingest.models import Transfer
from lantai.kernel import refcodes
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.findings import Finding
from lantai.kernel.fourprops import ItemResult, Outcome, Report
from lantai.kernel.fourprops.model import verdict
from lantai.kernel.packages import Package
from lantai.kernel.recordtypes import Label

CODE = "LT-1-1"


def with_belonging(report: Report, row: Transfer, package: Package) -> Report:
    """Return ``report`` with the item LT-1-1 in front, and the verdict that follows."""
    findings = tuple(_findings(row, package))
    item = ItemResult(
        code=CODE,
        name=Label("全宗与移交单位相符性检测", "Fonds belongs to the sending unit"),
        property="authenticity",
        group=Label("来源真实性", "Authenticity of source"),
        outcome=Outcome.FAIL if findings else Outcome.PASS,
        basis="house",
        auto="A",
        method=Label(
            "全宗号已登记且属于移交单位；档号属于本全宗；所属案卷在包中或馆藏中",
            "the fonds is registered and belongs to the unit; codes and files are of this fonds",
        ),
        findings=findings,
        evidence={"fonds": package.fonds, "unit": row.unit.code},
    )
    items = (item, *report.items)
    return replace(report, items=items, verdict=verdict(items))


def _findings(row: Transfer, package: Package) -> Iterator[Finding]:
    try:
        fonds = holdings.fonds(SYSTEM, package.fonds)
    except NotFound:
        yield Finding("ingest.fonds.unknown", package.fonds, row.unit.name, package.fonds)
        return
    if fonds.unit != row.unit_id:
        yield Finding("ingest.fonds.foreign", package.fonds, row.unit.name, fonds.unit_name)
    yield from _foreign_codes(package)
    yield from _lost_parents(package)


def _foreign_codes(package: Package) -> Iterator[Finding]:
    """A code that begins with another fonds would enter that one's numbering by the back door."""
    for one in package.records:
        try:
            code = refcodes.parse(one.ref)
        except Invalid:
            continue  # unreadable codes are a finding of the scheme
        if code.fonds != package.fonds:
            yield Finding("ingest.ref.foreign", one.ref, package.fonds, code.fonds)


def _lost_parents(package: Package) -> Iterator[Finding]:
    """What lies in a file must find it in the package or in the fonds, or it could never be described."""
    here = {one.ref for one in package.records if one.level == "file"}
    above = {one.parent for one in package.records if one.parent}
    there = holdings.existing_files(package.fonds, above)
    for one in package.records:
        if one.parent and one.parent not in there and (one.level == "file" or one.parent not in here):
            yield Finding("ingest.parent.missing", one.ref, one.parent)

"""The archives' own item in the report: does the fonds exist, and does it belong to the unit that sends?"""

from __future__ import annotations

from dataclasses import replace

from lantai.base.actors import SYSTEM
from lantai.holdings import queries as holdings
from lantai.ingest.models import Transfer
from lantai.kernel.errors import NotFound
from lantai.kernel.findings import Finding
from lantai.kernel.fourprops import ItemResult, Outcome, Report
from lantai.kernel.fourprops.model import verdict
from lantai.kernel.packages import Package
from lantai.kernel.recordtypes import Label

CODE = "LT-1-1"


def with_belonging(report: Report, row: Transfer, package: Package) -> Report:
    """Return ``report`` with the item LT-1-1 in front, and the verdict that follows."""
    finding = _finding(row, package)
    item = ItemResult(
        code=CODE,
        name=Label("全宗与移交单位相符性检测", "Fonds belongs to the sending unit"),
        property="authenticity",
        group=Label("来源真实性", "Authenticity of source"),
        outcome=Outcome.FAIL if finding else Outcome.PASS,
        basis="house",
        auto="A",
        method=Label("全宗号已登记，且属于移交单位", "the fonds is registered and belongs to the unit"),
        findings=(finding,) if finding else (),
        evidence={"fonds": package.fonds, "unit": row.unit.code},
    )
    items = (item, *report.items)
    return replace(report, items=items, verdict=verdict(items))


def _finding(row: Transfer, package: Package) -> Finding | None:
    try:
        fonds = holdings.fonds(SYSTEM, package.fonds)
    except NotFound:
        return Finding("ingest.fonds.unknown", package.fonds, row.unit.name, package.fonds)
    if fonds.unit != row.unit_id:
        return Finding("ingest.fonds.foreign", package.fonds, row.unit.name, fonds.unit_name)
    return None

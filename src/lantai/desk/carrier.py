"""What lies beside a package on a carrier: 说明文件, the table of digests, the label to print."""

from __future__ import annotations

from dataclasses import dataclass

from lantai.kernel.digests import FileDigests
from lantai.kernel.packages.papers import write_digests, write_note
from lantai.kernel.printing import render

NOTE = "说明文件.txt"
DIGESTS = "数字摘要表.csv"
LABEL = "载体标签.pdf"
PAPERS = (NOTE, DIGESTS, LABEL)


@dataclass(frozen=True, slots=True)
class Carried:
    """What a carrier holds: all that its papers say. ``at`` is an ISO moment; counts are of the records' files."""

    number: str
    archives: str
    unit: str
    fonds: str
    carrier: str
    description: str
    first: str
    last: str
    records: int
    files: int
    bytes: int
    package: str
    sums: FileDigests
    form: str
    at: str
    mends: str


def papers(told: Carried) -> dict[str, bytes]:
    """Return the papers by name; the same facts give the same bytes."""
    return {
        NOTE: write_note(_note(told)),
        DIGESTS: write_digests({told.package: told.sums}, told.carrier),
        LABEL: render("label", {"archives": told.archives, "labels": [_label(told)], "printed_at": told.at}),
    }


def _note(told: Carried) -> dict[str, str]:
    said = {
        "移交单号": told.number,
        "移交单位": told.unit,
        "接收单位": told.archives,
        "全宗号": told.fonds,
        "载体编号": told.carrier,
        "内容描述": told.description,
        "起止档号": f"{told.first} 至 {told.last}",
        "档案数量": f"{told.records}件",
        "文件数": str(told.files),
        "总字节数": str(told.bytes),
        "移交包": told.package,
        "移交包形式": told.form,
        "移交包字节数": str(told.sums.size),
        "移交包SM3": told.sums.sm3,
        "移交包SHA-512": told.sums.sha512,
        "更正的移交单": told.mends,
        "制作时间": told.at,
        "怎样核对": f"用《{DIGESTS}》中的 SM3 或 SHA-512 核对 {told.package}；再用 lantai package check 检查包内文件。",
    }
    return {name: value for name, value in said.items() if value}


def _label(told: Carried) -> dict[str, object]:
    facts = (
        ("移交单号", told.number),
        ("全宗号", told.fonds),
        ("起止档号", f"{told.first} 至 {told.last}"),
        ("数量", f"{told.records} 件 {told.files} 个文件"),
        ("载体编号", told.carrier),
        ("SM3", f"{told.sums.sm3[:32]} {told.sums.sm3[32:]}"),
    )
    return {"title": f"{told.unit}电子档案移交", "facts": [(name, value) for name, value in facts if value]}

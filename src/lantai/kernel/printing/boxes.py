"""备考表, 案卷封面, 脊背 and 盒标签: what stands on a file or a box, as data of their templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHARED = ("year", "retention", "function", "catalogue", "box_number")
"""Elements that stand on a box when all in it have the same."""


@dataclass(frozen=True, slots=True)
class Box:
    """A file, or a box of items: what is written on it.

    ``file`` is its 档号, "" for a box and, with ``unnumbered``, for a file that has none yet; ``number`` its 案卷号 or
    盒号, ``items`` how many lie in it, ``pages`` None when not all tell theirs. ``dates`` are the first and the last
    (YYYYMMDD-YYYYMMDD), ``arranged_on`` an ISO date.
    """

    file: str
    title: str
    fonds: str
    fonds_name: str
    shared: Mapping[str, str]
    first: str
    last: str
    number: str
    items: int
    pages: int | None
    remarks: tuple[str, ...]
    dates: str = ""
    arranged_by: str = ""
    arranged_on: str = ""
    checked_by: str = ""
    unnumbered: bool = False

    @property
    def is_file(self) -> bool:
        """Whether it is a 案卷."""
        return bool(self.file) or self.unnumbered


def pages_of(items: Sequence[Mapping[str, str]]) -> int | None:
    """Return the pages of all together, None when there are none or one does not tell its own."""
    told = [one.get("pages", "") for one in items]
    if not told or not all(text.isascii() and text.isdigit() and len(text) < 9 for text in told):
        return None
    return sum(map(int, told))


def _span(box: Box) -> str:
    """Return the numbers of the first and the last item, without what their codes share before."""
    first, last = box.first.rpartition("-")[2], box.last.rpartition("-")[2]
    return first if first == last else f"{first}—{last}"


def note(box: Box) -> dict[str, Any]:
    """Return the 备考表 of a file or a box: what lies in it, who arranged it, who checked it."""
    shared = box.shared
    if box.is_file:
        facts = [["档号", box.file], ["案卷题名", box.title]]
        told = f"本卷共有文件 {box.items} 件" if box.items else "本卷共有文件　　　件"
    else:
        facts = [["全宗号", f"{box.fonds}　{box.fonds_name}"]]
        joined = "　".join(shared[key] for key in ("year", "retention", "function") if shared[key])
        facts += [["年度、保管期限、机构（问题）", joined]] if joined else []
        facts += [["起止档号", box.first if box.first == box.last else f"{box.first} 至 {box.last}"]]
        facts += [["盒号", box.number]]
        told = f"本盒共有归档文件 {box.items} 件"
    told += f"，{box.pages} 页。" if box.pages else "，　　　页。"
    return {
        "title": "卷内备考表" if box.is_file else "备考表",
        "about": "本卷情况说明" if box.is_file else "盒内文件情况说明",
        "facts": facts,
        "text": [told, *(line for text in box.remarks for line in text.splitlines() if line.strip())],
        "roles": ["立卷人", "立卷时间", "检查人", ""]
        if box.is_file
        else ["整理人", "整理日期", "检查人", "检查日期"],
        "arranged_by": box.arranged_by,
        "arranged_on": box.arranged_on,
        "checked_by": box.checked_by,
        "checked_on": "",
    }


def cover(box: Box) -> dict[str, Any]:
    """Return the cover (案卷封面) of a file: GB/T 9705."""
    shared = box.shared
    pages = str(box.pages) if box.pages else ""
    return {
        "fonds_name": box.fonds_name,
        "function": shared["function"],
        "title": box.title,
        "dates": box.dates,
        "retention": shared["retention"],
        "items": str(box.items) if box.items else "",
        "pages": pages,
        "ref": box.file,
        "numbers": [
            ["全宗号", box.fonds],
            ["目录号", shared["catalogue"]],
            ["年度", shared["year"]],
            ["案卷号", box.number],
        ],
    }


def spine(box: Box) -> dict[str, Any]:
    """Return what stands on the back, from top to bottom."""
    shared = box.shared
    if box.is_file:
        cells = [
            ("全宗号", box.fonds, 1.0, False),
            ("目录号", shared["catalogue"], 1.0, False),
            ("年度", shared["year"], 1.0, False),
            ("保管期限", shared["retention"], 1.0, False),
            ("案卷题名", box.title, 5.0, True),
            ("案卷号", box.number, 1.0, False),
        ]
    else:
        cells = [
            ("全宗号", box.fonds, 1.0, False),
            ("年度", shared["year"], 1.0, False),
            ("保管期限", shared["retention"], 1.0, False),
            ("机构（问题）", shared["function"], 2.2, True),
            ("起止件号", _span(box), 1.6, False),
            ("盒号", box.number, 1.0, False),
        ]
    kept = [cell for cell in cells if cell[1] or cell[0] != "目录号"]
    return {"cells": [{"label": a, "value": b, "share": c, "upright": d} for a, b, c, d in kept]}


def label(box: Box) -> dict[str, Any]:
    """Return what stands on the label of a box."""
    shared = box.shared
    facts = [["全宗号", box.fonds], ["年度", shared["year"]], ["保管期限", shared["retention"]]]
    if box.is_file:
        facts = [
            ["全宗", f"{box.fonds} {box.fonds_name}"],
            *facts[1:],
            ["档号", box.file],
            ["案卷号", box.number],
        ]
    else:
        facts += [["机构（问题）", shared["function"]], ["起止件号", _span(box)], ["盒号", box.number]]
    return {"title": box.title or box.file, "facts": facts}


MAKERS: Mapping[str, Callable[[Box], dict[str, Any]]] = {
    "note": note,
    "cover": cover,
    "spine": spine,
    "label": label,
}
"""What makes the data of a form out of a file or box; the templates take a list of them."""

_LISTS = {"note": "sheets", "cover": "covers", "spine": "spines", "label": "labels"}


def sheets(
    form: str, boxes: Sequence[Box], head: Mapping[str, Any], *, width: int, paper: str
) -> dict[str, Any]:
    """Return the data of the template ``form`` for ``boxes``; ``width`` of a back in mm, ``paper`` a3 or a4."""
    return {**head, "width": width, "paper": paper, _LISTS[form]: [MAKERS[form](box) for box in boxes]}

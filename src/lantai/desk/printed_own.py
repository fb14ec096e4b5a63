"""A unit's own records on paper: one with its cover data and its pages, a list of those that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone

from lantai.access.binding import bound
from lantai.access.queries import Shown
from lantai.access.renditions import drawable
from lantai.base.actors import Actor
from lantai.base.templatetags.lantai import size
from lantai.desk import queries_arrangement, store
from lantai.desk.arranging import kind_of
from lantai.desk.filing import KeptFile
from lantai.desk.queries_arrangement import ItemView
from lantai.desk.queries_reading import part_of, reading_item
from lantai.desk.queries_search import OwnHit
from lantai.holdings.queries import PartView
from lantai.kernel.errors import Invalid
from lantai.kernel.printing import render
from lantai.kernel.printing.forms import LONG, PART

MOST_PAGES = 500
"""Pages of one print: more are for the file itself."""
MOST_BYTES = 256 << 20
"""Bytes of the files that are bound in: a print is made in memory."""
MOST_TEXT = 100_000
"""Characters of text of one print."""

_COVER = (
    "ref",
    "doc_number",
    "author",
    "date",
    "fonds",
    "unit",
    "year",
    "function",
    "retention",
    "security",
    "record_code",
)
_LABELS = {"ref": "档号", "fonds": "全宗号", "unit": "立档单位", "record_code": "电子文件号"}
_STATES = {"tray": "待整理", "open": "整理中", "numbered": "已编号", "handed": "已移交"}
_COLUMNS: tuple[tuple[str, float, str], ...] = (
    ("序号", 12, "center"),
    ("档号", 44, "left"),
    ("文号", 36, "center"),
    ("责任者", 32, "left"),
    ("题名", 0, "left"),
    ("日期", 20, "center"),
    ("保管期限", 18, "center"),
    ("状态", 16, "center"),
)


def record(actor: Actor, uuid: str) -> tuple[str, bytes]:
    """Return a name for an item and its PDF: a cover that says what it is, then its pages.

    PDFs and pictures are bound in, of other files the text; the cover says so of each. Nothing is written.
    ``Invalid("desk.print.pages")`` beyond :data:`MOST_PAGES`.
    """
    shown = queries_arrangement.item(actor, uuid)
    reading = reading_item(actor, uuid)
    parts: list[tuple[Path, PartView]] = []
    texts: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    left, behind, room = MOST_TEXT, 0, MOST_BYTES
    for file, seen in zip(reading.kept, reading.files, strict=True):
        printed = "未印，请用相应软件打开"
        if seen.pages and file.bytes > room:
            printed = "未印，文件太大，请单独打开"
        elif _gives_pages(file, seen):
            parts.append((store.place(file.sha512), part_of(file)))
            behind, room = behind + seen.pages, room - file.bytes
            printed = f"{seen.pages} 页"
        elif sum(map(len, seen.texts)) and left > 0:
            pages = _first(seen.texts, left)
            left -= sum(map(len, pages))
            texts.append({"name": file.name, "pages": pages})
            printed = "文字" if pages == list(seen.texts) else "文字（前一部分）"
        lines.append(_line(file, printed))
    if behind > MOST_PAGES:
        raise Invalid("desk.print.pages", pages=behind, limit=MOST_PAGES)
    cover = render("record_cover", {**_cover(actor, shown, lines, texts), "behind": behind})
    return shown.line.ref or shown.line.title[:40], bound(cover, parts) if parts else cover


def _gives_pages(file: KeptFile, seen: Shown) -> bool:
    return seen.pages > 0 and drawable(store.place(file.sha512), part_of(file))


def _first(pages: Sequence[str], most: int) -> list[str]:
    taken: list[str] = []
    for page in pages:
        if most > 0:
            taken.append(page[:most])
        most -= len(page)
    return taken


def _line(file: KeptFile, printed: str) -> dict[str, Any]:
    return {
        "order": file.order,
        "role": file.role_label,
        "name": file.name,
        "size": size(file.bytes),
        "sm3": file.sm3,
        "printed": printed,
    }


def _cover(
    actor: Actor, shown: ItemView, lines: list[dict[str, Any]], texts: list[dict[str, Any]]
) -> dict[str, Any]:
    by_key = kind_of(shown.line.type).by_key
    told = {**shown.told, "unit": shown.unit_name}
    facts = [
        [_LABELS.get(key) or (by_key[key].label.zh if key in by_key else key), told[key]]
        for key in _COVER
        if told.get(key)
    ]
    return {
        "title": shown.line.title,
        "archives": shown.unit_name,
        "ref": shown.line.ref,
        "facts": facts,
        "files": lines,
        "texts": texts,
        "printed_by": actor.name,
        "printed_at": timezone.localtime().isoformat(timespec="seconds"),
    }


def selection(actor: Actor, hits: Sequence[OwnHit], unit_name: str, *, total: int) -> bytes:
    """Return the PDF of a list of records, in their order; where ``total`` are more than these, it says so."""
    rows = []
    for order, one in enumerate(hits, 1):
        cells = [
            str(order),
            one.ref or one.number,
            one.doc_number,
            one.author,
            one.title,
            one.date,
            one.retention,
            _STATES.get(one.state, one.state),
        ]
        rows.append([*cells, ""] if any(len(cell) > LONG for cell in cells) else cells)
    head = {
        "facts": [["立档单位", unit_name or "各单位"], ["件数", str(len(rows))], ["制表人", actor.name]],
        "columns": [{"label": label, "width": width, "align": align} for label, width, align in _COLUMNS],
    }
    data = {
        "title": "档案查阅目录",
        "landscape": True,
        "archives": unit_name,
        "part": f"前 {len(rows)} 件，共 {total} 件"
        if total > len(rows)
        else timezone.localdate().isoformat(),
        "groups": [{**head, "rows": rows[start : start + PART]} for start in range(0, len(rows) or 1, PART)],
    }
    return render("list", data, tags=len(rows) <= 300)

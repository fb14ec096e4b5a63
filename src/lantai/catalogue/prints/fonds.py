"""全宗卷: the cover, what is described of the fonds, and the figures of its holdings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.catalogue.prints.model import Part
from lantai.catalogue.selection import Selection
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Figure, FondsView, Place
from lantai.kernel.errors import Invalid

_COVER = {"ref", "fonds", "fonds_name", "title", "unit", "aggregation", "archives_name"}
"""What stands on the cover already."""

_TERMS = ("永久", "30年", "10年", "长期", "短期")


def fonds_file(actor: Actor, selection: Selection, head: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the 全宗卷 of the fonds of ``selection``; ``Invalid("catalogue.print.fonds")`` without one."""
    number = selection.place.fonds
    if not number:
        raise Invalid("catalogue.print.fonds")
    fonds = holdings.fonds(actor, number)
    figures = holdings.figures(actor, Place(fonds=number))
    years = [one.year for one in figures if one.year]
    today: date = timezone.localdate()
    yield Part(
        "fonds_file",
        {
            **head,
            "number": fonds.number,
            "name": fonds.name,
            "unit": fonds.unit_name,
            "years": f"{min(years)}—{max(years)}" if years else "",
            "totals": _totals(figures),
            "printed_on": today.isoformat(),
            "sections": _sections(actor, fonds),
            "tables": [_by_type(figures), _by_retention(figures), _by_year(figures)],
        },
        fonds.count,
    )


def _totals(figures: Sequence[Figure]) -> str:
    files = sum(one.count for one in figures if one.level == "file")
    items = sum(one.count for one in figures if one.level == "item")
    told = [f"{files:,} 卷" if files else "", f"{items:,} 件" if items else ""]
    return "　".join(text for text in told if text) or "0 件"


def _sections(actor: Actor, fonds: FondsView) -> list[list[str]]:
    """Return the description of the fonds in the order of the forms, as the actor may see it."""
    inner = holdings.sees_by_office(actor, fonds.unit)
    values = holdings.fonds_values(fonds.number)
    found: list[list[str]] = []
    met: set[str] = set()
    for kind in holdings.types().values():
        for element in kind.elements:
            text = values.get(element.key, "")
            if not text or element.key in met or element.key in _COVER:
                continue
            met.add(element.key)
            if inner or (element.public and not element.personal):
                found.append([element.label.zh, text])
    return found


def _by_type(figures: Sequence[Figure]) -> dict[str, Any]:
    rows: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in figures:
        row = rows[one.type]
        row[0] += one.count if one.level == "file" else 0
        row[1] += one.count if one.level == "item" else 0
        row[2] += one.pages if one.level == "item" else 0
    types = holdings.types()
    told = [[types[kind].label.zh if kind in types else kind, *row] for kind, row in sorted(rows.items())]
    return _table("按门类", ["门类", "案卷（卷）", "文件（件）", "文件页数"], told)


def _by_retention(figures: Sequence[Figure]) -> dict[str, Any]:
    rows: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in figures:
        rows[one.retention][0] += one.count if one.level == "file" else 0
        rows[one.retention][1] += one.count if one.level == "item" else 0
    told = [[term or "未定", *rows[term]] for term in _terms(rows)]
    return _table("按保管期限", ["保管期限", "案卷（卷）", "文件（件）"], told)


def _by_year(figures: Sequence[Figure]) -> dict[str, Any]:
    """Return the table of years: items by retention period where there are items, and files."""
    terms = _terms({one.retention for one in figures if one.level == "item"})
    rows: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in figures:
        rows[one.year or 0]["卷" if one.level == "file" else one.retention] += one.count
    told = [
        [str(year) if year else "年度不详", row["卷"], *(row[term] for term in terms)]
        for year, row in sorted(rows.items())
    ]
    heads = ["年度", "案卷（卷）", *(f"{term or '未定'}（件）" for term in terms)]
    return _table("按年度", heads, told)


def _terms(found: Mapping[str, Any] | set[str]) -> list[str]:
    known = [term for term in _TERMS if term in found]
    return [*known, *sorted(term for term in found if term not in _TERMS)]


def _table(title: str, columns: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    """Return a table with its sums below; figures as text, 0 as nothing."""
    if len(rows) > 1:
        rows = [*rows, ["合计", *(sum(row[place] for row in rows) for place in range(1, len(columns)))]]
    told = [[row[0], *(str(figure) if figure else "" for figure in row[1:])] for row in rows]
    return {"title": title, "columns": columns, "rows": told}

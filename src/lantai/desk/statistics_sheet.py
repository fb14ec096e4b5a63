"""The unit's statistics as tables that pages, workbooks and paper share: words for values, figures beside them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xlsxwriter
from django.utils.translation import gettext as _

from lantai.desk.models import Source
from lantai.desk.queries_statistics import Figures, Line, Statistics
from lantai.holdings.queries import types


@dataclass(frozen=True, slots=True)
class Row:
    """A value in words; ``cells`` are items, files, pages, bytes, None where such a figure is not told."""

    label: str
    cells: tuple[int | None, ...]

    @property
    def told(self) -> list[tuple[str, int | None]]:
        """The figures with their headings, for screens too narrow for columns."""
        return list(zip(headings(), self.cells, strict=True))


@dataclass(frozen=True, slots=True)
class Table:
    """What is counted by one thing; ``key`` is one of ``BY``, ``form`` or ``total``."""

    key: str
    label: str
    lines: tuple[Row, ...]


def headings() -> tuple[str, ...]:
    """Return the headings of the figures."""
    return (_("件数"), _("文件数"), _("页数"), _("字节数"))


def tables(told: Statistics, language: str) -> list[Table]:
    """Return the sums and a table for each thing that is counted by, in the reader's language."""
    kinds = {code: kind.label[language] for code, kind in types().items()}
    ways = {source.value: _(str(source.label)) for source in Source}
    words: dict[str, tuple[str, Mapping[str, str], str]] = {
        "year": (_("年度"), {}, _("没有年度")),
        "type": (_("门类"), kinds, ""),
        "retention": (_("保管期限"), {}, _("还没有归类")),
        "department": (_("部门"), told.departments, _("未分部门")),
        "source": (_("来源"), ways, ""),
    }
    made = [Table("total", _("合计"), (Row(_("全部"), _cells(told.total)),))]
    for key, lines in told.tables.items():
        label, named, blank = words[key]
        if key == "retention":
            lines = tuple(sorted(lines, key=_longest_first))
        made.append(Table(key, label, tuple(_row(line, named, blank) for line in lines)))
    forms = tuple(
        Row(line.value or _("不认识的格式"), _cells(line.figures, paged=False)) for line in told.forms
    )
    return [*made, Table("form", _("文件格式"), forms)]


def _longest_first(line: Line) -> int:
    """Return the place of a period as the vocabulary has it: 永久 before 30年, what has none at the end."""
    terms = [term.value for term in types()["WS"].vocabularies["retention"].terms]
    return terms.index(line.value) if line.value in terms else len(terms)


def _row(line: Line, named: Mapping[str, str], blank: str) -> Row:
    return Row(named.get(line.value, line.value) or blank, _cells(line.figures))


def _cells(figures: Figures, *, paged: bool = True) -> tuple[int | None, ...]:
    return (figures.items, figures.files, figures.pages if paged else None, figures.bytes)


def workbook(told: Sequence[Table]) -> bytes:
    """Return a workbook with one sheet: what is counted by, the value, the figures as numbers."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold, figure = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
        sheet = book.add_worksheet(_("统计"))
        sheet.freeze_panes(1, 0)
        for place, text in enumerate((_("统计项"), _("名称"), *headings())):
            sheet.set_column(place, place, 28 if place == 1 else 14)
            sheet.write_string(0, place, text, bold)
        at = 1
        for table in told:
            for line in table.lines:
                sheet.write_string(at, 0, table.label)
                sheet.write_string(at, 1, line.label)
                for place, cell in enumerate(line.cells, 2):
                    if cell is not None:
                        sheet.write_number(at, place, cell, figure)
                at += 1
    return out.getvalue()

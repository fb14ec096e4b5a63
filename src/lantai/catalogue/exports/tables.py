"""Exported tables: delimited text and workbooks. Read again they give every value exactly as it was."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from lantai.catalogue.exports.headings import LEVELS, Column, columns, reserved
from lantai.catalogue.exports.sheaf import Line, Sheaf
from lantai.kernel.errors import Invalid
from lantai.kernel.formulas import disarmed
from lantai.kernel.recordtypes import RecordType

ROWS = 1_000_000
"""Rows of one sheet of a workbook below its headings; a sheet holds at most 1,048,576 with them."""

CELL = 32_767
"""UTF-16 units that a cell of a workbook holds."""

Types = Mapping[str, RecordType]

_UNFIT = re.compile("[\0\ud800-\udfff]")
_UNFIT_IN_XML = re.compile("[\ufffe\uffff]")
_WHOLE = re.compile("0|[1-9][0-9]{0,14}")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_WIDE = {"title": 46, "ref": 26, "author": 22, "abstract": 40, "note": 24}


def _fit(text: str) -> str:
    """Return ``text`` without what a text file cannot carry: U+FFFD stands for NUL and halves of pairs."""
    return _UNFIT.sub("\ufffd", text)


def _cells(line: Line, shown: Sequence[Column], language: str) -> list[str]:
    level = LEVELS[line.level][language] if line.level in LEVELS else line.level
    values = {**line.values, "ref": line.ref}
    told = [values.get(column.key, "") for column in shown]
    return [*map(_fit, told), line.type, level, _fit(line.parent), line.urn]


def _used(sheaf: Sheaf, kinds: Iterable[str]) -> set[str]:
    return {key for kind in kinds for key in sheaf.keys.get(kind, ())}


def write_csv(sheaf: Sheaf, types: Types, out: BinaryIO, language: str) -> None:
    """Write one table of all records: UTF-8 with the mark that spreadsheets look for, formulas disarmed."""
    known = [types[kind] for kind in sheaf.keys if kind in types]
    shown = columns(known, _used(sheaf, sheaf.keys), language)
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([*(column.heading for column in shown), *reserved(language)])
    for line in sheaf.lines():
        writer.writerow([disarmed(cell) for cell in _cells(line, shown, language)])
    text.flush()
    text.detach()


def write_xlsx(
    sheaf: Sheaf, types: Types, out: BinaryIO, language: str, *, folder: Path, rows: int = ROWS
) -> None:
    """Write a workbook with a sheet for each record type, several where one has more than ``rows`` records.

    ``Invalid("catalogue.export.cell_long")`` when a value is longer than a cell: nothing is cut off in silence.
    ``folder`` is where the parts of the workbook wait.
    """
    options = {
        "constant_memory": True,
        "tmpdir": str(folder),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "use_zip64": sheaf.count > ROWS // 2,
    }
    book = xlsxwriter.Workbook(out, options)
    try:
        looks = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        taken: set[str] = set()
        for kind in sheaf.keys:
            known = types.get(kind)
            shown = columns([known] if known else [], _used(sheaf, [kind]), language)
            label = known.label[language] if known else kind
            sheet: Worksheet | None = None
            for number, line in enumerate(sheaf.lines(kind)):
                at = number % rows
                if sheet is None or at == 0:
                    sheet = book.add_worksheet(_sheet_name(label, taken))
                    _head(sheet, [*(c.heading for c in shown), *reserved(language)], shown, looks)
                _row(sheet, at + 1, line, shown, language)
        if not taken:
            _head(book.add_worksheet(_sheet_name("目录", taken)), list(reserved(language)), (), looks)
    finally:
        book.close()


def _head(sheet: Worksheet, texts: list[str], shown: Sequence[Column], looks: object) -> None:
    sheet.freeze_panes(1, 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for place, text in enumerate(texts):
        key = shown[place].key if place < len(shown) else ""
        sheet.set_column(place, place, _WIDE.get(key, 14))
        sheet.write_string(0, place, text, looks)


def _row(sheet: Worksheet, at: int, line: Line, shown: Sequence[Column], language: str) -> None:
    for place, text in enumerate(_cells(line, shown, language)):
        if not text:
            continue
        element = shown[place].element if place < len(shown) else None
        if element is not None and element.kind == "integer" and _WHOLE.fullmatch(text):
            sheet.write_number(at, place, int(text))
        elif _too_long(text):
            heading = shown[place].heading if place < len(shown) else ""
            raise Invalid("catalogue.export.cell_long", ref=line.ref, column=heading, limit=CELL)
        else:
            sheet.write_string(at, place, _UNFIT_IN_XML.sub("\ufffd", text))


def _too_long(text: str) -> bool:
    return len(text) > CELL // 2 and len(text.encode("utf-16-le")) // 2 > CELL


def _sheet_name(label: str, taken: set[str]) -> str:
    """Return a sheet's name: 31 characters at most, none that is forbidden, each once whatever its case."""
    plain = _SHEET_NAME.sub(" ", label).strip()[:24] or "目录"
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain} {number}"
    taken.add(name.casefold())
    return name

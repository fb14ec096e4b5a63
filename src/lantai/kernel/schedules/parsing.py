"""A unit's list as a schedule: columns by their usual names, clauses as an outline, every doubtful row told."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.schedules.model import LEGACY, Line, Schedule, read_retention
from lantai.kernel.sources import Row, open_source

ROWS, CELL = 20_000, 4_000
"""Rows of a schedule and signs of a cell: a list that has more is none."""
DEPTH = 12

_TICKS = frozenset({"√", "✓", "✔", "●", "○", "是", "Y", "y", "1", "★", "V", "v", "对", "+"})
_NUMBER = re.compile(
    r"(?P<dotted>\d{1,3}(?:[.．\-]\d{1,3}){1,6}[.．、]?)|(?P<plain>\d{1,3}[.．、)）]?(?=\D|$))"
    r"|(?P<han>第?[一二三四五六七八九十百]{1,4}[、.．章类])|(?P<bracket_han>[（(][一二三四五六七八九十]{1,4}[)）]、?)"
    r"|(?P<bracket>[（(]\d{1,3}[)）])|(?P<circle>[①-⑳])"
)
_LONE_HAN = re.compile(r"[一二三四五六七八九十]{1,4}")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The schedule and what is doubtful about its rows; an error among ``findings`` says that a line is not in it."""

    schedule: Schedule
    findings: tuple[Finding, ...]


@cache
def _aliases() -> dict[str, str]:
    told = tomllib.loads((Path(__file__).parent / "columns.toml").read_text("utf-8"))
    return {_folded(name): key for key, names in told.items() for name in names}


def _folded(cell: str) -> str:
    return "".join(unicodedata.normalize("NFKC", cell).split()).lower()


def column_of(heading: str) -> str:
    """Return number, text, retention, department, class_code, note, "=30年" for a column of ticks, "" for another."""
    plain = re.sub(r" \(\d+\)$", "", heading)
    told = _aliases().get(_folded(plain), "")
    period = "" if told else read_retention(plain)
    return told or (f"={period}" if period else "")


def read_schedule(path: Path, unit: str, version: int, *, sheet: str = "") -> Parsed:
    """Return the schedule in a workbook or delimited text, as a draft.

    Raises Invalid: what :func:`lantai.kernel.sources.open_source` and :func:`from_rows` raise.
    """
    source = open_source(path, sheet=sheet, heading_known=lambda cell: bool(column_of(cell)))
    parsed = from_rows(source.headings, source.rows(), unit, version)
    return Parsed(parsed.schedule, (*source.findings, *parsed.findings))


def from_rows(headings: Sequence[str], rows: Iterable[Row], unit: str, version: int) -> Parsed:
    """Return the schedule of ``rows`` under ``headings``, as a draft.

    Raises Invalid: ``schedules.columns.missing`` (no column of words, or none of periods), ``schedules.rows.none``,
    ``schedules.rows.too_many``.
    """
    columns = [column_of(heading) for heading in headings]
    for key, zh in (("text", "归档范围"), ("retention", "保管期限")):
        if key not in columns and not (key == "retention" and any(c.startswith("=") for c in columns)):
            raise Invalid("schedules.columns.missing", column=zh, headings="、".join(headings)[:300])
    outline = _Outline()
    for count, row in enumerate(rows):
        if count >= ROWS:
            raise Invalid("schedules.rows.too_many", limit=ROWS)
        outline.add(row.number, _cells(columns, row.cells))
    lines = outline.finish()
    if not lines:
        raise Invalid("schedules.rows.none")
    return Parsed(Schedule(unit, version, tuple(lines)), tuple(outline.findings))


def _cells(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Return the cells by meaning; ticks become the period of their column, cells of one meaning are joined."""
    told: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        value = " ".join(cell.split())[:CELL]
        if not column or not value:
            continue
        if column.startswith("="):
            column, value = "retention", column[1:] if value in _TICKS else value
        told[column] = f"{told[column]} {value}" if column in told else value
    return told


@dataclass(slots=True)
class _Entry:
    """A row on its way: a line, or a heading when others come below it and it has no period."""

    number: str
    text: str
    retention: str
    path: tuple[str, ...]
    cells: dict[str, str]
    row: int
    parent: bool = False


@dataclass(slots=True)
class _Outline:
    """Rows in their order; the form of a clause number (一、, （一）, 1, 1.1) says how deep it stands."""

    findings: list[Finding] = field(default_factory=list)
    _entries: list[_Entry] = field(default_factory=list)
    _open: list[tuple[str, _Entry]] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def add(self, row: int, cells: dict[str, str]) -> None:
        """Take one row."""
        number, text = _clause(cells.get("number", ""), cells.get("text", ""))
        written = cells.get("retention", "")
        if not text:
            if written:
                self._tell("schedules.row.empty", row, written)
            return
        retention = read_retention(written)
        if written and not retention:
            self._tell("schedules.row.retention_unknown", row, written)
        elif retention in LEGACY:
            self._tell("schedules.row.retention_legacy", row, retention, Severity.WARNING)
        elif retention == "定期":
            self._tell("schedules.row.retention_open", row, retention, Severity.WARNING)
        self._repeated(number, row)
        path = self._place(form_of(number), retention)
        entry = _Entry(number, text, retention, path, cells, row)
        self._entries.append(entry)
        if number or not retention:
            self._open.append((form_of(number), entry))

    def _place(self, form: str, retention: str) -> tuple[str, ...]:
        """Close what ends before a row of ``form``; return the headings it stands under, which are parents now."""
        forms = [told for told, _ in self._open]
        if form in forms and (form or not retention):
            del self._open[forms.index(form) :]
        del self._open[DEPTH:]
        for _, entry in self._open[-1:]:
            entry.parent = True
        return tuple(entry.text for _, entry in self._open)

    def _repeated(self, number: str, row: int) -> None:
        form = form_of(number)
        if not form.startswith("dotted") or form == "dotted1":
            return  # other forms begin anew below each heading
        before = self._seen.setdefault(number, row)
        if before != row:
            finding = Finding(
                "schedules.row.number_twice", f"{row}", "", number, Severity.WARNING, {"before": before}
            )
            self.findings.append(finding)

    def finish(self) -> list[Line]:
        """Return the lines; a last word without a period is an error, unless its row told one already."""
        lines = []
        for entry in self._entries:
            if entry.retention:
                lines.append(_line(entry))
            elif not entry.parent and not entry.cells.get("retention"):
                self._tell("schedules.row.retention_missing", entry.row, entry.text[:60])
        return lines

    def _tell(self, code: str, row: int, found: str, severity: Severity = Severity.ERROR) -> None:
        self.findings.append(Finding(code, f"{row}", found=found[:100], severity=severity))


def _clause(number: str, text: str) -> tuple[str, str]:
    """Return the clause number, from its cell or from before the words, and the words."""
    if number:
        return number.strip().rstrip("、.．"), text.strip()
    match = _NUMBER.match(text)
    if match and text[match.end() :].strip() and not re.match(r"[年月日%‰]", text[match.end() :]):
        return match[0].strip().rstrip("、.．"), text[match.end() :].strip()
    return "", text.strip()


def form_of(number: str) -> str:
    """Return the form of a clause number: dotted with its depth (1 = dotted1, 1.2 = dotted2), han, …, "" for none."""
    if not number:
        return ""
    match = _NUMBER.fullmatch(number)
    kind = match.lastgroup if match else None
    if kind in ("dotted", "plain"):
        return f"dotted{len(re.findall(r'[0-9]+', number))}"
    if kind:
        return kind
    return "han" if _LONE_HAN.fullmatch(number) else "other"


def _line(entry: _Entry) -> Line:
    return Line(
        number=entry.number,
        text=entry.text,
        retention=entry.retention,
        path=entry.path,
        department=entry.cells.get("department", ""),
        class_code=entry.cells.get("class_code", ""),
        note=entry.cells.get("note", ""),
        row=entry.row,
    )

"""An Excel or CSV list with a folder of files named after it: how most old digitisation results arrive."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.packages.columns import level_of
from lantai.kernel.packages.contents import survey
from lantai.kernel.packages.model import Draft, DraftFile, DraftRecord
from lantai.kernel.recordtypes import RecordType
from lantai.kernel.spreadsheets import Table, read_table

_HEAD_ROWS = 10
_FILE_COLUMNS = frozenset(
    {
        "文件名",
        "电子文件名",
        "电子档案名称",
        "文件名称",
        "文件路径",
        "路径",
        "存储路径",
        "全文路径",
        "原文路径",
    }
)
_SEPARATORS = re.compile(r"[·•・.\-_—–－\s]+")
_PAGE = re.compile(r"-\d{1,5}$")
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where each element key stands; ``files`` is the column that names files, -1 without."""

    keys: Mapping[str, int]
    files: int
    head: int


def read_list(sheet: Path, files: Path, type: RecordType, fonds: str, sender: str = "") -> Draft:
    """Return the list as a draft whose findings say which rows and files did not find each other.

    Columns are known by their headings (any alias of the type); the heading row is the best of the first
    ten. Files are matched by a column of file names, or by name: the 档号 with any separators, page numbers
    behind it, or a folder of that name. The list itself goes along as 其他/<its name>.

    Raises what :func:`lantai.kernel.spreadsheets.read_table` raises.
    """
    table = read_table(sheet)
    return _Matching(table, sheet, files, type, fonds, sender).run()


def folded(name: str) -> str:
    """Return the comparison form of a 档号 in file names: one kind of separator, NFKC, case folded."""
    return _SEPARATORS.sub("-", unicodedata.normalize("NFKC", name)).strip("-").casefold()


def natural(path: str) -> list[tuple[int, str]]:
    """Return a sort key that puts page 2 before page 10."""
    return [
        (int(part), "") if part.isdecimal() and len(part) < 19 else (-1, part)
        for part in _NUMBERS.split(path)
    ]


class _Matching:
    def __init__(
        self, table: Table, sheet: Path, files: Path, type: RecordType, fonds: str, sender: str
    ) -> None:
        self.table = table
        self.sheet = sheet
        self.root = files
        self.type = type
        self.fonds = fonds
        self.sender = sender
        self.findings = list(table.findings)
        contents = survey(files)
        self.findings.extend(contents.findings)
        own = sheet.resolve()
        self.files = [path for path in contents.files if (files / path).resolve() != own]

    def run(self) -> Draft:
        columns = self._columns()
        rows = self._rows(columns) if columns else {}
        named = self._named(rows, columns) if columns else {}
        matched = self._matched(rows, {path for paths in named.values() for path in paths})
        records = tuple(
            self._record(ref, values, [*named.get(ref, ()), *matched.get(ref, ())])
            for ref, (values, _) in rows.items()
        )
        return Draft(
            fonds=self.fonds,
            sender=self.sender,
            records=records,
            others={self.sheet.name: self.sheet},
            findings=tuple(self.findings),
        )

    def _columns(self) -> _Columns | None:
        """Return the columns of the row among the first ten that names the most elements."""
        best: _Columns | None = None
        for number, row in enumerate(self.table.rows[:_HEAD_ROWS]):
            keys: dict[str, int] = {}
            files = -1
            for place, cell in enumerate(row):
                if _SEPARATORS.sub("", cell) in _FILE_COLUMNS and files < 0:
                    files = place
                elif element := self.type.column(cell) if cell.strip() else None:
                    keys.setdefault(element.key, place)
            if "ref" in keys and (best is None or len(keys) > len(best.keys)):
                best = _Columns(keys, files, number)
        if best is None:
            self.findings.append(Finding("packages.list.heading_missing", self.sheet.name, "档号"))
            return None
        self._notice_unknown(best)
        return best

    def _notice_unknown(self, columns: _Columns) -> None:
        used = {*columns.keys.values(), columns.files}
        for place, heading in enumerate(self.table.rows[columns.head]):
            filled = any(row[place] for row in self.table.rows[columns.head + 1 :])
            if place not in used and filled:
                self.findings.append(
                    Finding("packages.list.column_unknown", self.sheet.name, "", heading, Severity.WARNING)
                )

    def _rows(self, columns: _Columns) -> dict[str, tuple[dict[str, str], str]]:
        """Return values and named files by 档号."""
        rows: dict[str, tuple[dict[str, str], str]] = {}
        for number, row in enumerate(self.table.rows[columns.head + 1 :], columns.head + 2):
            if not any(cell.strip() for cell in row):
                continue
            values = {key: row[place] for key, place in columns.keys.items() if row[place].strip()}
            ref = values.get("ref", "").strip()
            if not ref:
                self.findings.append(
                    Finding("packages.list.row_without_ref", self.sheet.name, found=str(number))
                )
            elif ref in rows:
                self.findings.append(Finding("packages.list.row_twice", ref, found=str(number)))
            else:
                values["ref"] = ref
                rows[ref] = (values, row[columns.files] if columns.files >= 0 else "")
        return rows

    def _named(
        self, rows: Mapping[str, tuple[dict[str, str], str]], columns: _Columns
    ) -> dict[str, list[str]]:
        """Return the files that the list itself names, by 档号; several stand apart by semicolons or lines."""
        named: dict[str, list[str]] = defaultdict(list)
        there = set(self.files)
        for ref, (_, cell) in rows.items():
            for told in re.split(r"[;；\n]+", cell):
                path = told.strip().replace("\\", "/").removeprefix("./").strip("/")
                if not path:
                    continue
                if path in there:
                    named[ref].append(path)
                else:
                    self.findings.append(Finding("packages.list.file_missing", ref, path))
        return named

    def _matched(
        self, rows: Mapping[str, tuple[dict[str, str], str]], taken: set[str]
    ) -> dict[str, list[str]]:
        """Return the other files by the 档号 that their name or folder spells."""
        by_form: dict[str, str] = {}
        for ref in rows:
            other = by_form.setdefault(folded(ref), ref)
            if other != ref:
                self.findings.append(Finding("packages.list.refs_alike", ref, found=other))
        matched: dict[str, list[str]] = defaultdict(list)
        for path in sorted((p for p in self.files if p not in taken), key=natural):
            ref = _ref_of(path, by_form)
            if ref:
                matched[ref].append(path)
            else:
                self.findings.append(Finding("packages.list.file_unlisted", path))
        return matched

    def _record(self, ref: str, values: dict[str, str], paths: Sequence[str]) -> DraftRecord:
        level = level_of(values.get("aggregation", ""))
        if not paths and level == "item":
            self.findings.append(Finding("packages.list.row_without_file", ref))
        names = _short(ref, paths)
        files = tuple(DraftFile(self.root / p, n) for p, n in zip(paths, names, strict=True))
        return DraftRecord(ref, level, self.type.code, values, files)


def _ref_of(path: str, by_form: Mapping[str, str]) -> str:
    """Return the 档号 a file belongs to: by its stem, its stem without page number, or a folder above it."""
    *folders, name = path.split("/")
    stem = folded(name.rpartition(".")[0] or name)
    for form in (stem, folded(name), _PAGE.sub("", stem)):
        if form in by_form:
            return by_form[form]
    return next((by_form[folded(f)] for f in reversed(folders) if folded(f) in by_form), "")


def _short(ref: str, paths: Sequence[str]) -> list[str]:
    """Return the names files get in the record's folder: below the folder named by the 档号, else bare names.

    Where bare names would meet, whole paths stay.
    """
    names = []
    for path in paths:
        parts = path.split("/")
        place = next((i for i, part in enumerate(parts[:-1]) if folded(part) == folded(ref)), -1)
        names.append("/".join(parts[place + 1 :]) if place >= 0 else parts[-1])
    return names if len(set(names)) == len(names) else list(paths)

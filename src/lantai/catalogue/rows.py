"""One row of a list becomes the draft of a record: mapped, normalised, checked, its 档号 composed or compared.

Plain Python without Django, so that it can run in a process of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lantai.catalogue.codes import CodeReader, Known
from lantai.catalogue.marks import IGNORED, KEPT, LEVEL, OTHER, PARENT, TYPE
from lantai.kernel import recordtypes
from lantai.kernel.errors import Fact, LantaiError
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.recordtypes import RecordType
from lantai.kernel.recordtypes.compiled import RowChecker
from lantai.kernel.refcodes import Rules
from lantai.kernel.texts import text

STAGE = "GD"
REF_LENGTH = 200

_LACKING = frozenset({"recordtypes.value.empty", "recordtypes.value.conditional"})
"""What a catalogue may still lack when it is brought: told, never a reason to refuse."""

_ABSENT = "recordtypes.element.missing"
"""No such column at all: told once for the whole list, not for every row."""

_MARKS = frozenset({"", IGNORED, OTHER, LEVEL, PARENT, TYPE})
"""What a column can become that is no element."""

_LEVELS = {"全宗": "fonds", "类别": "series", "案卷": "file", "文件": "item"}
_KNOWN_LEVELS = ("fonds", "series", "file", "item", "agent")


class Problem(NamedTuple):
    """One thing about one row: ``column`` is the heading, ``severity`` error or warning."""

    row: int
    column: str
    code: str
    severity: str
    ref: str
    expected: str
    found: str
    facts: dict[str, Fact]


class Draft(NamedTuple):
    """What one row gave. ``stated`` says that ``parent`` stood in the row, not only in the 档号; ``implied`` are
    the keys whose values only the 档号 says: a new record takes them, one that exists is not changed by them."""

    row: int
    ref: str
    level: str
    type: str
    fonds: str
    parent: str
    stated: bool
    values: dict[str, str]
    problems: tuple[Problem, ...]
    refused: bool
    implied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """How the rows of one list are read.

    ``columns`` are (heading, key) in the order of the cells; ``type``, ``fonds`` and ``level`` hold for all
    rows, "" = each row says its own; ``known_fonds`` are the numbers a row may name.
    """

    columns: tuple[tuple[str, str], ...]
    type: str
    fonds: str
    level: str
    tolerant: bool
    known_fonds: frozenset[str]

    def fingerprint(self) -> str:
        """Return 64 hexadecimal digits that are others when rows would be read otherwise."""
        told = (self.columns, self.type, self.fonds, self.level, self.tolerant, sorted(self.known_fonds))
        return hashlib.sha256(repr(told).encode("utf-8", "backslashreplace")).hexdigest()


class RowReader:
    """Reads the rows of one list. Not to be shared between threads."""

    def __init__(self, frame: Frame, types: Mapping[str, RecordType], rules: Rules | None = None) -> None:
        self._frame = frame
        self._types = types
        self._rules = rules
        self._codes = CodeReader(types, rules)
        self._checkers: dict[str, RowChecker] = {}
        self._wanted: dict[tuple[str, str], frozenset[str]] = {}
        self._renamed: dict[str, tuple[tuple[str, str], ...]] = {}
        self._headings = {key: heading for heading, key in reversed(frame.columns)}
        self._picks = [(place, key) for place, (_, key) in enumerate(frame.columns) if key not in _MARKS]
        self._others = [(n, heading) for n, (heading, key) in enumerate(frame.columns) if key == OTHER]
        self._keys = frozenset(key for _, key in self._picks)
        self._level = _place(frame, LEVEL)
        self._parent = _place(frame, PARENT)
        self._type = _place(frame, TYPE)

    def read(self, row: int, cells: Sequence[str], extra: Sequence[str] = ()) -> Draft:
        """Return the draft of one row."""
        given = self._values(cells)
        ref = given.get("ref", "").strip()
        parent = cells[self._parent].strip() if self._parent is not None else ""
        level = self._stated_level(cells, given)
        if level == "agent":
            return self._agent(row, ref, given)
        known = self._codes.read(ref, level) if ref else None
        level = level or (known.level if known else "") or "item"
        kind = self._frame.type or self._stated_type(cells) or (known.type if known else "")
        problems: list[Problem] = []
        if extra:
            problems.append(self._problem(row, "", "catalogue.row.extra", ref, found="；".join(extra)[:60]))
        type = self._types.get(kind)
        if type is None:
            problems.append(self._problem(row, "ref", "catalogue.row.type_unknown", ref))
            return Draft(row, ref, level, "", "", parent, True, given, tuple(problems), True)
        self._suit(given, type, level)
        implied: list[str] = []
        if known is not None:
            for key, value in self._codes.values(ref, known, type, level).items():
                if not given.get(key):
                    given[key] = value
                    implied.append(key)
        values, findings = self._checker(type).check(given, "file" if level == "series" else level)
        values = {key: value for key, value in values.items() if value}
        problems += self._told(row, ref, findings)
        if not ref and level != "fonds":
            ref = self._compose(row, type, values, level, problems)
            known = self._codes.read(ref, level) if ref else None
        if ref:
            values["ref"] = ref
        fonds = self._fonds(row, ref, level, values, known, problems)
        if known is not None and level != "fonds":
            problems += self._about_code(row, ref, values, known, level)
        self._must_have(row, ref, values, level, problems)
        stated = bool(parent)
        if not parent and known is not None and known.code is not None and level == "item":
            parent = ref.rpartition("-")[0] if known.code.file_ref else ""
        refused = any(problem.severity == "error" for problem in problems)
        told = tuple(problems)
        return Draft(row, ref, level, kind, fonds, parent, stated, values, told, refused, tuple(implied))

    def _values(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the filled cells by element key; several columns of one element are joined."""
        values: dict[str, str] = {}
        for place, key in self._picks:
            cell = cells[place]
            if cell:
                values[key] = f"{values[key]}；{cell}" if key in values else cell
        if self._others:
            kept = [f"{heading}：{text}" for n, heading in self._others if (text := cells[n].strip())]
            if kept:
                values[KEPT] = "；".join([*filter(None, [values.get(KEPT)]), *kept])
        return values

    def _own_keys(self, type: RecordType) -> tuple[tuple[str, str], ...]:
        """Return (key, own key) of the columns by whose heading ``type`` means another element than the list does.

        A list of several types has one key for a column; 地点 is one element of a recording, another of an event.
        """
        known = self._renamed.get(type.code)
        if known is None:
            found = []
            for heading, key in self._frame.columns:
                element = type.column(heading) if key not in type.by_key and key not in _MARKS else None
                if element is not None and element.scope == "record" and element.kind != "container":
                    found.append((key, element.key))
            known = self._renamed[type.code] = tuple(found)
        return known

    def _stated_type(self, cells: Sequence[str]) -> str:
        """Return the code of the record type that the row names in its own column, "" when it names none."""
        told = cells[self._type].strip() if self._type is not None else ""
        return told if told in self._types else ""

    def _stated_level(self, cells: Sequence[str], given: Mapping[str, str]) -> str:
        """Return the level that the row says (in its own column, or as 聚合层次), else that of the list."""
        told = cells[self._level].strip().casefold() if self._level is not None else ""
        told = _LEVELS.get(told, told)
        if told in _KNOWN_LEVELS:
            return told
        if self._frame.level:
            return self._frame.level
        aggregation = given.get("aggregation", "").strip().removesuffix("级")
        return _LEVELS.get(aggregation, "")

    def _suit(self, given: dict[str, str], type: RecordType, level: str) -> None:
        """Give values the keys that ``type`` has for their headings; enter the columns that are there and empty in
        this row, where that is worth telling."""
        for key, own in self._own_keys(type):
            if key in given and own not in given:
                given[own] = given.pop(key)
        wanted = self._wanted.get((type.code, level))
        if wanted is None:
            wanted = self._wanted[type.code, level] = frozenset(
                element.key
                for element in type.of_scope()
                if STAGE in element.required | element.advised and element.key in self._keys
            )
        for key in wanted:
            if key not in given:
                given[key] = ""

    def _checker(self, type: RecordType) -> RowChecker:
        if type.code not in self._checkers:
            self._checkers[type.code] = RowChecker(type, STAGE)
        return self._checkers[type.code]

    def _told(self, row: int, ref: str, findings: Iterable[Finding]) -> list[Problem]:
        """Return findings as problems of the row; the lack of 档号 and 题名 is told elsewhere."""
        told = []
        for finding in findings:
            key = str(finding.facts.get("key", ""))
            if finding.code == _ABSENT or (finding.code in _LACKING and key in {"ref", "title"}):
                continue
            mild = self._frame.tolerant or finding.code in _LACKING
            severity = "warning" if mild else finding.severity.value
            told.append(self._of_finding(row, ref, finding, key, severity))
        return told

    def _of_finding(self, row: int, ref: str, finding: Finding, key: str, severity: str) -> Problem:
        return Problem(
            row,
            self._headings.get(key, ""),
            finding.code,
            severity,
            ref,
            finding.expected,
            finding.found,
            dict(finding.facts),
        )

    def _problem(
        self, row: int, key: str, code: str, ref: str, *, warn: bool = False, found: str = "", **facts: Fact
    ) -> Problem:
        severity = "warning" if warn else "error"
        return Problem(row, self._headings.get(key, ""), code, severity, ref, "", found, facts)

    def _compose(
        self, row: int, type: RecordType, values: Mapping[str, str], level: str, problems: list[Problem]
    ) -> str:
        """Return the 档号 by the rule of type, 年度 and 全宗; "" and a problem when that cannot be."""
        told = {"fonds": self._frame.fonds, **values}
        try:
            part = "file" if level == "file" else "item"
            return recordtypes.compose_ref(type, told, level=part, rules=self._rules)
        except LantaiError as fault:
            reason, reason_en = text(fault.code, "zh", **fault.facts), text(fault.code, "en", **fault.facts)
            lack = self._problem(
                row, "ref", "catalogue.row.ref_missing", "", reason=reason, reason_en=reason_en
            )
            problems.append(lack)
            return ""

    def _fonds(
        self,
        row: int,
        ref: str,
        level: str,
        values: Mapping[str, str],
        known: Known | None,
        problems: list[Problem],
    ) -> str:
        """Return the fonds of the row; a problem when the list, the row and its 档号 do not say the same."""
        own = known.code.fonds if known is not None and known.code is not None else values.get("fonds", "")
        if not own and level == "fonds" and ref in self._frame.known_fonds:
            own = ref  # the head of our own finding aid
        fonds = self._frame.fonds or own
        if not fonds:
            problems.append(self._problem(row, "fonds", "catalogue.row.fonds_missing", ref))
        elif own and own != fonds and known is not None and known.code is not None:
            problems.append(
                self._problem(row, "ref", "catalogue.row.fonds_differs", ref, fonds=fonds, other=own)
            )
        elif fonds not in self._frame.known_fonds:
            problems.append(self._problem(row, "fonds", "catalogue.row.fonds_unknown", ref, fonds=fonds))
        return fonds

    def _about_code(
        self, row: int, ref: str, values: Mapping[str, str], known: Known, level: str
    ) -> list[Problem]:
        if known.foreign or (known.code is None and self._frame.tolerant):
            return [self._problem(row, "ref", "catalogue.row.ref_foreign", ref, warn=True)]
        told = []
        for finding in self._codes.disagreements(values, known, level):
            mild = self._frame.tolerant or finding.severity is not Severity.ERROR
            key = str(finding.facts.get("key", "ref"))
            told.append(self._of_finding(row, ref, finding, key, "warning" if mild else "error"))
        if known.code is not None and known.type and self._frame.type not in {"", known.type}:
            told.append(
                self._problem(
                    row,
                    "ref",
                    "catalogue.row.type_differs",
                    ref,
                    warn=self._frame.tolerant,
                    type=self._frame.type,
                    other=known.type,
                )
            )
        return told

    def _must_have(
        self, row: int, ref: str, values: Mapping[str, str], level: str, problems: list[Problem]
    ) -> None:
        """Add what refuses a row in any case: no title, an impossible 档号, a state secret."""
        if not values.get("title"):
            problems.append(self._problem(row, "title", "catalogue.row.title_missing", ref))
        if len(ref) > REF_LENGTH or not ref.isprintable():
            problems.append(self._problem(row, "ref", "catalogue.row.ref_impossible", ref[:60]))
        if recordtypes.classified(values):
            problems.append(self._problem(row, "security", "catalogue.row.classified", ref))

    def _agent(self, row: int, ref: str, given: dict[str, str]) -> Draft:
        """Return the draft of a name record (机构人员): its name is its title."""
        values = {key: text for key, value in given.items() if (text := value.strip())}
        problems: tuple[Problem, ...] = ()
        if not values.get("title"):
            problems = (self._problem(row, "title", "catalogue.row.title_missing", ref),)
        return Draft(row, ref, "agent", "", "", "", False, values, problems, bool(problems))


def _place(frame: Frame, key: str) -> int | None:
    return next((n for n, (_, found) in enumerate(frame.columns) if found == key), None)

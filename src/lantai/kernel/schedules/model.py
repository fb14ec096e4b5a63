"""The 归档范围和保管期限表 of a unit as a value: which records are filed, under what, for how long."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from lantai.kernel import canonical

_YEARS = re.compile(r"(?:定期)?[\-—:：(（]*(\d{1,3}|[一二三四五六七八九十]{1,3})年?[)）]*")
_DIGITS = {sign: number for number, sign in enumerate("〇一二三四五六七八九")}
LEGACY = ("长期", "短期")
"""Periods of schedules before 国家档案局令第8号 (2006): over 15 years and up to 15."""


class Status(StrEnum):
    """Where a version stands: only one that the bureau approved may be used for filing (档案法实施条例, 19)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


def read_retention(written: str) -> str:
    """Return a period as 永久, 30年, 10年 (any number of years), 长期, 短期 or 定期 (a term not told); "" for none.

    Accepts 永久保存, 定期30年, 定期（10年）, 三十年, 30, D30, Y and full width.
    """
    plain = "".join(unicodedata.normalize("NFKC", written).split())
    if plain.upper() == "Y" or plain.startswith("永"):
        return "永久" if plain.upper() == "Y" or plain in {"永久", "永", "永久保管", "永久保存"} else ""
    if plain in {"定期", "长期", "短期", "长期保管", "短期保管", "长期保存", "短期保存"}:
        return plain[:2]
    match = _YEARS.fullmatch(re.sub(r"^[Dd](?=\d)", "", plain).removesuffix("保管").removesuffix("保存"))
    if match is None:
        return ""
    years = int(match[1]) if match[1].isdigit() else _chinese(match[1])
    return f"{years}年" if 0 < years <= 100 else ""


def _chinese(written: str) -> int:
    tens, mark, ones = written.partition("十")
    if not mark:
        return _DIGITS.get(written, 0)
    return _DIGITS.get(tens, 1 if not tens else 0) * 10 + _DIGITS.get(ones, 0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line that records are filed under.

    ``number`` is its clause as written (may be ""), ``text`` its own words, ``path`` the headings above it, the
    outermost first. ``retention`` is as :func:`read_retention` says. ``row`` is its place in the list it came from.
    """

    number: str
    text: str
    retention: str
    path: tuple[str, ...] = ()
    department: str = ""
    class_code: str = ""
    note: str = ""
    row: int = 0

    @property
    def whole(self) -> str:
        """Return the headings and the text as a person reads them: 人事 › 任免 › 干部任免文件."""
        return " › ".join((*self.path, self.text))

    def as_json(self) -> dict[str, object]:
        """Return all fields by name."""
        told: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        return told | {"path": list(self.path)}


@dataclass(frozen=True, slots=True)
class Schedule:
    """One version of a unit's schedule; a changed one is another value with another version.

    ``unit`` is the unit's name, ``version`` counts from 1, ``in_force`` the day from which it holds (YYYYMMDD or
    ""), ``approval`` the number of the bureau's letter ("" before).
    """

    unit: str
    version: int
    lines: tuple[Line, ...]
    status: Status = Status.DRAFT
    in_force: str = ""
    approval: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the document form, from which :meth:`from_json` makes the same value."""
        return {
            "unit": self.unit,
            "version": self.version,
            "status": self.status.value,
            "in_force": self.in_force,
            "approval": self.approval,
            "lines": [line.as_json() for line in self.lines],
        }

    @classmethod
    def from_json(cls, document: dict[str, object]) -> Schedule:
        """Return the schedule of an :meth:`as_json` document; a foreign document raises KeyError or TypeError."""
        lines = document["lines"]
        if not isinstance(lines, list):
            raise TypeError("lines is no list")
        made = tuple(Line(**{**line, "path": tuple(line["path"])}) for line in lines)
        told = {key: document[key] for key in ("unit", "version", "in_force", "approval")}
        return cls(lines=made, status=Status(str(document["status"])), **told)  # type: ignore[arg-type]

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the lines in canonical form: what a bureau approves, whatever its status is."""
        return hashlib.sha256(canonical.dumps([line.as_json() for line in self.lines])).hexdigest()

    def changed_from(self, older: Schedule) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        """Return the lines that are new here and those that ``older`` had and this one has not; places do not count."""

        def key(line: Line) -> tuple[object, ...]:
            return (
                line.number,
                line.text,
                line.retention,
                line.path,
                line.department,
                line.class_code,
                line.note,
            )

        mine, theirs = {key(line) for line in self.lines}, {key(line) for line in older.lines}
        added = tuple(line for line in self.lines if key(line) not in theirs)
        return added, tuple(line for line in older.lines if key(line) not in mine)

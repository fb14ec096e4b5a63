"""A reference code (档号) taken apart, and the rules it can be written by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

PARTS = (
    *("fonds", "category", "subcategories", "project", "catalogue"),
    *("year", "retention", "function", "file", "item", "page"),
)


class Place(NamedTuple):
    """Where a code stands: ``run`` is the class it is numbered in, ``number`` its last number. Sortable."""

    run: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class RefCode:
    """The parts of one 档号 as they are written, leading zeros and all; "" where the rule has no such part.

    ``category`` 门类代码, ``subcategories`` the levels below it, ``catalogue`` 目录号 of the legacy rule;
    ``series`` the whole 类别号 as written; ``file_ref`` the code of the 案卷 (组, 册) it lies in, or "".
    """

    text: str
    rule: str
    fonds: str
    category: str = ""
    subcategories: tuple[str, ...] = ()
    project: str = ""
    catalogue: str = ""
    year: str = ""
    retention: str = ""
    function: str = ""
    file: str = ""
    item: str = ""
    page: str = ""
    series: str = ""
    file_ref: str = ""

    def parent(self) -> str:
        """Return the code of the file level (案卷, 组, 册) it lies in, or ""."""
        return self.file_ref

    def parts(self) -> dict[str, str | tuple[str, ...]]:
        """Return the parts that are there, ready for :func:`compose`."""
        found = {name: getattr(self, name) for name in PARTS}
        return {name: value for name, value in found.items() if value}

    def sequence(self) -> Place:
        """Return the sorting key and the run in which numbers continue.

        DA/T 22-2015 numbers items inside 年度, 保管期限 and 机构; 按卷 inside the 案卷. The run holds the
        parts, not their spelling, so codes by both standards in one class sort together.
        """
        counted = "page" if self.page else "item" if self.item else "file"
        run = (
            *(self.fonds, self.category, "·".join(self.subcategories), self.project, self.catalogue),
            *(self.year, self.retention, self.function, "" if counted == "file" else self.file, counted),
        )
        last = self.page or self.item or self.file
        return Place(run, int(last))


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a template: ``before`` (literal) then the part ``name``; ``optional`` both may be absent."""

    before: str
    name: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of writing codes. ``from_year`` and ``until_year`` are inclusive, 0 = open."""

    id: str
    zh: str
    en: str
    level: str
    template: str
    segments: tuple[Segment, ...]
    pattern: re.Pattern[str]
    parts: Mapping[str, re.Pattern[str]]
    from_year: int = 0
    until_year: int = 0
    continuous: bool = True

    def in_force(self, year: int) -> bool:
        """Return whether new codes of ``year`` are written by this rule."""
        return self.from_year <= year and (not self.until_year or year <= self.until_year)


@dataclass(frozen=True, slots=True)
class Span:
    """The years, both inclusive and 0 = open, in which ``rule`` composes the codes of ``level``.

    ``widths`` are the digits that numbers get (part → digits); ``omit`` are parts that are left out even
    where the rule has a place for them (科技 codes without 年度).
    """

    rule: str
    level: str = "item"
    from_year: int = 0
    until_year: int = 0
    widths: Mapping[str, int] = field(default_factory=dict)
    omit: tuple[str, ...] = ()

    def holds(self, year: int, level: str) -> bool:
        """Return whether codes of ``year`` and ``level`` are composed so."""
        return self.level == level and self.from_year <= year and year <= (self.until_year or year)


@dataclass(frozen=True, slots=True)
class Override:
    """What one 全宗 does otherwise: ``span`` goes before the spans of its types; "" = all categories."""

    fonds: str
    category: str
    span: Span


@dataclass(frozen=True, slots=True)
class Rules:
    """An ordered set of rules with what they share: 门类 by code, and the separators that are meant."""

    rules: tuple[Rule, ...]
    categories: Mapping[str, str]
    meant: Mapping[str, str]
    overrides: tuple[Override, ...] = ()

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule ``rule_id``, or None."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

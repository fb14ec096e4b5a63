"""The list of matters as data: what a unit states, by what backups are counted, when samples are due (matters.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lantai.base.home import home
from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import Label

BUILTIN = Path(__file__).with_name("matters.toml")
OWN = "registration.toml"
"""The site's own list, in its folder."""

KINDS = ("text", "count", "yes")
CHECKS = ("package", "tables", "any")
TEXT = 300
"""Characters of a text matter: a whole statement must fit on its form."""

COUNT = 10**12
_KEY = re.compile(r"[a-z][a-z0-9_]{0,19}")


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter: ``kind`` is text, count (a whole number of ``unit``) or yes (yes or no)."""

    key: str
    label: Label
    kind: str
    unit: str
    required: bool
    help: Label


@dataclass(frozen=True, slots=True)
class Block:
    """Matters that belong together."""

    key: str
    label: Label
    matters: tuple[Matter, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What may be given: how it is checked (:data:`CHECKS`), and whether only what was registered by name is taken."""

    key: str
    label: Label
    check: str
    named: bool


@dataclass(frozen=True, slots=True)
class Matters:
    """The whole list; ``due`` is (month, day) of the following year, ``sample_years`` by way."""

    version: str
    due: tuple[int, int]
    sample_percent: int
    sample_years: Mapping[str, int]
    blocks: tuple[Block, ...]
    systems: Mapping[str, Label]
    levels: Mapping[str, Label]
    contents: Mapping[str, Content]

    def due_day(self, year: int) -> date:
        """Return the day by which ``year`` is to be stated."""
        return date(year + 1, *self.due)

    @property
    def all(self) -> tuple[Matter, ...]:
        return tuple(matter for block in self.blocks for matter in block.matters)


def matters() -> Matters:
    """Return the site's list: its own ``registration.toml``, else the builtin one.

    ``Invalid("registration.matters.unreadable")`` when its file is not of this form.
    """
    own = home().root / OWN
    path = own if own.is_file() else BUILTIN
    try:
        return _read(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise Invalid("registration.matters.unreadable", reason=str(wrong)[:200]) from wrong


def _read(told: Mapping[str, Any]) -> Matters:
    month, day = (int(part) for part in str(told["due"]).split("-"))
    date(2001, month, day)
    years = {way: _whole(told["sample_years"][way], 1, 50) for way in ("online", "carrier")}
    read = Matters(
        version=str(told["version"])[:40],
        due=(month, day),
        sample_percent=_whole(told["sample_percent"], 1, 100),
        sample_years=years,
        blocks=tuple(_block(row) for row in told["block"]),
        systems=_labels(told["system"]),
        levels=_labels(told["level"]),
        contents={_key(row): _content(row) for row in told["content"]},
    )
    keys = [matter.key for matter in read.all]
    if len(keys) != len(set(keys)):
        raise ValueError("a matter stands there twice")
    return read


def _whole(value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"not a number from {least} to {most}: {value}")
    return value


def _key(row: Mapping[str, Any]) -> str:
    key = str(row["key"])
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key: {key}")
    return key


def _label(row: Mapping[str, Any], prefix: str = "") -> Label:
    return Label(str(row[f"{prefix}zh"]), str(row[f"{prefix}en"]))


def _labels(rows: list[Mapping[str, Any]]) -> dict[str, Label]:
    return {_key(row): _label(row) for row in rows}


def _block(row: Mapping[str, Any]) -> Block:
    return Block(_key(row), _label(row), tuple(_matter(one) for one in row["matter"]))


def _matter(row: Mapping[str, Any]) -> Matter:
    if row["kind"] not in KINDS:
        raise ValueError(f"not a kind: {row['kind']}")
    help = _label(row, "help_") if "help_zh" in row else Label("", "")
    unit, required = str(row.get("unit", "")), row.get("required", False) is True
    return Matter(_key(row), _label(row), row["kind"], unit, required, help)


def _content(row: Mapping[str, Any]) -> Content:
    if row["check"] not in CHECKS:
        raise ValueError(f"not a check: {row['check']}")
    return Content(_key(row), _label(row), row["check"], row["named"] is True)

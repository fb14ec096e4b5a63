"""Reference-code rules from TOML: the built-in ones, and those of a site tried before them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lantai.kernel.errors import Invalid
from lantai.kernel.refcodes.model import PARTS, Rule, Rules, Segment

BUILTIN = Path(__file__).parent / "rules.toml"

_TOKEN = re.compile(r"\[([^\[\]{}]*)\{(\w+)\}\]|([^\[\]{}]*)\{(\w+)\}")
_FILE_FIELDS = frozenset({"categories", "parts", "meant", "rule"})
_RULE_FIELDS: Mapping[str, type] = {
    **dict.fromkeys(("id", "zh", "en", "level", "template"), str),
    **dict.fromkeys(("from", "until"), int),
    **{"categories": list, "where": dict, "continuous": bool},
}


def load_rules(extra: Path | None = None) -> Rules:
    """Return the rules in the order in which they are tried.

    Rules of the TOML file ``extra`` come first; one with the id of a built-in rule replaces it; its
    ``categories``, ``parts`` and ``meant`` are added to the built-in ones. A fault raises
    Invalid("refcodes.rules.…") with file and key.
    """
    return _builtin() if extra is None else _build(BUILTIN, extra)


@cache
def _builtin() -> Rules:
    return _build(BUILTIN)


def _build(*paths: Path) -> Rules:
    categories: dict[str, str] = {}
    parts: dict[str, str] = {}
    meant: dict[str, str] = {}
    rows: list[tuple[str, dict[str, Any]]] = []
    for path in paths:
        table = _read(path)
        categories |= table.get("categories", {})
        parts |= table.get("parts", {})
        meant |= table.get("meant", {})
        own = [(path.name, row) for row in table.get("rule", [])]
        ids = {row.get("id") for _, row in own}
        rows = own + [row for row in rows if row[1].get("id") not in ids]
    rules = tuple(_rule(file, row, parts, categories) for file, row in rows)
    return Rules(rules, MappingProxyType(categories), MappingProxyType(meant))


def _read(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid("refcodes.rules.unreadable", file=path.name, key="", reason=str(error)) from error
    for key in table:
        if key not in _FILE_FIELDS:
            raise Invalid("refcodes.rules.field", file=path.name, key=key)
    return table


def _rule(file: str, row: dict[str, Any], parts: Mapping[str, str], categories: Mapping[str, str]) -> Rule:
    place = str(row.get("id", "rule"))
    for name, value in row.items():
        if name not in _RULE_FIELDS or not isinstance(value, _RULE_FIELDS[name]):
            raise Invalid("refcodes.rules.field", file=file, key=f"{place}.{name}")
    for name in ("id", "zh", "en", "level", "template"):
        if name not in row:
            raise Invalid("refcodes.rules.missing", file=file, key=f"{place}.{name}")
    names = row.get("categories") or list(categories)
    written = {**parts, "category": "|".join(map(re.escape, names)), **row.get("where", {})}
    segments = _segments(file, place, row["template"], written)
    try:
        compiled = {segment.name: re.compile(written[segment.name]) for segment in segments}
        pattern = re.compile("".join(_regex(segment, written[segment.name]) for segment in segments))
    except re.error as error:
        raise Invalid("refcodes.rules.pattern", file=file, key=place, reason=str(error)) from error
    return Rule(
        id=row["id"],
        zh=row["zh"],
        en=row["en"],
        level=row["level"],
        template=row["template"],
        segments=segments,
        pattern=pattern,
        parts=MappingProxyType(compiled),
        from_year=row.get("from", 0),
        until_year=row.get("until", 0),
        continuous=row.get("continuous", True),
    )


def _segments(file: str, place: str, template: str, parts: Mapping[str, str]) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    end = 0
    for token in _TOKEN.finditer(template):
        if token.start() != end:
            break
        end = token.end()
        optional = token[2] is not None
        before, name = (token[1], token[2]) if optional else (token[3], token[4])
        if name not in PARTS or name not in parts:
            raise Invalid("refcodes.rules.part", file=file, key=f"{place}.template", part=name)
        segments.append(Segment(before, name, optional))
    if end != len(template) or not segments or segments[0].name != "fonds":
        raise Invalid("refcodes.rules.template", file=file, key=f"{place}.template", found=template)
    return tuple(segments)


def _regex(segment: Segment, part: str) -> str:
    text = f"{re.escape(segment.before)}(?P<{segment.name}>{part})"
    return f"(?:{text})?" if segment.optional else text

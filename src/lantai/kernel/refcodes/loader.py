"""Reference-code rules from TOML: the built-in ones, and those of a site tried before them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.refcodes.model import PARTS, Override, Rule, Rules, Segment, Span

BUILTIN = Path(__file__).parent / "rules.toml"

_TOKEN = re.compile(r"\[([^\[\]{}]*)\{(\w+)\}\]|([^\[\]{}]*)\{(\w+)\}")
_FILE_FIELDS = frozenset({"categories", "parts", "meant", "rule", "override"})
_RULE_FIELDS: Mapping[str, type] = {
    **dict.fromkeys(("id", "zh", "en", "level", "template"), str),
    **dict.fromkeys(("from", "until"), int),
    **{"categories": list, "where": dict, "continuous": bool},
}

_SPAN_FIELDS: Mapping[str, type] = {
    **dict.fromkeys(("rule", "level"), str),
    **dict.fromkeys(("from", "until"), int),
    "widths": dict,
    "omit": list,
}
_OVERRIDE_FIELDS: Mapping[str, type] = {**_SPAN_FIELDS, "fonds": str, "category": str}


def load_rules(extra: Path | None = None) -> Rules:
    """Return the rules in the order in which they are tried.

    Rules of the TOML file ``extra`` come first; one with the id of a built-in rule replaces it; its
    ``categories``, ``parts`` and ``meant`` are added to the built-in ones; its ``override`` rows say which rule
    a 全宗 writes its codes by. A fault raises
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
    overrides: list[Override] = []
    for path in paths:
        table = _read(path)
        categories |= table.get("categories", {})
        parts |= table.get("parts", {})
        meant |= table.get("meant", {})
        overrides = [*(_override(path.name, row) for row in table.get("override", [])), *overrides]
        own = [(path.name, row) for row in table.get("rule", [])]
        ids = {row.get("id") for _, row in own}
        rows = own + [row for row in rows if row[1].get("id") not in ids]
    rules = tuple(_rule(file, row, parts, categories) for file, row in rows)
    made = Rules(rules, MappingProxyType(categories), MappingProxyType(meant), tuple(overrides))
    for override in made.overrides:
        if made.rule(override.span.rule) is None:
            raise NotFound("refcodes.rule.missing", rule=override.span.rule)
    return made


def _read(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid("refcodes.rules.unreadable", file=path.name, key="", reason=str(error)) from error
    for key in table:
        if key not in _FILE_FIELDS:
            raise Invalid("refcodes.rules.field", file=path.name, key=key)
    return table


def _override(file: str, row: dict[str, Any]) -> Override:
    _check_fields(file, "override", row, _OVERRIDE_FIELDS)
    if not row.get("fonds"):
        raise Invalid("refcodes.rules.missing", file=file, key="override.fonds")
    told = {name: value for name, value in row.items() if name in _SPAN_FIELDS}
    return Override(row["fonds"], row.get("category", ""), read_span(file, "override", told))


def read_span(file: str, place: str, row: Mapping[str, Any]) -> Span:
    """Return the span that a row ``rule, level, from, until, widths`` of a TOML file says."""
    _check_fields(file, place, row, _SPAN_FIELDS)
    if not row.get("rule"):
        raise Invalid("refcodes.rules.missing", file=file, key=f"{place}.rule")
    widths = row.get("widths", {})
    _check_fields(file, f"{place}.widths", widths, dict.fromkeys(PARTS, int))
    omit = tuple(map(str, row.get("omit", ())))
    _check_fields(file, f"{place}.omit", dict.fromkeys(omit, ""), dict.fromkeys(PARTS, str))
    return Span(
        row["rule"],
        row.get("level", "item"),
        row.get("from", 0),
        row.get("until", 0),
        MappingProxyType(dict(widths)),
        omit,
    )


def _check_fields(file: str, place: str, row: Mapping[str, Any], fields: Mapping[str, type]) -> None:
    for name, value in row.items():
        if name not in fields or not isinstance(value, fields[name]):
            raise Invalid("refcodes.rules.field", file=file, key=f"{place}.{name}")


def _rule(file: str, row: dict[str, Any], parts: Mapping[str, str], categories: Mapping[str, str]) -> Rule:
    place = str(row.get("id", "rule"))
    _check_fields(file, place, row, _RULE_FIELDS)
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

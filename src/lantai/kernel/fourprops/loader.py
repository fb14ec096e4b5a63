"""Schemes as data: ``schemes/*.toml``, one per stage, overridable and refinable by a site and by record type.

A file has ``stage``, ``id``, ``version``, ``zh``, ``en`` and items. A file with ``based_on`` takes the
items of another stage, all or those in ``take`` without those in ``drop``, replaces words as told in
``[replace]``, and lays its own items over them by their number. ``[type.ZP]`` holds, by number, parameters
that differ for a record type; its presence makes the scheme's id "YJ-ZP".
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lantai.kernel.errors import NotFound
from lantai.kernel.fourprops.model import Item, Scheme, Stage
from lantai.kernel.recordtypes import Label

BUILTIN = Path(__file__).parent / "schemes"
PROPERTIES = {"1": "authenticity", "2": "integrity", "3": "usability", "4": "security"}


@cache
def scheme(type: str, stage: Stage, folder: Path | None = None) -> Scheme:
    """Return the scheme of a record type ("" = any) at a stage.

    ``folder`` is a site's own; a file of the same name there goes over the builtin one.
    """
    told, rows = _stage(stage.value.lower(), folder)
    own: Mapping[str, Mapping[str, Any]] = told.get("type", {}).get(type, {})
    label = Label(told["zh"], told["en"])
    items = tuple(_item(stage, row, own.get(row["number"], {})) for row in rows.values())
    return Scheme(f"{told['id']}-{type}" if type else told["id"], told["version"], stage, label, items)


def _stage(name: str, folder: Path | None) -> tuple[Mapping[str, Any], dict[str, dict[str, Any]]]:
    """Return the head of a scheme file and its rows by number, in order."""
    told = tomllib.loads(_source(name, folder).read_text("utf-8"))
    rows: dict[str, dict[str, Any]] = {}
    if "based_on" in told:
        _, base = _stage(told["based_on"], folder)
        taken, dropped = told.get("take", list(base)), told.get("drop", [])
        words = told.get("replace", {})
        rows = {number: _reworded(base[number], words) for number in taken if number not in dropped}
    for row in told.get("item", []):
        rows[row["number"]] = {**rows.get(row["number"], {}), **row}
    return told, dict(sorted(rows.items(), key=lambda pair: _order(pair[0])))


def _source(name: str, folder: Path | None) -> Path:
    for place in (folder, BUILTIN):
        if place is not None and (place / f"{name}.toml").is_file():
            return place / f"{name}.toml"
    raise NotFound("fourprops.scheme.missing", name=name)


def _order(number: str) -> tuple[int, int, int]:
    """Sort by property, the standard's items before the house's own (LT-…), then by place."""
    parts = number.removeprefix("LT-").split("-")
    return int(parts[0]), int(number.startswith("LT-")), int(parts[1])


def _reworded(row: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    return {key: _replace(value, words) for key, value in row.items()}


def _replace(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replace(inner, words) for key, inner in value.items()}
    if isinstance(value, str):
        for word, other in words.items():
            value = value.replace(word, other)
    return value


def _item(stage: Stage, row: Mapping[str, Any], own: Mapping[str, Any]) -> Item:
    number = row["number"]
    code = number if number.startswith("LT-") else f"{stage.value}-{number}"
    return Item(
        code,
        PROPERTIES[number.removeprefix("LT-").partition("-")[0]],
        _label(row.get("name")),
        _label(row.get("group")),
        row.get("auto", ""),
        row.get("basis", "K"),
        row.get("check", ""),
        _label(row.get("method")),
        {**row.get("parameters", {}), **own},
    )


def _label(told: Mapping[str, str] | None) -> Label:
    return Label(told["zh"], told["en"]) if told else Label("", "")

"""A small checker of documents against JSON Schema, written apart from what makes the schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

_TYPES: dict[str, Any] = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}
_KNOWN = {
    *("type", "format", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "$ref"),
    *("description", "maxLength", "maxItems", "minimum", "maximum"),
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def faults(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str = "$") -> list[str]:
    """Return where ``value`` breaks ``schema``; references are looked up in ``document``."""
    assert set(schema) <= _KNOWN, set(schema) - _KNOWN
    if "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return faults(document, found, value, at)
    if "anyOf" in schema:
        ways = [faults(document, one, value, at) for one in schema["anyOf"]]
        return [] if [] in ways else ways[0]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{at}: {value!r} is none of {schema['enum']}"]
    if "type" in schema and not _TYPES[schema["type"]](value):
        return [f"{at}: {value!r} is no {schema['type']}"]
    return [
        *_plain(schema, value, at),
        *_object(document, schema, value, at),
        *_array(document, schema, value, at),
    ]


def _plain(schema: Mapping[str, Any], value: Any, at: str) -> list[str]:
    told = []
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)):
            told.append(f"{at}: too long")
        if schema.get("format") == "uuid":
            UUID(value)
        if schema.get("format") == "date-time" and not _MOMENT.fullmatch(value):
            told.append(f"{at}: {value!r} is no moment")
    return told


def _object(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    told = [f"{at}: lacks {name}" for name in schema.get("required", ()) if name not in value]
    known = schema.get("properties", {})
    more = schema.get("additionalProperties", True)
    for name, inner in value.items():
        if name in known:
            told += faults(document, known[name], inner, f"{at}.{name}")
        elif more is False:
            told.append(f"{at}: {name} is not documented")
        elif isinstance(more, dict):
            told += faults(document, more, inner, f"{at}.{name}")
    return told


def _array(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str) -> list[str]:
    if not isinstance(value, list):
        return []
    if len(value) > schema.get("maxItems", len(value)):
        return [f"{at}: too many"]
    return [
        one for n, v in enumerate(value) for one in faults(document, schema.get("items", {}), v, f"{at}[{n}]")
    ]

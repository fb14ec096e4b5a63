"""What goes in and out, said once as frozen dataclasses: they parse, limit and document themselves.

A field's type is one of ``str``, ``int``, ``float``, ``bool``, ``UUID``, ``datetime``, ``Literal``, a tuple or
mapping of such, another dataclass, or one of these and ``None``; its limits stand in its metadata (:func:`told`).
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from lantai.kernel.errors import Invalid

T = TypeVar("T")

LONGEST = 10_000
"""Code points of a text, members of a list, keys of a mapping for which the field names no other limit."""

_WORDS = {"true": True, "1": True, "false": False, "0": False}
_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    Any: {},
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a field accepts: code points of a text or members of a list, and the bounds of a number."""

    most: int = LONGEST
    least: int | None = None
    bound: int | None = None
    about: str = ""


def told(
    about: str,
    *,
    default: Any = MISSING,
    most: int = LONGEST,
    least: int | None = None,
    bound: int | None = None,
) -> Any:
    """Return a dataclass field with its meaning and its limits (see :class:`Limits`)."""
    limits = {"limits": Limits(most, least, bound, about)}
    if isinstance(default, dict):
        return field(default_factory=default.copy, metadata=limits)
    return field(metadata=limits) if default is MISSING else field(default=default, metadata=limits)


def limits_of(one: Field[Any]) -> Limits:
    """Return the limits of a field."""
    return cast(Limits, one.metadata.get("limits", Limits()))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def hints(kind: Any) -> dict[str, Any]:
    """Return the types of the fields of a dataclass."""
    return _hints(kind)


def _refuse(name: str, expected: str) -> Invalid:
    return Invalid("exchange.field.wrong", field=name[:80], expected=expected)


def read(kind: type[T], data: object, at: str = "") -> T:
    """Return ``data`` (parsed JSON) as a ``kind``; ``Invalid`` names the field that is unknown, missing or wrong."""
    if not isinstance(data, dict):
        raise _refuse(at or "body", "object")
    known = {one.name: one for one in fields(cast(Any, kind)) if one.init}
    for name in data:
        if name not in known:
            raise Invalid("exchange.field.unknown", field=f"{at}{name}"[:80], known=", ".join(known))
    made = {}
    for name, one in known.items():
        if name in data:
            made[name] = _value(hints(kind)[name], data[name], f"{at}{name}", limits_of(one))
        elif one.default is MISSING and one.default_factory is MISSING:
            raise Invalid("exchange.field.missing", field=f"{at}{name}")
    return kind(**made)


def faults(kind: Any, data: object, at: str = "") -> list[Invalid]:
    """Return everything for which :func:`read` would refuse ``data``, each naming its field."""
    if not isinstance(data, dict):
        return [_refuse(at.removesuffix(".") or "body", "object")]
    known = {one.name: one for one in fields(cast(Any, kind)) if one.init}
    found = [
        Invalid("exchange.field.unknown", field=f"{at}{name}"[:80], known=", ".join(known))
        for name in data
        if name not in known
    ]
    for name, one in known.items():
        if name in data:
            found += _inner_faults(hints(kind)[name], data[name], f"{at}{name}", limits_of(one))
        elif one.default is MISSING and one.default_factory is MISSING:
            found.append(Invalid("exchange.field.missing", field=f"{at}{name}"))
    return found


def _inner_faults(kind: Any, value: object, name: str, limits: Limits) -> list[Invalid]:
    if is_dataclass(kind):
        return faults(kind, value, f"{name}.")
    if get_origin(kind) is tuple and isinstance(value, list) and len(value) <= limits.most:
        inner = get_args(kind)[0]
        return [
            one
            for at, part in enumerate(value)
            for one in _inner_faults(inner, part, f"{name}[{at}]", Limits())
        ]
    if (
        isinstance(get_origin(kind), type)
        and issubclass(get_origin(kind), Mapping)
        and isinstance(value, dict)
    ):
        found = [
            _inner_faults(get_args(kind)[1], one, f"{name}.{key}", Limits()) for key, one in value.items()
        ]
        if any(found):
            return [one for some in found for one in some]
    try:
        _value(kind, value, name, limits)
    except Invalid as refused:
        return [refused]
    return []


def _value(kind: Any, value: object, name: str, limits: Limits) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(kind):
            return None
        return _value(next(k for k in get_args(kind) if k is not type(None)), value, name, limits)
    if origin is Literal:
        if value not in get_args(kind) or isinstance(value, bool):
            raise _refuse(name, " | ".join(map(str, get_args(kind))))
        return value
    if origin is tuple:
        return _members(get_args(kind)[0], value, name, limits)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(get_args(kind)[1], value, name, limits)
    if is_dataclass(kind):
        return read(cast(type[Any], kind), value, f"{name}.")
    return _scalar(kind, value, name, limits)


def _members(kind: Any, value: object, name: str, limits: Limits) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > limits.most:
        raise _refuse(name, f"array ≤ {limits.most}")
    return tuple(_value(kind, one, f"{name}[{at}]", Limits()) for at, one in enumerate(value))


def _mapping(kind: Any, value: object, name: str, limits: Limits) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > limits.most:
        raise _refuse(name, f"object ≤ {limits.most}")
    for key in value:
        _text(key, name, 200)
    return {key: _value(kind, one, f"{name}.{key}", Limits()) for key, one in value.items()}


def _scalar(kind: Any, value: object, name: str, limits: Limits) -> Any:
    if kind is str:
        return _text(value, name, limits.most)
    if kind is UUID:
        return _uuid(value, name)
    if kind is datetime:
        return _moment(value, name)
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and type(value) is int:
        low = -(1 << 53) if limits.least is None else limits.least
        high = 1 << 53 if limits.bound is None else limits.bound
        if low <= value <= high:
            return value
        raise _refuse(name, f"{low} … {high}")
    raise _refuse(name, str(_PLAIN[kind].get("type", kind)))


def _text(value: object, name: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise _refuse(name, f"string ≤ {most}")
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise _refuse(name, "string without U+0000")
    return value


def _uuid(value: object, name: str) -> UUID:
    try:
        return UUID(_text(value, name, 45))
    except ValueError as broken:
        raise _refuse(name, "uuid") from broken


def _moment(value: object, name: str) -> datetime:
    """Return an RFC 3339 moment; one without a zone is refused, as it would mean another hour elsewhere."""
    try:
        moment = datetime.fromisoformat(_text(value, name, 40))
    except ValueError as broken:
        raise _refuse(name, "date-time") from broken
    if moment.tzinfo is None or not 1 < moment.year < 9999:
        raise _refuse(name, "date-time with zone")
    return moment


def read_query(kind: type[T], pairs: Iterable[tuple[str, list[str]]]) -> T:
    """Return the parameters of an address as a ``kind``: a repeated one only where the field is a tuple."""
    data: dict[str, object] = {}
    for name, values in pairs:
        wanted = hints(kind).get(name)
        if wanted is None:
            raise Invalid("exchange.field.unknown", field=name[:80], known=", ".join(hints(kind)))
        if get_origin(wanted) is tuple:
            data[name] = [_typed(get_args(wanted)[0], value, name) for value in values]
        elif len(values) > 1:
            raise Invalid("exchange.field.repeated", field=name[:80])
        elif values[0] != "" or wanted is str:
            data[name] = _typed(wanted, values[0], name)
    return read(kind, data)


def _typed(kind: Any, text: str, name: str) -> object:
    """Return the JSON value that ``text`` in an address stands for."""
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(k for k in get_args(kind) if k is not type(None))
    if kind is int:
        if len(text) > 15 or not (text.isascii() and text.removeprefix("-").isdigit()):
            raise _refuse(name, "integer")
        return int(text)
    if kind is bool:
        if text not in _WORDS:
            raise _refuse(name, "true | false")
        return _WORDS[text]
    return text


def schema(kind: Any, limits: Limits | None = None) -> dict[str, Any]:
    """Return the JSON Schema of a type; dataclasses are named by reference, see :func:`schemas`."""
    made = _schema(kind, limits)
    if limits and limits.about:
        return {**made, "description": limits.about}
    return made


def _schema(kind: Any, limits: Limits | None) -> dict[str, Any]:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = _schema(next(k for k in get_args(kind) if k is not type(None)), limits)
        return {"anyOf": [inner, {"type": "null"}]}
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if origin is tuple:
        return {"type": "array", "items": _schema(get_args(kind)[0], None), **_most("maxItems", limits)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(get_args(kind)[1], None)}
    if is_dataclass(kind):
        return {"$ref": f"#/components/schemas/{cast(type[Any], kind).__name__}"}
    made = dict(_PLAIN[kind])
    if limits and kind is int:
        bounds = {"minimum": limits.least, "maximum": limits.bound}
        made |= {name: value for name, value in bounds.items() if value is not None}
    return made | (_most("maxLength", limits) if kind is str else {})


def _most(name: str, limits: Limits | None) -> dict[str, Any]:
    return {name: limits.most} if limits and limits.most != LONGEST else {}


def object_schema(kind: type, *, complete: bool) -> dict[str, Any]:
    """Return the schema of a dataclass; ``complete``: every field is there (an answer), not only those without default."""
    listed = [one for one in fields(cast(Any, kind)) if one.init]
    made = {one.name: schema(hints(kind)[one.name], limits_of(one)) for one in listed}
    needed = [
        one.name for one in listed if complete or (one.default is MISSING and one.default_factory is MISSING)
    ]
    about = (kind.__doc__ or "").strip().split("\n")[0]
    return {
        "type": "object",
        "description": about,
        "properties": made,
        "required": needed,
        "additionalProperties": False,
    }


def inner_kinds(kind: Any) -> set[type]:
    """Return the dataclasses that a type is made of, itself included."""
    found: set[type] = set()
    if is_dataclass(kind):
        found.add(cast(type, kind))
        for inner in hints(cast(type, kind)).values():
            found |= inner_kinds(inner)
    for inner in get_args(kind):
        found |= inner_kinds(inner)
    return found

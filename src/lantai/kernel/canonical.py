"""Canonical JSON: one value, one sequence of bytes, so that a digest or a leaf hash of it means the value.

The form: UTF-8 without a byte order mark, object keys sorted by code point, no blanks between tokens,
characters outside ASCII written as themselves, control characters, ``"`` and ``\\`` escaped the way
:mod:`json` does it. Values are ``None``, ``bool``, ``int``, ``str``, lists (or tuples) and objects with
``str`` keys. Numbers with a fraction, and whole ones beyond 2**53 - 1, are refused because not every program
reads the same number from them: write them as text or as a whole number of a smaller unit. Strings are not
normalised: NFC and NFD stay two values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import orjson

from lantai.kernel.errors import Invalid

DEPTH = 200
"""Deepest nesting that is accepted, so that hostile input cannot exhaust the interpreter's stack."""

LARGEST = 2**53 - 1
"""Largest whole number that every reader of JSON keeps exactly (RFC 7493 section 2.2)."""


def dumps(obj: object) -> bytes:
    """Return the canonical bytes of ``obj``.

    ``Invalid``: ``canonical.value.float`` (also NaN and infinities), ``canonical.value.integer`` (too large),
    ``canonical.key.type`` (a key that is no ``str``), ``canonical.value.type`` (any other type),
    ``canonical.value.text`` (half of a surrogate pair), ``canonical.value.depth``; each with ``where``, the
    path of the value in ``obj``.
    """
    _check(obj, "$", 0)
    return json.dumps(obj, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8"
    )


def dumps_texts(obj: Mapping[str, object]) -> bytes:
    """Return what :func:`dumps` returns, eight times faster, for an object its maker knows to hold only texts,
    booleans, None and small whole numbers, in lists and objects: no value is looked at.

    ``Invalid("canonical.value.text")`` for half of a surrogate pair.
    """
    try:
        return orjson.dumps(obj, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise Invalid("canonical.value.text", where=str(error)) from error


def loads(data: bytes) -> object:
    """Return the value of canonical bytes.

    ``Invalid("canonical.text.unreadable")`` when it is no JSON in UTF-8, ``"canonical.text.form"`` when it is
    not in canonical form (blanks, order, a key twice, another spelling of the same value), and those of
    :func:`dumps`.
    """
    try:
        obj: object = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Invalid("canonical.text.unreadable", reason=str(error)) from error
    if dumps(obj) != data:
        raise Invalid("canonical.text.form")
    return obj


def _check(obj: object, where: str, depth: int) -> None:
    if isinstance(obj, dict | list | tuple):
        if depth >= DEPTH:
            raise Invalid("canonical.value.depth", where=where[:80], limit=DEPTH)
        _check_members(obj, where, depth + 1)
    elif isinstance(obj, str):
        _check_text(obj, where)
    elif isinstance(obj, int):
        if abs(obj) > LARGEST:
            raise Invalid("canonical.value.integer", where=where, limit=LARGEST)
    elif isinstance(obj, float):
        raise Invalid("canonical.value.float", where=where, value=repr(obj))
    elif obj is not None:
        raise Invalid("canonical.value.type", where=where, type=type(obj).__name__)


def _check_members(
    obj: dict[object, object] | list[object] | tuple[object, ...], where: str, depth: int
) -> None:
    if not isinstance(obj, dict):
        for index, value in enumerate(obj):
            _check(value, f"{where}[{index}]", depth)
        return
    for key, value in obj.items():
        if not isinstance(key, str):
            raise Invalid("canonical.key.type", where=where, key=repr(key))
        _check_text(key, where)
        _check(value, f"{where}.{key}", depth)


def _check_text(text: str, where: str) -> None:
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Invalid("canonical.value.text", where=ascii(where)) from error

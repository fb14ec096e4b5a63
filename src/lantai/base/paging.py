"""Keyset paging: the key of the last row shown leads to the next page, however long the list is."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from lantai.kernel.errors import Invalid

T = TypeVar("T")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the page after them ("" = there is none)."""

    items: Sequence[T]
    after: str


def cursor(values: Sequence[str | int]) -> str:
    """Return the text of a key, fit for an address."""
    return (
        base64.urlsafe_b64encode(json.dumps(list(values), ensure_ascii=False).encode()).decode().rstrip("=")
    )


def key(text: str, kinds: Sequence[type]) -> list[Any]:
    """Return the values in ``text``; ``Invalid`` when it was not made by :func:`cursor` for such a list."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError) as broken:
        raise Invalid("base.cursor.unreadable") from broken
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise Invalid("base.cursor.unreadable")
    if not all(_possible(value) for value in values):
        raise Invalid("base.cursor.unreadable")
    return values


def _possible(value: str | int) -> bool:
    """Return whether a database can be asked for ``value``."""
    if isinstance(value, int):
        return -(1 << 63) <= value < 1 << 63
    return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)


def page(rows: QuerySet[M], fields: dict[str, type], after: str, size: int = 50) -> Page[M]:
    """Return the rows after the cursor in the ascending order of ``fields``, which together are unique.

    ``fields`` maps column to its Python type (``str`` or ``int``), most significant first.
    """
    names = list(fields)
    ordered = rows.order_by(*names)
    if after:
        ordered = ordered.filter(_beyond(names, key(after, list(fields.values()))))
    found = list(ordered[: size + 1])
    if len(found) <= size:
        return Page(found, "")
    last = found[size - 1]
    return Page(found[:size], cursor([getattr(last, name) for name in names]))


def every(ask: Callable[[str], Page[T]]) -> Iterator[T]:
    """Yield the items of all pages; ``ask`` returns the page after a cursor, "" asks for the first."""
    after = ""
    while True:
        found = ask(after)
        yield from found.items
        after = found.after
        if not after:
            return


def _beyond(names: Sequence[str], values: Sequence[Any]) -> Q:
    beyond = Q()
    for depth in range(len(names)):
        same = {names[i]: values[i] for i in range(depth)}
        beyond |= Q(**same, **{f"{names[depth]}__gt": values[depth]})
    return beyond

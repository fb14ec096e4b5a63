"""Statements that nearly every page asks: written by the ORM once, asked again with other values.

To write such a statement costs the ORM several times what SQLite needs to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import QuerySet

Row = list[Any]
Value = TypeVar("Value", bound=int | str)


@dataclass(frozen=True, slots=True)
class _Written:
    """A statement for a number of values: ``places`` says which value stands at which parameter."""

    text: str
    places: tuple[int, ...]
    columns: tuple[tuple[int, Any], ...]
    """Those that are not as the driver gives them, with what they are of."""

    def ask(self, values: Sequence[int | str]) -> list[Row]:
        with connection.cursor() as cursor:
            cursor.execute(self.text, [values[place] for place in self.places])
            rows = [list(row) for row in cursor.fetchall()]
        for column, of in self.columns:
            steps = [*connection.ops.get_db_converters(of), *of.get_db_converters(connection)]
            for row in rows:
                for step in steps:
                    row[column] = step(row[column], of, connection)
        return rows


class Statement(Generic[Value]):
    """The rows of a queryset of columns (``values_list``) that depends on a list of values and nothing else.

    ``written`` makes the queryset, as in ``lambda keys: Unit.objects.filter(pk__in=keys).values_list("name")``;
    the values must go into it as they are. Where there are none, there are no rows, and nothing is asked.
    """

    def __init__(
        self, written: Callable[[list[Value]], QuerySet[Any, Any]], kind: Callable[[int], Value]
    ) -> None:
        self._written = written
        self._kind = kind
        self._known: dict[tuple[str, int], _Written] = {}

    def __call__(self, values: Sequence[Value]) -> list[Row]:
        """Return the rows, their columns as the ORM would give them."""
        if not values:
            return []
        size = 1 << (len(values) - 1).bit_length()  # the last is said again, so that there are few statements
        known = (connection.vendor, size)
        if known not in self._known:
            self._known[known] = self._write(size)
        return self._known[known].ask([*values, *[values[-1]] * (size - len(values))])

    def _write(self, size: int) -> _Written:
        marks = [self._kind(-number - 1) for number in range(size)]
        query = self._written(marks).query
        compiler = query.get_compiler(connection=connection)
        text, parameters = compiler.as_sql()
        if sorted(parameters) != sorted(marks):
            raise TypeError(f"not a statement of its values alone: {text}")
        places = {mark: place for place, mark in enumerate(marks)}
        converted = compiler.get_converters([column for column, *_ in compiler.select])
        columns = tuple((place, of) for place, (_steps, of) in converted.items())
        return _Written(text, tuple(places[mark] for mark in parameters), columns)

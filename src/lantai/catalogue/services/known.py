"""What the catalogue has already of a list: records under its 档号, files and series that its rows lie in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lantai.holdings.models import Record
from lantai.holdings.services import Current
from lantai.holdings.services.rows import ids_of

ASKED = 500
"""档号 that one question to the database names."""


@dataclass(frozen=True, slots=True)
class Known:
    """A record that the catalogue has under a 档号 of the list, the fonds it is in and the 档号 it lies in, if any."""

    record: Current
    fonds: str
    parent: str


def known_of(refs: Sequence[str]) -> dict[str, Known]:
    """Return what the catalogue has of ``refs``. Not filtered by visibility: a 档号 is given once."""
    found: dict[str, Known] = {}
    fields = ("id", "urn", "ref", "level", "type", "title", "version", "accepted", "values")
    around = ("fonds__number", "parent__ref")
    there = list(ids_of(refs).values())  # most of a list is new
    for start in range(0, len(there), ASKED):
        rows = Record.objects.filter(pk__in=there[start : start + ASKED]).values_list(*fields, *around)
        for *told, fonds, parent in rows:
            found[told[2]] = Known(Current(*told), fonds, parent or "")
    return found


def above_of(places: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return which of ``places`` (fonds, 档号) the catalogue has, items left out: nothing lies in those."""
    found: set[tuple[str, str]] = set()
    for start in range(0, len(places), ASKED):
        rows = Record.objects.filter(ref__in={ref for _, ref in places[start : start + ASKED]})
        found.update(rows.exclude(level=Record.ITEM).values_list("fonds__number", "ref"))
    return found.intersection(places)

"""Reads of what belongs together: relations of a record, from either side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.base.home import home
from lantai.holdings.access import sees_by_office
from lantai.holdings.models import Relation
from lantai.holdings.queries import RecordView, records_by_id
from lantai.kernel import recordtypes
from lantai.kernel.recordtypes import Label

LOCATION: Mapping[str, Label] = {
    "storeroom": Label("库房", "storeroom"),
    "row": Label("列", "row"),
    "rack": Label("架", "rack"),
    "shelf": Label("层", "shelf"),
    "box": Label("盒", "box"),
    "file": Label("卷", "volume"),
    "pages": Label("页", "pages"),
    "note": Label("说明", "note"),
}
"""Where paper lies: the values that a relation may have, in the order in which one walks there."""

MOST = 500
"""Relations told of one record at most, in each direction."""


@dataclass(frozen=True, slots=True)
class Related:
    """A relation seen from one of its sides; ``other`` is None where it is told in words only.

    ``values`` are pairs of a label in the reader's language and a value; ``outward``: made on this record.
    """

    kind: str
    label: str
    outward: bool
    other: RecordView | None
    text: str
    values: tuple[tuple[str, str], ...]


def kinds() -> dict[str, str]:
    """Return the kinds of relation with their names in the reader's language."""
    own = home().types
    terms = recordtypes.relations(own if own.is_dir() else None).terms
    return {term.value: term.label[reader_language()] for term in terms}


def relations(actor: Actor, record: RecordView) -> tuple[Related, ...]:
    """Return the relations of ``record`` in both directions, by kind.

    What the actor may not see on the other side is left out. Words and locations are inner: they are for
    those who see the record by office or unit.
    """
    rows = [
        *((row, True) for row in Relation.objects.filter(source=record.id).order_by("id")[:MOST]),
        *((row, False) for row in Relation.objects.filter(target=record.id).order_by("id")[:MOST]),
    ]
    others = [identity for row, outward in rows if (identity := _other(row, outward)) is not None]
    seen = records_by_id(actor, others) if others else {}
    inner = sees_by_office(actor, record.unit)
    names = kinds()
    found = []
    for row, outward in rows:
        other = seen.get(_other(row, outward) or 0)
        if other is None and (_other(row, outward) is not None or not inner):
            continue
        told = inner and (other is None or sees_by_office(actor, other.unit))
        values = _located(row.values) if told else ()
        label = names.get(row.kind, row.kind)
        found.append(Related(row.kind, label, outward, other, row.text if told else "", values))
    order = list(names)
    return tuple(sorted(found, key=lambda one: order.index(one.kind) if one.kind in order else len(order)))


def _other(row: Relation, outward: bool) -> int | None:
    return row.target_id if outward else row.source_id


def _located(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    language = reader_language()
    return tuple((name[language], values[key]) for key, name in LOCATION.items() if values.get(key))

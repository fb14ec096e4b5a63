"""案卷 found by their titles, numbers and values in the desk's own search: beside the records, never counted with them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lantai.base.actors import Actor
from lantai.desk.models import Item, Volume
from lantai.desk.queries_arrangement import classes_of
from lantai.desk.queries_search import OwnQuestion, request_of
from lantai.desk.searchable import engine, row_of
from lantai.desk.searchable_volumes import acl_of, state_of, volumes
from lantai.search.engine.highlight import marked
from lantai.search.engine.query import parse, wanted

SHOWN = 5
"""Volumes of one page, and items of each of them."""


@dataclass(frozen=True, slots=True)
class VolumeItem:
    """An item of a volume that was found: the title with its words marked, as escaped HTML."""

    uuid: str
    title_html: str
    ref: str


@dataclass(frozen=True, slots=True)
class VolumeHit:
    """A volume that was found, with the first of its ``size`` items in their order."""

    uuid: str
    title: str
    title_html: str
    ref: str
    file_number: str
    unit_name: str
    year: int
    function: str
    retention: str
    state: str
    size: int
    items: tuple[VolumeItem, ...]

    @property
    def more(self) -> int:
        """How many items are not named."""
        return self.size - len(self.items)


def volumes_found(actor: Actor, question: OwnQuestion, most: int = SHOWN) -> tuple[int, list[VolumeHit]]:
    """Return how many volumes answer words and choices, and the first ``most``; none without words.

    Raises as :func:`lantai.desk.queries_search.search`.
    """
    node = parse(question.text).node
    if node is None:
        return 0, []
    of_records = request_of(actor, question, ())
    units = frozenset(acl_of(unit) for unit in of_records.acl or ())
    told = engine().search(replace(of_records, acl=units, sort="ref", limit=most, after=None))
    keys = [row_of(hit.id)[1] for hit in told.hits]
    rows = {row.pk: row for row in volumes().filter(pk__in=keys, filing_class__in=classes_of(actor))}
    words = wanted(node, "title")
    return told.total, [_hit(rows[pk], words) for pk in keys if pk in rows]


def _hit(row: Volume, words: tuple[str, ...]) -> VolumeHit:
    place = row.filing_class
    first = Item.objects.filter(volume=row).order_by("place", "pk")[:SHOWN]
    return VolumeHit(
        uuid=str(row.uuid),
        title=row.title,
        title_html=marked(row.title, words),
        ref=row.ref,
        file_number=row.file_number,
        unit_name=place.unit.name,
        year=place.year,
        function=place.function,
        retention=place.retention,
        state=state_of(row),
        size=row.size,
        items=tuple(VolumeItem(str(one.uuid), marked(one.title, words), one.ref) for one in first),
    )

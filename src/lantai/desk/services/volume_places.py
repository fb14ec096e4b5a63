"""Places in volumes: from 1 without gaps in each, whatever comes in, leaves or moves. Only inside acts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lantai.desk.arranging import kind_of
from lantai.desk.models import Item, ItemState, Volume
from lantai.desk.volumes import has_part, page_numbers


def settle(volume: Volume, items: Sequence[Item]) -> None:
    """Let a volume hold these items in this order; what they lie in before must have been left."""
    changed = []
    for place, item in enumerate(items, 1):
        if item.volume_id != volume.pk or item.place != place:
            item.volume, item.place = volume, place
            changed.append(item)
    Item.objects.bulk_update(changed, ["volume", "place"], batch_size=500)
    if volume.size != len(items):
        volume.size = len(items)
        volume.save(update_fields=["size"])


def leave_volumes(rows: Iterable[Item]) -> None:
    """Take items out of their volumes; those behind them move up."""
    leaving = [row for row in rows if row.volume_id is not None]
    if not leaving:
        return
    left = Volume.objects.select_for_update().filter(pk__in={row.volume_id for row in leaving})
    for row in leaving:
        row.volume, row.place = None, 0
    Item.objects.bulk_update(leaving, ["volume", "place"], batch_size=500)
    for volume in left.order_by("pk"):
        settle(volume, list(volume.items.order_by("place", "pk")))


def numbered_by_page(row: Item) -> bool:
    """Return whether the 档号 of an item says the page on which it begins in its volume."""
    place = row.filing_class
    return (
        row.volume_id is not None
        and place is not None
        and has_part(kind_of(row.type), place.fonds, place.year, "page")
    )


def paged_anew(row: Item) -> None:
    """Count the 页号 of a numbered volume again after an item of it was described with other pages."""
    if row.volume is None or row.state == ItemState.OPEN:
        return
    items = list(row.volume.items.order_by("place"))
    for item, told in zip(items, page_numbers([item.values for item in items]), strict=True):
        item.page_number = told
    Item.objects.bulk_update(items, ["page_number"], batch_size=500)

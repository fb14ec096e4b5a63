"""案卷 as the desk's index sees them: a document each, with its title, numbers and values, beside those of its items.

Their access classes are others than those of records, so that these are found and counted without them.
"""

from __future__ import annotations

from django.db.models import QuerySet

from lantai.desk.models import ClassState, Volume
from lantai.desk.searchable import volume_id
from lantai.search.engine.protocol import Document

_STATES = {ClassState.OPEN: "open", ClassState.CLOSED: "numbered", ClassState.HANDED: "handed"}


def volumes() -> QuerySet[Volume]:
    """Return the volumes, with all that their documents take."""
    return Volume.objects.select_related("filing_class__unit")


def acl_of(unit: int) -> int:
    """Return the access class of the volumes of a unit; that of its records is the unit's key itself."""
    return -unit


def state_of(row: Volume) -> str:
    """Return where a volume is, as items tell it: open, numbered, handed."""
    return _STATES[ClassState(row.filing_class.state)]


def volume_document(row: Volume) -> Document:
    """Return the document of a volume as it is now."""
    place = row.filing_class
    return Document(
        id=volume_id(row.pk),
        title=row.title,
        author="",
        keywords="\n".join(filter(None, [row.file_number, place.number])),
        note="\n".join(filter(None, [*map(str, row.values.values()), place.function, row.remarks])),
        text=(),
        ref=row.ref,
        doc_number="",
        fonds=place.fonds,
        type=place.type,
        year=place.year,
        retention=place.retention[:80],
        open=place.function[:80],
        level=state_of(row),
        unit=place.unit.code,
        acl=acl_of(place.unit_id),
        date=0,
        batch=str(row.uuid),
    )

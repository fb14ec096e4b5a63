"""Records as the engine sees them: which words of a record find it is said by the elements of its type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from lantai.holdings import indexing
from lantai.holdings import queries as holdings
from lantai.holdings.indexing import IndexRow
from lantai.holdings.queries import EVERYBODY, OPEN
from lantai.kernel.recordtypes import RecordType
from lantai.search.engine.protocol import MAX_DATE, Document
from lantai.search.services.texts import texts_of

_DATE = re.compile(r"\d{4,8}")
_OWN = frozenset({"title", "author", "doc_number", "ref"})
"""Elements with a field of their own in the index."""

OTHER = "other"
"""Where an import keeps columns that no element of the type takes: found by those who see it, never outside."""

KEYWORDS, NOTE = 0, 1
WEIGHTY = 2.0
"""An element of this weight or more is searched among the keywords, a lighter one among the notes."""

Slots = Mapping[str, tuple[int, bool]]
"""By element key: the field its words go to, and whether they may find an opened record."""


def documents(records: Sequence[IndexRow]) -> list[Document]:
    """Return the documents of ``records``, with the text of their files."""
    held = [record for record in records if record.object_id]
    texts = texts_of(held, holdings.parts_of(record.id for record in held)) if held else {}
    known = holdings.types()
    units = indexing.unit_codes()
    return [
        document(
            record, texts.get(record.id, ()), _slots(known.get(record.type)), units.get(record.access, "")
        )
        for record in records
    ]


def document(record: IndexRow, pages: Sequence[str], slots: Slots, unit: str = "") -> Document:
    """Return the document of one record.

    The page of an opened record hides personal and internal elements from outsiders, so their words must not
    find it; on other records everybody who sees them sees all.
    """
    opened = record.open_status == OPEN and record.accepted
    words: tuple[list[str], list[str]] = ([], [])
    for key, value in record.values.items():
        slot = slots.get(key)
        if slot is not None and value and (slot[1] or not opened):
            words[slot[0]].append(value)
    return Document(
        id=record.id,
        title=record.title,
        author=record.author,
        keywords=" ".join(words[KEYWORDS]),
        note=" ".join(words[NOTE]),
        text=tuple(pages),
        ref=record.ref,
        doc_number=record.doc_number,
        fonds=record.fonds,
        type=record.type,
        year=record.year or 0,
        retention=record.retention,
        open=record.open_status,
        level=record.level,
        unit=unit,
        acl=EVERYBODY if opened else record.access,
        date=_date(record.date),
        batch=record.batch,
    )


def slots(kind: RecordType) -> Slots:
    """Return where the words of each searched element of ``kind`` go."""
    found = {
        element.key: (
            KEYWORDS if element.search.boost >= WEIGHTY else NOTE,
            element.public and not element.personal,
        )
        for element in kind.of_scope()
        if element.search.kind in {"text", "exact", "facet"} and element.key not in _OWN
    }
    return {OTHER: (NOTE, False), **found}


@lru_cache(maxsize=64)
def _slots_by_code(code: str) -> Slots:
    return slots(holdings.types()[code])


def _slots(kind: RecordType | None) -> Slots:
    return _slots_by_code(kind.code) if kind else {}


@lru_cache(maxsize=50_000)
def _date(text: str) -> int:
    """Return YYYYMMDD of the first date in a catalogue date, missing parts as 0; 0 when there is none.

    A catalogue may say anything; what no calendar has is no date, and the record is found all the same.
    """
    found = _DATE.search(text.replace("-", "").replace("/", ""))
    day = int(found.group().ljust(8, "0")[:8]) if found else 0
    return day if day <= MAX_DATE else 0

"""Records as the engine sees them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lantai.holdings import queries as holdings
from lantai.holdings.queries import OPEN, RecordView
from lantai.search.engine.protocol import MAX_DATE, Document
from lantai.search.services.texts import texts_of

_DATE = re.compile(r"\d{4,8}")


def documents(records: Sequence[RecordView]) -> list[Document]:
    """Return the documents of ``records``, with the text of their files."""
    texts = texts_of(records, holdings.parts_of(record.id for record in records))
    return [document(record, texts.get(record.id, [])) for record in records]


def document(record: RecordView, pages: Sequence[str]) -> Document:
    """Return the document of one record."""
    keywords = filter(None, (_told(record, "keywords"), _told(record, "persons")))
    note = filter(None, (_told(record, "abstract"), _told(record, "note")))
    return Document(
        id=record.id,
        title=record.title,
        author=record.author,
        keywords=" ".join(keywords),
        note=" ".join(note),
        text=tuple(pages),
        ref=record.ref,
        doc_number=record.doc_number,
        fonds=record.fonds,
        type=record.type,
        year=record.year or 0,
        retention=record.retention,
        open=record.open_status,
        level=record.level,
        acl=record.access,
        date=_date(record.date),
    )


def _told(record: RecordView, key: str) -> str:
    """Return a value as far as it may be found by its words.

    The page of an opened record hides personal and internal elements from outsiders, so their words must not
    find it; on other records everybody who sees them sees all.
    """
    value = record.values.get(key, "")
    if not value or record.open_status != OPEN:
        return value
    kind = holdings.types().get(record.type)
    element = kind.by_key.get(key) if kind else None
    return value if element and element.public and not element.personal else ""


def _date(text: str) -> int:
    """Return YYYYMMDD of the first date in a catalogue date, missing parts as 0; 0 when there is none.

    A catalogue may say anything; what no calendar has is no date, and the record is found all the same.
    """
    found = _DATE.search(text.replace("-", "").replace("/", ""))
    day = int(found.group().ljust(8, "0")[:8]) if found else 0
    return day if day <= MAX_DATE else 0

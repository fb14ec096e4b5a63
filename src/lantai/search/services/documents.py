"""Records as the engine sees them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lantai.holdings import queries as holdings
from lantai.holdings.queries import OPEN, RecordView
from lantai.search.engine.protocol import Document
from lantai.search.services.texts import texts_of

_DATE = re.compile(r"\d{4,8}")


def documents(records: Sequence[RecordView]) -> list[Document]:
    """Return the documents of ``records``, with the text of their files."""
    texts = texts_of(records, holdings.parts_of(record.id for record in records))
    return [document(record, texts.get(record.id, [])) for record in records]


def document(record: RecordView, pages: Sequence[str]) -> Document:
    """Return the document of one record.

    Persons' names are searched only where office or unit lets somebody see the record: on an opened one the
    page hides them from outsiders, so the words must not find it either.
    """
    values = record.values
    persons = "" if record.open_status == OPEN else values.get("persons", "")
    return Document(
        id=record.id,
        title=record.title,
        author=record.author,
        keywords=" ".join(filter(None, (values.get("keywords", ""), persons))),
        note=" ".join(filter(None, (values.get("abstract", ""), values.get("note", "")))),
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


def _date(text: str) -> int:
    """Return YYYYMMDD of the first date in a catalogue date, missing parts as 0; 0 when there is none."""
    found = _DATE.search(text.replace("-", "").replace("/", ""))
    return int(found.group().ljust(8, "0")[:8]) if found else 0

"""The fields of the tantivy index, and a document written into them.

Nothing is stored but what is searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from itertools import islice
from operator import attrgetter

import tantivy

from lantai.search.engine.folding import PAGE_BREAK, bigrams_batch, folding_name, identifier
from lantai.search.engine.protocol import TEXT_FILTERS, Document, date_key, ref_key

SCHEMA_VERSION = 3

TITLE, TITLE_CHARACTERS, AUTHOR, KEYWORDS, NOTE, PAGES = "t", "u", "au", "kw", "nt", "x"
ANYWHERE = "any"
REF_PARTS, DOC_NUMBER_PARTS, REF, DOC_NUMBER = "g", "h", "da", "wh"
DATE_KEY, REF_KEY, TIE = "k_date", "k_ref", "tie"
BATCH = "batch"

_BIGRAMS = (TITLE, AUTHOR, KEYWORDS, NOTE, PAGES, REF_PARTS, DOC_NUMBER_PARTS)
_INTEGERS = ("id", "year", "acl", DATE_KEY)
_SHORT_TEXTS = 6
_LEVELS = 1 << 16
_filters = attrgetter(*TEXT_FILTERS)
_SPREAD = 0.0139
"""The engine multiplies scores by log2(2 + tie): the most that can be won by it is one per cent."""

Fields = dict[str, str | int | float]


def index_name() -> str:
    """Return what a build is made with: schema, folding and engine version."""
    return f"{SCHEMA_VERSION}-{folding_name()}-{version('tantivy')}"


@cache
def schema() -> tantivy.Schema:
    """Return the schema. Ids are signed: deleting by an unsigned term deletes nothing in tantivy 0.27."""
    builder = tantivy.SchemaBuilder()
    for name in _BIGRAMS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in (TITLE_CHARACTERS, ANYWHERE):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    for name in (REF, DOC_NUMBER, BATCH):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in (*TEXT_FILTERS, REF_KEY):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in _INTEGERS:
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_float_field(TIE, fast=True)
    return builder.build()


def rows(documents: Sequence[Document]) -> list[Fields]:
    """Return ``documents`` as the fields of the index. Empty fields are left out."""
    texts: list[str] = []
    for d in documents:
        texts += (d.title, d.author, d.keywords, d.note, d.ref, d.doc_number, *d.text)
    folded = iter(bigrams_batch(texts))
    return [_row(d, islice(folded, _SHORT_TEXTS), islice(folded, len(d.text))) for d in documents]


def _row(document: Document, folded: Iterator[str], pages: Iterator[str]) -> Fields:
    title, author, keywords, note, ref, number = folded
    text = PAGE_BREAK.join(pages)
    fields: Fields = {
        ANYWHERE: " ".join(filter(None, (title, author, keywords, note, ref, number, text))),
        TITLE: title,
        TITLE_CHARACTERS: " ".join(dict.fromkeys(title.replace(" ", ""))),
        AUTHOR: author,
        KEYWORDS: keywords,
        NOTE: note,
        PAGES: text,
        REF_PARTS: ref,
        DOC_NUMBER_PARTS: number,
        REF: identifier(document.ref),
        DOC_NUMBER: identifier(document.doc_number),
        REF_KEY: ref_key(document).encode().hex(),
        BATCH: document.batch,
        "year": document.year,
        DATE_KEY: date_key(document),
        **dict(zip(TEXT_FILTERS, _filters(document), strict=True)),
    }
    kept = {name: value for name, value in fields.items() if value}
    kept["id"] = document.id
    kept[TIE] = tie(document)
    if document.acl is not None:
        kept["acl"] = document.acl
    return kept


def tie(document: Document) -> float:
    """Return what sets entries of one score apart: newer years come first, entries of a year are strewn.

    Without it thousands share the score of a common word (titles of one length), and equal scores come in the
    order in which the segments happen to lie. What still collides is few enough to be sorted by id.
    """
    year = min(max(document.year - 1900, 0), 127)
    return _SPREAD * (year << 9 | 511 - (document.id & 511)) / _LEVELS


def tantivy_document(row: Fields) -> tantivy.Document:
    """Return the engine's document.

    With the schema, so that a wrong type raises here and not in a later commit.
    """
    return tantivy.Document.from_dict(row, schema())

"""The tree of a query, its filters and access classes, as a tantivy query.

No user text is ever parsed by tantivy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import tantivy
from tantivy import FieldType, Occur, Query

from lantai.search.engine import tantivy_schema as fields
from lantai.search.engine.protocol import MAX_VALUE, Request, Value
from lantai.search.engine.query import And, Identifier, Node, Not, Or, Parsed, Word

_WEIGHTS = (
    (fields.TITLE, 4.0),
    (fields.KEYWORDS, 2.0),
    (fields.AUTHOR, 1.0),
    (fields.NOTE, 1.0),
    (fields.PAGES, 1.0),
    (fields.REF_PARTS, 1.0),
    (fields.DOC_NUMBER_PARTS, 1.0),
)
_EXACT, _BEGINNING = 200.0, 20.0
_SCOPES = {
    "title": fields.TITLE,
    "author": fields.AUTHOR,
    "keywords": fields.KEYWORDS,
    "note": fields.NOTE,
    "text": fields.PAGES,
}
_NUMBERS = {
    "ref": (fields.REF, fields.REF_PARTS),
    "doc_number": (fields.DOC_NUMBER, fields.DOC_NUMBER_PARTS),
}
_LONGEST_BEGINNING = 64
_KEY = re.compile("[0-9a-f]{2,8000}")
_I64 = 1 << 63
_FEW = 16
"""Up to here alternatives are cheaper than a term set, which walks the dictionary of every segment."""


def compose(parsed: Parsed, request: Request, *, without: str = "", scored: bool = True) -> Query:
    """Return the query of ``request``.

    ``without`` leaves out the filter on one field, never the access classes. What is only counted need not be
    ``scored``.
    """
    if parsed.no_terms:
        return Query.empty_query()
    parts = [(parsed.node and node_query(parsed.node, scored=scored)) or Query.all_query()]
    parts += [Query.const_score_query(part, 0.0) for part in _restrictions(request, without)]
    return _all_of(parts)


def node_query(node: Node, *, scored: bool = True, one_of_many: bool = False) -> Query:
    """Return the query of ``node``; ``one_of_many``: what it finds must be found by others, too."""
    match node:
        case Word():
            return _word(node, scored=scored, one_of_many=one_of_many)
        case Identifier():
            return _identifier(node)
        case Not():
            left_out = node_query(node.node, scored=False)
            return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, left_out)])
        case Or():
            return Query.boolean_query(
                [(Occur.Should, node_query(part, scored=scored)) for part in node.nodes]
            )
        case And():
            return _all_of(node_query(part, scored=scored, one_of_many=True) for part in node.nodes)


def _all_of(parts: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, part) for part in parts])


def term(field: str, value: Value) -> Query:
    """Return the query for one term of ``field``."""
    return Query.term_query(fields.schema(), field, value)


def contained(field: str, canonical: str) -> Query:
    """Return the query for ``canonical`` (not empty) as a substring of a field of bigrams.

    Every second bigram is enough; a phrase of one term would make tantivy panic, so two characters are a
    term.
    """
    if len(canonical) == 1:
        return Query.regex_query(fields.schema(), field, f".?{canonical}|{canonical}.")
    if len(canonical) == 2:
        return term(field, canonical)
    last = len(canonical) - 2
    places = [0, 1] if last == 1 else sorted({*range(0, last, 2), last})
    return Query.phrase_query(fields.schema(), field, [(i, canonical[i : i + 2]) for i in places])


def _word(word: Word, *, scored: bool, one_of_many: bool) -> Query:
    """Return the query of a word.

    For two characters one list tells which entries have them anywhere, and those of the fields how well. Where
    nothing is scored that list is enough; where words must meet, it is what is gone through.
    """
    if word.scope != "any":
        return contained(_SCOPES[word.scope], word.canon)
    if len(word.canon) == 2 and not scored:
        return term(fields.ANYWHERE, word.canon)
    found = Query.disjunction_max_query(list(_anywhere(word)))
    if len(word.canon) == 2 and one_of_many:
        there = Query.const_score_query(term(fields.ANYWHERE, word.canon), 0.0)
        return Query.boolean_query([(Occur.Must, there), (Occur.Should, found)])
    return found


def _anywhere(word: Word) -> Iterator[Query]:
    for field in (fields.REF, fields.DOC_NUMBER):
        yield Query.const_score_query(term(field, word.number), _EXACT)
    if len(word.canon) == 1:
        yield term(fields.TITLE_CHARACTERS, word.canon)
        return
    for field, weight in _WEIGHTS:
        yield Query.boost_query(contained(field, word.canon), weight)
    if _like_an_identifier(word.number):
        yield Query.const_score_query(_beginning(fields.REF, word.number), _BEGINNING)


def _like_an_identifier(number: str) -> bool:
    """Return whether to look for 档号 beginning so: they are contained in any case, this only lifts them."""
    return "-" in number and len(number) <= _LONGEST_BEGINNING and any(char.isdecimal() for char in number)


def _identifier(asked: Identifier) -> Query:
    whole, parts = _NUMBERS[asked.field]
    if asked.match == "exact":
        return term(whole, asked.number)
    if asked.match == "prefix":
        return _beginning(whole, asked.number)
    return contained(parts, asked.canon)


def _beginning(field: str, number: str) -> Query:
    """Return the query for terms that begin with ``number``, which has letters, digits and ``-`` only.

    No escape.
    """
    return Query.regex_query(fields.schema(), field, f"{number}.*")


def _restrictions(request: Request, without: str) -> Iterator[Query]:
    if request.acl is not None:
        yield _one_of("acl", request.acl)
    if request.among is not None:
        either = (_one_of(fields.BATCH, request.among.batches), _one_of("id", request.among.ids))
        yield Query.boolean_query([(Occur.Should, some) for some in either])
    for name, accepted in request.filters.items():
        if name != without:
            yield _one_of(name, accepted)
    if without != "year" and not (request.year_from is None and request.year_to is None):
        yield _years(request.year_from, request.year_to)


def _one_of(name: str, accepted: Iterable[Value]) -> Query:
    """Return the query for any of ``accepted``.

    Values that no document can have are left out, none finds nothing.
    """
    integer = name in ("acl", "year", "id")
    values = [value for value in accepted if (_is_integer(value) if integer else _is_short(value))]
    if not values:
        return Query.empty_query()
    if len(values) <= _FEW:
        return Query.boolean_query([(Occur.Should, term(name, value)) for value in values])
    return Query.term_set_query(fields.schema(), name, values)


def _is_integer(value: Value) -> bool:
    return isinstance(value, int) and -_I64 <= value < _I64


def _is_short(value: Value) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= MAX_VALUE
        and not any("\ud800" <= c <= "\udfff" for c in value)
    )


def _years(low: int | None, high: int | None) -> Query:
    first, last = max(1, low or 1), min(9999, 9999 if high is None else high)
    if first > last:
        return Query.empty_query()
    return Query.range_query(fields.schema(), "year", FieldType.Integer, first, last)


def beyond_ref(index: tantivy.Index, cursor: str) -> Query:
    """Return the query for what follows ``cursor`` in the order by 档号.

    tantivy makes ranges of texts only by its query language: the key is hexadecimal, so nothing in it is
    read as anything but itself.
    """
    if not _KEY.fullmatch(cursor):
        return Query.empty_query()
    return Query.const_score_query(index.parse_query(f"{fields.REF_KEY}:{{{cursor} TO *}}"), 0.0)


def beyond(cursor: int, *, backwards: bool) -> Query:
    """Return the query for what follows ``cursor`` in the order by date."""
    low, high = (None, cursor) if backwards else (cursor, None)
    if not -_I64 <= cursor < _I64:
        return Query.empty_query()
    narrowed = Query.range_query(
        fields.schema(),
        fields.DATE_KEY,
        FieldType.Integer,
        low,
        high,
        include_lower=backwards,  # a side without a bound must be said to be inclusive
        include_upper=not backwards,
    )
    return Query.const_score_query(narrowed, 0.0)


def above(last: int) -> Query:
    """Return the query for ids greater than ``last``."""
    return tantivy.Query.range_query(
        fields.schema(), "id", FieldType.Integer, last, None, include_lower=False
    )

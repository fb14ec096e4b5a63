"""The desk's own search: what a unit holds, from the tray to the door of the archives, at the unit's rights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from lantai.base.actors import Actor
from lantai.desk import queries
from lantai.desk.arranging import kind_of
from lantai.desk.models import Capture, Item
from lantai.desk.queries_arrangement import items_of
from lantai.desk.searchable import (
    FIELDS,
    NAME,
    STATES,
    document,
    engine,
    files_of,
    in_tray,
    items,
    kept_sizes,
    kept_texts,
    row_of,
)
from lantai.kernel.errors import NotFound
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import units_of
from lantai.search import queries as archives
from lantai.search.engine.folding import canon
from lantai.search.engine.highlight import marked, snippets
from lantai.search.engine.protocol import Cursor, Request, Sort, Value
from lantai.search.engine.query import Node, parse, wanted

PAGE = 20
ORDERS: tuple[Sort, ...] = ("-date", "date", "ref")
_CURSORS = {
    "-date": re.compile("[0-9]{1,19}"),
    "date": re.compile("[0-9]{1,19}"),
    "ref": re.compile("[0-9a-f]{2,8000}"),
}
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OF_VALUES = 2
OF_TEXT = 2
READ = 400_000
"""Characters of text that are looked through for the passages of one hit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQuestion:
    """What is asked of a desk: words as in the archives' search, values by field, an order, a place in the list.

    ``unit`` "" are all units whose desk the asker sees. ``chosen`` has keys of ``searchable.FIELDS``. ``after`` is the
    cursor of the page before.
    """

    text: str = ""
    unit: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    order: Sort = "-date"
    after: str = ""
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class OwnPassage:
    """A piece with its words marked, as escaped HTML; ``key`` is the element it stands in, else ``file`` and ``page``."""

    html: str
    key: str = ""
    label: str = ""
    file: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class OwnHit:
    """A record that was found: an item (``uuid``) or a document in the tray (``number``); "" is what it has not."""

    uuid: str
    number: str
    unit_name: str
    title_html: str
    title: str
    ref: str
    doc_number: str
    author: str
    date: str
    year: int
    function: str
    retention: str
    state: str
    files: int
    passages: tuple[OwnPassage, ...]


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """A page of hits; ``total`` counts all, ``facets`` by field the values there are; ``after`` goes to the next page."""

    total: int
    hits: tuple[OwnHit, ...]
    facets: Mapping[str, tuple[tuple[Value, int], ...]]
    after: str
    took_ms: float


def search(actor: Actor, question: OwnQuestion, *, language: str = "zh") -> OwnAnswer:
    """Answer ``question`` from what ``actor`` may see at the desk; ``NotFound`` for a unit that is not hers.

    ``Invalid("search.query.long")`` for what is too long to be asked.
    """
    node = parse(question.text).node
    told = engine().search(request_of(actor, question, tuple(FIELDS.values())))
    rows = _rows(actor, [hit.id for hit in told.hits])
    read = _readable(rows) if node else {}
    hits = tuple(_hit(row, node, kept_texts(read.get(n, ())), language) for n, row in enumerate(rows))
    facets = {
        name: tuple((one.value, one.count) for one in told.facets[held]) for name, held in FIELDS.items()
    }
    after = "" if told.cursor is None else str(told.cursor)
    return OwnAnswer(told.total, hits, facets, after, told.took_ms)


def _readable(rows: Sequence[Capture | Item]) -> dict[int, list[str]]:
    """Return of each row, by its place, the files whose text is looked through: no more is held in memory than that."""
    files = [[one.sha512 for one in files_of(row)] for row in rows]
    sizes = dict(kept_sizes(one for some in files for one in some))
    chosen: dict[int, list[str]] = {}
    for n, some in enumerate(files):
        left = READ
        for sha512 in some:
            if left > 0 and sizes.get(sha512):
                chosen.setdefault(n, []).append(sha512)
                left -= sizes[sha512]
    return chosen


def every(actor: Actor, question: OwnQuestion, most: int) -> tuple[int, list[OwnHit]]:
    """Return how many records answer, and the first ``most`` of them without passages."""
    found: list[OwnHit] = []
    total, after = 0, ""
    while True:
        asked = OwnQuestion(
            text=question.text,
            unit=question.unit,
            chosen=question.chosen,
            order=question.order,
            after=after,
            size=min(200, most - len(found)),
        )
        told = engine().search(request_of(actor, asked, ()))
        total = told.total
        found += [_hit(row, None, {}, "zh") for row in _rows(actor, [hit.id for hit in told.hits])]
        if told.cursor is None or len(found) >= most:
            return total, found
        after = str(told.cursor)


def picked(actor: Actor, uuids: Sequence[str], numbers: Sequence[str]) -> list[OwnHit]:
    """Return the items and the documents of the tray that are named, of those ``actor`` may see, the newest first."""
    known = [one for one in uuids if _UUID.fullmatch(one)]
    rows: list[Capture | Item] = list(items().filter(pk__in=items_of(actor).filter(uuid__in=known)))
    rows += in_tray().filter(pk__in=queries.visible(actor).filter(number__in=list(numbers)))
    hits = [_hit(row, None, {}, "zh") for row in rows]
    return sorted(hits, key=lambda one: (one.date, one.ref), reverse=True)


def request_of(actor: Actor, question: OwnQuestion, facets: tuple[str, ...]) -> Request:
    """Return ``question`` as the index is asked: for records of the units that ``actor`` sees."""
    chosen: dict[str, frozenset[Value]] = {}
    for name, value in question.chosen.items():
        if value:
            chosen[FIELDS[name]] = frozenset((_year(value) if name == "year" else value,))
    order = question.order if question.order in ORDERS else "-date"
    return Request(
        acl=_units(actor, question.unit),
        text=question.text,
        filters=chosen,
        facets=facets,
        sort=order,
        limit=question.size,
        after=_cursor(order, question.after),
    )


def _year(told: str) -> int:
    """Return a year, -1 (that of no record) for what is none."""
    return int(told) if told.isascii() and told.isdigit() and len(told) == 4 else -1


def _cursor(order: str, after: str) -> Cursor | None:
    """Return the cursor as the index gave it; one of another order asks for the first page."""
    if not after or not _CURSORS[order].fullmatch(after):
        return None
    return after if order == "ref" else int(after)


def _units(actor: Actor, code: str) -> frozenset[int]:
    """Return the units of which ``actor`` sees the desk, or the one asked for."""
    mine = units_of(actor, "capture.see")
    seen = {unit.code: unit.id for unit in people.units() if mine is None or unit.id in mine}
    if not code:
        return frozenset(seen.values())
    if code not in seen:
        raise NotFound("people.unit.missing", unit=code[:40])
    return frozenset((seen[code],))


def _rows(actor: Actor, identities: Sequence[int]) -> list[Capture | Item]:
    """Return the rows of hits in their order; what was moved since the index looked, or may not be seen, is left out."""
    keys = [row_of(identity) for identity in identities]
    found: dict[tuple[str, int], Capture | Item] = {}
    of_items, of_tray = ([pk for kind, pk in keys if kind == wanted] for wanted in ("item", "capture"))
    if of_items:
        mine = items_of(actor).filter(pk__in=of_items)
        found |= {("item", row.pk): row for row in items().filter(pk__in=mine.values("pk"))}
    if of_tray:
        seen = queries.visible(actor).filter(pk__in=of_tray)
        found |= {("capture", row.pk): row for row in in_tray().filter(pk__in=seen.values("pk"))}
    return [found[one] for one in keys if one in found]


def _hit(row: Capture | Item, node: Node | None, texts: Mapping[str, Sequence[str]], language: str) -> OwnHit:
    told = document(row, {})
    values = row.described if isinstance(row, Capture) else row.values
    places = tuple(_passages(row, values, node, texts, language)) if node else ()
    return OwnHit(
        uuid=str(row.uuid) if isinstance(row, Item) else "",
        number=row.number if isinstance(row, Capture) else "",
        unit_name=row.unit.name,
        title_html=marked(row.title, wanted(node, "title")),
        title=row.title,
        ref=told.ref,
        doc_number=told.doc_number,
        author=told.author,
        date=str(values.get("date", "")),
        year=told.year,
        function=told.open,
        retention=told.retention,
        state=told.level,
        files=len(files_of(row)),
        passages=places,
    )


def _passages(
    row: Capture | Item,
    values: Mapping[str, str],
    node: Node,
    texts: Mapping[str, Sequence[str]],
    language: str,
) -> Iterator[OwnPassage]:
    """Yield the places beyond the title that show why a row was found."""
    terms = [term for term in wanted(node) if len(term) > 1]
    if not terms:
        return
    by_key = kind_of(row.type).by_key
    yield from islice(
        (
            OwnPassage(piece.html(), key, by_key[key].label[language] if key in by_key else "")
            for key, value in _told(row, values)
            if _holds(value, terms)
            for piece in snippets(value, terms, limit=1)
        ),
        OF_VALUES,
    )
    words = [term for term in wanted(node, "text") if len(term) > 1]
    yield from _in_text(row, words, texts)


def _told(row: Capture | Item, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is searched of a row but its title and text: key and value; 电子文件号 as ``record_code``."""
    yield from ((key, str(text)) for key, text in values.items() if text and key not in ("title", "ref"))
    captures = [row] if isinstance(row, Capture) else [link.capture for link in row.links.all()]
    yield from (("title", one.title) for one in captures if one.title != row.title)
    yield from (("record_code", one.external_id) for one in captures)
    yield from (("", one.name) for one in files_of(row))
    if isinstance(row, Item) and row.filing_class is not None:
        yield "function", row.filing_class.function
    for one in captures:
        known = {*values.values(), row.title}
        yield from (("hint", str(told["value"])) for told in one.hints if told.get("value") not in known)


def _in_text(
    row: Capture | Item, terms: Sequence[str], texts: Mapping[str, Sequence[str]]
) -> Iterator[OwnPassage]:
    left, read = OF_TEXT, 0
    for one in files_of(row) if terms else ():
        for number, page in enumerate(texts.get(one.sha512, ()), 1):
            read += len(page)
            if read > READ or not left:
                return
            if not _holds(page, terms):
                continue
            for piece in snippets(page, terms, limit=left):
                left -= 1
                yield OwnPassage(piece.html(), file=one.name, page=number)


def _holds(text: str, terms: Sequence[str]) -> bool:
    """Return whether a term stands in ``text``: as it was typed, which needs no folding, or folded."""
    if any(term in text for term in terms):
        return True
    folded = canon(text)
    return any(term in folded for term in terms)


def in_archives(actor: Actor, text: str, fonds: Sequence[str]) -> int:
    """Return how many records of ``fonds`` in the archives answer ``text``, of those ``actor`` may see there."""
    return archives.count(actor, archives.Question(text=text, filters={"fonds": frozenset(fonds)}))


def only_punctuation(text: str) -> bool:
    """Return whether something was typed of which nothing can be searched."""
    return archives.only_punctuation(text)


def waiting() -> float:
    """Return for how many seconds the oldest act has waited that the index does not know yet; 0.0 when it knows all."""
    state = ledger.follower(NAME)
    return state.seconds if state.lag else 0.0


__all__ = [
    "ORDERS",
    "PAGE",
    "STATES",
    "OwnAnswer",
    "OwnHit",
    "OwnPassage",
    "OwnQuestion",
    "every",
    "in_archives",
    "only_punctuation",
    "picked",
    "request_of",
    "search",
    "waiting",
]

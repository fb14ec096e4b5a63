"""The engine without an index: it reads every document for every question. It is the truth of the others."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Self

from lantai.kernel.errors import NotFound
from lantai.search.engine.folding import canon, folding_name, identifier
from lantai.search.engine.protocol import (
    Cursor,
    Document,
    Facet,
    Hit,
    Rejected,
    Request,
    Result,
    Sort,
    Stats,
    Value,
    date_key,
    objection,
    possible,
    ref_key,
)
from lantai.search.engine.query import And, Identifier, Node, Not, Or, Parsed, Word, parse


@dataclass(frozen=True, slots=True)
class _Entry:
    """A document with the canonical forms of what can be searched."""

    document: Document
    title: str
    author: str
    keywords: str
    note: str
    pages: tuple[str, ...]
    numbers: dict[str, tuple[str, str]]

    @classmethod
    def of(cls, document: Document) -> _Entry:
        return cls(
            document,
            canon(document.title),
            canon(document.author),
            canon(document.keywords),
            canon(document.note),
            tuple(map(canon, document.text)),
            {
                "ref": (canon(document.ref), identifier(document.ref)),
                "doc_number": (canon(document.doc_number), identifier(document.doc_number)),
            },
        )


@dataclass(slots=True)
class _Shelf:
    """What all engines opened in one home share: the committed entries."""

    entries: dict[int, _Entry] = field(default_factory=dict)


_SHELVES: dict[Path, _Shelf] = {}


class MemoryEngine:
    """Brute force over dictionaries.

    A home lives as long as the process and is shared by those who open it.
    """

    def __init__(self, shelf: _Shelf | None = None) -> None:
        self._shelf = shelf or _Shelf()
        self._pending: dict[int, Document | None] = {}

    @classmethod
    def create(cls, home: Path) -> Self:
        return cls(_SHELVES.setdefault(home.resolve(), _Shelf()))

    @classmethod
    def open(cls, home: Path) -> Self:
        shelf = _SHELVES.get(home.resolve())
        if shelf is None:
            raise NotFound("search.index.missing", home=home.name)
        return cls(shelf)

    def upsert(self, documents: Iterable[Document]) -> list[Rejected]:
        rejected = []
        for document in documents:
            if wrong := objection(document):
                rejected.append(wrong)
            else:
                self._pending[document.id] = document
        return rejected

    def delete(self, ids: Iterable[int]) -> None:
        self._pending.update(dict.fromkeys(possible(ids)))

    def commit(self) -> list[Rejected]:
        entries = dict(self._shelf.entries)
        for identity, document in self._pending.items():
            if document is None:
                entries.pop(identity, None)
            else:
                entries[identity] = _Entry.of(document)
        self._shelf.entries = entries
        self._pending.clear()
        return []

    def search(self, request: Request) -> Result:
        started = time.perf_counter()
        found = list(_matching(self._shelf.entries.values(), request, parse(request.text)))
        admitted = [(entry, score) for entry, score in found if _admitted(entry.document, request)]
        shown, cursor = _window(admitted, request)
        facets = {name: _facet(found, request, name) for name in request.facets}
        took = (time.perf_counter() - started) * 1000
        return Result(len(admitted), shown, MappingProxyType(facets), took, cursor)

    def count(self) -> int:
        return len(self._shelf.entries)

    def ids(self) -> Iterator[int]:
        return iter(sorted(self._shelf.entries))

    def stats(self) -> Stats:
        return Stats(self.count(), 1, 0, f"memory-{folding_name()}")

    def close(self) -> None:
        self._pending.clear()


_Found = Sequence[tuple[_Entry, float]]


def _matching(entries: Iterable[_Entry], request: Request, parsed: Parsed) -> Iterator[tuple[_Entry, float]]:
    """Return the entries the asker may know of that match the text, with their scores; filters come later."""
    if parsed.no_terms:
        return
    for entry in entries:
        if request.acl is not None and entry.document.acl not in request.acl:
            continue
        if request.among is not None and not request.among.holds(entry.document):
            continue
        score = 1.0 if parsed.node is None else _score(parsed.node, entry)
        if score > 0:
            yield entry, score


def _score(node: Node, entry: _Entry) -> float:
    """Return 0 where ``node`` does not match, else something greater."""
    match node:
        case Word():
            return _word_score(node, entry)
        case Identifier():
            return float(_number_matches(node, *entry.numbers[node.field]))
        case Not():
            return float(not _score(node.node, entry))
        case Or():
            return sum(_score(part, entry) for part in node.nodes)
        case And():
            scores = [_score(part, entry) for part in node.nodes]
            return sum(scores) if all(scores) else 0.0


def _word_score(word: Word, entry: _Entry) -> float:
    if word.scope == "text":
        return float(any(word.canon in page for page in entry.pages))
    if word.scope != "any":
        return float(word.canon in getattr(entry, word.scope))
    if any(word.number == number for _, number in entry.numbers.values()):
        return 50.0
    if word.canon in entry.title:
        return 1.0 + len(word.canon) / len(entry.title)
    if len(word.canon) == 1:
        return 0.0
    rest = (entry.author, entry.keywords, entry.note, *entry.pages)
    rest += tuple(text for text, _ in entry.numbers.values())
    return 0.5 if any(word.canon in text for text in rest) else 0.0


def _number_matches(asked: Identifier, canonical: str, number: str) -> bool:
    if asked.match == "exact":
        return number == asked.number
    if asked.match == "prefix":
        return number.startswith(asked.number)
    return asked.canon in canonical


def _admitted(document: Document, request: Request, *, without: str = "") -> bool:
    """Return whether ``document`` passes the filters, except the one on ``without``."""
    for name, accepted in request.filters.items():
        if name != without and (not getattr(document, name) or getattr(document, name) not in accepted):
            return False
    if without == "year" or (request.year_from is None and request.year_to is None):
        return True
    low = 1 if request.year_from is None else max(request.year_from, 1)
    high = 9999 if request.year_to is None else request.year_to
    return low <= document.year <= high


def _facet(found: _Found, request: Request, name: str) -> tuple[Facet, ...]:
    values: Counter[Value] = Counter(
        getattr(entry.document, name)
        for entry, _ in found
        if getattr(entry.document, name) and _admitted(entry.document, request, without=name)
    )
    return tuple(Facet(value, count) for value, count in sorted(values.items(), key=_most_frequent))


def _most_frequent(item: tuple[Value, int]) -> tuple[int, str]:
    return -item[1], str(item[0])


def _window(found: _Found, request: Request) -> tuple[tuple[Hit, ...], Cursor | None]:
    """Return the hits in the window, in order, and the cursor behind them."""
    if request.sort == "relevance":
        ranked = sorted(found, key=lambda pair: (-pair[1], pair[0].document.id))
        chosen = ranked[request.offset : request.offset + request.limit]
        return tuple(Hit(entry.document.id, score) for entry, score in chosen), None
    documents = sorted((entry.document for entry, _ in found), key=_key(request.sort))
    if request.sort == "-date":
        documents.reverse()
    if request.after is not None:
        documents = [one for one in documents if _follows(one, request)]
    page = documents[request.offset : request.offset + request.limit]
    more = page and len(documents) > request.offset + request.limit
    return tuple(Hit(document.id, 0.0) for document in page), _cursor(
        page[-1], request.sort
    ) if more else None


def _key(sort: Sort) -> Callable[[Document], Cursor]:
    return ref_key if sort == "ref" else date_key


def _cursor(document: Document, sort: Sort) -> Cursor:
    key = _key(sort)(document)
    return key.encode().hex() if isinstance(key, str) else key


def _follows(document: Document, request: Request) -> bool:
    """Return whether ``document`` comes after the cursor; one that was not made here finds nothing."""
    if isinstance(request.after, str):
        if not re.fullmatch("[0-9a-f]{2,8000}", request.after):
            return False
        return ref_key(document).encode().hex() > request.after
    last = request.after or 0
    return date_key(document) < last if request.sort == "-date" else date_key(document) > last

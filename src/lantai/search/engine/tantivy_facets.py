"""Counting facets: exactly, for one reader's classes, and not again while the index stays as it is."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence

import tantivy
from tantivy import Query

from lantai.kernel.errors import Unavailable
from lantai.search.engine.protocol import Facet, Request
from lantai.search.engine.query import Parsed
from lantai.search.engine.tantivy_query import compose

_BUCKETS = (1_000, 10_000, 60_000)
"""Sizes tried for a facet.

tantivy counts wrongly when there are more values than asked for, so none is cut off.
"""

KEPT = 64
"""Answers whose facets are kept: who turns a page, chooses another order or opens the search page reads them again."""
MANY = 1_000
"""Hits from which on facets are kept; fewer, without a filter to look behind, are counted as quickly as found."""

Counted = Mapping[str, tuple[Facet, ...]]


class FacetCounter:
    """Counts facets in one state of the index, which never changes: with it everything kept is let go."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher
        self._kept: OrderedDict[Hashable, Counted] = OrderedDict()
        self._keeping = threading.Lock()

    def count(self, parsed: Parsed, request: Request, total: int) -> Counted:
        """Return the facets of ``request``, which finds ``total`` entries."""
        if total < MANY and not _filtered(request):
            return self._counted_anew(parsed, request, total)
        key = _key(request)
        with self._keeping:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = self._counted_anew(parsed, request, total)
        with self._keeping:
            self._kept[key] = found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def _counted_anew(self, parsed: Parsed, request: Request, total: int) -> Counted:
        """Count all fields without an own filter in one go; where nothing was found they are empty."""
        filtered = _filtered(request)
        plain = [name for name in request.facets if name not in filtered]
        counted: dict[str, tuple[Facet, ...]] = dict.fromkeys(plain, ())
        if plain and total:
            counted |= self._counted(compose(parsed, request, scored=False), plain)
        for name in filtered.intersection(request.facets):
            counted |= self._counted(compose(parsed, request, without=name, scored=False), [name])
        return {name: counted[name] for name in request.facets}

    def _counted(self, query: Query, names: Sequence[str]) -> dict[str, tuple[Facet, ...]]:
        """Return all values of ``names`` with exact counts; asks again with more room until every value fits."""
        for size in _BUCKETS:
            wanted = {name: {"terms": {"field": name, "size": size}} for name in names}
            found = self._searcher.aggregate(query, wanted)
            if all(len(found[name]["buckets"]) < size for name in names):
                return {name: _ranked(found[name]["buckets"]) for name in names}
        raise Unavailable("search.facet.wide", fields=", ".join(names), values=_BUCKETS[-1])


def _filtered(request: Request) -> set[str]:
    """Return the fields that are counted without their own filter."""
    years = request.year_from is not None or request.year_to is not None
    return {*request.filters, "year"} if years else {*request.filters}


def _key(request: Request) -> Hashable:
    """Return everything that decides what is counted, the asker's classes first; orders and pages do not."""
    return (
        request.acl,
        request.text,
        frozenset(request.filters.items()),
        (request.year_from, request.year_to),
        request.among,
        request.facets,
    )


def _ranked(buckets: Iterable[dict[str, str | int]]) -> tuple[Facet, ...]:
    facets = [Facet(bucket["key"], int(bucket["doc_count"])) for bucket in buckets]
    return tuple(sorted(facets, key=lambda facet: (-facet.count, str(facet.value))))

"""Site maps (sitemaps.org): opened records by ranges of row ids, so that each is made from one range alone."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from django.urls import reverse

from lantai.base.actors import PUBLIC
from lantai.holdings import queries as holdings
from lantai.kernel.errors import NotFound

RANGE = 40_000
"""Row ids of one map: with the page that stands in every map fewer than the 50,000 addresses allowed."""

_CHUNK = 2_000
_PLAIN = "~:@!$&'()*+,;="
"""Signs that stand for themselves in a part of a path."""


def numbers() -> range:
    """Return the numbers of the maps, 1 … n. How many of their records are opened is not asked."""
    first, last = holdings.id_range()
    return range(max(first - 1, 0) // RANGE + 1, max(last - 1, 0) // RANGE + 2)


def entries(number: int) -> Iterator[tuple[str, str]]:
    """Return address and last change (W3C) of the opened records of one map; ``NotFound`` when there is no such."""
    if number not in numbers():
        raise NotFound("exchange.map.missing", number=number)
    return _entries((number - 1) * RANGE + 1)


def _entries(first: int) -> Iterator[tuple[str, str]]:
    head = reverse("record", args=["0"]).removesuffix(
        "0/"
    )  # one look-up of the address, not one for each record
    last = first + RANGE - 1
    for start in range(first, last + 1, _CHUNK):
        for ref, urn, changed in holdings.in_id_range(PUBLIC, start, min(start + _CHUNK - 1, last)):
            name = quote(holdings.name_in_address(ref, urn), safe=_PLAIN)
            yield f"{head}{name}/", changed.isoformat(timespec="seconds")

"""Whole requests over loopback for what is not search: levels with 100,000 siblings, trees, records, OAI-PMH.

The archivist walks through the siblings page by page as a person would, by the link to the next; a machine
harvests by resumption tokens. The promise: p95 ≤ 100 ms for the siblings.
"""

from __future__ import annotations

import html
import re
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.rows import Row, figure
from bench.search import Browser, served, site_process

SIBLINGS = 100_000
BATCH = 20_000
PAGES = 150
ROUNDS = 60
_NEXT = re.compile(r'href="([^"]+)"[^>]*rel="next"|rel="next"[^>]*href="([^"]+)"')
_TOKEN = re.compile(r"<resumptionToken[^>]*>([^<]+)<")


def run(site: Path) -> list[Row]:
    """Ask the site in the folder ``site``, which is filled already, and return the figures."""
    done = site_process(site, "bench.lists")
    return [figure(name, float(value), unit) for name, value, unit in done]


def add_siblings() -> None:
    """Describe 100,000 records of one series, through the services."""
    from uuid import uuid4

    from bench.growth import sibling
    from lantai.holdings.services import describe
    from lantai.ledger.services import follow, sequence
    from lantai.people.queries import actor

    for start in range(1, SIBLINGS, BATCH):
        describe(actor("luan"), uuid4(), [sibling(n) for n in range(start, start + BATCH)])
        sequence()
        follow("search")


def _walked(
    first: str, get: Callable[[str], bytes], following: Callable[[str], str], most: int
) -> list[float]:
    """Return the milliseconds of ``most`` requests, each for what the one before named as the next."""
    times: list[float] = []
    address = first
    while address and len(times) < most:
        started = time.perf_counter()
        body = get(address)
        times.append((time.perf_counter() - started) * 1_000)
        address = following(body.decode())
    return times


def _next_page(body: str) -> str:
    found = _NEXT.search(body)
    return html.unescape(found[1] or found[2]) if found else ""


def _next_token(body: str) -> str:
    found = _TOKEN.search(body)
    return f"/oai?verb=ListRecords&resumptionToken={found[1]}" if found else ""


def _measured(port: int) -> Iterator[tuple[str, list[float]]]:
    from bench.growth import sibling

    archivist, reader = Browser(port, "luan"), Browser(port, "reader")
    siblings = "/holdings/Z900/?type=WS&year=2020&level=item"
    yield "next 50 of 100,000 siblings", _walked(siblings, archivist.open, _next_page, PAGES)
    for name, browser, address in (
        ("all fonds, archivist", archivist, "/holdings/"),
        ("all fonds, reader", reader, "/holdings/"),
        ("a fonds and its tree", archivist, "/holdings/C120/"),
        ("a record", archivist, f"/records/{sibling(SIBLINGS // 2).urn}/"),
        ("desk", archivist, "/"),
    ):
        yield name, [_timed(partial(browser.open, address)) for _ in range(ROUNDS)]
    for prefix in ("oai_dc", "oai_ead"):
        first = f"/oai?verb=ListRecords&metadataPrefix={prefix}"
        yield f"OAI-PMH, a page of {prefix}", _walked(first, reader.open, _next_token, ROUNDS)


def _timed(deed: Callable[[], object]) -> float:
    started = time.perf_counter()
    deed()
    return (time.perf_counter() - started) * 1_000


def _main() -> None:
    import django

    django.setup()
    add_siblings()
    with served() as port:
        for name, times in _measured(port):
            if len(times) < ROUNDS:
                raise RuntimeError(f"{name}: {len(times)} requests only")
            steady = times[5:]
            for percent in (50, 95):
                told = statistics.quantiles(steady, n=100)[percent - 1]
                print(f"{name}, p{percent}\t{told:.3f}\tms", flush=True)


if __name__ == "__main__":
    _main()

"""Whole search requests of the least-privileged reader, over loopback, against the bare engine on the same index.

The floor is the bare library: one query on one field, no access classes, no facets (but where they are the shape),
no database, no page. Ours is what a browser waits for: session, rights, query, seven exact facets, records, words
marked, the whole page. The promise: p95 ≤ 5 × bare + 15 ms for every shape.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from bench.rows import Row, figure

BATCH = 20_000
ROUNDS = 150
WARM = 25
FACTOR, EXTRA_MS = 5, 15.0
_FACETS = ("fonds", "type", "year", "retention", "open")


@dataclass(frozen=True)
class Shape:
    """One kind of question: addresses after ``?`` for the page, and what the bare engine is asked for each."""

    name: str
    asked: Sequence[str]
    bare: Callable[[Any, int], object]


def run(place: Path, size: int) -> list[Row]:
    """Fill a site with ``size`` entries in a process of its own, ask both, and return the figures."""
    site = place / "search"
    rows = ask(site, size)
    shutil.rmtree(site)
    return rows


def ask(site: Path, size: int) -> list[Row]:
    """Return the figures of the site in ``site``, which is filled with ``size`` entries unless it is there."""
    return [
        Row(name=name, ours=float(ours), unit=unit, floor=float(floor), ratio=float(ratio))
        if float(floor)
        else figure(name, float(ours), unit)
        for name, ours, unit, floor, ratio in site_process(site, "bench.search", str(size))
    ]


def site_process(site: Path, module: str, *given: str) -> list[list[str]]:
    """Run ``python -m module given…`` for the site in ``site`` and return the lines it tells, cut at tabs."""
    done = subprocess.run(
        [sys.executable, "-m", module, *given],
        env={**os.environ, "LANTAI_HOME": str(site), "DJANGO_SETTINGS_MODULE": "lantai.site.settings"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return [line.split("\t") for line in done.stdout.splitlines()]


def fill(size: int) -> None:
    """Describe the generated district."""
    from uuid import uuid4

    from bench.growth import descriptions, found_district
    from lantai.holdings.services import describe
    from lantai.ledger.services import sequence
    from lantai.people.queries import actor

    found_district()
    archivist, rows = actor("luan"), descriptions(size)
    while some := list(islice(rows, BATCH)):
        describe(archivist, uuid4(), some)
    sequence()


def add_readers() -> None:
    """Add a reader without any role and a clerk of one unit."""
    from lantai.base.actors import SYSTEM
    from lantai.people.services import add_account, grant_role

    for name in ("reader", "clerk"):
        add_account(SYSTEM, name, name, password=f"bench-{random.SystemRandom().random()}")
    grant_role(SYSTEM, "clerk", "clerk", unit="U7")


def shapes(searcher: Any, classes: frozenset[int], size: int) -> Iterator[Shape]:
    """Yield the shapes of questions, with words taken from what was generated."""
    from tantivy import Order, Query

    from bench.district import _words, fonds_numbers, rows
    from lantai.search.engine import tantivy_query as q
    from lantai.search.engine import tantivy_schema as f
    from lantai.search.engine.folding import canon, identifier

    chance = random.Random(3)
    known = _words()
    common = [word for word in known[:60] if len(word) == 2][:20] or known[:20]
    rare = [word for word in known[4_000:] if len(word) == 2][:40]
    sample = list(islice(rows(size), 5, min(size, 60_000), 997))
    titles = [row[6] for row in sample]
    refs = [row[0] for row in sample]

    def title(texts: Sequence[str]) -> Callable[[Any, int], object]:
        asked = [[q.contained(f.TITLE, canon(word)) for word in text.split()] for text in texts]
        return lambda s, i: s.search(q._all_of(asked[i % len(asked)]), 20)

    def simple(name: str, texts: Sequence[str]) -> Shape:
        return Shape(name, [urlencode({"q": text}) for text in texts], title(texts))

    def one(name: str, pairs: Sequence[dict[str, Any]], queries: Sequence[Any], **more: Any) -> Shape:
        asked = [urlencode(pair) for pair in pairs]
        return Shape(name, asked, lambda s, i: s.search(queries[i % len(queries)], 20, **more))

    words = [q.contained(f.TITLE, canon(word)) for word in common]
    yield simple("common word of two", common)
    yield simple("rare word of two", rare)
    yield simple("three words", [" ".join(chance.sample(common, 3)) for _ in range(20)])
    yield simple("phrase of four", [t[8:12] for t in titles[:40]])
    yield simple("phrase of fourteen", [t[4:18] for t in titles[:40]])
    yield one("档号, exact", [{"q": ref} for ref in refs], [q.term(f.REF, identifier(ref)) for ref in refs])
    heads = [ref[: len(ref) - 2] for ref in refs]
    beginning = [Query.regex_query(f.schema(), f.REF, re.escape(identifier(head)) + ".*") for head in heads]
    yield one("档号, beginning", [{"q": f"档号:{head}*"} for head in heads], beginning)
    inner = [ref[5:14] for ref in refs]
    yield one(
        "档号, inner part",
        [{"q": f"档号:{part}"} for part in inner],
        [q.contained(f.REF_PARTS, canon(part)) for part in inner],
    )
    signs = [word[0] for word in common]
    yield one("single character", [{"q": s} for s in signs], [q.term(f.TITLE_CHARACTERS, s) for s in signs])
    fonds = fonds_numbers()
    places = [(word, fonds[7 * n % len(fonds)]) for n, word in enumerate(common)]
    narrowed = [
        q._all_of((q.contained(f.TITLE, canon(word)), q.term("fonds", number), q._years(2010, 2020)))
        for word, number in places
    ]
    asked = [{"q": word, "fonds": number, "from": 2010, "to": 2020} for word, number in places]
    yield one("fonds and years", asked, narrowed)
    allowed = [q._all_of((word, q._one_of("acl", classes))) for word in words]
    yield one("with the reader's classes", [{"q": word} for word in common], allowed)

    def counted(s: Any, i: int) -> None:
        s.search(words[i % len(words)], 20)
        s.aggregate(words[i % len(words)], {n: {"terms": {"field": n, "size": 1_000}} for n in _FACETS})

    yield Shape("five facets", [urlencode({"q": word}) for word in common], counted)
    by_date = [{"q": word, "sort": "-date"} for word in common]
    yield one("sorted by date", by_date, words, order_by_field=f.DATE_KEY, order=Order.Desc)
    deep = min(500, max(1, size // 2_000))
    leading = list(dict.fromkeys(word[0] for word in known[:12]))[:6]
    late = [q.term(f.TITLE_CHARACTERS, sign) for sign in leading]
    yield one(f"page {deep}", [{"q": s, "page": deep} for s in leading], late, offset=20 * (deep - 1))
    yield simple("nothing found", [f"没{word}有" for word in rare])


@contextmanager
def served() -> Iterator[int]:
    """Serve the site as ``lantai serve`` does, without workers; yield the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "lantai.site.wsgi:application"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    server = subprocess.Popen([*command, "--no-ws", "--log-level", "warning"], stdout=subprocess.DEVNULL)
    try:
        _await(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _await(port: int) -> None:
    until, pause = time.monotonic() + 60, threading.Event()
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 5):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            pause.wait(0.1)


class Browser:
    """Keeps one connection and the session of one person."""

    def __init__(self, port: int, username: str) -> None:
        from django.conf import settings
        from django.test import Client

        from lantai.people.models import Account

        client = Client()
        client.force_login(Account.objects.get(username=username))
        name = settings.SESSION_COOKIE_NAME
        self._headers = {"Cookie": f"{name}={client.cookies[name].value}", "Host": "localhost"}
        self._line = http.client.HTTPConnection("127.0.0.1", port)

    def get(self, query: str) -> bytes:
        """Return the search page of an address."""
        return self.open(f"/search/?{query}")

    def open(self, address: str) -> bytes:
        """Return the page at ``address``."""
        self._line.request("GET", quote(address, safe="/?&=%+"), headers=self._headers)
        answer = self._line.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{address} answers {answer.status}")
        return body


def _timed(ask: Callable[[], object]) -> float:
    started = time.perf_counter()
    ask()
    return (time.perf_counter() - started) * 1_000


def compare(browser: Browser, searcher: Any, shape: Shape) -> tuple[list[float], list[float]]:
    """Ask both in turn, so that a noisy machine disturbs both; return their milliseconds."""
    ours, bare = [], []
    for turn in range(WARM + ROUNDS):
        query = shape.asked[turn % len(shape.asked)]
        spent = _timed(partial(browser.get, query))
        floor = _timed(partial(shape.bare, searcher, turn))
        if turn >= WARM:
            ours.append(spent)
            bare.append(floor)
    return ours, bare


def _measured(username: str, port: int, size: int) -> Iterator[tuple[str, float, str, float, float]]:
    from lantai.holdings.queries import indexed_classes
    from lantai.people.queries import actor
    from lantai.search.index import engine

    classes = indexed_classes(actor(username))
    browser, searcher = Browser(port, username), engine()._fresh().searcher
    held = 0
    told = list(shapes(searcher, classes, size))
    for shape in told:
        ours, bare = compare(browser, searcher, shape)
        for percent in (50, 95):
            mine, floor = (statistics.quantiles(times, n=100)[percent - 1] for times in (ours, bare))
            yield f"{username}: {shape.name}, p{percent}", mine, "ms", floor, mine / floor
        held += mine <= FACTOR * floor + EXTRA_MS
    yield f"{username}: shapes within 5 × bare + 15 ms, of {len(told)}", held, "shapes", 0, 0


def _main(size: int) -> None:
    import resource

    import django

    django.setup()
    from lantai.base.actors import SYSTEM
    from lantai.base.home import home
    from lantai.kernel.collector import look_seldom
    from lantai.search.services import rebuild

    look_seldom()  # as the command line does
    if not home().database.exists():
        fill(size)
    add_readers()
    started = time.perf_counter()
    done = rebuild(SYSTEM)
    _say("index built anew", done.records / (time.perf_counter() - started), "entries/s", 0, 0)
    _say("  peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", 0, 0)
    with served() as port:
        for username in ("reader", "clerk"):
            for row in _measured(username, port, size):
                _say(*row)


def _say(name: str, ours: float, unit: str, floor: float, ratio: float) -> None:
    print(f"{name}\t{ours:.4f}\t{unit}\t{floor:.4f}\t{ratio:.2f}", flush=True)


if __name__ == "__main__":
    _main(int(sys.argv[1]))

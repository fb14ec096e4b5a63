"""What each operation costs as the catalogue grows: the same measured at 10 thousand, 100 thousand, a million …

One site is filled in stages through the services, index and all; at every stage the same operations are timed,
as pages where a person would use a page. ``docs/scale.md`` holds the figures of one run.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.memory import Memory
from bench.rows import Row, figure
from bench.search import shapes, site_process

STAGES = (10_000, 100_000, 1_000_000, 2_560_000)
BATCH = 20_000
ROUNDS = 45
INSERTED = 1_000
THOUSANDS = 7
ASKED = 6
"""Questions of every shape of ``bench.search`` at each stage; none is asked twice, so that nothing is remembered."""


def run(place: Path, size: int = STAGES[-1]) -> list[Row]:
    """Fill a site up to ``size`` in a process of its own and return the figures of every stage."""
    site = place / "growth"
    told = site_process(site, "bench.growth", str(size))
    shutil.rmtree(site)
    return [figure(name, float(value), unit) for name, value, unit in told]


class Growth:
    """A site that grows; ``client`` is the browser of an intake archivist."""

    def __init__(self) -> None:
        from django.test import Client

        from lantai.people.models import Account
        from lantai.people.queries import actor

        self.actor = actor("luan")
        self.client = Client()
        self.client.force_login(Account.objects.get(username="luan"))
        self.chance = random.Random(11)
        self.extra = 0

    def grow(self, rows: Iterator[Any]) -> float:
        """Describe and index ``rows``; return how many a second."""
        from uuid import uuid4

        from lantai.holdings.services import describe
        from lantai.ledger.services import follow, sequence

        started, count = time.perf_counter(), 0
        while some := list(islice(rows, BATCH)):
            describe(self.actor, uuid4(), some)
            sequence()
            follow("search")
            count += len(some)
        return count / (time.perf_counter() - started)

    def measures(self) -> Iterator[tuple[str, float, str]]:
        """Time every operation once more, at the present size."""
        thousands = sorted(self.insert(INSERTED) for _ in range(THOUSANDS))
        yield "insert, ms per record of a thousand, p50", statistics.median(thousands), "ms"
        for name, prepare in (
            ("insert one record", lambda: lambda: self.insert(1)),
            ("move one record", self.move),
            ("open a record", self.open),
            ("list a level", self.level),
            ("all fonds", lambda: partial(self.get, "/holdings/")),
        ):
            yield from _spread(name, [_timed(prepare()) for _ in range(ROUNDS)])
        yield from self.searches()

    def insert(self, count: int) -> float:
        """Describe ``count`` records in one act, found when it ends; return the milliseconds of each."""
        return _timed(lambda: self.grow(iter(self._fresh(count)))) / count

    def _fresh(self, count: int) -> list[Any]:
        self.extra += count
        return [sibling(n) for n in range(self.extra - count + 1, self.extra + 1)]

    def move(self) -> Callable[[], object]:
        """Return the act that moves a record to the top of another series of its fonds."""
        from lantai.holdings.models import Series
        from lantai.holdings.services.arrange import move

        while True:
            row = self._some()
            others = Series.objects.filter(fonds=row.fonds, type=row.type).exclude(pk=row.series_id)
            if code := others.values_list("code", flat=True).first():
                return partial(move, self.actor, [row.urn], series=code, versions={row.urn: row.version})

    def open(self) -> Callable[[], object]:
        return partial(self.get, f"/records/{self._some().urn}/")

    def level(self) -> Callable[[], object]:
        row = self._some()
        asked = {"type": row.type, "year": row.year or 0, "series": row.series.code}
        return partial(self.get, f"/holdings/{row.fonds.number}/?{urlencode(asked)}")

    def searches(self) -> Iterator[tuple[str, float, str]]:
        """Time every shape of question; then all of them together, each shape as often as another."""
        times: dict[str, list[float]] = {}
        for shape, address in self._questions():
            times.setdefault(shape, []).append(_timed(partial(self.get, f"/search/?{address}")))
        for shape, taken in times.items():
            yield f"search: {shape}, p50", statistics.median(taken), "ms"
        yield from _spread("search, every shape", [one for taken in times.values() for one in taken])

    def _questions(self) -> list[tuple[str, str]]:
        """Return (shape, question) in an order by chance: ``ASKED`` of every shape, no question twice."""
        from lantai.holdings.access import EVERYBODY
        from lantai.holdings.models import Record
        from lantai.search.index import engine

        told = shapes(engine()._fresh().searcher, frozenset({EVERYBODY}), Record.objects.count())
        asked: dict[str, str] = {}
        for shape in told:
            name = re.sub(r"^page \d+$", "a late page", shape.name)
            fresh = [question for question in dict.fromkeys(shape.asked) if question not in asked]
            asked |= dict.fromkeys(fresh[:ASKED], name)
        questions = [(name, question) for question, name in asked.items()]
        self.chance.shuffle(questions)
        return questions

    def get(self, address: str) -> None:
        answer = self.client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status_code}")
        b"".join(answer)

    def _some(self) -> Any:
        from lantai.holdings.indexing import last_id
        from lantai.holdings.models import Record

        rows = Record.objects.select_related("fonds", "series")
        return rows.filter(pk__gte=self.chance.randrange(1, last_id())).order_by("pk").first()


def _spread(name: str, times: list[float]) -> Iterator[tuple[str, float, str]]:
    yield f"{name}, p50", statistics.median(times), "ms"
    yield f"{name}, p95", sorted(times)[int(0.95 * (len(times) - 1))], "ms"


def _timed(deed: Callable[[], object]) -> float:
    started = time.perf_counter()
    deed()
    return (time.perf_counter() - started) * 1_000


def sibling(number: int) -> Any:
    """Return a record of the one series of the fonds Z900."""
    from uuid import NAMESPACE_URL, uuid5

    from lantai.holdings.services import Description

    ref = f"Z900-WS·2020·Y·办公室-{number:05d}"
    values = {"ref": ref, "title": f"关于第{number}号事项的通知", "year": "2020", "open_status": "开放"}
    return Description(f"urn:uuid:{uuid5(NAMESPACE_URL, ref)}", ref, "item", "WS", "Z900", values)


def descriptions(size: int) -> Iterator[Any]:
    """Yield the generated district as descriptions, checked and normalised."""
    from uuid import NAMESPACE_URL, uuid5

    from bench.district import HEADINGS, rows
    from lantai.holdings.queries import types
    from lantai.holdings.services import Description
    from lantai.kernel.recordtypes.compiled import RowChecker

    kind = types()["WS"]
    checker = RowChecker(kind)
    columns = [kind.column(heading) for heading in HEADINGS]
    keys = [column.key if column else "" for column in columns]
    for row in rows(size):
        values, _ = checker.check({key: cell for key, cell in zip(keys, row, strict=True) if key and cell})
        urn = f"urn:uuid:{uuid5(NAMESPACE_URL, values['ref'])}"
        yield Description(urn, values["ref"], "item", "WS", values["fonds"], values)


def found_district() -> None:
    """Make an empty site with the units and fonds of the generated district and one intake archivist."""
    from bench.district import fonds_numbers
    from lantai.base.actors import SYSTEM
    from lantai.cli.site import init_site
    from lantai.holdings.services import add_fonds
    from lantai.people.services import add_account, add_unit, grant_role

    init_site("基准区档案馆")
    for place, number in enumerate([*fonds_numbers(), "Z900"]):
        add_unit(SYSTEM, f"U{place}", f"第{place}单位")
        add_fonds(SYSTEM, number, f"第{place}单位全宗", unit=f"U{place}")
    add_account(SYSTEM, "luan", "陆安", password=f"bench-{random.SystemRandom().random()}")
    grant_role(SYSTEM, "luan", "intake", unit="")


def _main(size: int) -> None:
    import django

    from lantai.kernel.collector import look_seldom

    django.setup()
    look_seldom()  # as the command line does
    found_district()
    growth, every, held, memory = Growth(), descriptions(size), 0, Memory(os.getpid())
    with memory.watched():
        for stage in [n for n in STAGES if n < size] + [size]:
            rate = growth.grow(islice(every, stage - held))
            held = stage
            print(f"{stage:>9,}  described and indexed\t{rate}\tentries/s", flush=True)
            for name, value, unit in growth.measures():
                print(f"{stage:>9,}  {name}\t{value}\t{unit}", flush=True)
            print(f"{stage:>9,}  peak memory\t{memory.peak / 1e6}\tMB", flush=True)


if __name__ == "__main__":
    _main(int(re.sub(r"\D", "", sys.argv[1])))

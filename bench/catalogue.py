"""Importing the whole district's catalogue, against reading the file, writing the rows and adding to a bare index.

The floor is the same file read by ``csv``, the same rows written by one ``executemany`` per batch into a table with
the same columns and indexes, the same documents, folded beforehand, added to a bare tantivy index: one after the other,
nothing checked, nothing compared, no ledger, no vault. Ours is plan and run by the services, with one worker beside
that indexes what is there already, until the last record is found.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.district import write_csv, write_xlsx
from bench.memory import Memory
from bench.rows import Row, figure, seconds

BATCH = 20_000
HEAP = 512_000_000
THREADS = 2
POLL = 0.2
_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;"
)


def run(place: Path, size: int, *, keep: bool = False) -> list[Row]:
    """Import ``size`` generated rows into a new site and return the figures; ``keep`` leaves the site there."""
    folder = place / "catalogue"
    folder.mkdir()
    sheet = write_csv(folder / "district.csv", size)
    site = folder / "site"
    told = _measure(site, sheet)
    read, written, indexed = _floor(folder, sheet, site, size)
    floor = read + written + indexed
    ours = told["plan"] + told["run"] + told["lag"]
    rows = [
        seconds(f"import of {size:,} rows, 25 columns, until found", ours, floor),
        figure("  plan (read, check, compare, number)", told["plan"], "s"),
        figure("  run (vault, rows, ledger), index beside it", told["run"], "s"),
        figure("  until the last is found", told["lag"], "s"),
        figure("  rate", size / ours, "rows/s"),
        figure("  floor: read the file", read, "s"),
        figure("  floor: executemany", written, "s"),
        figure("  floor: bare index", indexed, "s"),
        figure("  peak memory of all processes", told["peak_mb"], "MB"),
        figure("  database per row", told["database"] / size, "bytes"),
    ]
    if not keep:
        shutil.rmtree(folder)
    return rows


def run_workbook(place: Path, size: int) -> list[Row]:
    """Import ``size`` generated rows from one sheet of an xlsx file, in one go, into a new site."""
    folder = place / "workbook"
    folder.mkdir()
    told = _measure(folder / "site", write_xlsx(folder / "district.xlsx", size))
    shutil.rmtree(folder)
    ours = told["plan"] + told["run"] + told["lag"]
    return [
        figure(f"xlsx of {size:,} rows in one go, until found", ours, "s"),
        figure("  rate", size / ours, "rows/s"),
        figure("  peak memory of all processes", told["peak_mb"], "MB"),
    ]


def _environment(site: Path) -> dict[str, str]:
    return {**os.environ, "LANTAI_HOME": str(site), "DJANGO_SETTINGS_MODULE": "lantai.site.settings"}


def _measure(site: Path, sheet: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.catalogue", str(sheet)]
    done = subprocess.run(command, env=_environment(site), check=True, stdout=subprocess.PIPE, text=True)
    return {name: float(value) for name, value in re.findall(r"^(\w+)=([\d.]+)$", done.stdout, re.MULTILINE)}


def _floor(folder: Path, sheet: Path, site: Path, size: int) -> tuple[float, float, float]:
    started = time.perf_counter()
    with sheet.open(encoding="utf-8", newline="") as stream:
        if sum(1 for _ in csv.reader(stream)) != size + 1:
            raise RuntimeError("rows are missing")
    read = time.perf_counter() - started
    return read, _bare_rows(folder / "bare.sqlite3", site / "lantai.sqlite3"), _bare_index(site)


def _bare_rows(path: Path, ours: Path) -> float:
    """Return the seconds that writing the rows of ``ours`` again takes, without foreign keys."""
    with (
        closing(sqlite3.connect(ours)) as source,
        closing(sqlite3.connect(path, isolation_level=None)) as bare,
    ):
        bare.executescript(_PRAGMAS)
        for (statement,) in source.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name='holdings_record' AND sql IS NOT NULL"
            " AND type IN ('table', 'index') ORDER BY type DESC"
        ):
            bare.execute(re.sub(r'REFERENCES "\w+" \("id"\) DEFERRABLE INITIALLY DEFERRED', "", statement))
        names = [row[1] for row in source.execute("PRAGMA table_info(holdings_record)")]
        insert = "INSERT INTO holdings_record VALUES (" + ",".join("?" * len(names)) + ")"  # noqa: S608
        rows = source.execute("SELECT * FROM holdings_record ORDER BY id")
        spent = 0.0
        while some := rows.fetchmany(BATCH):
            started = time.perf_counter()
            bare.execute("BEGIN IMMEDIATE")
            bare.executemany(insert, some)
            bare.execute("COMMIT")
            spent += time.perf_counter() - started
    path.unlink()
    return spent


def _bare_index(site: Path) -> float:
    """Return the seconds of adding the same documents, folded already, and committing once."""
    with tempfile.TemporaryDirectory(dir=site) as folder:
        command = [sys.executable, "-m", "bench.catalogue", "--bare-index", folder]
        done = subprocess.run(command, env=_environment(site), check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout)


def _add_bare(folder: Path) -> None:
    import tantivy

    from lantai.holdings import indexing
    from lantai.search.engine.tantivy_schema import rows, schema, tantivy_document
    from lantai.search.services.documents import documents

    index = tantivy.Index(schema(), str(folder))
    writer = index.writer(HEAP, THREADS)
    spent = 0.0
    for records in indexing.all_rows():
        folded = rows(documents(records))
        started = time.perf_counter()
        for row in folded:
            writer.add_document(tantivy_document(row))
        spent += time.perf_counter() - started
    started = time.perf_counter()
    writer.commit()
    writer.wait_merging_threads()
    print(spent + time.perf_counter() - started)


def _steps(sheet: Path) -> Iterator[tuple[str, float]]:
    from bench.growth import found_district
    from lantai.base.home import home
    from lantai.catalogue import queries, services
    from lantai.cli.site import worker_beside
    from lantai.people.queries import actor

    found_district()
    archivist = actor("luan")
    memory = Memory(os.getpid())
    with memory.watched():
        number = services.receive(archivist, sheet, type="WS")
        started = time.perf_counter()
        services.advance(number)
        yield "plan", time.perf_counter() - started
        started = time.perf_counter()
        with worker_beside():
            services.order_run(archivist, number)
            _finish(number)
            yield "run", time.perf_counter() - started
            view = queries.import_(archivist, number)
            if view.state != "done" or view.refused:
                raise RuntimeError(f"the import stands at {view.state}, {view.refused} refused")
            started = time.perf_counter()
            _found(view.rows)
            yield "lag", time.perf_counter() - started
    yield "peak_mb", memory.peak / 1e6
    yield "database", float(home().database.stat().st_size)


def _finish(number: str) -> None:
    """Carry the import out here, or wait for the worker beside us where that one has it in hand."""
    from lantai.catalogue import services

    waiting = threading.Event()
    while services.advance(number) == "running":
        waiting.wait(POLL)


def _found(count: int) -> None:
    """Wait until the index holds ``count`` records."""
    from lantai.search.queries import indexed

    waiting = threading.Event()
    while indexed() < count:
        waiting.wait(POLL)


if __name__ == "__main__":
    import django

    from lantai.kernel.collector import look_seldom

    django.setup()
    look_seldom()  # as the command line does
    if sys.argv[1] == "--bare-index":
        _add_bare(Path(sys.argv[2]))
    else:
        for name, value in _steps(Path(sys.argv[1])):
            print(f"{name}={value:.6f}", flush=True)

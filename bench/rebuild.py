"""Making the database anew from the vault: entries a second, and whether memory stays what it is as the site grows.

There is no peer: nothing else makes this database. Half of the acts are small ones of their own, the other half of the
rows come by bulk acts: two imports.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.memory import Memory
from bench.rows import Row, figure

IMPORTED = 5
"""Rows of imports for each small act."""


def run(place: Path, acts: int) -> Iterator[Row]:
    """Make sites of a quarter of ``acts`` and of all of them, lose their databases, and make them anew."""
    peaks = []
    for size in (acts // 4, acts):
        folder = place / f"rebuild-{size}"
        folder.mkdir()
        _call(folder, "make", size)
        told = _call(folder, "rebuild", size)
        peaks.append(told["peak_mb"])
        if size == acts:
            yield figure(
                f"rebuild of {told['entries']:,.0f} entries, {told['rows']:,.0f} rows", told["seconds"], "s"
            )
            yield figure("  entries (goal: 2,000)", told["entries"] / told["seconds"], "entries/s")
            yield figure("  rows", told["rows"] / told["seconds"], "rows/s")
            yield figure("  rows in the vault", told["bytes"] / told["rows"], "bytes/row")
        shutil.rmtree(folder)
    yield figure("  peak memory, a quarter of it", peaks[0], "MB")
    yield figure("  peak memory, all of it", peaks[1], "MB")


def _call(folder: Path, what: str, size: int) -> dict[str, float]:
    environment = {
        **os.environ,
        "LANTAI_HOME": str(folder / "site"),
        "DJANGO_SETTINGS_MODULE": "lantai.site.settings",
    }
    command = [sys.executable, "-m", "bench.rebuild", what, str(size), str(folder)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return {name: float(value) for name, value in re.findall(r"^(\w+)=([\d.]+)$", done.stdout, re.MULTILINE)}


def _make(size: int, folder: Path) -> None:
    from bench.district import write_csv
    from bench.growth import found_district
    from lantai.base.actors import SYSTEM
    from lantai.catalogue import services
    from lantai.ledger.services import sequence
    from lantai.people.queries import actor
    from lantai.people.services import add_unit, change_unit

    found_district()
    sequence()
    number = services.receive(actor("luan"), write_csv(folder / "list.csv", size * IMPORTED), type="WS")
    services.advance(number)
    services.order_run(actor("luan"), number)
    while services.advance(number) == "running":
        sequence()
    add_unit(SYSTEM, "U", "单位")
    for one in range(size):
        change_unit(SYSTEM, "U", name=f"第{one}个名称", is_open=True)
        if one % 50 == 0:
            sequence()
    sequence()


def _rebuild(size: int, folder: Path) -> None:
    from lantai.base.home import home
    from lantai.site.rebuild import load_database

    memory = Memory(os.getpid())
    started = time.perf_counter()
    with memory.watched():
        report = load_database()
    spent = time.perf_counter() - started
    if not report.ok:
        raise RuntimeError(str([one for one in report.compared if not one.ok]))
    rows = home().vault / "rows"
    print(f"seconds={spent:.6f}")
    print(f"entries={report.size}")
    print(f"rows={report.rows}")
    print(f"bytes={sum(path.stat().st_size for path in rows.rglob('*.gz'))}")
    print(f"peak_mb={memory.peak / 1e6:.1f}")


if __name__ == "__main__":
    import django

    from lantai.kernel.collector import look_seldom

    django.setup()
    look_seldom()
    {"make": _make, "rebuild": _rebuild}[sys.argv[1]](int(sys.argv[2]), Path(sys.argv[3]))

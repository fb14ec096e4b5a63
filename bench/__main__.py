"""``make bench``: every figure with its floor in the same run; prints a table, writes bench/results.json.

``python -m bench [NAME…] [--size SHARE]`` runs some of the benchmarks, at a share of the full size.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    audit,
    building,
    capture,
    catalogue,
    check,
    growth,
    ingest,
    lists,
    photographs,
    rebuild,
    replicate,
    search,
    search_engine,
    upload,
)
from bench.rows import Row

RESULTS = Path(__file__).parent / "results.json"
SCHEMA = "lantai.bench/2"


DISTRICT = 2_560_000
"""Entries of the first customer's catalogue."""


def district(place: Path, size: int) -> Iterator[Row]:
    """Import a district's catalogue, then build its index anew and ask for its pages, all on one site."""
    yield from catalogue.run(place, size, keep=True)
    site = place / "catalogue" / "site"
    yield from catalogue.run_workbook(place, min(size, 100_000))
    yield from search.ask(site, size)
    yield from lists.run(site)


ALONE = "search-pages"
"""Left out when all are run: ``district`` asks for the same pages."""


def main() -> int:
    """Run the benchmarks that are asked for, in a temporary site."""
    parser = argparse.ArgumentParser(prog="bench")
    names = list(_jobs(Path(), 1.0))
    parser.add_argument("names", nargs="*", help=f"{' '.join(names)} (default: all but {ALONE})")
    parser.add_argument("--size", type=float, default=1.0, help="share of the full size")
    given = parser.parse_args()
    work = Path(__file__).parent / "scratch"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        jobs = _jobs(Path(folder), given.size)
        for name in given.names or [name for name in jobs if name != ALONE]:
            load = os.getloadavg()[0]
            print(f"— {name} (load {load:.1f})", file=sys.stderr)
            rows = []
            for row in jobs[name]():
                print(_line(row), flush=True)
                rows.append(row)
            _keep(name, {"at": _now(), "load": round(load, 2), "size": given.size, "rows": rows})
    return 0


def _jobs(place: Path, size: float) -> dict[str, Callable[[], Iterable[Row]]]:
    return {
        "ingest-large": lambda: ingest.run(place, "5 × 200 MB", 5, int(200e6 * size)),
        "ingest-small": lambda: ingest.run(place, "10,000 × 50 KB", int(10_000 * size), 50_000),
        "replicate-small": lambda: replicate.run(
            place, f"{int(10_000 * size):,} × 50 KB", int(10_000 * size), 50_000
        ),
        "replicate-large": lambda: replicate.run(place, "5 × 200 MB", 5, int(200e6 * size)),
        "replicate-rows": lambda: replicate.run_rows(place),
        "audit-small": lambda: audit.run(
            place, f"{int(10_000 * size):,} × 50 KB", int(10_000 * size), 50_000
        ),
        "audit-large": lambda: audit.run(place, "5 × 200 MB", 5, int(200e6 * size)),
        "check": lambda: check.run(place, int(10_000 * size)),
        "capture": lambda: capture.run(place, 50, max(1, int(20 * size))),
        "upload": lambda: upload.run(place, max(5, int(200 * size)), 10_000_000),
        "packages": lambda: building.run(place, max(2, int(2_000 * size)), 500_000),
        "photographs": lambda: photographs.run(size),
        "rebuild": lambda: rebuild.run(place, max(40, int(20_000 * size))),
        "search": lambda: search_engine.run(int(100_000 * size)),
        "search-pages": lambda: search.run(place, int(DISTRICT * size)),
        "district": lambda: district(place, int(DISTRICT * size)),
        "growth": lambda: growth.run(place, int(DISTRICT * size)),
    }


def _line(row: Row) -> str:
    floor, ratio = row.get("floor"), row.get("ratio")
    told = f"{row['name']:<44} {row['ours']:>12,.2f} {row['unit']:<10}"
    return told + (f" floor {floor:>12,.2f}  ratio {ratio:.2f}" if floor and ratio else "")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _keep(name: str, told: dict[str, object]) -> None:
    """Write what one benchmark gave in place of what it gave before; the others stay."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    kept = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    jobs = kept["jobs"] if kept.get("schema") == SCHEMA and kept["machine"] == machine else {}
    document = {"schema": SCHEMA, "machine": machine, "jobs": {**jobs, name: told}}
    RESULTS.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())

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
from datetime import UTC, datetime
from pathlib import Path

from bench import check, ingest, search, search_engine
from bench.rows import Row

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    """Run the benchmarks that are asked for, in a temporary site."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("names", nargs="*", help="ingest-large ingest-small check search (default: all)")
    parser.add_argument("--size", type=float, default=1.0, help="share of the full size")
    given = parser.parse_args()
    work = Path(__file__).parent / "scratch"
    work.mkdir(exist_ok=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=work) as folder:
        place = Path(folder)
        jobs = {
            "ingest-large": lambda: ingest.run(place, "5 × 200 MB", 5, int(200e6 * given.size)),
            "ingest-small": lambda: ingest.run(place, "10,000 × 50 KB", int(10_000 * given.size), 50_000),
            "check": lambda: check.run(place, int(10_000 * given.size)),
            "search": lambda: search_engine.run(int(100_000 * given.size)),
            "search-pages": lambda: search.run(place, int(2_560_000 * given.size)),
        }
        for name in given.names or list(jobs):
            print(f"— {name} (load {os.getloadavg()[0]:.1f})", file=sys.stderr)
            found = jobs[name]()
            rows += found
            for row in found:
                print(_line(row), flush=True)
    RESULTS.write_text(json.dumps(_document(rows, given.size), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 0


def _line(row: Row) -> str:
    floor, ratio = row.get("floor"), row.get("ratio")
    told = f"{row['name']:<44} {row['ours']:>12,.2f} {row['unit']:<10}"
    return told + (f" floor {floor:>12,.2f}  ratio {ratio:.2f}" if floor and ratio else "")


def _document(rows: list[Row], size: float) -> dict[str, object]:
    return {
        "schema": "lantai.bench/1",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 2),
        "size": size,
        "rows": rows,
    }


if __name__ == "__main__":
    sys.exit(main())

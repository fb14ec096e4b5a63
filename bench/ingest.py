"""Receive → preserved, against cp + sha512sum + sync of the same bytes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.material import floor, make_package, tree_bytes
from bench.rows import Row, figure, seconds

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def run(place: Path, label: str, files: int, size: int) -> list[Row]:
    """Take one package through a site of its own in a fresh process; return the steps and their sum."""
    folder = place / f"ingest-{files}"
    folder.mkdir()
    package = make_package(folder, files, size)
    count, total = tree_bytes(package)
    copied, hashed = floor(package, folder / "floor")
    shutil.rmtree(folder / "floor")
    os.sync()
    told = _measure(folder / "site", package)
    ours = told["receive"] + told["register"] + told["preserve"]
    rows = [
        seconds(f"receive → preserved, {label}", ours, copied + hashed),
        seconds("  receive (copy, three digests, durable)", told["receive"], copied + hashed),
        figure("  check (four properties)", told["check"], "s"),
        figure("  register (plan, formats)", told["register"], "s"),
        figure("  preserve (OCFL, read back, rows)", told["preserve"], "s"),
        figure("  rate", total / 1e6 / ours, "MB/s"),
        figure("  files", count / ours, "files/s"),
        figure("  peak memory of the process", told["peak_mb"], "MB"),
    ]
    shutil.rmtree(folder)
    return rows


def _measure(site: Path, package: Path) -> dict[str, float]:
    """Run the steps in a process of their own, so that its memory is theirs."""
    environment = {**os.environ, "LANTAI_HOME": str(site)}
    made = subprocess.run(
        [sys.executable, "-m", "bench.ingest", str(package)],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return {name: float(value) for name, value in (line.split("=") for line in made.stdout.split())}


def _steps(package: Path) -> dict[str, float]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
    import django

    django.setup()
    from lantai.base.actors import SYSTEM
    from lantai.cli.site import init_site
    from lantai.holdings.services import add_fonds
    from lantai.ingest.models import Transfer
    from lantai.ingest.services import accept, sign_waiting, submit
    from lantai.ingest.steps.advance import _STEPS
    from lantai.people.services import add_unit

    init_site("bench")
    add_unit(SYSTEM, "MZJ", "区民政局")
    add_fonds(SYSTEM, "Z109", "区民政局", unit="MZJ")
    number = submit(SYSTEM, "MZJ", package)

    def step(state: str) -> float:
        row = Transfer.objects.get(number=number)
        assert row.state == state, f"{row.state} instead of {state}"
        started = time.monotonic()
        _STEPS[state](row)
        return time.monotonic() - started

    told = {"receive": step("submitted"), "check": step("received")}
    sign_waiting(SYSTEM, number, note="bench")
    accept(SYSTEM, number)
    told["register"] = step("accepted")
    told["preserve"] = step("registered")
    found = _PEAK.search(Path("/proc/self/status").read_text("ascii"))
    told["peak_mb"] = int(found[1]) / 1024 if found else 0.0
    return told


if __name__ == "__main__":
    for name, value in _steps(Path(sys.argv[1])).items():
        print(f"{name}={value}")

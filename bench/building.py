"""Packages as the desk builds them, each form as one archive, against ``zip -0`` and ``sha512sum`` of the same files."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.letters import pdf
from bench.material import ABOUT, record, sha512sum
from bench.memory import Memory
from bench.rows import Row, figure
from lantai.kernel import recordtypes
from lantai.kernel.packages import FORMS, Draft, DraftFile, WrittenForm, build


def run(place: Path, files: int, size: int) -> list[Row]:
    """Build a package of ``files`` records, one PDF of about ``size`` bytes each, in every form."""
    here = place / "building"
    source = here / "source"
    source.mkdir(parents=True)
    chance = random.Random(2026)
    total = sum((source / f"{n:05d}.pdf").write_bytes(pdf(chance, size)) for n in range(1, files + 1))
    rows: list[Row] = []
    for form in FORMS:
        floor = _floor(source, here / "floor.zip")
        started, memory = time.monotonic(), Memory(os.getpid())
        with memory.watched():
            done = subprocess.run(
                [sys.executable, "-m", "bench.building", form, str(source), str(here / form)]
            )
        ours = time.monotonic() - started
        if done.returncode:
            raise RuntimeError(f"{form}: {done.returncode}")
        (here / form).unlink()
        rows.append(
            Row(
                name=f"package {form}, {files} files of {size / 1e6:.1f} MB",
                ours=round(total / 1e6 / ours, 1),
                unit="MB/s",
                floor=round(total / 1e6 / floor, 1),
                ratio=round(ours / floor, 2),
            )
        )
        rows.append(figure("  peak memory, this process included", memory.peak / 1e6, "MB"))
    shutil.rmtree(here)
    return rows


def _floor(source: Path, out: Path) -> float:
    """Return the seconds of ``zip -0`` (or, where there is none, of Python's own), sync and ``sha512sum``."""
    os.sync()
    started = time.monotonic()
    if shutil.which("zip"):
        subprocess.run(["zip", "-0", "-q", "-r", str(out), source.name], cwd=source.parent, check=True)
    else:
        command = [sys.executable, "-m", "zipfile", "-c", str(out), str(source)]
        subprocess.run(command, check=True)
    subprocess.run(["sync", "-f", str(out)], check=True)
    spent = time.monotonic() - started
    out.unlink()
    return spent + sha512sum(source)


def _build(form: WrittenForm, source: Path, out: Path) -> None:
    paths = enumerate(sorted(source.iterdir()), 1)
    records = [record(number, (DraftFile(path, path.name, "正本"),)) for number, path in paths]
    build(Draft("Z109", "区民政局", tuple(records), ABOUT), out, recordtypes.load(), form=form, archive=True)


if __name__ == "__main__":
    wanted = next(form for form in FORMS if form == sys.argv[1])
    _build(wanted, Path(sys.argv[2]), Path(sys.argv[3]))

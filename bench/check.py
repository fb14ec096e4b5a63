"""``package check`` of many small pictures, against sha512sum of the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyvips

from bench.material import ABOUT, record, sha512sum, tree_bytes
from bench.rows import Row, figure, seconds
from lantai.kernel import recordtypes
from lantai.kernel.packages import Draft, DraftFile, build_dat93

DISTINCT = 50


def run(place: Path, files: int) -> list[Row]:
    """Check a package of ``files`` JPEG pages in records of ten."""
    folder = place / "check"
    folder.mkdir()
    package = _package(folder, files)
    count, total = tree_bytes(package)
    hashed = sha512sum(package)
    started = time.monotonic()
    checked = subprocess.run(
        [sys.executable, "-m", "lantai", "package", "check", str(package), "--json"],
        stdout=subprocess.DEVNULL,
    )
    ours = time.monotonic() - started
    if checked.returncode not in (0, 1):
        raise RuntimeError(f"package check ended with {checked.returncode}")
    shutil.rmtree(folder)
    return [
        seconds(f"package check, {files:,} pictures", ours, hashed),
        figure("  files", count / ours, "files/s"),
        figure("  rate", total / 1e6 / ours, "MB/s"),
    ]


def _package(folder: Path, files: int) -> Path:
    rng = np.random.default_rng(2026)
    source = folder / "source"
    source.mkdir()
    for number in range(DISTINCT):
        pixels = rng.integers(120, 255, (400, 280), dtype=np.uint8)
        pyvips.Image.new_from_array(pixels).jpegsave(str(source / f"{number}.jpg"), Q=60)
    records = []
    for number in range(1, files // 10 + 1):
        pages = tuple(
            DraftFile(source / f"{(number * 10 + page) % DISTINCT}.jpg", f"{page:03d}.jpg", "正本")
            for page in range(10)
        )
        records.append(record(number, pages, pages="10"))
    package = folder / "package"
    build_dat93(Draft("Z109", "区民政局", tuple(records), ABOUT), package, recordtypes.load())
    return package

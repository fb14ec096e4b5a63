"""What is measured with: packages of random files, and the floor: cp, sha512sum, sync of the same bytes."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from lantai.kernel import recordtypes
from lantai.kernel.packages import Draft, DraftFile, DraftRecord, build_dat93

PER_RECORD = 10
ABOUT = {"内容描述": "测速材料", "软硬件环境": "通用"}


def make_package(folder: Path, files: int, size: int) -> Path:
    """Build a DA/T 93 folder of ``files`` random text files of ``size`` bytes in records of ten; return it."""
    source = folder / "source"
    source.mkdir()
    rng = random.Random(2026)
    names = []
    for number in range(files):
        path = source / f"{number:05d}.txt"
        with open(path, "wb") as out:
            for length in _pieces(size):
                out.write(rng.randbytes(length // 2).hex().encode())
        names.append(path)
    package = folder / "package"
    build_dat93(Draft("Z109", "区民政局", tuple(_records(names)), ABOUT), package, recordtypes.load())
    return package


def _pieces(size: int) -> Iterator[int]:
    while size > 0:
        yield min(size, 1 << 20)
        size -= 1 << 20


def _records(paths: list[Path]) -> Iterator[DraftRecord]:
    each = PER_RECORD if len(paths) > PER_RECORD else 1
    for number, start in enumerate(range(0, len(paths), each), 1):
        files = tuple(DraftFile(path, path.name, "正本") for path in paths[start : start + each])
        yield record(number, files)


def record(number: int, files: tuple[DraftFile, ...], **more: str) -> DraftRecord:
    """Return the ``number``-th invented record with ``files``; ``more`` are further values."""
    ref = f"Z109-WS·2011·Y-{number:04d}"
    values = {
        "ref": ref,
        "title": f"关于第{number}号事项的请示",
        "author": "区民政局",
        "date": "20110304",
        "year": "2011",
        "retention": "永久",
        "security": "公开",
        **more,
    }
    return DraftRecord(ref, "item", "WS", values, files)


def floor(package: Path, target: Path) -> tuple[float, float]:
    """Return the seconds of cp -r + sync of the target, and of sha512sum over it (one core, as it is)."""
    os.sync()
    started = time.monotonic()
    subprocess.run(["cp", "-r", str(package), str(target)], check=True)
    subprocess.run(["sync", "-f", str(target)], check=True)
    copied = time.monotonic() - started
    return copied, sha512sum(target)


def sha512sum(folder: Path) -> float:
    """Return the seconds that sha512sum takes over every file below ``folder``."""
    started = time.monotonic()
    listing = subprocess.Popen(["find", str(folder), "-type", "f", "-print0"], stdout=subprocess.PIPE)
    subprocess.run(["xargs", "-0", "sha512sum"], stdin=listing.stdout, stdout=subprocess.DEVNULL, check=True)
    listing.wait()
    return time.monotonic() - started


def tree_bytes(folder: Path) -> tuple[int, int]:
    """Return how many files and bytes are below ``folder``."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)

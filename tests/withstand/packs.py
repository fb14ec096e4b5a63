"""Transfer packages made with the kernel's own builders, small and clean unless a test wants otherwise."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from lantai.kernel import recordtypes
from lantai.kernel.packages import build_dat93
from lantai.kernel.packages.model import Draft, DraftFile, DraftRecord
from lantai.kernel.recordtypes import RecordType

FONDS = "Z109"
SENDER = "区民政局"
ABOUT = {"内容描述": "文书档案", "软硬件环境": "通用计算机"}


@cache
def types() -> Mapping[str, RecordType]:
    return recordtypes.load()


def ref(year: int, number: int, fonds: str = FONDS) -> str:
    """Return the 档号 of the item ``number`` of a year; the numbers of a year begin at 1 and have no gap."""
    return f"{fonds}-WS·{year}·Y-{number:04d}"


def values(year: int, number: int, **changes: str) -> dict[str, str]:
    """Return the description of a sound item; ``changes`` go over it."""
    told = {
        "ref": ref(year, number),
        "title": f"关于{year}年第{number}号水库移民安置的请示",
        "author": SENDER,
        "date": f"{year}0304",
        "year": str(year),
        "retention": "永久",
        "security": "公开",
        "pages": "1",
    }
    return {**told, **changes}


def record(year: int, number: int, files: Sequence[DraftFile] = (), **changes: str) -> DraftRecord:
    told = values(year, number, **changes)
    return DraftRecord(told["ref"], "item", "WS", told, tuple(files))


def material(folder: Path, number: int, count: int, size: int = 600) -> list[DraftFile]:
    """Write ``count`` text files of an item into ``folder`` and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(number)
    made = []
    for place in range(1, count + 1):
        path = folder / f"{number:04d}-{place:03d}.txt"
        filler = "".join(chr(0x4E00 + chance.randrange(20_000)) for _ in range(size // 3))
        path.write_text(f"第{number}号文件第{place}页，水库移民安置办法。\n{filler}\n", "utf-8")
        made.append(DraftFile(path, f"{place:03d}.txt"))
    return made


def draft(records: Sequence[DraftRecord], fonds: str = FONDS, sender: str = SENDER) -> Draft:
    return Draft(fonds, sender, tuple(records), description=ABOUT)


def pack(
    folder: Path, name: str, year: int, items: int = 2, files: int = 1, *, archive: bool = True
) -> tuple[Path, list[str]]:
    """Build a clean package of ``items`` records of a year; return where it lies and its 档号."""
    records = [
        record(year, number, material(folder / "material" / name, year * 10_000 + number, files))
        for number in range(1, items + 1)
    ]
    out = folder / (f"{name}.zip" if archive else name)
    build_dat93(draft(records), out, types(), archive=archive)
    return out, [one.ref for one in records]

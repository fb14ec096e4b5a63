"""Small transfer packages for tests, built by the kernel's own builder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lantai.kernel import recordtypes
from lantai.kernel.packages import Draft, DraftFile, DraftRecord, build_bagit, build_dat93

ABOUT = {"内容描述": "文书档案", "软硬件环境": "通用"}
TITLES = ("关于水库移民安置的请示", "关于最低生活保障标准的通知", "关于义务教育布局调整的报告")


def values(ref: str, title: str, **more: str) -> dict[str, str]:
    """Return the element values of a small, faultless WS item."""
    return {
        "ref": ref,
        "title": title,
        "author": "区民政局",
        "date": "20110304",
        "year": "2011",
        "retention": "永久",
        "security": "公开",
        **more,
    }


def draft(
    folder: Path,
    *,
    fonds: str = "Z109",
    count: int = 3,
    start: int = 1,
    texts: Mapping[str, bytes] | None = None,
    **more: str,
) -> Draft:
    """Return a draft of ``count`` items with a text file each; ``texts`` replaces the file names and bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    records = []
    for number in range(start, start + count):
        ref = f"{fonds}-WS·2011·Y-{number:04d}"
        title = TITLES[number % len(TITLES)]
        files = []
        for name, data in (texts or {"正文.txt": f"{title}。第{number}件正文。".encode()}).items():
            path = folder / f"{number}-{len(files)}.bin"
            path.write_bytes(data)
            files.append(DraftFile(path, name, "正本"))
        records.append(DraftRecord(ref, "item", "WS", values(ref, title, **more), tuple(files)))
    return Draft(fonds, "区民政局", tuple(records), ABOUT)


def package(folder: Path, name: str = "package.zip", **wanted: object) -> Path:
    """Build a DA/T 93 package (zip when the name says so, else a folder) and return it."""
    out = folder / name
    build_dat93(
        draft(folder / f"material-{name}", **wanted),  # type: ignore[arg-type]
        out,
        recordtypes.load(),
        archive=name.endswith(".zip"),
    )
    return out


def bag(folder: Path, name: str = "bag", **wanted: object) -> Path:
    """Build a BagIt package and return it."""
    out = folder / name
    build_bagit(
        draft(folder / f"material-{name}", **wanted),  # type: ignore[arg-type]
        out,
        recordtypes.load(),
        archive=name.endswith(".zip"),
    )
    return out

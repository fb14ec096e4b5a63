"""One EEP file to do things to, and what is asked of it afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lantai.kernel.packages import Draft, Package, open_package, unfold
from tests.kernel.packages.samples import FIRST, draft, types

MOMENT = datetime(2026, 11, 22, 8, tzinfo=UTC)
NAMESPACE = "http://www.saac.gov.cn/standards/ERM/encapsulation"


def single(folder: Path) -> Draft:
    made = draft(folder)
    return replace(made, records=made.records[:1])


def file_of(root: Path) -> Path:
    return root / f"{FIRST}.eep"


def opened(root: Path) -> Package:
    unfold(root)
    return open_package(root, types())


def codes(package: Package) -> set[str]:
    assert all(f.message() and f.message("en") for f in package.findings)
    return {finding.code for finding in package.findings}


def changed(root: Path, old: str, new: str) -> Path:
    path = file_of(root)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return root

"""A small sound transfer package, and ways to spoil it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from lantai.kernel import digests, recordtypes
from lantai.kernel.antivirus import Outcome, Scan, Version
from lantai.kernel.findings import Finding
from lantai.kernel.fourprops import Context, Report, Result, Stage, run, scheme
from lantai.kernel.fourprops.engine import check_item
from lantai.kernel.fourprops.evidence import Evidence
from lantai.kernel.packages import Component, Package, PackageFile, PackageRecord, Register
from tests.kernel.formats import samples

TODAY = date(2026, 11, 22)
TYPES = recordtypes.load()


class Clean:
    """A scanner that finds what it is told to find."""

    def __init__(
        self, infected: str = "", silent: str = "", when: datetime | None = datetime(2026, 11, 20)
    ) -> None:
        self._infected, self._silent, self._when = infected, silent, when

    def version(self) -> Version:
        return Version("Fake 1", "7", self._when)

    def scan(self, path: Path) -> Scan:
        if self._infected and path.name == self._infected:
            return Scan(Outcome.INFECTED, name="Bad.Thing")
        if self._silent and path.name == self._silent:
            return Scan(Outcome.NOT_SCANNED, reason="size limit")
        return Scan(Outcome.CLEAN)


def values(number: int, **changes: str) -> dict[str, str]:
    """Return the metadata of a sound item."""
    told = {
        "ref": f"Z109-WS·2020·Y·BGS-{number:04d}",
        "title": f"关于做好第{number}次档案移交工作的通知",
        "author": "云岭区档案局",
        "date": "20200315",
        "year": "2020",
        "retention": "永久",
        "security": "公开",
        "open_status": "开放",
        "doc_number": f"云档〔2020〕{number}号",
        "pages": "2",
        "fonds": "Z109",
        "series": "WS·2020·Y·BGS",
        "item_number": f"{number:04d}",
        "function": "BGS",
        "unit": "云岭区档案局",
        "aggregation": "文件",
        "record_code": f"R{number}",
        "composition": "单件",
    }
    return {**told, **changes}


@dataclass
class Pack:
    """A package under construction: two items, one of scanned pages and one of a PDF with two pages."""

    root: Path
    records: list[PackageRecord] = field(default_factory=list)
    changes: dict[str, object] = field(default_factory=dict)
    context: dict[str, object] = field(default_factory=dict)

    @classmethod
    def sound(cls, root: Path) -> Pack:
        """Return a package in which nothing is wrong."""
        pack = cls(root)
        first, second = root / "Z109" / "1", root / "Z109" / "2"
        for folder in (first, second):
            folder.mkdir(parents=True)
            (folder / "元数据.xml").write_text("<记录/>", "utf-8")
        (root / "说明文件.TXT").write_text("移交单位：云岭区档案局", "utf-8")
        samples.picture(first / "0001.jpg")
        samples.picture(first / "0002.jpg", 41)
        samples.pdf(second / "正文.pdf", 2)
        pack.add(1, "Z109/1", "0001.jpg", "0002.jpg")
        pack.add(2, "Z109/2", "正文.pdf")
        return pack

    def add(self, number: int, folder: str, *names: str, **changes: str) -> PackageRecord:
        """Add an item whose files lie in ``folder``."""
        told = values(number, **changes)
        parts = tuple(Component(f"{folder}/{name}", "正文", order) for order, name in enumerate(names, 1))
        source = f"{folder}/元数据.xml"
        record = PackageRecord(
            told["ref"], "item", "WS", told, parts, source=source, order=len(self.records) + 1
        )
        self.records.append(record)
        return record

    def change(self, index: int, **changes: str) -> None:
        """Change values of a record; None removes."""
        record = self.records[index]
        told = {**record.values, **changes}
        self.records[index] = replace(record, values=told, ref=told["ref"])

    def drop(self, index: int, key: str) -> None:
        """Remove an element of a record."""
        record = self.records[index]
        told = {name: value for name, value in record.values.items() if name != key}
        self.records[index] = replace(record, values=told)

    def part(self, index: int, place: int, **changes: object) -> None:
        """Change what a record says about one of its files."""
        record = self.records[index]
        parts = list(record.components)
        parts[place] = replace(parts[place], **changes)  # type: ignore[arg-type]
        self.records[index] = replace(record, components=tuple(parts))

    def package(self) -> Package:
        """Return the view of the package as it now stands."""
        paths = sorted(path for path in self.root.rglob("*") if path.is_file())
        files = tuple(PackageFile(str(path.relative_to(self.root)), path.stat().st_size) for path in paths)
        told: dict[str, object] = {
            "form": "dat93",
            "root": self.root,
            "files": files,
            "records": tuple(self.records),
            "register": Register(len(self.records), None, None),
            "declared": {record.ref: dict(record.values) for record in self.records},
            "findings": (),
            "fonds": "Z109",
            "sender": "云岭区档案局",
            "description": {"软硬件环境": "无特殊要求"},
        }
        return Package(**{**told, **self.changes})  # type: ignore[arg-type]

    def digests(self, algorithm: str = "sm3") -> dict[str, Mapping[str, str]]:
        """Return the digests of the files as they now are."""
        return {
            file.path: digests.digest_file(self.root / file.path, (algorithm,)).digests
            for file in self.package().files
        }

    def run(self, stage: Stage = Stage.YJ, **context: object) -> Report:
        """Check the package."""
        told: dict[str, object] = {"types": TYPES, "today": TODAY, "scanner": Clean(), "threads": 1}
        return run(self.package(), stage, Context(**{**told, **self.context, **context}))  # type: ignore[arg-type]

    def item(self, number: str, stage: Stage = Stage.YJ, **context: object) -> Result:
        """Check one item of the scheme."""
        told: dict[str, object] = {"types": TYPES, "today": TODAY, "scanner": Clean(), "threads": 1}
        made = Context(**{**told, **self.context, **context})  # type: ignore[arg-type]
        code = number if number.startswith("LT-") else f"{stage.value}-{number}"
        item = next(item for item in scheme("WS", stage).items if item.code == code)
        return check_item(Evidence(self.package(), stage, made, lambda: None), item)

    def found(self, *findings: Finding) -> None:
        """Let the opener have found something."""
        self.changes["findings"] = findings

    def copy(self, name: str, target: str) -> None:
        """Copy a file inside the package."""
        (self.root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.root / name, self.root / target)

"""Transfer packages, and the published corpora of good and bad bags and OCFL objects, through the program's door."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantai.kernel import recordtypes
from lantai.kernel.packages.building import build_bagit, build_dat93
from lantai.kernel.packages.model import Draft, DraftFile, DraftRecord
from lantai.kernel.verify.checks import Means, examine
from lantai.kernel.witness.answers import Item, Kind, Verdict
from lantai.kernel.witness.kept import Given
from tests.corpora import need

REF = "X043-WS·2021-Y-BGS-0007"


def one(path: Path) -> Item:
    (item,) = examine(path, Means(Given(), lambda what, done, size: None))
    return item


def draft(tmp_path: Path) -> Draft:
    (tmp_path / "a.txt").write_bytes("关于“三定”方案的通知".encode())
    values = {"ref": REF, "title": "关于“三定”方案的通知", "date": "20210304", "retention": "永久"}
    record = DraftRecord(REF, "item", "WS", values, (DraftFile(tmp_path / "a.txt", "a.txt"),))
    note = {"内容描述": "一份通知", "软硬件环境": "通用文本"}
    return Draft("X043", "区人民政府办公室", (record,), note)


def test_a_transfer_folder_and_its_archive_are_checked(tmp_path: Path) -> None:
    types = recordtypes.load()
    build_dat93(draft(tmp_path), tmp_path / "package", types)
    build_dat93(draft(tmp_path), tmp_path / "package.zip", types, archive=True)
    for path in (tmp_path / "package", tmp_path / "package.zip"):
        item = one(path)
        assert (item.kind, item.verdict) == (Kind.PACKAGE, Verdict.YES), item.findings
        assert item.facts["form"] == "dat93" and item.facts["records"] == 1
    content = next((tmp_path / "package").rglob("a.txt"))
    content.write_bytes(content.read_bytes().replace("三".encode(), "四".encode()))
    item = one(tmp_path / "package")
    assert item.verdict is Verdict.NO
    assert {finding.code for finding in item.findings} >= {"packages.digest.differs"}
    content.unlink()
    assert one(tmp_path / "package").verdict is Verdict.NO


def test_a_bag_with_sm3_is_checked(tmp_path: Path) -> None:
    build_bagit(draft(tmp_path), tmp_path / "bag", recordtypes.load())
    assert (one(tmp_path / "bag").kind, one(tmp_path / "bag").verdict) == (Kind.BAG, Verdict.YES)
    next((tmp_path / "bag").rglob("a.txt")).write_bytes(b"")
    assert one(tmp_path / "bag").verdict is Verdict.NO


def test_the_published_bags_get_their_verdicts() -> None:
    corpus = need("01-bagit")
    with open(corpus / "cases.csv", encoding="utf-8", newline="") as cases:
        expected = {row["case"]: row["expected"] for row in csv.DictReader(cases)}
    told = {case: one(corpus / case).verdict for case in expected}
    wrong = {
        case
        for case, verdict in told.items()
        if expected[case] in ("valid", "invalid") and (verdict is Verdict.YES) != (expected[case] == "valid")
    }
    assert wrong == set()


def folders(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.iterdir()) if path.is_dir())


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_published_ocfl_fixtures_get_their_verdicts(version: str) -> None:
    fixtures = need("02-ocfl") / "fixtures" / version
    for path in folders(fixtures / "good-objects"):
        assert (one(path).kind, one(path).verdict) == (Kind.OCFL_OBJECT, Verdict.YES), path
    for path in folders(fixtures / "warn-objects"):
        assert one(path).verdict is Verdict.YES and one(path).findings, path
    for path in folders(fixtures / "bad-objects"):
        assert one(path).verdict is not Verdict.YES, path

"""The verdicts of the OCFL editors' fixtures and of ocfl-py's, code by code."""

from __future__ import annotations

import csv
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from lantai.kernel.findings import Finding, failed
from lantai.kernel.ocfl import validate_inventory, validate_object, validate_object_path, validate_root_path
from lantai.kernel.storage import MemoryStore
from tests.corpora import corpus, need

NAME = "02-ocfl"


def cases() -> list[tuple[str, str]]:
    folder = corpus(NAME)
    if folder is None:
        return []
    with open(folder / "cases.csv", encoding="utf-8", newline="") as stream:
        return [(row["case"], row["expected"]) for row in csv.DictReader(stream)]


CASES = [(case, expected) for case, expected in cases() if not expected.startswith("input")]


def unpacked(path: Path, folder: Path) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    elif path.name.endswith(".tar.gz"):
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
    else:
        return path
    return folder if any(folder.glob("0=*")) else next(folder.iterdir())


def judged(path: Path, expected: str) -> list[Finding]:
    if "storage root" in expected:
        return validate_root_path(path)
    if "inventory" in expected:
        return validate_inventory(path.read_bytes())
    return validate_object_path(path)


def test_the_whole_corpus_is_judged(record_property: object) -> None:
    need(NAME)
    assert len(CASES) == 99
    assert callable(record_property)
    record_property("ocfl cases", len(CASES))


@pytest.mark.parametrize(("case", "expected"), CASES, ids=[case for case, _ in CASES])
def test_verdict(case: str, expected: str, tmp_path: Path) -> None:
    findings = judged(unpacked(need(NAME) / case, tmp_path), expected)
    codes = {finding.code.removeprefix("ocfl.") for finding in findings}
    assert failed(findings) == expected.startswith("invalid"), codes
    assert set(re.findall(r"[EW]\d{3}", expected)) <= codes
    if "no warnings" in expected:
        assert not codes
    for finding in findings:
        assert not re.search(r"\{(path|found|expected)\}", finding.message("zh") + finding.message("en"))


OBJECTS = [(c, e) for c, e in CASES if c.startswith("fixtures/1.1") and "E003_E063" not in c]


@pytest.mark.parametrize(("case", "expected"), OBJECTS, ids=[case for case, _ in OBJECTS])
def test_the_verdict_does_not_depend_on_the_store(case: str, expected: str) -> None:
    """The same object below a prefix of another kind of store gives the same findings."""
    folder = need(NAME) / case
    store = MemoryStore()
    for path in folder.rglob("*"):
        if path.is_file():
            store.put(f"some/where/{path.relative_to(folder).as_posix()}", path)
    assert validate_object(store, "some/where") == validate_object_path(folder)


def test_without_digests_only_content_damage_is_missed() -> None:
    folder = need(NAME) / "fixtures/1.1/bad-objects"
    assert not failed(validate_object_path(folder / "E092_content_file_digest_mismatch", digests=False))
    assert failed(validate_object_path(folder / "E040_head_not_most_recent", digests=False))

"""BagIt 0.93–1.0: the conformance suite's verdicts, and what other validators think of our bags."""

from __future__ import annotations

import csv
from pathlib import Path

import bagit
import pytest

from lantai.kernel.digests import digest_file
from lantai.kernel.findings import failed
from lantai.kernel.packages import build_bagit, open_package, validate_bag
from tests.corpora import need
from tests.kernel.packages.samples import draft, types


def test_every_case_of_the_suite_gets_its_verdict() -> None:
    folder = need("01-bagit")
    with open(folder / "cases.csv", newline="", encoding="utf-8") as stream:
        for case in csv.DictReader(stream):
            findings = validate_bag(folder / case["case"])
            assert failed(findings) is case["expected"].startswith("invalid"), (case, findings)
            if case["expected"].endswith("should warn"):
                assert findings
            assert all(finding.message() for finding in findings)


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    build_bagit(draft(tmp_path / "in"), tmp_path / "bag", types())
    return tmp_path / "bag"


def test_our_bags_are_valid_for_the_peer_too(bag: Path) -> None:
    assert validate_bag(bag) == []
    peer = bagit.Bag(str(bag))
    assert peer.version_info == (1, 0)
    assert peer.validate()


def test_bags_of_the_peer_are_read(tmp_path: Path) -> None:
    (tmp_path / "子").mkdir()
    (tmp_path / "子" / "一%25\n.txt").write_bytes(b"1")
    (tmp_path / "二.txt").write_bytes(b"22")
    bagit.make_bag(str(tmp_path), {"Source-Organization": "某局"}, checksums=["md5", "sha256"])
    assert validate_bag(tmp_path) == []
    package = open_package(tmp_path, types())
    assert (package.form, package.sender, package.findings) == ("bagit", "某局", ())
    assert (package.register.files, package.register.bytes) == (2, 3)
    assert set(package.digests["data/二.txt"]) == {"md5", "sha256"}


def test_known_digests_are_trusted_and_not_read_again(bag: Path) -> None:
    digests = {
        path.relative_to(bag).as_posix(): digest_file(path) for path in bag.rglob("*") if path.is_file()
    }
    victim = next(path for path in digests if path.startswith("data/") and path.endswith("b.pdf"))
    (bag / victim).write_bytes(b"%pdf" * 1000)
    assert validate_bag(bag, digests) == []
    found = validate_bag(bag)
    assert {(f.code, f.path, f.facts["algorithm"]) for f in found} == {
        ("packages.digest.differs", victim, "sha512"),
        ("packages.digest.differs", victim, "sm3"),
    }


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: KLINGON\n", "encoding"),
        ("bagit.txt", b"BagIt-Version: 9.0\nTag-File-Character-Encoding: UTF-8\n", "version"),
        ("manifest-sha512.txt", b"nonsense\n", "line"),
        ("manifest-foo.txt", b"00  data/x\n", "algorithm"),
        ("fetch.txt", b"http://example.org/x 1 data/none.txt\n", "fetch_unlisted"),
        ("data/more.txt", b"1", "file_unlisted"),
    ],
)
def test_faults_have_their_codes(bag: Path, path: str, data: bytes, code: str) -> None:
    (bag / path).write_bytes(data)
    findings = validate_bag(bag)
    assert f"packages.bagit.{code}" in {finding.code for finding in findings}
    assert failed(findings)


def test_a_missing_manifest_payload_or_file_is_told(bag: Path) -> None:
    next(bag.rglob("b.pdf")).unlink()
    assert "packages.bagit.file_missing" in {f.code for f in validate_bag(bag)}
    for name in ("manifest-sha512.txt", "manifest-sm3.txt"):
        (bag / name).unlink()
    assert "packages.bagit.manifest_missing" in {f.code for f in validate_bag(bag)}
    (bag / "bagit.txt").unlink()
    (bag / "data").rename(bag / "other")
    assert {"packages.bagit.data_missing", "packages.bagit.declaration_missing"} <= {
        f.code for f in validate_bag(bag)
    }

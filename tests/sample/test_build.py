"""The built district: six packages of five forms, two of them faulty, always the same bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from lantai.kernel import recordtypes
from lantai.kernel.fourprops import Context, Report, Stage, run
from lantai.kernel.packages import open_package, unpack
from lantai.sample import District, SamplePackage, build

pytestmark = pytest.mark.xdist_group("district")

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("district")


@pytest.fixture(scope="module")
def district(home: Path) -> District:
    return build(home)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def checked(path: Path, into: Path) -> Report:
    types = recordtypes.load()
    container = unpack(path, into)
    package = open_package(into, types)
    return run(package, Stage.YJ, Context(types=types, digests=container.digests, threads=1))


def codes(report: Report) -> set[tuple[str, str]]:
    return {(item.code, f.path) for item in report.items if item.outcome == "fail" for f in item.findings}


def package_of(district: District, kind: str, expect: str = "") -> SamplePackage:
    return next(p for p in district.packages if p.kind == kind and expect in ("", p.expect))


def test_bodies_and_people(district: District) -> None:
    assert (len(district.units), len(district.fonds), len(district.people)) == (5, 8, 11)
    codes = {unit.code for unit in (*district.units, district.archives, district.bureau)}
    assert {person.unit_code for person in district.people} <= codes
    assert {fonds.unit_code for fonds in district.fonds} <= {unit.code for unit in district.units}
    assert {person.name for person in district.people} >= {"沈文", "陆安", "何恒", "顾闻", "严慎", "方正"}


def test_six_packages_of_five_forms(district: District) -> None:
    assert len(district.packages) == 6
    assert len({package.kind for package in district.packages}) == 5
    assert [p.expect for p in district.packages].count("fail") == 2
    assert all((p.corrected is not None) == (p.expect == "fail") for p in district.packages)
    assert len({package.title for package in district.packages}) == 6


def test_entries_and_files_are_as_many_as_promised(district: District, home: Path) -> None:
    assert 1900 <= len(district.entries) <= 2400
    assert len({entry.ref for entry in district.entries}) == len(district.entries)
    handed_over = [entry for entry in district.entries if entry.package]
    assert {entry.package for entry in handed_over} == {package.title for package in district.packages}
    assert 200 <= len(handed_over) <= 300
    assert sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) < 60 * MEGABYTE


@pytest.mark.parametrize("kind", ["dat93-zip", "dat93", "bagit", "dat93-2012"])
def test_right_packages_fail_nothing(district: District, kind: str, tmp_path: Path) -> None:
    package = package_of(district, kind, "pass")
    report = checked(package.path, tmp_path / "in")
    assert report.verdict != "fail"
    assert codes(report) == set()


def test_list_says_one_page_too_many_twice(district: District, tmp_path: Path) -> None:
    package = package_of(district, "list")
    report = checked(package.path, tmp_path / "in")
    assert report.verdict == "fail"
    found = [f for item in report.items if item.outcome == "fail" for f in item.findings]
    assert len(found) == 2
    assert all("12" in f.expected and "11" in f.found and f.path in package.why for f in found)
    assert package.corrected is not None
    assert codes(checked(package.corrected, tmp_path / "again")) == set()


def test_altered_amount_is_caught_by_its_digest(district: District, tmp_path: Path) -> None:
    package = package_of(district, "dat93-zip", "fail")
    failures = codes(checked(package.path, tmp_path / "in"))
    assert failures
    assert {Path(path).name for _, path in failures} == {"补助资金发放清册.txt"}
    [altered] = (tmp_path / "in").rglob("补助资金发放清册.txt")
    assert altered.read_text("utf-8").count("补助800元") == 1
    assert package.corrected is not None
    assert codes(checked(package.corrected, tmp_path / "again")) == set()


def test_old_form_is_in_gb18030(district: District) -> None:
    package = package_of(district, "dat93-2012")
    catalogue = (package.path / "文件目录.XML").read_bytes()
    assert b"GB18030" in catalogue[:60]
    assert "云岭区人民政府办公室" in catalogue.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        (package.path / "说明文件.TXT").read_bytes().decode("utf-8")


def test_building_again_does_nothing(district: District, home: Path) -> None:
    marker = home / "district.json"
    before = marker.stat().st_mtime_ns
    assert build(home) == district
    assert marker.stat().st_mtime_ns == before


def test_what_is_half_made_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lantai.sample import transfers

    (tmp_path / "packages" / "half").mkdir(parents=True)
    (tmp_path / "district.json").write_text(json.dumps({"made_for": {}, "packages": [], "entries": []}))
    monkeypatch.setattr(transfers, "build", lambda out, staging, seed: (staging.mkdir(), ((), ()))[1])
    made = build(tmp_path)
    assert made.packages == ()
    assert not (tmp_path / "packages" / "half").exists()


@pytest.mark.slow
def test_two_builds_are_byte_for_byte_equal(district: District, home: Path, tmp_path: Path) -> None:
    build(tmp_path)
    assert digests(tmp_path) == digests(home)

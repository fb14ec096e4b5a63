"""A list with named files: rows and files find each other, and what is left over on either side is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from lantai.kernel.findings import Finding, failed
from lantai.kernel.packages import build_dat93, open_package, read_list
from tests.kernel.packages.samples import same, types

HEAD = ["序号", "档号", "题名（必填）", "责任者", "形成日期", "页数", "盒内位置"]
REFS = ["Z109-WS·2011·Y·办公室-0001", "Z109-WS·2011·Y·办公室-0002", "Z109-WS·2011·Y·办公室-0003"]


def _sheet(path: Path, rows: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def _files(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def _codes(findings: tuple[Finding, ...]) -> list[str]:
    assert all(finding.message() and finding.message("en") for finding in findings)
    return [finding.code for finding in findings]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows: list[list[object]] = [["某局文书档案目录"], HEAD]
    for number, ref in enumerate(REFS):
        rows.append([number + 1, ref, f"题名{number}", "某局", 20110102, 3, "左"])
    (tmp_path / "in").mkdir()
    _sheet(tmp_path / "in" / "目录.xlsx", rows)
    _files(
        tmp_path / "in",
        "Z109-WS.2011.Y.办公室-0001_002.jpg",
        "Z109-WS.2011.Y.办公室-0001_010.jpg",
        "Z109-WS.2011.Y.办公室-0001_001.jpg",
        "z109_ws_2011_y_办公室_0002.PDF",
        f"扫描/{REFS[2]}/正文/1.tif",
        f"扫描/{REFS[2]}/2.tif",
    )
    return tmp_path / "in"


def test_files_are_found_by_name_by_page_and_by_folder(folder: Path) -> None:
    draft = read_list(folder / "目录.xlsx", folder, types()["WS"], "Z109", "某局")
    assert _codes(draft.findings) == ["packages.list.column_unknown"]
    names = [[file.name for file in record.files] for record in draft.records]
    stem = "Z109-WS.2011.Y.办公室-0001"
    assert names[0] == [f"{stem}_001.jpg", f"{stem}_002.jpg", f"{stem}_010.jpg"]
    assert names[1:] == [["z109_ws_2011_y_办公室_0002.PDF"], ["2.tif", "正文/1.tif"]]
    assert draft.records[0].values["date"] == "20110102"
    assert draft.records[0].values["pages"] == "3"
    assert draft.others == {"目录.xlsx": folder / "目录.xlsx"}


def test_a_list_becomes_a_package_with_the_same_records(folder: Path, tmp_path: Path) -> None:
    draft = read_list(folder / "目录.xlsx", folder, types()["WS"], "Z109", "某局")
    build_dat93(draft, tmp_path / "out", types())
    package = open_package(tmp_path / "out", types())
    same(draft, package)
    assert {f.code for f in package.findings} == {"packages.note.item_missing"}
    assert (tmp_path / "out" / "其他" / "目录.xlsx").read_bytes() == (folder / "目录.xlsx").read_bytes()


def test_the_folder_itself_opens_as_a_package(folder: Path) -> None:
    package = open_package(folder.parent, types())
    assert (package.form, package.base, package.fonds) == ("list", "in", "Z109")
    assert [record.ref for record in package.records] == REFS
    assert package.records[2].components[0].path == f"in/扫描/{REFS[2]}/2.tif"
    assert not failed(package.findings)


def test_what_does_not_match_is_told_on_both_sides(folder: Path) -> None:
    (folder / "z109_ws_2011_y_办公室_0002.PDF").rename(folder / "无关.pdf")
    found = {
        (f.code, f.path) for f in read_list(folder / "目录.xlsx", folder, types()["WS"], "Z109").findings
    }
    assert ("packages.list.row_without_file", REFS[1]) in found
    assert ("packages.list.file_unlisted", "无关.pdf") in found


def test_a_column_of_file_names_is_followed(tmp_path: Path) -> None:
    _files(tmp_path, "a/1.pdf", "a/2.pdf", "b.pdf")
    text = "档号,题名,电子文件名\nA001-WS·2011·Y-0001,甲,a\\1.pdf；a/2.pdf\nA001-WS·2011·Y-0002,乙,c.pdf\n"
    (tmp_path / "l.csv").write_text(text, "gb18030")
    draft = read_list(tmp_path / "l.csv", tmp_path, types()["WS"], "A001")
    assert [file.name for file in draft.records[0].files] == ["1.pdf", "2.pdf"]
    codes = _codes(draft.findings)
    assert {
        "packages.list.file_missing",
        "packages.list.file_unlisted",
        "packages.list.row_without_file",
    } <= set(codes)


def test_bad_rows_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    text = "档号,题名\nA001-WS·2011·Y-0001,甲\n,乙\nA001-WS·2011·Y-0001,丙\nA001-WS.2011.Y-0001,丁\n"
    (tmp_path / "l.csv").write_text(text, "utf-8")
    draft = read_list(tmp_path / "l.csv", tmp_path, types()["WS"], "A001")
    assert [record.values["title"] for record in draft.records] == ["甲", "丁"]
    assert {"packages.list.row_without_ref", "packages.list.row_twice", "packages.list.refs_alike"} <= set(
        _codes(draft.findings)
    )


def test_a_table_without_reference_codes_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("甲,乙\n1,2\n", "utf-8")
    draft = read_list(tmp_path / "l.csv", tmp_path, types()["WS"], "A001")
    assert _codes(draft.findings) == ["packages.list.heading_missing"]
    assert draft.records == ()


def test_an_unreadable_list_is_a_finding_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "l.xlsx").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "x.pdf").write_bytes(b"1")
    package = open_package(tmp_path, types())
    assert (package.form, _codes(package.findings)) == ("list", ["spreadsheets.file.broken"])

"""Workbooks give the rows an archivist sees, or one coded error."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.errors import Invalid
from lantai.kernel.sources import SourceLimits, open_source
from lantai.kernel.spreadsheet_formats import padding
from tests.corpora import need

cell = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20)


def _write(path: Path, *rows: Sequence[object]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("目录")
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                elif value is not None:
                    sheet.write(number, place, value)
    return path


def test_titles_offsets_and_blank_rows(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.xlsx",
        [None, "归档文件目录"],
        [],
        [None, "档号", "题名", "日期", "页数"],
        [None, "X-1", "通知", datetime.date(2001, 2, 3), 12],
        [],
        [None, "X-2", "纪要", None, 7.5],
    )
    source = open_source(path)
    assert (source.kind, source.sheet, source.sheets, source.head) == ("xlsx", "目录", ("目录",), 3)
    assert source.headings == ("档号", "题名", "日期", "页数")
    assert [(row.number, row.cells) for row in source.rows()] == [
        (4, ("X-1", "通知", "2001-02-03", "12")),
        (6, ("X-2", "纪要", "", "7.5")),
    ]


def test_the_first_sheet_that_holds_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("封面")
        book.add_worksheet("隐藏").hide()
        book.add_worksheet("目录").write_row(0, 0, ["题名", "年度"])
    source = open_source(path)
    assert (source.sheet, source.sheets) == ("目录", ("封面", "目录"))
    assert open_source(path, sheet="封面").headings == ()
    with pytest.raises(Invalid, match=r"spreadsheets\.sheet\.missing"):
        open_source(path, sheet="无")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=8))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = _write(tmp_path_factory.mktemp("x") / "a.xlsx", ["题名", "备注"], *rows)
    read = [row.cells for row in open_source(path, heading_known={"题名", "备注"}.__contains__).rows()]
    assert read == [row for row in rows if any(row)]


def test_one_table_in_many_formats_reads_alike() -> None:
    folder = need("06-catalogue-spreadsheets") / "tika"
    ods, xlsb = (open_source(folder / f"test-columnar.{kind}") for kind in ("ods", "xlsb"))
    assert (ods.kind, xlsb.kind) == ("ods", "xlsb")
    assert ods.headings == xlsb.headings
    for left, right in zip(ods.rows(), xlsb.rows(), strict=True):
        for a, b in zip(left.cells, right.cells, strict=True):
            # The ods was saved with fewer digits than the xlsb.
            assert a == b or float(a) == pytest.approx(float(b), rel=1e-6)


def test_dates_and_numbers_are_what_a_person_types() -> None:
    folder = need("06-catalogue-spreadsheets") / "tika"
    for name in ("testEXCEL_dateFormats.xls", "testEXCEL_dateFormats.xlsx"):
        assert [row.cells for row in open_source(folder / name).rows()] == [("2018-09-20",), ("1996-08-10",)]
    big = open_source(folder / "testEXCEL_big_numbers.xlsx")
    assert {finding.code for finding in big.findings} == {"spreadsheets.number.imprecise"}
    assert [row.cells for row in big.rows()] == [("1234567890123450", "1234567890123451")]


def test_encrypted_and_disguised_files_are_refused_with_their_codes(tmp_path: Path) -> None:
    folder = need("06-catalogue-spreadsheets")
    with pytest.raises(Invalid, match=r"spreadsheets\.file\.encrypted"):
        open_source(folder / "tika" / "testEXCEL_protected_passtika.xlsx")
    with pytest.raises(Invalid, match=r"sources\.file\.disguised"):
        open_source(folder / "wagtail" / "example_faulty.csv")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.98])
def test_a_truncated_workbook_is_no_workbook(tmp_path: Path, share: float) -> None:
    whole = _write(tmp_path / "a.xlsx", ["题名"], *[[f"甲{n}"] for n in range(500)]).read_bytes()
    for name in ("b.xlsx", "b.ods"):
        path = tmp_path / name
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(Invalid, match=r"spreadsheets\.file\.broken"):
            open_source(path)


def test_a_damaged_sheet_is_not_half_a_sheet(tmp_path: Path) -> None:
    whole = _write(tmp_path / "a.xlsx", ["题名"], *[[f"甲{n}"] for n in range(500)])
    path = tmp_path / "b.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as made:
        for name in source.namelist():
            data = source.read(name)
            made.writestr(name, data[: len(data) // 2] if name.endswith("sheet1.xml") else data)
    with pytest.raises(Invalid, match=r"spreadsheets\.file\.broken"):
        open_source(path)


def test_bombs_are_refused_before_they_unpack(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (1 << 22))
    with pytest.raises(Invalid, match=r"spreadsheets\.file\.too_large"):
        open_source(path, limits=SourceLimits(unpacked=1 << 20))


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(Invalid, match=r"spreadsheets\.file\.broken"):
        open_source(path)


def test_rows_stay_readable_while_another_reader_runs(tmp_path: Path) -> None:
    source = open_source(_write(tmp_path / "a.xlsx", ["题名", "号"], *[["甲", n] for n in range(3000)]))
    one, two = source.rows(), source.rows()
    assert all(a == b for a, b in zip(one, two, strict=True))


def test_rows_and_columns_before_the_first_cell_are_counted(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.xlsx", [], [], [None, None, "题名", "日期", None], [None, None, "甲", "1990", "补"]
    )
    source = open_source(path)
    assert (source.head, source.headings) == (3, ("题名", "日期", "第5列"))
    assert [(row.number, row.cells) for row in source.rows()] == [(4, ("甲", "1990", "补"))]


def test_numbers_are_read_as_the_sheet_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("一")
        sheet = book.add_worksheet("目录")
        padded, box, money = (book.add_format({"num_format": f}) for f in ("0000", '"盒"00', "#,##0.00"))
        sheet.write_row(0, 1, ["件号", "盒号", "金额", "年度"])
        for row in (1, 3):
            sheet.write_number(row, 1, row, padded)
            sheet.write_number(row, 2, 7, box)
            sheet.write_number(row, 3, 1234.5, money)
            sheet.write_number(row, 4, 1990)
        sheet.write_string(4, 1, "补1", padded)
    assert [(row.number, row.cells) for row in open_source(path).rows()] == [
        (2, ("0001", "盒07", "1234.5", "1990")),
        (4, ("0003", "盒07", "1234.5", "1990")),
        (5, ("补1", "", "", "")),
    ]


@pytest.mark.parametrize(
    ("code", "shown"),
    [("0000", "0007"), ('"盒"00', "盒07"), ('000"号"', "007号"), ("D000", "D007"), ("0000;-0000", "0007")],
)
def test_formats_that_pad(code: str, shown: str) -> None:
    found = padding(code)
    assert found is not None
    assert found.show("7") == shown
    assert found.show("7.5") == "7.5"


@pytest.mark.parametrize(
    "code", ["0", "0.00", "#,##0", "yyyy-mm-dd", "@", "0%", "General", "0.00E+00", "[Red]00"]
)
def test_formats_that_do_not(code: str) -> None:
    assert padding(code) is None

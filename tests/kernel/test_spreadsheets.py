"""Tables of all kinds give the same rows; hostile ones end in a coded error."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from lantai.kernel.errors import Invalid
from lantai.kernel.spreadsheet_process import cell_text
from lantai.kernel.spreadsheets import SheetLimits, read_table
from tests.corpora import need


def test_the_same_catalogue_in_three_files_gives_the_same_rows() -> None:
    folder = need("16-zh-catalogue")
    names = ("laws-national.utf8bom.csv", "laws-national.gb18030.csv", "laws-national.xlsx")
    tables = [read_table(folder / name) for name in names]
    assert len({table.rows for table in tables}) == 1
    assert len(tables[0].rows) == 777
    assert [table.encoding for table in tables] == ["utf-8", "gb18030", ""]
    assert not any(table.findings for table in tables)


def test_old_workbooks_and_odd_tables_open_or_say_why() -> None:
    for path in sorted(need("06-catalogue-spreadsheets").rglob("*.*")):
        if path.suffix in {".csv", ".xls", ".xlsx", ".xlsb", ".ods", ".dbf"}:
            try:
                table = read_table(path)
            except Invalid as error:
                assert error.code in {"spreadsheets.file.encrypted", "sources.file.kind"}, path.name
            else:
                assert len({len(row) for row in table.rows}) <= 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1975.0, "1975"),
        (0.5, "0.5"),
        (20240101.0, "20240101"),
        (-3.0, "-3"),
        (True, "TRUE"),
        ("0001", "0001"),
        (datetime.date(2011, 1, 2), "2011-01-02"),
        (datetime.datetime(2011, 1, 2), "2011-01-02"),
        (datetime.datetime(2011, 1, 2, 8, 5), "2011-01-02 08:05:00"),
    ],
)
def test_cells_become_what_was_typed(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_long_numbers_are_doubted() -> None:
    table = read_table(need("06-catalogue-spreadsheets") / "tika" / "testEXCEL_big_numbers.xlsx")
    assert {finding.code for finding in table.findings} == {"spreadsheets.number.imprecise"}


def test_formulas_stay_the_text_they_are(tmp_path: Path) -> None:
    source = need("12-hostile-strings") / "csv-injection.txt"
    payloads = source.read_text("utf-8").splitlines()
    path = tmp_path / "a.csv"
    path.write_text("题名\n" + "".join('"' + p.replace('"', '""') + '"\n' for p in payloads), "utf-8")
    assert [row[0] for row in read_table(path).rows[1:]] == payloads


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"档号{delimiter}题名\nA-1{delimiter}甲，乙\n", "gb18030")
    assert read_table(path).rows == (("档号", "题名"), ("A-1", "甲，乙"))


def test_a_sheet_of_one_far_cell_is_refused_and_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")
    with pytest.raises(Invalid, match=r"spreadsheets\.(file\.too_demanding|sheet\.too_large)"):
        read_table(path)


def test_a_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (1 << 20))
    with pytest.raises(Invalid, match=r"spreadsheets\.file\.too_large"):
        read_table(path, limits=SheetLimits(unpacked=1 << 10))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(Invalid, match=r"spreadsheets\.file\.broken"):
        read_table(path)


def test_rows_columns_and_sheets_are_bounded_and_named(tmp_path: Path) -> None:
    text = tmp_path / "a.csv"
    text.write_text("a,b\n" * 20, "utf-8")
    book = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(book) as made:
        made.add_worksheet("一").write_row(0, 0, ["a"] * 9)
        made.add_worksheet("二").write(0, 0, "x")
    with pytest.raises(Invalid, match=r"spreadsheets\.sheet\.too_large"):
        read_table(text, limits=SheetLimits(rows=10))
    with pytest.raises(Invalid, match=r"spreadsheets\.sheet\.too_large"):
        read_table(book, limits=SheetLimits(columns=5))
    assert read_table(book, "二").rows == (("x",),)
    with pytest.raises(Invalid, match=r"spreadsheets\.sheet\.missing"):
        read_table(book, "三")


def test_bytes_that_are_no_table_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\x03\x01\x00\x00binary\x00")
    with pytest.raises(Invalid, match=r"sources\.file\.kind"):
        read_table(path)

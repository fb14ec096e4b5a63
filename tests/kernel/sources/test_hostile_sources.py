"""What a hostile or broken file tries: exact rows or a code that says where, and no more memory or time."""

from __future__ import annotations

import csv
import json
import sqlite3
import struct
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel import xml_stream
from lantai.kernel.ead.gathering import Gathering
from lantai.kernel.errors import Invalid
from lantai.kernel.formulas import armed, disarmed
from lantai.kernel.sources import Source, SourceLimits, open_source
from tests.kernel.sources.test_tables import dbf

WIDE = 1 << 18
"""Bytes that are looked at to judge an encoding."""


def _told(path: Path) -> tuple[Source, list[tuple[str, ...]]]:
    source = open_source(path)
    return source, [row.cells for row in source.rows()]


def _refused(path: Path, **limits: int) -> tuple[str, object]:
    with pytest.raises(Invalid) as raised:
        list(open_source(path, limits=SourceLimits(**limits)).rows())
    return raised.value.code, raised.value.facts.get("row")


def _codes(source: Source) -> list[tuple[str, str]]:
    return [(finding.code, finding.found) for finding in source.findings]


# --- delimited text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "gb18030"])
def test_a_byte_order_mark_is_no_part_of_the_first_heading(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    mark = "\ufeff" if encoding == "gb18030" else ""
    path.write_bytes(f"{mark}档号,题名\nA-1,关于通知\n".encode(encoding))
    source, rows = _told(path)
    assert (source.headings, rows) == (("档号", "题名"), [("A-1", "关于通知")])


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("shift", range(3))
def test_a_character_cut_by_the_end_of_the_sample_misleads_nobody(
    tmp_path: Path, order: str, shift: int
) -> None:
    head = "档号,题名\n"
    filling = "x" * (WIDE // 2 - len(head) - 1 - shift)
    text = f"{head}{filling}𠀀𠀀𠀀,乙\nA-1,关于通知\n"
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(order))
    source, rows = _told(path)
    assert (source.encoding, rows[-1]) == (order, ("A-1", "关于通知"))
    assert rows[0][0].endswith("x𠀀𠀀𠀀")


@given(st.integers(0, 3), st.sampled_from(["㐀", "𠀀", "龥", "€"]))
@settings(max_examples=20, deadline=None)
def test_gb18030_is_whole_wherever_blocks_end(
    tmp_path_factory: pytest.TempPathFactory, shift: int, sign: str
) -> None:
    path = tmp_path_factory.mktemp("gb") / "a.csv"
    text = "档号,题名\n" + "关于调整行政区划的通知,乙\n" * 9 + "甲" * shift
    body = f"{sign}通" * (WIDE // 2)
    path.write_bytes(f"{text}\n1,".encode("gb18030") + body[:WIDE].encode("gb18030") + b"\n2,b\n")
    rows = _told(path)[1]
    assert rows[-1] == ("2", "b")
    assert rows[-2] == ("1", body[:WIDE])


def test_a_text_in_two_encodings_names_the_row_where_the_second_begins(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    utf8, gb = ("甲,关于调整行政区划的通知\n".encode(name) for name in ("utf-8", "gb18030"))
    for first, second in ((utf8, gb), (gb, utf8)):
        path.write_bytes(b"a,b\n" + first * 50 + second * 3)
        assert _refused(path) == ("sources.text.undecodable", 52)


def test_rows_of_blanks_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("档号,题名\n　,　\n  ,\t\n\u3000前,后 \n", "utf-8")
    assert _told(path)[1] == [("\u3000前", "后 ")]


def test_a_quotation_mark_too_many_swallows_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('档号,题名,年度\n1,"关于甲,2001\n2,乙,2002\n3,关于"丙,2003\n4,丁,2004\n', "utf-8")
    assert _refused(path) == ("sources.text.quotes", 2)
    path.write_text('档号,题名\n1,关于"五一"放假\n2,"关于""五一""放假"\n', "utf-8")
    assert _told(path)[1] == [("1", '关于"五一"放假'), ("2", '关于"五一"放假')]


def test_a_zero_byte_is_named_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("档号,题名\n".encode() + b"A,b\n" * 99_999 + b"A,\0b\n")
    assert _refused(path) == ("sources.text.zero", 100_001)


def test_a_damaged_byte_far_down_a_long_list_is_named_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for wrong, code in ((b"\xff", "sources.text.undecodable"), (b"\0", "sources.text.zero")):
        path.write_bytes("档号,题名\n".encode() + "甲,乙\n".encode() * 300_000 + b"A," + wrong + b"\n")
        assert _refused(path, cell=1 << 16) == (code, 300_002)


def test_a_row_of_lines_without_end_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "档号,题名\n" + "甲,乙\n" * 70
    path.write_bytes(rows.encode() + b'"x\n",' * 1_000_000)
    assert _refused(path, cell=1 << 17) == ("sources.line.too_long", 72)


def test_separators_are_told_whatever_the_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("sep=;\r档号;题名，甲\rA;b,c,d\r".encode())
    assert _told(path)[1] == [("A", "b,c,d")]


def test_tabs_behind_a_letter_are_no_dbase_table(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(b"C" + b"\t" * 60 + b"\nA\tb\n")
    assert open_source(path).kind == "csv"


@given(st.text(max_size=20))
def test_formulas_are_disarmed_and_come_back(text: str) -> None:
    cell = disarmed(text)
    assert armed(cell) == text
    assert cell[:1] not in tuple("=+-@\t\r\n＝＋－＠") or not cell


@given(st.lists(st.text("=+-@'甲,;\"\t\r\n ＝", min_size=1), min_size=1, max_size=5))
@settings(deadline=None)
def test_exported_cells_come_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = [("档号", "题名"), *(("1", disarmed(text)) for text in texts)]
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    assert _told(path)[1] == [("1", text) for text in texts]


# --- workbooks --------------------------------------------------------------------------------------------


def test_merged_cells_and_sheets_that_were_not_read_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("目录")
    sheet.merge_range(0, 0, 0, 2, "某某局目录")
    sheet.write_row(1, 0, ["年度", "档号", "题名"])
    sheet.merge_range(2, 0, 4, 0, "1975")
    for row in (2, 3, 4):
        sheet.write_row(row, 1, [f"A-{row}", "通知"])
    sheet.set_row(3, None, None, {"hidden": True})
    for name in ("旧目录", "空表"):
        book.add_worksheet(name)
    book.get_worksheet_by_name("旧目录").write(0, 0, "档号")
    book.get_worksheet_by_name("旧目录").hide()
    book.close()
    source, rows = _told(path)
    assert [cells[1] for cells in rows] == ["A-2", "A-3", "A-4"]
    assert _codes(source) == [
        ("spreadsheets.cells.merged", "A3:A5"),
        ("spreadsheets.sheets.left_out", "旧目录（隐藏）"),
    ]


@pytest.mark.parametrize(("since_1904", "shown"), [(False, "1975-06-01"), (True, "1979-06-02")])
def test_both_date_systems(tmp_path: Path, since_1904: bool, shown: str) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": since_1904})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["档号", "日期"])
    sheet.write_string(1, 0, "A")
    sheet.write_number(1, 1, 27546, book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()
    assert _told(path)[1] == [("A", shown)]


def test_a_zip_of_countless_entries_is_not_even_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for number in range(16_000):
            archive.writestr(f"xl/{number:0300}", "")
    with pytest.raises(Invalid, match=r"spreadsheets\.file\.too_large"):
        open_source(path)


# --- dBASE, SQLite, JSON ----------------------------------------------------------------------------------

FIELDS = [("题名", "C", 20), ("页数", "N", 5)]
RECORDS = [["关于区划的通知纪要".encode("gb18030"), b"1"]] * 9


def test_a_dbase_header_that_names_the_wrong_page_is_not_believed(tmp_path: Path) -> None:
    source, rows = _told(dbf(tmp_path / "a.dbf", FIELDS, RECORDS, page=3))
    assert (source.headings, rows[0]) == (("题名", "页数"), ("关于区划的通知纪要", "1"))
    assert _codes(source) == [("encodings.text.contradicts", "gb18030")]
    western = dbf(tmp_path / "b.dbf", [("A", "C", 9)], [["é".encode("cp1252")]], page=3)
    assert _told(western)[1] == [("é",)]


def test_dbase_records_beside_the_count_are_told(tmp_path: Path) -> None:
    data = bytearray(dbf(tmp_path / "a.dbf", FIELDS, RECORDS).read_bytes())
    fewer = tmp_path / "fewer.dbf"
    fewer.write_bytes(bytes(data[:4]) + struct.pack("<I", 5) + bytes(data[8:]))
    source, rows = _told(fewer)
    assert (len(rows), _codes(source)) == (5, [("sources.dbf.more", "4")])
    data[33 + 64 + 26 * 3] = 0x1A
    ends = tmp_path / "ends.dbf"
    ends.write_bytes(data)
    assert _refused(ends)[0] == "sources.file.broken"
    nameless = dbf(tmp_path / "c.dbf", [("", "C", 3), ("", "C", 3)], [[b"a", b"b"]])
    assert open_source(nameless).headings == ("第1列", "第2列")


def _base(path: Path, *steps: tuple[str, tuple[object, ...]]) -> Path:
    base = sqlite3.connect(path)
    for statement, values in steps:
        base.execute(statement, values)
    base.commit()
    base.close()
    return path


def test_sqlite_texts_of_old_programs(tmp_path: Path) -> None:
    made = ("CREATE TABLE 目录 (题名 TEXT)", ())
    put = "INSERT INTO 目录 VALUES (CAST(? AS TEXT))"
    source, rows = _told(_base(tmp_path / "a.db", made, (put, ("关于通知".encode("gb18030"),))))
    assert (rows, _codes(source)) == ([("关于通知",)], [("encodings.text.guessed", "gb18030")])
    broken = _base(tmp_path / "b.db", made, (put, (b"a",)), (put, (b"\xff\xff",)))
    assert _refused(broken) == ("sources.text.undecodable", 2)


def test_sqlite_logs_are_told_and_columns_have_names(tmp_path: Path) -> None:
    steps = [("PRAGMA journal_mode = WAL", ()), ('CREATE TABLE t ("" TEXT)', ())]
    source, rows = _told(_base(tmp_path / "a.db", *steps, ("INSERT INTO t VALUES ('x')", ())))
    assert (source.headings, rows) == (("第1列",), [("x",)])
    assert [code for code, _ in _codes(source)] == ["sources.sqlite.wal"]


def test_json_loses_nothing_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"a":"1","a":"2","":"x"}]', "utf-8")
    source, rows = _told(path)
    assert (source.headings, rows) == (("a", "第2列"), [("1；2", "x")])
    path.write_text('{"total":2,"rows":[{"a":"1"},{"a":"2"}],"others":[{"b":"3"}]}', "utf-8")
    source, rows = _told(path)
    assert (rows, _codes(source)) == ([("1",), ("2",)], [("sources.json.outside", "total others")])


@pytest.mark.parametrize("depth", [201, 500, 900, 985, 5_000])
def test_deep_json_is_refused_at_every_depth(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "a.json"
    for opening, closing in (("[", "]"), ('{"b":', "}")):
        path.write_text('[{"a":' + opening * depth + "1" + closing * depth + "}]", "utf-8")
        assert _refused(path)[0] == "sources.file.broken"
    path.write_text('[{"a":' + "[" * 150 + "1" + "]" * 150 + "}]", "utf-8")
    assert _told(path)[1][0][0].strip('[]"') == "1"


# --- markup -----------------------------------------------------------------------------------------------


def test_elements_without_end_inside_each_other_are_refused_early(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"<a>" * 100_000)
    with pytest.raises(Invalid, match=r"xml\.document\.broken") as raised:
        open_source(path)
    assert "too many levels" in str(raised.value.facts["reason"])


def test_an_element_that_takes_memory_without_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_stream, "_GROWTH", 16 << 20)
    path = tmp_path / "a.xml"
    inner = '<datafield tag="650"><subfield code="a">b</subfield></datafield>' * 200_000
    path.write_text(f"<collection><record><leader>x</leader>{inner}</record></collection>", "utf-8")
    assert _refused(path)[0] == "xml.document.too_demanding"


def test_a_row_of_markup_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<a><r><k>1</k></r>\n<r>" + "<k>abc</k>" * 1_000 + "</r></a>", "utf-8")
    assert _refused(path, object=2_000) == ("sources.cell.too_long", 2)


@pytest.mark.parametrize(
    "text",
    [
        "[" + json.dumps({"a": ["abc"] * 200_000}) + "]",
        '[{"a":"1"},' + " " * 20_000_000 + '{"a":"2"}]',
        "<a><r>" + "<k>abc</k>" * 200_000 + "</r><r><k>y</k></r></a>",
        "<ead><archdesc level='fonds'><did><unittitle>t</unittitle></did><controlaccess>"
        + "".join(f"<subject>s{n}</subject>" for n in range(20_000))
        + "</controlaccess></archdesc></ead>",
    ],
    ids=["json-list", "json-blanks", "xml-cells", "ead-headings"],
)
def test_many_values_of_one_heading_take_linear_time(tmp_path: Path, text: str) -> None:
    """Joined one by one these took a minute."""
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    start = time.process_time()
    _told(path)
    assert time.process_time() - start < 8


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text("x；\n", min_size=1, max_size=3))))
def test_gathered_values_are_joined_as_they_came(told: list[tuple[str, str]]) -> None:
    into, plain = Gathering(), dict[str, str]()
    for key, text in told:
        between = "；" if key == "a" else "\n"
        into.add(key, text, between)
        there = plain.get(key, "")
        if not there:
            plain[key] = text
        elif text not in there.split(between):
            plain[key] = f"{there}{between}{text}"
    assert into.done() == plain


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><r><b>&x;</b></r></a>',
        '<!DOCTYPE ead [<!ENTITY l "lol"><!ENTITY m "&l;&l;">]><ead><archdesc>&m;</archdesc></ead>',
        "<a><r><b>&nbsp;x</b></r></a>",
    ],
)
def test_entities_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text, "utf-8")
    assert _refused(path)[0] in {"xml.document.doctype", "xml.document.broken"}


def test_namespaces_nobody_knows_are_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        '<e:ead xmlns:e="urn:unknown"><e:eadheader><e:eadid>Q</e:eadid></e:eadheader>'
        '<e:archdesc level="fonds"><e:did><e:unittitle>全宗</e:unittitle></e:did><e:dsc><e:c><e:did>'
        '<e:unittitle>卷</e:unittitle><q:unitid xmlns:q="urn:q">1</q:unitid></e:did></e:c></e:dsc>'
        "</e:archdesc></e:ead>",
        "utf-8",
    )
    assert [cells[0] for cells in _told(path)[1]] == ["Q", "Q-1"]

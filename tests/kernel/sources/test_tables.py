"""DBF, SQLite, JSON and plain XML give rows; the hostile and the cut ones give codes."""

from __future__ import annotations

import json
import sqlite3
import struct
from pathlib import Path

import pytest

from lantai.kernel.errors import Invalid
from lantai.kernel.sources import SourceLimits, open_source
from tests.corpora import need


def _rows(path: Path, **asked: object) -> list[tuple[str, ...]]:
    return [row.cells for row in open_source(path, **asked).rows()]  # type: ignore[arg-type]


def dbf(path: Path, fields: list[tuple[str, str, int]], records: list[list[bytes]], page: int = 0x4D) -> Path:
    """Write a dBASE III table; a record whose first cell starts with ``*`` is marked as deleted."""
    size = 1 + sum(width for _, _, width in fields)
    data = struct.pack("<BBBBIHH16xBB2x", 3, 120, 1, 1, len(records), 33 + 32 * len(fields), size, 0, page)
    for name, kind, width in fields:
        data += name.encode("gb18030").ljust(11, b"\0") + kind.encode() + b"\0" * 4 + bytes([width, 0])
        data += b"\0" * 14
    data += b"\r"
    for record in records:
        deleted = record[0].startswith(b"*")
        cells = [cell.ljust(width) for cell, (_, _, width) in zip(record, fields, strict=True)]
        data += (b"*" if deleted else b" ") + b"".join(cells)
    path.write_bytes(data + b"\x1a")
    return path


def test_dbf_of_the_corpus() -> None:
    folder = need("06-catalogue-spreadsheets") / "tika"
    source = open_source(folder / "testDBF_gb18030.dbf")
    assert (source.kind, source.encoding, source.headings) == ("dbf", "gb18030", ("TEXTFIELD",))
    assert [row.cells[0] for row in source.rows()] == [
        "It was the best of times",
        "虽然该囝罪拱逛重新路发布",
        "it was the worst of times",
    ] or len(list(source.rows())) == 3
    plain = list(open_source(folder / "testDBF.dbf").rows())
    assert plain[0].cells == ("Whan that aprill", "2.5", "20160524")
    assert len(plain) == 20


def test_dbf_kinds_deleted_records_and_memos(tmp_path: Path) -> None:
    path = dbf(
        tmp_path / "目录.dbf",
        [("题名", "C", 20), ("页数", "N", 5), ("日期", "D", 8), ("开放", "L", 1), ("备注", "M", 10)],
        [
            ["关于通知".encode("gb18030"), b"   12", b"20010203", b"T", b"         1"],
            [b"*x", b"    1", b"        ", b"F", b"          "],
            ["纪要".encode("gb18030"), b"*****", b"        ", b"?", b"          "],
        ],
    )
    source = open_source(path)
    assert source.headings == ("题名", "页数", "日期", "开放", "备注")
    assert [(row.number, row.cells) for row in source.rows()] == [
        (1, ("关于通知", "12", "20010203", "TRUE", "")),
        (3, ("纪要", "", "", "", "")),
    ]
    assert [(f.code, f.found) for f in source.findings] == [
        ("sources.dbf.deleted", "1"),
        ("sources.dbf.memo", "备注"),
    ]


def test_a_dbf_cut_short_is_refused(tmp_path: Path) -> None:
    path = dbf(tmp_path / "a.dbf", [("A", "C", 9)], [[b"x"]] * 50)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(Invalid, match=r"sources\.file\.broken"):
        open_source(path)
    data = bytearray(dbf(tmp_path / "b.dbf", [("A", "C", 9)], [[b"x"]]).read_bytes())
    data[32 + 16] = 200
    path.write_bytes(data)
    with pytest.raises(Invalid, match=r"sources\.file\.broken"):
        open_source(path)


@pytest.mark.parametrize(
    ("name", "count"),
    [("山东地方法规", 472), ("广东地方法规", 88), ("河南地方法规", 418), ("浙江地方法规", 410)],
)
def test_sqlite_of_the_corpus(name: str, count: int) -> None:
    source = open_source(need("16-zh-catalogue") / f"{name}.sqlite3")
    assert (source.kind, source.sheet, source.sheets) == ("sqlite", "law", ("category", "law"))
    rows = list(source.rows())
    assert len(rows) == count
    with sqlite3.connect(source.path) as base:
        told = [tuple("" if c is None else str(c) for c in row) for row in base.execute("SELECT * FROM law")]
    assert [row.cells for row in rows] == told


def test_sqlite_tables_views_and_blobs(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as base:
        base.execute('CREATE TABLE "目 录" ("题""名" TEXT, 年度 INTEGER, 价 REAL)')
        base.execute('INSERT INTO "目 录" VALUES (?, ?, ?)', ("甲", 1990, 1.5))
        base.execute("CREATE TABLE 图 (data BLOB)")
        base.execute("INSERT INTO 图 VALUES (x'00ff')")
        base.execute("CREATE VIEW 看 AS SELECT * FROM 图")
    source = open_source(path, table="目 录")
    assert source.headings == ('题"名', "年度", "价")
    assert [row.cells for row in source.rows()] == [("甲", "1990", "1.5")]
    assert source.sheets == ("目 录", "图")
    with pytest.raises(Invalid, match=r"sources\.sqlite\.blob"):
        open_source(path, table="图")
    with pytest.raises(Invalid, match=r"sources\.table\.missing"):
        open_source(path, table="看")


def test_broken_and_endless_databases_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE a (x)")
        base.executemany("INSERT INTO a VALUES (?)", [("甲" * 100,)] * 2000)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(Invalid, match=r"sources\.file\.broken"):
        open_source(path)
    path.write_bytes(data)
    with pytest.raises(Invalid, match=r"spreadsheets\.file\.too_demanding"):
        open_source(path, limits=SourceLimits(spool=1 << 16))
    empty = tmp_path / "b.db"
    with sqlite3.connect(empty) as base:
        base.execute("PRAGMA user_version = 3")
        base.execute("CREATE TABLE a (x)")
        base.execute("DROP TABLE a")
    with pytest.raises(Invalid, match=r"sources\.table\.none"):
        open_source(empty)


def test_a_database_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE a (题名)")
        base.execute("INSERT INTO a VALUES ('甲')")
    before = (path.read_bytes(), sorted(tmp_path.iterdir()))
    path.chmod(0o444)
    assert _rows(path) == [("甲",)]
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == before


def test_json_arrays_lines_and_wrapped_lists(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    objects = [{"题名": "甲", "年度": 1990, "人名": ["张", "王"]}, {"题名": "乙", "来源": {"单位": "民政局"}}]
    expected = [("甲", "1990", "张；王", ""), ("乙", "", "", "民政局")]
    forms = [
        json.dumps(objects),
        json.dumps(objects, ensure_ascii=False, indent=2),
        "\n".join(json.dumps(one) for one in objects),
        json.dumps({"count": 2, "records": objects}),
    ]
    for text in forms:
        path.write_text(text, "utf-8")
        source = open_source(path)
        assert source.headings == ("题名", "年度", "人名", "来源/单位")
        assert [row.cells for row in source.rows()] == expected


def test_json_numbers_stay_as_typed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"号": 12345678901234567890123, "价": 1.50, "开": true, "空": null}]', "utf-8")
    assert _rows(path) == [("12345678901234567890123", "1.50", "TRUE", "")]


@pytest.mark.parametrize(
    "text",
    ['[{"a":1},', '[{"a":1}', '{"a":', '[{"a":1}] x', "[1,2]", "[[1]]", '{"a":1}{', "[" * 9000 + "]" * 9000],
)
def test_json_that_is_no_catalogue_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    with pytest.raises(Invalid, match=r"sources\.file\.(broken|kind)"):
        list(open_source(path).rows())


def test_deep_and_endless_json_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a":' * 20_000 + "1" + "}" * 20_000, "utf-8")
    with pytest.raises(Invalid, match=r"sources\.file\.broken"):
        open_source(path)
    path.write_text('[{"a":"' + "x" * 300_000, "utf-8")
    with pytest.raises(Invalid, match=r"sources\.file\.broken"):
        open_source(path, limits=SourceLimits(object=1 << 17))


def test_flat_xml_of_any_nesting(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?><导出><说明>云岭区</说明><列表>'
        '<条目 档号="X-1"><题名>甲</题名><责任者><名>张</名><名>王</名></责任者></条目>\n'
        '<条目 档号="X-2"><题名> 乙 </题名><字段 名称="盒号">3</字段></条目></列表></导出>',
        "utf-8",
    )
    source = open_source(path)
    assert source.kind == "xml"
    assert source.headings == ("档号", "题名", "责任者/名", "盒号")
    assert [(row.number, row.cells) for row in source.rows()] == [
        (1, ("X-1", "甲", "张；王", "")),
        (2, ("X-2", "乙", "", "3")),
    ]
    assert [(f.code, f.found) for f in source.findings] == [("sources.xml.outside", "说明")]


def test_flat_xml_of_attributes_and_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    text = (
        '<?xml version="1.0" encoding="gb2312"?><表><行 题名="甲" 年度="1990"/><行 题名="乙" 年度=""/></表>'
    )
    for encoding in ("gb18030", "utf-8", "utf-16"):
        path.write_bytes(text.replace("gb2312", encoding).encode(encoding))
        source = open_source(path)
        assert source.headings == ("题名", "年度")
        assert [row.cells for row in source.rows()] == [("甲", "1990"), ("乙", "")]


def test_the_same_catalogue_in_four_containers_gives_the_same_rows() -> None:
    folder = need("16-zh-catalogue")
    names = ("utf8bom.csv", "gb18030.csv", "xlsx", "xml")
    tables = []
    for name in names:
        source = open_source(folder / f"laws-national.{name}")
        headings = ["标识" if heading == "id" else heading for heading in source.headings]
        tables.append([dict(zip(headings, row.cells, strict=True)) for row in source.rows()])
        assert not source.findings
    keys = sorted(set().union(*(set(row) for row in tables[0])))
    # XML has no element for a cell that is empty; a column that is empty throughout has none at all.
    plain = [[tuple(row.get(key, "") for key in keys) for row in table] for table in tables]
    assert [len(table) for table in plain] == [776] * 4
    assert plain[0] == plain[1] == plain[2] == plain[3]
    assert len({row["标识"] for row in tables[0]}) == 776
    assert any(row["施行日期"] == "" for row in tables[0]), "empty cells stay empty"


def test_old_books_keep_their_characters_and_gaps() -> None:
    rows = list(open_source(need("16-zh-catalogue") / "guji-union-catalogue.csv").rows())
    assert len(rows) == 32
    assert rows[0].cells[2] == "欽定四庫全書·文淵閣本"
    assert rows[0].cells[6] == ""


@pytest.mark.parametrize(
    "text",
    ["<a/>", "<html><body><table><tr><td>x</td></tr></table></body></html>", "<a>text</a>", "{}", "[]"],
)
def test_markup_without_rows_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xls"
    path.write_text(text, "utf-8")
    with pytest.raises(Invalid, match=r"sources\.file\.(kind|empty)"):
        list(open_source(path).rows())

"""Lists of Excel 97–2003 in Chinese give the cells that were typed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lantai.kernel.errors import Invalid
from lantai.kernel.sources import open_source
from tests.biff import Cell, xls

LONG = "云岭区人民政府办公室关于转发区水利局《水库移民后期扶持资金管理办法》的通知，" * 12
ROWS: list[list[Cell]] = [
    ["归档文件目录"],
    ["档号", "题名", "责任者", "日期", "页数", "保管期限", "备注"],
    ["Z109-WS·2011·Y-0001", "关于水库移民安置的请示", "云岭区民政局", date(2011, 3, 4), 12, "永久", None],
    ["Z109-WS·2011·Y-0002", LONG, "雲嶺縣水利局〔籌〕", date(1949, 10, 1), 7.5, "30年", "𠮷林㐀"],
    ["Z109-WS·2011·Y-0003", "Minutes", "ÀB", None, -3, "10年", "第二行\n“引号”★"],
]
READ = [
    ("Z109-WS·2011·Y-0001", "关于水库移民安置的请示", "云岭区民政局", "2011-03-04", "12", "永久", ""),
    ("Z109-WS·2011·Y-0002", LONG, "雲嶺縣水利局〔籌〕", "1949-10-01", "7.5", "30年", "𠮷林㐀"),
    ("Z109-WS·2011·Y-0003", "Minutes", "ÀB", "", "-3", "10年", "第二行\n“引号”★"),
]


@pytest.mark.parametrize("piece", [8_000, 200, 64])
def test_a_chinese_list_of_excel_97_is_read_cell_by_cell(tmp_path: Path, piece: int) -> None:
    path = tmp_path / "归档文件目录.xls"
    path.write_bytes(xls("目录", ROWS, piece=piece))
    source = open_source(path)
    assert (source.kind, source.sheet, source.sheets, source.head) == ("xls", "目录", ("目录",), 2)
    assert source.headings == tuple(ROWS[1])
    assert [row.cells for row in source.rows()] == READ


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_list_that_broke_off_is_refused(tmp_path: Path, share: float) -> None:
    whole = xls("目录", ROWS)
    path = tmp_path / "a.xls"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(Invalid):
        list(open_source(path).rows())

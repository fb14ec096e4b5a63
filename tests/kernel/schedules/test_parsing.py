"""Schedules from the lists that units keep: workbooks, text, outlines of every form, and what is wrong with rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.errors import Invalid
from lantai.kernel.schedules import (
    Line,
    Parsed,
    Schedule,
    Status,
    column_of,
    from_rows,
    read_retention,
    read_schedule,
)
from lantai.kernel.sources import Row
from tests.kernel.schedules.labelled import HEADINGS, ROWS, UNIT


def parsed(rows: list[tuple[str, ...]], headings: tuple[str, ...] = HEADINGS) -> Parsed:
    return from_rows(headings, [Row(number, row) for number, row in enumerate(rows, 2)], UNIT, 1)


def told(found: Parsed) -> list[tuple[str, str]]:
    return [(finding.code.removeprefix("schedules.row."), finding.path) for finding in found.findings]


def lines(found: Parsed) -> list[tuple[str, str, str]]:
    return [(line.number, line.whole, line.retention) for line in found.schedule.lines]


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("永久", "永久"), ("永久保存", "永久"), ("Y", "永久"), ("30年", "30年"), ("定期30年", "30年"), ("定期（10年）", "10年"),
        ("D30", "30年"), ("３０年", "30年"), ("30", "30年"), ("三十年", "30年"), ("定期-十年", "10年"), ("二十五年", "25年"),
        ("长期", "长期"), ("短期保管", "短期"), ("定期", "定期"), ("", ""), ("很久", ""), ("0年", ""), ("300年", ""), ("永远", ""),
    ],
)  # fmt: skip
def test_periods(written: str, period: str) -> None:
    assert read_retention(written) == period


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("序 号", "number"), ("归档范围", "text"), ("文件材料名称", "text"), ("保管期限 (2)", "retention"),
        ("机构（问题）", "class_code"),
        ("归档部门", "department"), ("备　注", "note"), ("30年", "=30年"), ("永久", "=永久"), ("页数", ""),
    ],
)  # fmt: skip
def test_headings(heading: str, column: str) -> None:
    assert column_of(heading) == column


def test_an_outline_of_points() -> None:
    found = parsed(list(ROWS))
    assert not found.findings
    assert len(found.schedule.lines) == 48
    by_number = {line.number: line for line in found.schedule.lines}
    assert by_number["1.1.2"].path == ("上级机关文件材料", "上级机关召开的需要本机关贯彻执行的会议文件材料")
    assert by_number["6.10"].whole == "民政业务 › 慈善捐赠、福利彩票、志愿服务文件材料"
    assert by_number["8.1"].path == ("同级机关和不相隶属机关文件材料",)


def test_an_outline_of_chinese_numerals_before_the_words() -> None:
    rows = [
        ("一、综合类", ""),
        ("（一）会议材料", ""),
        ("1.局务会议纪要", "永久"),
        ("2．其他会议材料", "10年"),
        ("（二）计划总结", "永久"),
        ("二、业务类", ""),
        ("（一）2024年以来的低保材料", "30年"),
    ]
    found = parsed(rows, ("文件材料归档范围", "保管期限"))
    assert lines(found) == [
        ("1", "综合类 › 会议材料 › 局务会议纪要", "永久"),
        ("2", "综合类 › 会议材料 › 其他会议材料", "10年"),
        ("（二）", "综合类 › 计划总结", "永久"),
        ("（一）", "业务类 › 2024年以来的低保材料", "30年"),
    ]


def test_columns_of_ticks_and_lines_without_numbers() -> None:
    headings = ("归档范围", "永久", "30年", "10年", "责任科室")
    rows = [
        ("会议材料", "", "", "", ""),
        ("重要的", "√", "", "", "办公室"),
        ("一般的", "", "", "✓", "办公室"),
    ]
    found = parsed(rows, headings)
    assert lines(found) == [("", "会议材料 › 重要的", "永久"), ("", "会议材料 › 一般的", "10年")]
    assert found.schedule.lines[0].department == "办公室"


def test_what_is_wrong_is_told_by_row() -> None:
    rows = [
        ("1", "综合", "", ""),
        ("1.1", "会议纪要", "永久", ""),
        ("1.1", "工作总结", "永久", ""),
        ("1.2", "简报", "很久", ""),
        ("1.3", "大事记", "长期", ""),
        ("1.4", "印章", "定期", ""),
        ("1.5", "", "10年", ""),
        ("2", "没有期限", "", ""),
    ]
    found = parsed(rows)
    assert told(found) == [
        ("number_twice", "4"),
        ("retention_unknown", "5"),
        ("retention_legacy", "6"),
        ("retention_open", "7"),
        ("empty", "8"),
        ("retention_missing", "9"),
    ]
    assert [line.text for line in found.schedule.lines] == ["会议纪要", "工作总结", "大事记", "印章"]
    assert all(finding.message("zh") and finding.message("en") for finding in found.findings)


def test_what_is_no_schedule_is_refused() -> None:
    for headings, code in (
        (("序号", "姓名"), "schedules.columns.missing"),
        (("归档范围", "备注"), "schedules.columns.missing"),
        (HEADINGS, "schedules.rows.none"),
    ):
        with pytest.raises(Invalid) as refusal:
            parsed([("1", "", "", "")], headings)
        assert refusal.value.code == code
    with pytest.raises(Invalid, match=r"schedules\.rows\.too_many"):
        parsed([("1", "x", "永久", "")] * 20_001)


def test_from_a_workbook_and_from_text(tmp_path: Path) -> None:
    book = tmp_path / "归档范围.xlsx"
    with xlsxwriter.Workbook(str(book)) as workbook:
        sheet = workbook.add_worksheet("归档范围和保管期限表")
        sheet.merge_range(0, 0, 0, 3, f"{UNIT}文件材料归档范围和文书档案保管期限表")
        for at, row in enumerate((HEADINGS, *ROWS), 2):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
    csv = tmp_path / "归档范围.csv"
    csv.write_bytes("\r\n".join(",".join(row) for row in (HEADINGS, *ROWS)).encode("gb18030"))
    from_book, from_text = read_schedule(book, UNIT, 2), read_schedule(csv, UNIT, 2)
    strip = [line.as_json() | {"row": 0} for line in from_book.schedule.lines]
    assert strip == [line.as_json() | {"row": 0} for line in from_text.schedule.lines]
    assert len(strip) == 48 and from_book.schedule.lines[0].row == 6
    assert from_book.schedule.version == 2 and from_book.schedule.status is Status.DRAFT


def test_a_version_is_a_value() -> None:
    first = parsed(list(ROWS)).schedule
    document = json.loads(json.dumps(first.as_json()))
    assert Schedule.from_json(document) == first
    second = parsed([*ROWS[:-1], ("8.1", "同级机关的来函", "30年", "")]).schedule
    assert first.digest != second.digest
    added, gone = second.changed_from(first)
    assert [line.retention for line in added] == ["30年"] and [line.retention for line in gone] == ["10年"]
    approved = Schedule(first.unit, 1, first.lines, Status.APPROVED, "20240101", "云档〔2023〕9号")
    assert approved.digest == first.digest
    assert Schedule.from_json(approved.as_json()) == approved


CELLS = st.one_of(
    st.sampled_from(
        ["1", "1.1", "1.10", "一、", "（一）", "①", "重要的", "永久", "30年", "√", "会议材料", "1．会议", ""]
    ),
    st.text(max_size=12),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=30))
def test_any_rows_are_read(rows: list[tuple[str, str, str]]) -> None:
    try:
        found = from_rows(HEADINGS[:3], [Row(n, row) for n, row in enumerate(rows, 2)], UNIT, 1)
    except Invalid as refusal:
        assert refusal.code == "schedules.rows.none"
        return
    assert all(isinstance(line, Line) and line.text and line.retention for line in found.schedule.lines)
    numbers = [line.row for line in found.schedule.lines]
    assert numbers == sorted(set(numbers))
    left_out = {int(f.path) for f in found.findings if f.severity == "error"}
    assert not left_out & set(numbers)

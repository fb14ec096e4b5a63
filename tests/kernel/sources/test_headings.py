"""The heading row is found where people put it."""

from __future__ import annotations

import pytest

from lantai.kernel.sources import find_headings
from lantai.kernel.sources.headings import unique

KNOWN = {"档号", "题名", "责任者", "日期"}.__contains__


def test_titles_above_and_blank_columns_before_are_passed_over() -> None:
    rows = [
        ["", "归档文件目录", "", "", ""],
        ["", "全宗号：X001", "", "年度：2001", ""],
        [],
        ["", "档号", "题名", "责任者", "日期"],
        ["", "X001-1", "通知", "民政局", "20010203"],
    ]
    for known in (None, KNOWN):
        heading = find_headings(rows, known)
        assert heading.place == 3
        assert heading.columns == (1, 2, 3, 4)
        assert heading.names == ("档号", "题名", "责任者", "日期")


def test_knowledge_decides_between_two_rows_of_words() -> None:
    rows = [["code", "name", "who", "when"], ["档号", "题名", "责任者", "日期"], ["X-1", "甲", "乙", "1990"]]
    assert find_headings(rows).place == 0
    assert find_headings(rows, KNOWN).place == 1


def test_known_headings_that_do_not_occur_leave_the_looks() -> None:
    assert find_headings([["a", "b"], ["1", "2"]], KNOWN).names == ("a", "b")


def test_columns_without_heading_are_named_when_they_hold_something() -> None:
    heading = find_headings([["档号", "", "题名", ""], ["X-1", "补充", "甲", ""]])
    assert heading.names == ("档号", "第2列", "题名")


def test_equal_headings_are_told_apart() -> None:
    assert unique(["日期", "日期", "日期 (2)", "日期"]) == ("日期", "日期 (2)", "日期 (2) (2)", "日期 (3)")
    assert find_headings([["题名 ", "题\n名", "题 名"]]).names == ("题名", "题 名", "题 名 (2)")


@pytest.mark.parametrize("rows", [[], [[]], [["", ""]]])
def test_nothing_has_no_headings(rows: list[list[str]]) -> None:
    assert find_headings(rows).names == ()

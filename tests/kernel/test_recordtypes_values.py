"""Values of records: how they are read and what their canonical forms are."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.kernel.recordtypes import (
    RecordType,
    check_kind,
    classified,
    load,
    normalise,
    read_duration,
    read_moment,
    read_period,
    read_size,
    validate,
)

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def ws() -> RecordType:
    return load()["WS"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("20261122", "20261122"),
        ("2026-11-22", "20261122"),
        ("2026/1/2", "20260102"),
        ("2026.01.02", "20260102"),
        ("2026年11月22日", "20261122"),
        ("２０２６年１月", "202601"),
        ("1972年", "1972"),
        ("1972", "1972"),
        ("197203", "197203"),
        ("1972-03", "197203"),
        ("19720000", "1972"),
        ("2026-11-22 00:00:00", "20261122"),
        ("2026-11-22T08:30:00+08:00", "20261122"),
        ("19490101-19491231", "19490101-19491231"),
        ("1949-01-01/1949-12-31", "19490101-19491231"),
        ("1949-01-01-1949-12-31", "19490101-19491231"),
        ("1949-1952", "1949-1952"),
        ("1949年3月至1952年", "194903-1952"),
        ("1949——1952", "1949-1952"),
        ("[19491001]", "[19491001]"),
        ("［1949?］", "[1949]"),
        ("[1949-1950]", "[1949-1950]"),
    ],
)
def test_dates_are_read_in_all_their_forms(ws: RecordType, text: str, meant: str) -> None:
    assert normalise(ws, {"date": text}) == {"date": meant}
    assert check_kind(ws, {"date": text}) == []


@pytest.mark.parametrize(
    "text", ["20111332", "2011年13月", "20110230", "春天", "11-22-2026", "2011-", "[2011", "00000000"]
)
def test_what_is_no_date_stays_and_is_found(ws: RecordType, text: str) -> None:
    assert read_period(text) is None
    assert normalise(ws, {"date": text}) == {"date": text}
    assert [finding.code for finding in check_kind(ws, {"date": text})] == ["recordtypes.date.unreadable"]


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_back(day: date) -> None:
    for text in (f"{day:%Y%m%d}", day.isoformat(), f"{day.year}年{day.month}月{day.day}日"):
        period = read_period(text)
        assert period is not None and period.start.first == period.end.last == day


@given(st.text(max_size=30))
def test_no_text_breaks_a_reader(text: str) -> None:
    for reader in (read_period, read_moment, read_duration, read_size):
        reader(text)
    made = load()["LX"]
    values = {element.key: text for element in made.elements}
    validate(made, values, "YJ", today=TODAY)
    once = normalise(made, values)
    assert normalise(made, once) == once


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1:02:03", "01:02:03"),
        ("02:03", "00:02:03"),
        ("12分30秒", "00:12:30"),
        ("PT1H5S", "01:00:05"),
        ("90秒", "00:01:30"),
        ("00:00:01.50", "00:00:01.5"),
    ],
)
def test_durations_are_read(text: str, meant: str) -> None:
    assert read_duration(text) == meant


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1024", 1024),
        ("1,024 字节", 1024),
        ("1.5 MB", 1572864),
        ("2KB", 2048),
        ("3 GiB", 3 << 30),
        ("many", None),
    ],
)
def test_sizes_are_read(text: str, size: int | None) -> None:
    assert read_size(text) == size


def test_moments_are_read() -> None:
    assert read_moment("2026:11:22 10:00:00") == "2026-11-22T10:00:00"
    assert read_moment("2026-11-22T10:00:00+08:00") == "2026-11-22T10:00:00+08:00"
    assert read_moment("2026年11月22日") == "20261122"
    assert read_moment("2026-11-22 25:00") is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Y", "永久"),
        ("d30", "30年"),
        ("D10", "10年"),
        ("30 年", "30年"),
        ("定期（10年）", "10年"),
        ("长期", "长期"),
        ("短期保管", "短期"),
        ("99年", "99年"),
    ],
)
def test_retention_periods_have_one_spelling(ws: RecordType, text: str, meant: str) -> None:
    assert normalise(ws, {"retention": text}) == {"retention": meant}


def test_normalise_splits_secrecy_joins_repeats_and_keeps_the_unknown(ws: RecordType) -> None:
    values = {
        "security": "机密★10年",
        "author": " 甲局; 乙局\n丙局",
        "pages": "１２页",
        "year": "2011年度",
        "own": " x ",
    }
    assert normalise(ws, values) == {
        "security": "机密",
        "secrecy_period": "10年",
        "author": "甲局；乙局；丙局",
        "pages": "12",
        "year": "2011",
        "own": " x ",
    }
    assert normalise(ws, {"pages": "12.0"}) == {"pages": "12"}


def test_a_photograph_feeds_the_general_elements() -> None:
    values = normalise(
        load()["ZP"], {"photographer": "陆安", "taken_at": "2019:05:01 09:30:00", "people": "顾闻;何恒"}
    )
    assert (values["author"], values["date"], values["persons"]) == ("陆安", "20190501", "顾闻；何恒")
    assert normalise(load()["ZP"], {"photographer": "陆安", "author": "区委办"})["author"] == "区委办"


@pytest.mark.parametrize(
    "text",
    [
        "秘密",
        "机密",
        "绝密",
        " 机 密 ",
        "机密★10年",
        "秘密级",
        "機密",
        "涉密",
        "MM",
        "JM★",
        "um",
        "Top Secret",
    ],
)
def test_state_secrets_are_recognised(text: str) -> None:
    assert classified({"security": text})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "公开",
        "内部",
        "限制",
        "无",
        "非密",
        "不涉密",
        "非秘密",
        "无密级",
        "已解密",
        "商业秘密",
        "工作秘密",
    ],
)
def test_what_is_no_state_secret_is_not(text: str) -> None:
    assert not classified({"security": text})
    assert not classified({})

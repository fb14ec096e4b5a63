"""Checks of values: each is an item of DA/T 70-2018 and finds what it should, no more."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.recordtypes import (
    STAGES,
    RecordType,
    check_characters,
    check_kind,
    check_length,
    check_required,
    check_sense,
    check_vocabulary,
    load,
    validate,
)

TODAY = date(2026, 11, 22)
GOOD = {
    "ref": "Z109-WS·2011-Y-BGS-0001",
    "title": "关于加强区域数字档案馆建设的通知",
    "author": "云岭区人民政府办公室",
    "doc_number": "云政办〔2011〕16号",
    "date": "20110315",
    "year": "2011",
    "retention": "永久",
    "security": "公开",
    "pages": "12",
    "unit": "云岭区人民政府办公室",
    "record_code": "YL-2011-000016",
}


@pytest.fixture(scope="module")
def ws() -> RecordType:
    return load()["WS"]


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return (code without its first word, element) of each finding, and prove that it can be told."""
    for finding in findings:
        assert "{" not in finding.message() and "{" not in finding.message("en")
    return [(finding.code.removeprefix("recordtypes."), str(finding.facts["key"])) for finding in findings]


def test_a_good_record_has_no_findings(ws: RecordType) -> None:
    for stage in STAGES:
        assert validate(ws, GOOD, stage, today=TODAY) == []


def test_a_missing_element_and_an_empty_value_are_two_things(ws: RecordType) -> None:
    values = {**GOOD, "author": " "}
    del values["title"]
    found = check_required(ws, values, "YJ")
    assert codes(found) == [("element.missing", "title"), ("value.empty", "author")]
    assert {finding.path for finding in found} == {GOOD["ref"]}


def test_what_is_only_advised_gives_a_warning(ws: RecordType) -> None:
    values = {key: value for key, value in GOOD.items() if key not in {"unit", "record_code"}}
    found = check_required(ws, values, "YJ")
    assert codes(found) == [("element.missing", "unit"), ("element.missing", "record_code")]
    assert {finding.severity for finding in found} == {Severity.WARNING}


def test_elements_of_other_scopes_are_asked_for_in_theirs(ws: RecordType) -> None:
    found = check_required(ws, {"action_time": "20261122"}, "CQ", scope="event")
    assert codes(found) == [("element.missing", "business_status"), ("element.missing", "business_activity")]


def test_a_secret_needs_its_period(ws: RecordType) -> None:
    values = {**GOOD, "security": "机密"}
    assert codes(check_required(ws, values, "YJ")) == [("value.conditional", "secrecy_period")]
    assert check_required(ws, {**values, "secrecy_period": "10年"}, "YJ") == []
    assert check_required(ws, {**GOOD, "security": "机密★10年"}, "YJ") == []


def test_a_compound_document_needs_its_count(ws: RecordType) -> None:
    values = {**GOOD, "document_aggregation": "组合文件"}
    assert codes(check_required(ws, values, "GD")) == [("value.conditional", "item_count")]


def test_length_is_counted_in_characters_of_each_value(ws: RecordType) -> None:
    assert check_length(ws, {"title": "𠮷" * 500, "keywords": "；".join(["关键词" * 10] * 9)}) == []
    (found,) = check_length(ws, {"title": "题" * 501})
    assert (found.code, found.expected, found.found) == ("recordtypes.value.long", "500", "501")
    assert len(found.message()) < 200


@pytest.mark.parametrize(
    ("code", "key", "value", "wanted"),
    [
        ("WS", "pages", "十二", "integer.unreadable"),
        ("WS", "pages", "1.5", "integer.unreadable"),
        ("WS", "year", "11", "year.unreadable"),
        ("WS", "item_number", "1a", "digits.unreadable"),
        ("WS", "archives_code", "4420", "value.pattern"),
        ("WS", "file_size", "大", "size.unreadable"),
        ("WS", "signature_value", "签名", "base64.unreadable"),
        ("WS", "certificate_reference", "无", "uri.unreadable"),
        ("WS", "action_time", "昨天", "moment.unreadable"),
        ("ZP", "latitude", "30°", "number.unreadable"),
        ("LY", "duration", "很长", "duration.unreadable"),
        ("LX", "resolution", "高清", "value.pattern"),
    ],
)
def test_values_not_written_as_their_kind_are_found(code: str, key: str, value: str, wanted: str) -> None:
    made = load()[code]
    assert codes(check_kind(made, {key: value})) == [(wanted, key)]
    assert check_sense(made, {key: value}, today=TODAY) == []


def test_values_outside_a_closed_vocabulary_are_found(ws: RecordType) -> None:
    values = {
        "retention": "百年",
        "security": "密",
        "open_status": "D30",
        "language": "傣文",
        "record_form": "便笺",
    }
    found = check_vocabulary(ws, values)
    assert codes(found) == [
        ("value.outside", "retention"),
        ("value.outside", "security"),
        ("value.outside", "open_status"),
    ]
    assert found[0].expected == "永久 30年 10年 长期 短期"
    assert check_vocabulary(ws, {"retention": "D30", "security": "机密★10年", "open_status": "延期"}) == []


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"year": "1799"}, [("number.low", "year")]),
        ({"year": "2027"}, [("year.future", "year")]),
        ({"year": "2026"}, []),
        ({"date": "20261123"}, [("date.future", "date")]),
        ({"date": "20261122"}, []),
        ({"date": "202611"}, []),
        ({"date": "17991231"}, [("date.early", "date")]),
        ({"date": "20120101-20110101"}, [("date.reversed", "date")]),
        ({"date": "20120101", "year": "2011"}, [("date.outside_year", "date")]),
        ({"date": "20101201-20110101", "year": "2011年度"}, []),
        ({"date": "[2011]", "year": "2011"}, []),
        ({"pages": "0"}, [("number.low", "pages")]),
        ({"pages": "-3"}, [("number.low", "pages")]),
        ({"pages": "100001"}, [("number.high", "pages")]),
        ({"retention": "长期", "year": "2007"}, [("term.abolished", "retention")]),
        ({"retention": "长期", "year": "2006"}, []),
        ({"action_time": "2030-01-01T00:00:00"}, []),
    ],
)
def test_values_that_cannot_be_true_are_found(
    ws: RecordType, values: Mapping[str, str], wanted: list[tuple[str, str]]
) -> None:
    found = check_sense(ws, values, today=TODAY)
    assert codes(found) == wanted
    warnings = {"recordtypes.date.outside_year", "recordtypes.term.abolished"}
    assert all((f.severity is Severity.WARNING) == (f.code in warnings) for f in found)


def test_the_day_of_the_call_is_the_default(ws: RecordType) -> None:
    assert codes(check_sense(ws, {"date": "99991231"})) == [("date.future", "date")]
    assert check_sense(ws, {"date": f"{date.today():%Y%m%d}"}) == []


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("关于\x07的通知", "control"),
        ("关于\u202e的通知", "control"),
        ("关于\ufeff的通知", "invisible"),
        ("关于\u200b的通知", "invisible"),
        ("关于\ufffd的通知", "replaced"),
        ("关于锟斤拷的通知", "mojibake"),
        ("关于\ue816的通知", "private"),
        ("关于\U000f0000的通知", "private"),
        ("关于\ud800的通知", "unassigned"),
        ("关于\uffff的通知", "unassigned"),
        ("关于\n的通知", "line_end"),
        ("关于╔的通知", "odd"),
        ("关于😀的通知", "odd"),
    ],
)
def test_characters_that_no_title_has_are_found(ws: RecordType, title: str, wanted: str) -> None:
    found = check_characters(ws, {"title": title})
    assert codes(found) == [(f"characters.{wanted}", "title")]
    assert (found[0].severity is Severity.WARNING) == (wanted in {"odd", "line_end"})
    assert all(c.isprintable() for c in found[0].message())


@pytest.mark.parametrize(
    "title",
    [
        "关于印发《云岭区“十四五”规划（2021—2025年）》的通知：一、总则；二、附则……",
        "云政发〔2019〕5号 No.7 A&B",
        "二○○八年□□同志×××、①②③ 100㎡ 37℃ ★",
        "𠮷𪚥㐂 䶮 \U0003134f\U000323b0",
        "བོད་ཡིག ئۇيغۇرچە ᠮᠣᠩᠭᠣᠯ 한국어 日本語カナ Ünïcode",
        "葛\U000e0100",
    ],
)
def test_titles_of_real_records_pass(ws: RecordType, title: str) -> None:
    assert check_characters(ws, {"title": title}) == []


def test_line_ends_are_allowed_where_text_is_long(ws: RecordType) -> None:
    assert check_characters(ws, {"note": "一\n二\t三", "keywords": "一\n二"}) == []


def test_a_site_forbids_and_allows_characters(tmp_path: Path) -> None:
    head = 'code = "HY"\nzh = "婚姻"\nen = "Marriage"\nversion = "1"\nlevels = ["item"]\n'
    text = head + '[characters]\nforbid = "★"\nallow = "╔"\n[element.a]\nzh = "甲"\nen = "a"\n'
    (tmp_path / "HY.toml").write_text(text, "utf-8")
    made = load(tmp_path)["HY"]
    assert codes(check_characters(made, {"a": "╔"})) == []
    assert codes(check_characters(made, {"a": "机密★"})) == [("characters.forbidden", "a")]


def test_ten_thousand_records_are_checked_in_seconds(ws: RecordType) -> None:
    began = time.process_time()
    for _ in range(10_000):
        validate(ws, GOOD, "YJ", today=TODAY)
    assert time.process_time() - began < 4.0

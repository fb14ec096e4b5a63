"""Hints: what they find, what they leave alone, and how well, measured on invented persons and on laws."""

from __future__ import annotations

import csv
import itertools
import random
import re
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.kernel.hints import (
    Confidence,
    Hint,
    citizen_check_digit,
    frames,
    hints_of,
    keywords,
    luhn,
    of_title,
    personal_data,
    persons,
    secrecy_marks,
)
from lantai.kernel.texts import LANGUAGES
from tests.corpora import need


def people() -> list[dict[str, str]]:
    with (need("20-synthetic-people") / "people.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def laws() -> list[Path]:
    return sorted((need("15-zh-texts") / "laws").rglob("*.md"))


def by_code(text: str) -> dict[str, list[Hint]]:
    found: dict[str, list[Hint]] = {}
    for hint in personal_data("title", text):
        found.setdefault(hint.code.rpartition(".")[2], []).append(hint)
    return found


FORMS = ("{}", "关于{}同志的处理决定", "身份证号：{}，已核对", "{}(本人)", "附件{}、名单", "号码 {}。")


def test_every_invented_citizen_number_is_found_in_every_surrounding() -> None:
    for person in people():
        number = person["公民身份号码"]
        for form in FORMS:
            found = by_code(form.format(number))
            assert [hint.value for hint in found.pop("citizen_id")] == [number]
            assert not found
        wide = "".join(chr(ord(sign) + 0xFEE0) for sign in number)
        assert [hint.value for hint in by_code(f"身份证{wide}")["citizen_id"]] == [wide]


def test_every_invented_mobile_number_is_found() -> None:
    for person in people():
        found = by_code(f"联系人{person['姓名']}，手机{person['手机']}")
        assert [(h.value, h.confidence) for h in found.pop("mobile")] == [(person["手机"], Confidence.STRONG)]
        assert not found


def test_a_whole_row_gives_one_number_of_each_kind_and_nothing_from_addresses() -> None:
    for person in people():
        found = by_code("；".join(person.values()))
        assert {code: len(hints) for code, hints in found.items()} == {"citizen_id": 1, "mobile": 1}


def test_one_wrong_sign_is_told_as_such() -> None:
    chance = random.Random(5)
    for person in people():
        number = person["公民身份号码"]
        place = chance.randrange(14, 17)
        wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        found = by_code(wrong)
        assert set(found) == {"citizen_id_misspelt"}, wrong


def test_no_law_has_a_citizen_number() -> None:
    files = laws()
    assert len(files) >= 50
    found = [
        (path.name, hint.value, hint.code)
        for path in files
        for hint in personal_data("note", path.read_text("utf-8"))
        if not _a_telephone_that_the_law_tells(hint)
    ]
    assert not found


def _a_telephone_that_the_law_tells(hint: Hint) -> bool:
    return hint.code == "hints.personal.landline" and re.fullmatch(r"[0-9()（） -]+", hint.value) is not None


@pytest.mark.parametrize(
    "text",
    [
        "云政发〔2003〕12号",
        "Z109-WS·2011·Y-0001",
        "20110304-20110923",
        "拨款 110101199003077 元又 123456789012345678 元",
        "版本 1.13764721771.2",
        "SN13764721771A",
        "000000000000000000",
        "999999199003077758",
        "110101199013077758",
        "3.14159265358979323846",
        "12345678901234567890123",
        "2003-5-12至2003-6-30",
    ],
)
def test_other_numbers_are_no_citizen_numbers(text: str) -> None:
    assert not {"citizen_id", "citizen_id_misspelt", "mobile", "bank_card"} & set(by_code(text))


def test_old_numbers_and_cards_are_weak() -> None:
    old = by_code("持证人110101550307231")
    assert [hint.confidence for hint in old["citizen_id_old"]] == [Confidence.WEAK]
    assert luhn("79927398713")
    body = "622202020011223000"
    card = body + next(sign for sign in "0123456789" if luhn(body + sign))
    assert [hint.confidence for hint in by_code(f"账号{card}")["bank_card"]] == [Confidence.WEAK]
    wrong = body + next(sign for sign in "0123456789" if not luhn(body + sign))
    assert not by_code(f"账号{wrong}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("电话0871-65123456", "0871-65123456"),
        ("(010)62345678", "(010)62345678"),
        ("办公室电话：65123456", "65123456"),
    ],
)
def test_landlines(text: str, value: str) -> None:
    assert [hint.value for hint in by_code(text)["landline"]] == [value]


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert citizen_check_digit("11010519491231002") == "X"
    assert citizen_check_digit("44052418800101001") == "4"


def marks(text: str) -> list[tuple[str, str, Confidence]]:
    return [(h.value, h.code.rpartition(".")[2], h.confidence) for h in secrecy_marks("title", text)]


@pytest.mark.parametrize(
    ("text", "value", "code", "confidence"),
    [
        ("机密★10年 关于防汛的通知", "机密★10年", "mark", Confidence.STRONG),
        ("绝密★长期", "绝密★长期", "mark", Confidence.STRONG),
        ("秘密★", "秘密★", "mark_open", Confidence.STRONG),
        ("秘密 * 五年", "秘密 * 五年", "mark", Confidence.STRONG),
        ("关于征兵的通知（机密）", "（机密）", "bracketed", Confidence.STRONG),
        ("密级：秘密", "密级：秘密", "labelled", Confidence.STRONG),
        ("绝密文件清退登记", "绝密文件", "leading", Confidence.FAIR),
        ("全区绝密电报收发登记", "绝密", "grade", Confidence.FAIR),
        ("民政简报（内部）", "（内部）", "internal", Confidence.FAIR),
        ("内部资料汇编", "内部资料", "internal", Confidence.FAIR),
    ],
)
def test_marks_of_secrecy(text: str, value: str, code: str, confidence: Confidence) -> None:
    assert marks(text) == [(value, code, confidence)]


@pytest.mark.parametrize(
    "text",
    [
        "关于加强商业秘密保护的通知",
        "中华人民共和国保守国家秘密法",
        "关于做好保密工作的意见",
        "无记名投票和秘密投票办法",
        "关于开展内部审计工作的报告",
        "涉及国家秘密的载体",
    ],
)
def test_ordinary_words_are_no_marks_and_say_why(text: str) -> None:
    found = marks(text)
    assert found
    assert {(code, confidence) for _, code, confidence in found} == {("word", Confidence.NONE)}


def test_laws_have_hardly_any_mark() -> None:
    """The law of secrets itself speaks of grades; elsewhere nothing may look like a mark that is sure."""
    sure, texts = [], 0
    for path in laws():
        texts += 1
        for line in path.read_text("utf-8").splitlines():
            sure += [
                (path.name, h.value) for h in secrecy_marks("note", line) if h.confidence is Confidence.STRONG
            ]
    assert texts >= 50
    assert not sure


def test_titles_tell_form_author_number_and_date() -> None:
    title = "云岭区民政局关于印发《水库移民安置办法》的通知（云民发〔2003〕12号）"
    told = {hint.fills: hint for hint in of_title(title)}
    assert told["record_form"].value == "通知"
    assert told["record_form"].confidence is Confidence.STRONG
    assert told["author"].value == "云岭区民政局"
    assert told["doc_number"].value == "云民发〔2003〕12号"
    for hint in told.values():
        assert title[hint.start : hint.end]
    passed = {h.fills: h for h in of_title("转发省民政厅民发(1998)7号文件的通知")}
    assert (passed["doc_number"].value, passed["doc_number"].confidence) == (
        "民发〔1998〕7号",
        Confidence.WEAK,
    )
    dated = {h.fills: h.value for h in of_title("一九八五年三月十二日常委会会议纪要")}
    assert dated == {"record_form": "纪要", "date": "19850312"}
    assert "date" not in {h.fills for h in of_title("2003年度工作总结")}
    assert "date" not in {h.fills for h in of_title("2003年13月40日的通知")}


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("关于召开会议的函", "函"),
        ("1985年工作总结", "工作总结"),
        ("云岭区人民政府令", "命令"),
        ("关于春耕生产的意见（草案）", "意见"),
        ("民政局大事记", "大事记"),
    ],
)
def test_forms(title: str, form: str) -> None:
    assert [h.value for h in of_title(title) if h.fills == "record_form"] == [form]


def test_the_units_own_words_come_first() -> None:
    title = "区民政局水库移民后期扶持资金发放花名册"
    own = list(keywords(title, known=["水库移民", "后期扶持资金", "扶贫"]))
    assert [h.value for h in own[:2]] == ["后期扶持资金", "水库移民"]
    assert {h.code for h in own[:2]} == {"hints.keyword.known_once"}
    assert "次" not in own[0].reason("zh")
    twice = next(iter(keywords(title, "水库移民", known=["水库移民"])))
    assert twice.code == "hints.keyword.known" and "2 次" in twice.reason("zh")
    assert title[own[0].start : own[0].end] == "后期扶持资金"
    author = [h.value for h in of_title(title, authors=["民政局", "区民政局"]) if h.fills == "author"]
    assert author == ["区民政局"]


def test_keywords_are_nouns_without_the_words_of_offices() -> None:
    found = [
        h.value for h in keywords("关于印发水库移民安置补助标准的通知", "水库库区移民的补助标准按人口计算。")
    ]
    assert "水库" in found
    assert "移民" in found
    assert not {"关于", "通知", "印发", "的"} & set(found)
    assert len(found) <= 6
    assert list(keywords("")) == []


def test_persons() -> None:
    named = {h.value: h.confidence for h in persons("title", "关于任命李建国同志为区民政局局长的通知")}
    assert named == {"李建国": Confidence.FAIR}
    assert not list(persons("title", "关于水库移民安置的请示"))


def test_what_a_title_lacks() -> None:
    def lacks(title: str, form: str = "") -> set[str]:
        values = {"title": title, "record_form": form}
        return {h.code.rpartition(".")[2] for h in hints_of(values) if h.kind == "title"}

    assert lacks("关于水库移民安置", "通知") == {"no_form"}
    assert lacks("关于水库大坝的通知") == {"no_verb"}
    assert lacks("关于安置水库移民的通知") == set()
    assert lacks("全家福照片") == set()


def test_values_are_proposed_for_empty_elements_only() -> None:
    values = {"title": "关于安置移民的通知（云民发〔2003〕12号）", "record_form": "通知", "date": "20030512"}
    proposed = {h.fills: h.value for h in hints_of(values) if h.fills}
    assert "record_form" not in proposed
    assert proposed["year"] == "2003"
    assert proposed["doc_number"] == "云民发〔2003〕12号"
    assert not [h for h in hints_of(values, offers=()) if h.fills]
    assert {h.fills for h in hints_of(values, offers=("year",)) if h.fills} == {"year"}


def test_dates_are_completed() -> None:
    short = [h.value for h in hints_of({"date": "85.3.12", "year": "1985"}) if h.fills == "date"]
    assert short == ["19850312"]
    longer = {"date": "1985", "title": "1985年3月12日会议纪要"}
    assert [h.value for h in hints_of(longer) if h.fills == "date"] == ["19850312"]
    other = {"date": "1986", "title": "1985年3月12日会议纪要"}
    assert [h.value for h in hints_of(other) if h.fills == "date"] == []


def test_elements_for_personal_data_need_no_hint() -> None:
    number = "110105194912310021"[:17] + citizen_check_digit("11010519491231002")
    assert [h.kind for h in hints_of({"note": number})] == ["personal"]
    assert hints_of({"citizen_id": number}, marked=("citizen_id",)) == []


def test_frames_are_learnt_from_the_units_titles() -> None:
    things = (
        "水库移民安置",
        "优抚对象抚恤",
        "农村低保",
        "殡葬改革",
        "救灾款物",
        "双拥共建",
        "村民自治",
        "福利彩票",
    )
    titles = [f"云岭区民政局关于{thing}情况的报告" for thing in things]
    titles += [f"{year}年{thing}工作总结" for year in range(1990, 1998) for thing in things[:3]]
    titles += ["毫不相干的一句话", "另外一句"]
    told = frames(titles)
    texts = [str(frame) for frame in told]
    assert any(text.endswith("情况的报告") and "…" in text for text in texts)
    assert any(text.startswith("〔年〕年") and text.endswith("总结") for text in texts)
    assert all(frame.count >= 3 and frame.slots >= 1 for frame in told)
    assert frames([]) == []


def test_every_reason_has_words() -> None:
    values = {
        "title": "机密★10年 云岭区民政局关于王建国同志水库大坝的通知（云民发〔2003〕12号），电话13764721771",
        "abstract": "内部资料，商业秘密，1985年3月2日，移民移民",
    }
    found = hints_of(values)
    assert {"personal", "secrecy", "form", "number", "keyword", "author"} - {h.kind for h in found} <= {
        "form",
        "author",
    }
    for hint in found:
        for language in LANGUAGES:
            said = hint.reason(language)
            assert said
            assert "{" not in said


_PIECES = (
    *("绝密", "秘密★", "密级", "密 级  ", "关于", "的", "对〔2001〕1号", "（", "〔(", "  ", "　", "1"),
    *("13800138000 ", "11010119900307", "甲局、", "1999年 ", "电话：", "内部", "王建国", "62", "令（试行)"),
)


@pytest.mark.parametrize("piece", _PIECES)
def test_long_texts_take_linear_time(piece: str) -> None:
    """Patterns that look again from every place took minutes for these."""
    text = "关于" + piece * (30_000 // len(piece)) + "。密"
    start = time.process_time()
    found = hints_of({"title": text, "abstract": text})
    assert time.process_time() - start < 5
    assert all(hint.reason("zh") and hint.reason("en") for hint in found)


@given(
    st.sampled_from([11, 13, 31, 44, 53, 65]),
    st.dates(date(1900, 1, 1), date(2020, 12, 31)),
    st.integers(0, 999),
    st.sampled_from(["", "证号", "（", "：", "，男，"]),
    st.sampled_from(["", "。", "）", "同志"]),
)
def test_every_number_with_its_check_digit_is_proven_and_no_other(
    province: int, born: date, order: int, before: str, behind: str
) -> None:
    first = f"{province}0101{born:%Y%m%d}{order:03}"
    right = citizen_check_digit(first)
    for last in "0123456789X":
        (hint,) = personal_data("title", f"{before}{first}{last}{behind}")
        assert hint.value == first + last
        assert (hint.confidence is Confidence.STRONG) == (last == right)
    for longer in (f"{first}{right}1", f"1{first}{right}", f"{first}{right}.5"):
        assert all(hint.confidence is not Confidence.STRONG for hint in personal_data("title", longer))


@given(st.text("关于甲乙通知的0123 ★", max_size=20), st.text("关于甲乙通知的0123 ", max_size=20))
def test_a_grade_with_a_star_is_a_mark_wherever_it_stands(before: str, behind: str) -> None:
    text = f"{before}机密★{behind}"
    marks = [hint for hint in secrecy_marks("title", text) if hint.code.startswith("hints.secrecy.mark")]
    assert [hint.start for hint in marks] == [len(before)]
    assert all(hint.confidence is Confidence.STRONG for hint in marks)


@given(st.text("秘密机绝★级内部()（）关于通信 　:：", max_size=60))
def test_no_place_is_told_twice(text: str) -> None:
    spans = sorted((hint.start, hint.end) for hint in secrecy_marks("title", text))
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))

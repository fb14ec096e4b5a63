"""Reference codes: every worked example of the standards' notes, round trips, the trap of the separators."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.kernel import refcodes
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.findings import Severity
from lantai.kernel.refcodes import check_code, compose, gaps, load_rules, parse
from lantai.kernel.texts import sentence

# Code; below it the rule, the parts, the 类别号 and, by 案卷, the code of the file. The last two are ours:
# the order of parts inside the 类别号 may differ.
EXAMPLES = """
Z109-WS·2011·Y·办公室-0001
  dat13-2022.item
  fonds=Z109 category=WS year=2011 retention=Y function=办公室 item=0001
  WS·2011·Y·办公室

A439-WS·2015·D30·003-005
  dat13-2022.item
  fonds=A439 category=WS year=2015 retention=D30 function=003 item=005
  WS·2015·D30·003

Z008-WS·2019·Y-037
  dat13-2022.item
  fonds=Z008 category=WS year=2019 retention=Y item=037
  WS·2019·Y

J019-LY·2019·Y-001
  dat13-2022.item
  fonds=J019 category=LY year=2019 retention=Y item=001
  LY·2019·Y

K021-ZP·2019·D30-025-005
  dat13-2022.file
  fonds=K021 category=ZP year=2019 retention=D30 file=025 item=005
  ZP·2019·D30
  K021-ZP·2019·D30-025

J019-KU·01·2017-001-001
  dat13-2022.file
  fonds=J019 category=KU subcategories=01 year=2017 file=001 item=001
  KU·01·2017
  J019-KU·01·2017-001

X032-KJ·JJ·02-005-054
  dat13-2022.project
  fonds=X032 category=KJ subcategories=JJ project=02 file=005 page=054
  KJ·JJ·02
  X032-KJ·JJ·02-005

J019-ZY·JC·CC·2019·D30-001-001
  dat13-2022.file
  fonds=J019 category=ZY subcategories=JC·CC year=2019 retention=D30 file=001 item=001
  ZY·JC·CC·2019·D30
  J019-ZY·JC·CC·2019·D30-001

C015-WY·TZGG·2019·D10-00001
  dat13-2022.item
  fonds=C015 category=WY subcategories=TZGG year=2019 retention=D10 item=00001
  WY·TZGG·2019·D10

B168-SW·2015·Y-001
  dat13-2022.item
  fonds=B168 category=SW year=2015 retention=Y item=001
  SW·2015·Y

C038-001-002-003
  legacy
  fonds=C038 catalogue=001 file=002 item=003
  001
  C038-001-002

Z109-WS·2011-Y-BGS-0001
  dat22-2015
  fonds=Z109 category=WS year=2011 retention=Y function=BGS item=0001
  WS·2011-Y-BGS

Z109-WS·Y·2011-0001
  dat13-2022.item.retention-first
  fonds=Z109 category=WS year=2011 retention=Y item=0001
  WS·Y·2011

Z109-WS·2011·BGS·D10-0001
  dat13-2022.item.retention-last
  fonds=Z109 category=WS year=2011 function=BGS retention=D10 item=0001
  WS·2011·BGS·D10
"""


def examples() -> list[list[str]]:
    """Return [code, rule, parts, series, parent] of each example."""
    blocks = ([line.strip() for line in block.splitlines()] for block in EXAMPLES.strip().split("\n\n"))
    return [block if len(block) == 5 else [*block, ""] for block in blocks]


@pytest.mark.parametrize(("text", "rule", "parts", "series", "parent"), examples())
def test_each_worked_example_is_read_and_written_back(
    text: str, rule: str, parts: str, series: str, parent: str
) -> None:
    code = parse(text)
    found = {name: part if isinstance(part, str) else "·".join(part) for name, part in code.parts().items()}
    assert found == dict(part.split("=") for part in parts.split())
    assert (code.rule, code.series, code.parent()) == (rule, series, parent)
    assert compose(code.rule, **code.parts()) == text


def test_the_two_standards_write_one_class_with_other_separators() -> None:
    new, old = parse("Z109-WS·2011·Y·BGS-0001"), parse("Z109-WS·2011-Y-BGS-0001")
    assert (new.rule, old.rule) == ("dat13-2022.item", "dat22-2015")
    assert new.parts() == old.parts()
    assert new.sequence() == old.sequence()
    assert compose(old.rule, **new.parts()) == old.text
    assert parse("Z109-WS·2011-D30-0001").function == ""


@pytest.mark.parametrize(
    ("text", "code", "character", "wanted"),
    [
        ("Z109-WS．2011·Y-0001", "separator", "．", "·"),
        ("Z109-WS•2011·Y-0001", "separator", "•", "·"),
        ("Z109-WS・2011·Y-0001", "separator", "・", "·"),
        ("Z109-WS.2011·Y-0001", "separator", ".", "·"),
        ("Z109——WS·2011·Y-0001", "separator", "—", "-"),
        ("Z109-WS·2011－Y-BGS-0001", "separator", "－", "-"),
        ("Z109-WS·2011·Y–0001", "separator", "–", "-"),
        ("Z109-WS·２011·Y-0001", "width", "２", "2"),
        ("Ｚ109-WS·2011·Y-0001", "width", "Ｚ", "Z"),
        ("z109-WS·2011·Y-0001", "case", "z", "Z"),
        ("Z109-WS·2011·Y -0001", "space", " ", ""),
        ("Z109-WS·2011·Y-0001\n", "space", "\n", ""),
        ("Z109-WS·2011·Y\u200b-0001", "space", "\u200b", ""),
    ],
)
def test_a_wrong_character_is_named_with_the_right_one(
    text: str, code: str, character: str, wanted: str
) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text)
    assert caught.value.code == f"refcodes.code.{code}"
    assert caught.value.facts["character"] == character
    assert caught.value.facts["position"] == text.index(character) + 1
    assert caught.value.facts.get("wanted", "") == wanted
    assert "{" not in sentence(caught.value) + sentence(caught.value, "en")


@pytest.mark.parametrize(
    "text", ["", "Z109", "Z109-WS-2011-Y-BGS-0001", "Z109-WS·2011·Y", "Z109-WS·1499·Y-0001", "档号"]
)
def test_what_no_rule_reads_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"refcodes\.code\.unreadable"):
        parse(text)


def test_an_unknown_category_is_named() -> None:
    with pytest.raises(Invalid, match=r"refcodes\.code\.category") as caught:
        parse("Z109-QQ·2011·Y-0001")
    assert caught.value.facts["category"] == "QQ"


def test_a_file_level_code_is_read_when_asked_for() -> None:
    group = parse("K021-ZP·2019·D30-025", level="file")
    assert (group.rule, group.file, group.item, group.parent()) == ("dat13-2022.volume", "025", "", "")
    assert parse("K021-ZP·2019·D30-025").item == "025"
    assert parse("C038-001-002").rule == "legacy.volume"
    assert parse("X032-KJ·JJ·02-005", level="file").project == "02"
    for text in ("K021-ZP·2019·D30-025-005", "X032-KJ·JJ·02-005-054", "C038-001-002-003"):
        parent = parse(parse(text).parent(), level="file")
        assert parent.file == parse(text).file


HAN = st.text("办公室人事财务科档案局一二三", min_size=1, max_size=6)
CODE = st.from_regex(r"[A-Z]{2,5}|[0-9]{3}", fullmatch=True)
FONDS = st.from_regex(r"[A-Z][0-9]{3}", fullmatch=True)
YEAR = st.integers(1800, 2099).map(str)
RETENTION = st.sampled_from(["Y", "D30", "D10", "D5"])
SERIAL = st.integers(1, 99999).map(lambda n: f"{n:03}")


@given(
    fonds=FONDS,
    category=st.sampled_from(["WS", "RS", "KU", "ZY", "ZP", "LY", "LX", "SJ", "YJ", "WY", "MT", "SW"]),
    subcategories=st.lists(st.from_regex(r"[A-Z]{2,4}|[0-9]{2}", fullmatch=True), max_size=3),
    year=YEAR,
    retention=RETENTION,
    function=st.one_of(st.just(""), HAN, CODE),
    file=SERIAL,
    item=SERIAL,
)
def test_dat13_codes_come_back_as_they_went(
    fonds: str,
    category: str,
    subcategories: list[str],
    year: str,
    retention: str,
    function: str,
    file: str,
    item: str,
) -> None:
    parts: dict[str, str | tuple[str, ...]] = {"fonds": fonds, "category": category, "year": year}
    parts |= {"retention": retention, "item": item}
    if subcategories:
        parts["subcategories"] = tuple(subcategories)
    if function:
        parts["function"] = function
    for rule, given_parts in (
        ("dat13-2022.item", parts),
        ("dat13-2022.item.retention-first", parts),
        ("dat13-2022.file", {**parts, "file": file}),
        ("dat13-2022.file.retention-first", {**parts, "file": file}),
    ):
        text = compose(rule, **given_parts)
        code = parse(text)
        assert (code.rule, code.parts(), code.text) == (rule, given_parts, text)


@given(
    fonds=FONDS,
    year=YEAR,
    retention=RETENTION,
    function=st.one_of(st.just(""), HAN, CODE),
    item=st.integers(1, 999999),
)
def test_dat22_codes_come_back_as_they_went(
    fonds: str, year: str, retention: str, function: str, item: int
) -> None:
    parts = {"fonds": fonds, "category": "WS", "year": year, "retention": retention, "item": f"{item:04}"}
    if function:
        parts["function"] = function
    code = parse(compose("dat22-2015", **parts))
    assert (code.rule, code.parts()) == ("dat22-2015", parts)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_code(text: str) -> None:
    try:
        assert parse(text).text == text
    except Invalid as error:
        assert error.code.startswith("refcodes.code.")


def test_compose_says_which_part_is_wrong() -> None:
    good = {"fonds": "Z109", "category": "WS", "year": "2011", "retention": "Y", "item": "0001"}
    for wrong, code in (
        ({"item": ""}, "refcodes.part.missing"),
        ({"item": "1"}, "refcodes.part.unfit"),
        ({"function": "办-公"}, "refcodes.part.unfit"),
        ({"page": "001"}, "refcodes.part.unknown"),
    ):
        with pytest.raises(Invalid) as caught:
            compose("dat22-2015", **{**good, **wrong})
        assert caught.value.code == code
    with pytest.raises(Invalid) as caught:
        compose("dat22-2015", **{**good, "item": ""})
    assert sentence(caught.value).endswith("缺少件号。")
    with pytest.raises(NotFound, match=r"refcodes\.rule\.missing"):
        compose("dat99", **good)


def test_a_code_that_would_be_read_otherwise_is_not_composed() -> None:
    with pytest.raises(Invalid, match=r"refcodes\.code\.ambiguous"):
        compose("dat13-2022.item", fonds="Z109", category="WS", function="BGS", item="0001")


def test_gaps_are_counted_inside_year_retention_and_office() -> None:
    texts = [f"Z109-WS·2011-Y-BGS-{n:04}" for n in (1, 2, 4, 9)]
    texts += [f"Z109-WS·2011-D30-BGS-{n:04}" for n in (1, 2, 3)]
    texts += ["Z109-WS·2012-Y-BGS-0002", "X032-KJ·JJ·02-005-054", "K021-ZP·2019·D30-025-001"]
    found = gaps(map(parse, texts))
    assert [(gap.example, gap.missing) for gap in found] == [
        ("Z109-WS·2011-Y-BGS-0001", ((3, 3), (5, 8))),
        ("Z109-WS·2012-Y-BGS-0002", ((1, 1),)),
    ]
    assert gaps([parse("C038-1-1-1"), parse("C038-1-1-2"), parse("C038-1-2-1")]) == []


def test_codes_sort_by_number_and_not_by_text() -> None:
    texts = ["C038-1-2-10", "C038-1-2-9", "C038-1-1-11"]
    assert sorted(texts, key=lambda text: parse(text).sequence()) == [
        "C038-1-1-11",
        "C038-1-2-9",
        "C038-1-2-10",
    ]


def test_the_parts_must_agree_with_the_metadata() -> None:
    values = {
        "ref": "Z109-WS·2011-D30-BGS-0001",
        "fonds": "Z109",
        "year": "2012",
        "retention": "10年",
        "item_number": "1",
    }
    found = check_code(values)
    assert [(f.code, f.facts["key"], f.expected, f.found) for f in found] == [
        ("refcodes.part.differs", "year", "2012", "2011"),
        ("refcodes.part.differs", "retention", "10年", "30年"),
    ]
    assert "{" not in "".join(f.message() + f.message("en") for f in found)
    assert check_code({**values, "year": "2011", "retention": "D30"}) == []
    assert [f.code for f in check_code({"ref": "Z109•WS"})] == ["refcodes.code.separator"]
    assert check_code({"ref": " "}) == []


def test_a_rule_used_after_its_time_is_a_warning() -> None:
    (found,) = check_code({"ref": "Z109-WS·2024-Y-BGS-0001"})
    assert (found.code, found.severity) == ("refcodes.rule.superseded", Severity.WARNING)
    rule = load_rules().rule("dat22-2015")
    assert rule and rule.in_force(2016) and rule.in_force(2022) and not rule.in_force(2023)


def test_a_site_adds_its_own_rule(tmp_path: Path) -> None:
    extra = tmp_path / "rules.toml"
    extra.write_text(
        """
[categories]
HY = "婚姻"
[[rule]]
id = "site.marriage"
zh = "婚姻登记"
en = "marriage"
level = "item"
template = "{fonds}-{category}·{year}-{item}"
categories = ["HY"]
where = { fonds = "[0-9]{2}" }
""",
        "utf-8",
    )
    rules = load_rules(extra)
    code = parse("07-HY·1972-0031", rules)
    assert (code.rule, code.year, compose("site.marriage", rules, **code.parts())) == (
        "site.marriage",
        "1972",
        code.text,
    )
    assert parse("Z109-WS·2011·Y-0001", rules).rule == "dat13-2022.item"
    with pytest.raises(Invalid):
        parse("07-HY·1972-0031")


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("nonsense", "refcodes.rules.unreadable", ""),
        ("what = 1", "refcodes.rules.field", "what"),
        ('[[rule]]\nid="a"\nlevel=1', "refcodes.rules.field", "a.level"),
        ('[[rule]]\nid="a"', "refcodes.rules.missing", "a.zh"),
        (
            '[[rule]]\nid="a"\nzh=""\nen=""\nlevel="item"\ntemplate="{fonds}{x}"',
            "refcodes.rules.part",
            "a.template",
        ),
        (
            '[[rule]]\nid="a"\nzh=""\nen=""\nlevel="item"\ntemplate="{fonds}-]"',
            "refcodes.rules.template",
            "a.template",
        ),
        (
            '[parts]\nitem="("\n[[rule]]\nid="a"\nzh=""\nen=""\nlevel="item"\ntemplate="{fonds}-{item}"',
            "refcodes.rules.pattern",
            "a",
        ),
    ],
)
def test_a_bad_rules_file_is_refused_with_its_place(tmp_path: Path, text: str, code: str, key: str) -> None:
    extra = tmp_path / "mine.toml"
    extra.write_text(text, "utf-8")
    with pytest.raises(Invalid) as caught:
        load_rules(extra)
    assert (caught.value.code, caught.value.facts["file"], caught.value.facts["key"]) == (
        code,
        "mine.toml",
        key,
    )


def test_a_hundred_thousand_codes_are_read_in_two_seconds() -> None:
    texts = [f"Z109-WS·{1980 + n % 40}-D30-BGS-{n:06}" for n in range(50_000)]
    texts += [f"K021-ZP·2019·D30-{n % 900:03}-{n:05}" for n in range(50_000)]
    began = time.process_time()
    for text in texts:
        refcodes.parse(text)
    assert time.process_time() - began < 2.0

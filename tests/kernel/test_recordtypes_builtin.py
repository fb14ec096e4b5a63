"""The built-in types of a district: each whole, checkable, findable by its 档号, with rules, lists and mappings."""

from __future__ import annotations

import time
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel import recordtypes, refcodes
from lantai.kernel.errors import NotFound
from lantai.kernel.recordtypes import (
    FORMS,
    RecordType,
    compose_ref,
    load,
    normalise,
    relations,
    type_of,
    validate,
    values_of,
)
from lantai.kernel.recordtypes.compiled import RowChecker
from lantai.kernel.recordtypes.model import heading
from lantai.kernel.refcodes import Span, choose, load_rules, parse
from tests.recordtype_samples import sample

DAT13 = ("WS", "KJ", "RS", "KU", "ZY", "ZP", "LY", "LX", "SJ", "YJ", "WY", "MT", "SW")
DISTRICT = {
    "HY": "婚姻",
    "ZQ": "知青",
    "TD": "土地",
    "FC": "房产",
    "MR": "名人",
    "ZD": "重大活动",
    "QY": "寄存企业",
}
CODES = (*DAT13, *DISTRICT)

DUBLIN_CORE = {
    *("title", "creator", "subject", "description", "publisher", "contributor", "date", "type", "format"),
    *("identifier", "source", "language", "relation", "coverage", "rights"),
    *("alternative", "abstract", "created", "modified", "medium", "extent", "isPartOf", "hasPart"),
    *("spatial", "temporal", "accessRights", "provenance"),
}
"""The fifteen elements of Dublin Core and the refinements that can be told as one of them."""

EAD3 = {
    *("unitid", "unittitle", "unitdate", "origination", "repository", "physdesc", "physloc", "container"),
    *("langmaterial", "materialspec", "didnote", "abstract", "dao"),
    *("accessrestrict", "userestrict", "scopecontent", "arrangement", "bioghist", "custodhist", "acqinfo"),
    *("appraisal", "altformavail", "originalsloc", "relatedmaterial", "otherfindaid", "phystech", "odd"),
    *("processinfo", "relation", "controlaccess", "maintenancehistory", "c", "c@level"),
}


@pytest.fixture(params=CODES)
def kind(request: pytest.FixtureRequest) -> RecordType:
    return load()[request.param]


def test_the_categories_of_dat13_and_of_the_district_are_there() -> None:
    assert set(load()) == set(CODES)
    for code, name in DISTRICT.items():
        assert load()[code].label.zh == name
        assert load()[code].prefixes == (f"ZY·{code}", code)
    assert all(len(code) <= 8 for code in load())
    assert [load()["KJ"].code_of(parse(f"X032-KJ·{code}·02-005-054")) for code in ("KY", "SB", "JJ")] == [
        "KJ·KY",
        "KJ·SB",
        "KJ·JJ",
    ]


def test_types_are_loaded_once_and_quickly() -> None:
    assert load() is load()
    began = time.process_time()
    recordtypes.loader._load((recordtypes.loader.BUILTIN,), load_rules())
    assert time.process_time() - began < 1.5


def test_a_whole_record_of_each_type_has_no_finding(kind: RecordType) -> None:
    for subkind in [one.code for one in kind.subkinds] or [""]:
        for level in ("item", "file"):
            values = sample(kind, level, subkind)
            found = validate(kind, values, "YJ", level=level)
            assert [str(finding) for finding in found] == []
        assert refcodes.check_code(values, level=level) == []
        assert RowChecker(kind, "YJ").check(values, level) == (normalise(kind, values), ())


def test_wrong_values_of_each_type_are_found_by_element(kind: RecordType) -> None:
    checker = RowChecker(kind, "YJ")
    for element in kind.of_scope():
        if "item" not in element.levels:
            continue
        bad = {**sample(kind), element.key: "\x07" + "错" * (element.max_length + 1)}
        codes = {f.code for f in validate(kind, bad, "YJ") if f.facts["key"] == element.key}
        assert "recordtypes.characters.control" in codes, element.key
        assert not element.max_length or "recordtypes.value.long" in codes, element.key
        vocabulary = kind.vocabulary(element)
        if vocabulary is not None and vocabulary.closed:
            assert "recordtypes.value.outside" in codes, element.key
        readable = element.kind in {"text", "longtext", "code"}
        assert readable or any(code.endswith("unreadable") for code in codes), element.key
        told = {f.code for f in checker.check(bad)[1] if f.facts["key"] == element.key}
        assert told == codes


def test_what_is_mandatory_is_missed_and_what_a_template_makes_is_not(kind: RecordType) -> None:
    for element in kind.of_scope():
        if "YJ" not in element.required or "item" not in element.levels:
            continue
        values = {key: value for key, value in sample(kind).items() if key != element.key}
        missing = [f for f in validate(kind, values, "YJ") if f.code == "recordtypes.element.missing"]
        made = element.default or (element.templates and normalise(kind, values).get(element.key))
        assert [f.facts["key"] for f in missing] == ([] if made else [element.key])
        assert RowChecker(kind, "YJ").check(values)[1] == tuple(validate(kind, values, "YJ"))
        assert RowChecker(kind, "YJ").check(values)[0] == normalise(kind, values)


def test_every_element_is_mapped_for_other_catalogues(kind: RecordType) -> None:
    for element in kind.of_scope():
        assert element.ead.partition("/")[0] in EAD3 or element.ead.startswith("unitid@"), element.key
        assert (element.dc in DUBLIN_CORE) if element.public else True, element.key


def test_one_element_has_one_place_in_a_finding_aid_of_many_types() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for kind in load().values():
        for element in kind.of_scope():
            places[element.key].add(element.ead)
    assert {key: places for key, places in places.items() if len(places) > 1} == {}


def test_every_element_can_be_searched_and_facets_are_of_what_is_open(kind: RecordType) -> None:
    assert kind.search_elements() == kind.of_scope()
    assert {e.key for e in kind.of_scope() if e.search.kind in {"date", "number"}} == {"date", "year"}
    assert len(kind.facets()) >= 5
    for element in kind.facets():
        assert not element.personal and (element.public or element.key == "retention"), element.key


def test_every_form_has_columns_and_the_card_has_all(kind: RecordType) -> None:
    for form in FORMS:
        columns = kind.print_columns(form)
        assert len(columns) >= 5
        assert len({column.key for column in columns}) == len(columns)
        assert all(column.label.zh and column.label.en for column in columns)
    assert kind.print_columns("card") == kind.of_scope()
    with pytest.raises(NotFound, match=r"recordtypes\.form\.unknown"):
        kind.print_columns("poster")


def test_the_official_lists_have_the_columns_of_dat22_and_of_accounting() -> None:
    def heads(code: str, form: str) -> list[str]:
        return [column.label.zh for column in load()[code].print_columns(form)]

    assert heads("WS", "item_list") == [
        *("序号", "档号", "文件编号", "责任者", "题名", "日期", "密级", "页数", "附注")
    ]
    assert heads("WS", "file_list") == [
        *("序号", "档号", "案卷题名", "起止日期", "总页数", "保管期限", "附注")
    ]
    assert heads("WS", "inner_list") == ["顺序号", "文号", "责任者", "题名", "日期", "页号", "附注"]
    assert heads("KU", "file_list") == [
        *("案卷号", "类别", "题名", "起止时间", "保管期限", "卷内张数", "附注")
    ]
    assert heads("HY", "item_list")[2:5] == ["男方姓名", "女方姓名", "登记类型"]


def test_no_heading_is_claimed_twice_and_each_finds_its_element(kind: RecordType) -> None:
    claimed: dict[str, str] = {}
    for element in kind.elements:
        for text in (element.key, element.label.zh, *element.aliases):
            assert claimed.setdefault(heading(text), element.key) == element.key
            assert kind.column(f" {text}： ") is element


@pytest.mark.parametrize(
    ("code", "headings"),
    [
        ("WS", "全宗号 年度 机构问题 保管期限 盒号 件号 档号 文号 责任者 文件题名 成文日期 页数 密级 备注"),
        ("HY", "档号 姓名(男) 男方身份证号码 女方姓名 女身份证号 结婚证号 登记日期 登记机关 页数"),
        ("HY", "编号 男方 女方 结婚登记日期 字号 备注"),
        ("ZQ", "序号 姓名 性别 出生年月 毕业学校 插队地点 下乡时间 回城时间 家长 页号"),
        ("TD", "档号 土地使用者 坐落 宗地号 面积 地类 土地证号 发证日期 批准文号 图号"),
        ("FC", "档号 房屋所有权人 身份证号 房屋坐落 房产证号 丘号 建筑面积 结构 层数 登记类型 发证日期"),
        ("MR", "档号 人物姓名 字号 籍贯 生平 题名 材料类别 数量 捐赠人 形成时间"),
        ("ZD", "档号 活动名称 活动时间 举办地点 主办单位 承办单位 出席领导 题名"),
        ("QY", "档号 企业名称 统一社会信用代码 曾用名 类别 职工姓名 题名 寄存日期"),
        ("RS", "档号 姓名 性别 出生年月 籍贯 政治面貌 职务 工作单位 材料名称 材料形成时间"),
        ("KU", "案卷号 类别 题名 凭证号 起止日期 保管期限 卷内张数 册数 月份"),
        ("KJ", "档号 项目名称 工程编号 图号 比例 设计单位 施工单位 竣工日期 案卷题名"),
        ("ZP", "照片号 题名 摄影者 拍摄时间 地点 人物 事由 背景 底片号 参见号"),
        ("SW", "编号 实物名称 类别 颁发单位 获奖时间 规格 材质 数量 存放位置"),
        ("YJ", "主题 发件人 收件人 抄送 发送时间 附件数"),
        ("WY", "标题 发布单位 发布时间 网址 栏目"),
        ("MT", "平台 公众号名称 推送时间 阅读量 标题"),
        ("SJ", "系统名称 数据库名 记录数 导出格式 题名"),
        ("LX", "题名 摄像者 拍摄时间 时长 地点 人物"),
        ("ZY", "档号 案号 当事人 案件类型 结案日期 题名"),
    ],
)
def test_the_headings_of_old_lists_are_known(code: str, headings: str) -> None:
    found = {text: load()[code].column(text) for text in headings.split()}
    assert [text for text, element in found.items() if element is None] == []
    keys = [element.key for element in found.values() if element]
    assert len(set(keys)) == len(keys)


def test_names_numbers_and_births_are_personal() -> None:
    for code in ("HY", "ZQ", "MR", "RS", "TD", "FC", "QY"):
        for element in load()[code].of_scope():
            if element.key.endswith(("_id", "_birth", "id_number", "birth_date", "person_name")):
                assert element.personal and not element.public, (code, element.key)
    for key in ("husband_name", "wife_name", "certificate_number", "husband_address"):
        assert load()["HY"].element(key).personal
    assert load()["TD"].element("right_holder").personal and load()["FC"].element("owner").personal


def test_a_marriage_register_without_title_and_year_is_made_whole() -> None:
    values = {"ref": "Z109-ZY·HY·1972·Y-0012", "husband_name": "赵一", "wife_name": "钱二"}
    values |= {
        "registration_kind": "结婚",
        "registered_on": "1972年5月3日",
        "registration_office": "东河公社",
    }
    values |= {"retention": "Y"}
    meant = normalise(load()["HY"], values)
    assert meant["title"] == "东河公社结婚登记" and meant["year"] == "1972"
    assert meant["persons"] == "赵一；钱二" and meant["date"] == "19720503" and meant["author"] == "东河公社"
    errors = [f for f in validate(load()["HY"], values, "GD") if f.severity.value == "error"]
    assert errors == []
    assert RowChecker(load()["HY"], "GD").check(values)[0] == meant


def test_what_is_written_down_beats_its_template() -> None:
    values = {"title": "结婚登记申请书", "registration_kind": "结婚", "date": "不详"}
    meant = normalise(load()["HY"], values)
    assert meant["title"] == "结婚登记申请书" and "year" not in meant
    assert normalise(load()["HY"], {"date": "[1972]"})["year"] == "1972"


# --- 档号


@pytest.mark.parametrize(
    ("text", "code", "category"),
    [
        ("Z109-ZY·HY·1972·Y-0012", "HY", "ZY·HY"),
        ("Z109-HY·1972·Y-0012", "HY", "ZY·HY"),
        ("J019-ZY·JC·CC·2019·D30-001-001", "ZY", "ZY"),
        ("X032-KJ·JJ·02-005-054", "KJ", "KJ·JJ"),
        ("J019-KU·01·2017-001-001", "KU", "KU·PZ"),
        ("C015-WY·TZGG·2019·D10-00001", "WY", "WY·TZGG"),
        ("A002-RS-001-002", "RS", "RS"),
        ("Z109-WS·2018-D30-BGS-0001", "WS", "WS"),
        ("C038-001-002-003", "", ""),
    ],
)
def test_a_reference_code_finds_its_type(text: str, code: str, category: str) -> None:
    parsed = parse(text)
    assert type_of(parsed, load()) == code
    assert (load()[code].code_of(parsed) if code else "") == category
    others = [kind.code_of(parsed) for other, kind in load().items() if other not in {code, "ZY"}]
    assert not any(others)


@pytest.mark.parametrize(
    ("text", "subkind"),
    [
        ("X032-KJ·JJ·02-005-054", "JJ"),
        ("J019-KU·PZ·2023-001-001", "PZ"),
        ("K021-ZP·2023·D30-025-005", ""),
        ("J019-LY·2023·Y-001", ""),
        ("C015-WY·TZGG·2019·D10-00001", "TZGG"),
        ("B168-SW·2023·Y-001", ""),
        ("A002-RS-001-002", ""),
        ("Z109-ZY·HY·1972·Y-0012", ""),
        ("Z109-WS·2018-D30-BGS-0001", ""),
        ("Z109-WS·2024·D30·BGS-0001", ""),
    ],
)
def test_codes_are_composed_as_the_worked_examples_say(text: str, subkind: str) -> None:
    parsed = parse(text)
    kind = load()[type_of(parsed, load())]
    values = {"year": "2023", **values_of(parsed, kind)}
    values |= {key: values[key].lstrip("0") for key in ("file_number", "item_number") if key in values}
    assert compose_ref(kind, values, subkind=subkind) == text


@settings(max_examples=60, deadline=None)
@given(
    code=st.sampled_from(CODES),
    level=st.sampled_from(["item", "file"]),
    year=st.integers(1900, 2060),
    retention=st.sampled_from(["永久", "30年", "10年"]),
    file=st.integers(1, 9999),
    item=st.integers(1, 9999),
    data=st.data(),
)
def test_each_rule_of_each_type_reads_back_what_it_composed(
    code: str, level: str, year: int, retention: str, file: int, item: int, data: st.DataObject
) -> None:
    kind = load()[code]
    subkind = data.draw(st.sampled_from(["", *(one.code for one in kind.subkinds)]))
    values = {"fonds": "Z109", "year": str(year), "retention": retention, "catalogue": "017"}
    values |= {"project_number": "02", "page_number": "031", "function": "BGS"}
    values |= {"file_number": str(file), "item_number": str(item)}
    text = compose_ref(kind, values, level=level, subkind=subkind)
    span = choose(kind.reference_rules, year, level=level)
    parsed = parse(text, level=level)
    assert parsed.rule == span.rule
    assert type_of(parsed, load()) == (code if parsed.category else "")
    told = values_of(parsed, kind)
    for key in told.keys() & {"fonds", "year", "retention", "catalogue", "function", "project_number"}:
        assert told[key] == values[key]
    assert int(told.get("file_number") or file) == file and int(told.get("item_number") or item) == item


def test_archival_documents_change_their_rule_with_the_years() -> None:
    spans = load()["WS"].reference_rules
    rules = [choose(spans, year).rule for year in (1985, 2015, 2016, 2022, 2023)]
    assert rules == ["legacy", "legacy", "dat22-2015", "dat22-2015", "dat13-2022.item"]
    assert choose(spans, 2010, level="file").rule == "legacy.volume"
    with pytest.raises(NotFound, match=r"refcodes\.rule\.unchosen"):
        choose([Span("legacy", until_year=2000)], 2001)


def test_the_elements_of_a_sub_kind_are_its_own() -> None:
    building = {e.key for e in load()["KJ"].of_subkind("JJ")}
    research = {e.key for e in load()["KJ"].of_subkind("KY")}
    assert "contractor" in building and "contractor" not in research
    assert "research_leader" in research and {"title", "project_name"} <= building & research
    assert load()["KU"].of_subkind("01") == load()["KU"].of_subkind("PZ")


def test_relations_have_words_in_both_languages() -> None:
    found = relations()
    assert [term.value for term in found.terms] == ["paper_twin", "reply", "copy", "version", "part", "see"]
    twin = found.term("纸质件")
    assert twin is not None and (twin.value, twin.label.zh, twin.label.en) == (
        "paper_twin",
        "纸质件",
        "paper twin",
    )

"""Record types: the built-in ones say what the standards say, and faults in files are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantai.kernel import recordtypes
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.recordtypes import (
    LEVELS,
    SCOPES,
    RecordType,
    load,
)
from lantai.kernel.texts import catalogue


@pytest.fixture(scope="module")
def ws() -> RecordType:
    return load()["WS"]


# --- the built-in types


def test_four_types_are_built_in() -> None:
    types = load()
    assert {"WS", "ZP", "LY", "LX"} <= set(types)
    assert types["WS"].standard == "DA/T 46-2009"
    assert load() is types


def test_records_have_all_88_elements_of_dat46_in_order(ws: RecordType) -> None:
    numbered = [element for element in ws.elements if element.number]
    assert [element.number for element in numbered] == [f"M{n}" for n in range(1, 89)]
    assert ws.element("title").number == "M22"
    assert ws.element("retention").container == "ref"
    mandatory = {element.number for element in numbered if element.obligation == "必"}
    assert mandatory == {f"M{n}" for n in (1, 2, 6, 7, 11, 12, 21, 22, 32, 33, 38, 40, 41, 46, 48, 49)} | {
        f"M{n}" for n in (58, 61, 64, 65, 70, 77, 80, 81, 82, 85)
    }


def test_the_obligations_of_dat18_stand_per_level(ws: RecordType) -> None:
    assert ws.element("title").described == dict.fromkeys(LEVELS, "必")
    assert ws.element("open_status").described == {"file": "必", "item": "必"}
    assert ws.element("doc_number").described == {"item": "有"}
    assert ws.element("medium").described == {"fonds": "选", "series": "选", "file": "选", "item": "有"}


@pytest.mark.parametrize("code", ["WS", "ZP", "LY", "LX"])
def test_every_type_has_what_lists_and_search_rest_on(code: str) -> None:
    made = load()[code]
    for key in (
        "ref",
        "title",
        "author",
        "date",
        "year",
        "retention",
        "security",
        "open_status",
        "persons",
        "note",
    ):
        assert made.element(key).scope == "record"
    assert made.list_columns()[0].key == "ref"
    assert [e.order for e in made.elements] == sorted(e.order for e in made.elements)
    for element in made.elements:
        assert element.label.zh and element.label.en and element.group
        assert element.basis in {"A", "B", "C", "c", "K", "house"}
    assert {scope for scope in SCOPES if made.of_scope(scope)} >= {"record", "component", "event", "agent"}


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("档号", "ref"),
        ("编号", "ref"),
        ("题 名", "title"),
        ("文件题名*", "title"),
        ("案卷题名", "title"),
        ("责任者（必填）", "author"),
        ("作者", "author"),
        ("发文机关", "author"),
        ("文号：", "doc_number"),
        ("文件编号", "doc_number"),
        ("日期", "date"),
        ("成文日期", "date"),
        ("形成日期\n", "date"),
        ("页数", "pages"),
        ("页次", "page_number"),
        ("机构（问题）", "function"),
        ("备注", "note"),
        ("序号", "row_number"),
        ("M22", "title"),
        ("title", "title"),
        ("doc_number", "doc_number"),
    ],
)
def test_headings_of_real_lists_are_known(ws: RecordType, heading: str, key: str) -> None:
    found = ws.column(heading)
    assert found is not None and found.key == key


def test_an_unknown_heading_is_none_and_an_unknown_key_raises(ws: RecordType) -> None:
    assert ws.column("天气") is None
    with pytest.raises(NotFound, match=r"recordtypes\.element\.unknown"):
        ws.element("weather")


# --- a site's own types and the faults of files


def test_a_site_adds_a_type_and_overrides_one_whole(tmp_path: Path) -> None:
    (tmp_path / "JZ.toml").write_text(
        """
code = "JZ"
zh = "家族"
en = "Families"
version = "1"
levels = ["item"]
include = ["vocabularies", "identity", "content"]
without = ["class_code"]
[element.title]
max_length = 20
[element.spouse]
zh = "配偶"
en = "spouse"
group = "content"
personal = true
""",
        "utf-8",
    )
    (tmp_path / "LY.toml").write_text(
        'code="LY"\nzh="录音"\nen="Sound"\nversion="9"\nlevels=["item"]\n', "utf-8"
    )
    types = load(tmp_path)
    made = types["JZ"]
    assert made.element("spouse").personal and "class_code" not in made.by_key
    assert (made.element("title").max_length, made.element("title").label.zh) == (20, "题名")
    assert (types["LY"].version, types["LY"].elements) == ("9", ())
    assert types["WS"] == load()["WS"]
    assert "JZ" not in load()


def test_a_site_replaces_a_set_for_all_types_that_include_it(tmp_path: Path) -> None:
    (tmp_path / "sets").mkdir()
    kept = (Path(recordtypes.__file__).parent / "builtin" / "sets" / "document.toml").read_text("utf-8")
    (tmp_path / "sets" / "document.toml").write_text(
        kept.replace("maximum = 100000", "maximum = 500"), "utf-8"
    )
    assert load(tmp_path)["WS"].element("pages").maximum == 500
    assert load()["WS"].element("pages").maximum == 100000


HEAD = 'code = "HY"\nzh = "婚姻"\nen = "Marriage"\nversion = "1"\nlevels = ["item"]\n'
A = '[element.a]\nzh = "甲"\nen = "a"\n'


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("code = ", "unreadable", ""),
        ('code = "HY"', "missing", "zh"),
        (HEAD.replace('"HY"', '"XX"'), "choice", "code"),
        (HEAD.replace('"item"', '"box"'), "choice", "levels"),
        ("colour = 1\n" + HEAD, "field", "colour"),
        (HEAD + "[element.A]\n", "key", "element.A"),
        (HEAD + '[element.a]\nzh = "甲"\n', "missing", "element.a.en"),
        (HEAD + A + "size = 1\n", "field", "element.a.size"),
        (HEAD + A + 'max_length = "9"\n', "type", "element.a.max_length"),
        (HEAD + A + "max_length = true\n", "type", "element.a.max_length"),
        (HEAD + A + 'kind = "colour"\n', "choice", "element.a.kind"),
        (HEAD + A + 'required = ["XX"]\n', "choice", "element.a.required"),
        (HEAD + A + 'described = { item = "也" }\n', "choice", "element.a.described.item"),
        (HEAD + A + 'pattern = "("\n', "pattern", "element.a.pattern"),
        (HEAD + A + 'kind = "code"\n', "missing", "element.a.vocabulary"),
        (HEAD + A + 'vocabulary = "none"\n', "reference", "element.a.vocabulary"),
        (HEAD + A + 'group = "none"\n', "reference", "element.a.group"),
        (HEAD + A + '[element.b]\nzh = "甲"\nen = "b"\n', "duplicate", "element.b"),
        (HEAD + 'include = ["none"]\n', "reference", "include"),
        (HEAD + 'without = ["none"]\n', "reference", "without"),
        (HEAD + '[numbers]\nnone = "M1"\n', "reference", "numbers.none"),
        (HEAD + A + '[[condition]]\nwhen = "a"\nvalues = []\nneeds = ["b"]\n', "reference", "condition"),
        (HEAD + '[vocabulary.v]\nzh="值"\nen="v"\nterms=[{en="x"}]\n', "missing", "vocabulary.v.terms.value"),
        (
            HEAD + '[vocabulary.v]\nzh="值"\nen="v"\nterms=[{value="x"},{value="y",also=["Ｘ"]}]\n',
            "duplicate",
            "vocabulary.v.terms",
        ),
    ],
)
def test_a_bad_file_is_refused_with_file_key_and_reason(
    tmp_path: Path, text: str, code: str, key: str
) -> None:
    (tmp_path / "HY.toml").write_text(text, "utf-8")
    with pytest.raises(Invalid) as caught:
        load(tmp_path)
    assert caught.value.code == f"recordtypes.file.{code}"
    assert (caught.value.facts["file"], caught.value.facts["key"]) == ("HY.toml", key)


def test_every_text_of_the_rooms_is_used_and_told() -> None:
    room = Path(recordtypes.__file__).parent
    source = "".join(path.read_text("utf-8") for path in room.glob("*.py"))
    for code in catalogue():
        if code.startswith("recordtypes."):
            assert f'"{code}"' in source, code

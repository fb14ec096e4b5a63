"""What a site drops into its folder: new types, changed labels, rules of its fonds; wrong files name themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.packages import columns
from lantai.kernel.recordtypes import compose_ref, load, relations, site_rules, type_of, validate
from lantai.kernel.refcodes import choose, load_rules, parse
from lantai.kernel.texts import sentence
from tests.recordtype_samples import sample

GENEALOGIES = """
code = "JP"
zh = "家谱"
en = "Genealogies"
version = "2026.1"
basis = "house"
levels = ["file", "item"]
prefixes = ["ZY·JP", "JP"]
include = ["vocabularies", "identity", "content", "document", "keeping", "process", "description", "lists", "by_item"]
facets = ["year", "clan", "open_status"]

[groups]
clan = { zh = "家族", en = "Clan" }

[element.title]
more_aliases = ["谱名"]

[element.clan]
zh = "姓氏"
en = "clan"
aliases = ["姓名", "家族", "年度说明"]
group = "clan"
public = true
required = ["GD", "YJ", "CQ"]
max_length = 20
list = 25
order = 221
search = { kind = "facet", boost = 3.0 }

[print]
item_list = ["row_number", "ref", "clan", { key = "title", zh = "谱名", en = "name of the genealogy" }, "note"]
"""


def test_a_wholly_new_type_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "JP.toml").write_text(GENEALOGIES, "utf-8")
    types = load(tmp_path)
    made = types["JP"]
    assert set(types) == {*load(), "JP"}
    assert type_of(parse("Z109-ZY·JP·1931·Y-003", site_rules(tmp_path)), types) == "JP"
    assert validate(made, sample(made), "GD") == []
    assert [f.facts["key"] for f in validate(made, {**sample(made), "clan": ""}, "GD")] == ["clan"]
    assert [column.label.zh for column in made.print_columns("item_list")][2:4] == ["姓氏", "谱名"]
    assert [element.key for element in made.facets()] == ["year", "clan", "open_status"]
    assert (made.element("clan").dc, made.element("clan").ead) == ("description", "odd")
    assert made.element("clan").search.kind == "facet" and made.element("pages").search.kind == "exact"


def test_a_new_element_takes_a_heading_from_an_included_one_and_keeps_the_others(tmp_path: Path) -> None:
    (tmp_path / "JP.toml").write_text(GENEALOGIES, "utf-8")
    made = load(tmp_path)["JP"]
    found = {text: made.column(text) for text in ("姓名", "相关人员", "谱名", "标题")}
    assert [element.key for element in found.values() if element] == ["clan", "persons", "title", "title"]


def test_one_label_is_changed_and_all_else_stays(tmp_path: Path) -> None:
    text = 'code = "WS"\nbase = "WS"\nversion = "2026.1"\n[element.note]\nzh = "备注"\n'
    (tmp_path / "WS.toml").write_text(text, "utf-8")
    made, plain = load(tmp_path)["WS"], load()["WS"]
    assert (made.element("note").label.zh, made.element("note").label.en) == ("备注", "annotation")
    assert (made.version, made.label, made.prefixes) == ("2026.1", plain.label, plain.prefixes)
    assert [e for e in made.elements if e.key != "note"] == [e for e in plain.elements if e.key != "note"]
    assert made.reference_rules == plain.reference_rules and made.printed == plain.printed
    assert made.column("附注") is None and plain.column("附注") is not None


def test_a_type_can_start_from_another(tmp_path: Path) -> None:
    text = 'code = "SY"\nbase = "HY"\nzh = "收养"\nen = "Adoptions"\nversion = "1"\nprefixes = ["ZY·SY"]\n'
    (tmp_path / "SY.toml").write_text(text + 'without = ["wife_birth"]\n', "utf-8")
    (tmp_path / "SZ.toml").write_text(
        'code = "SZ"\nbase = "SY"\nzh = "收养证"\nen = "C"\nversion = "1"\n', "utf-8"
    )
    types = load(tmp_path)
    assert set(types["HY"].by_key) - set(types["SY"].by_key) == {"wife_birth"}
    assert types["SY"].prefixes == ("ZY·SY",) and types["SZ"].prefixes == ("SZ",)
    assert set(types["SZ"].by_key) == set(types["SY"].by_key)
    assert type_of(parse("Z109-ZY·SY·2001·Y-0001"), types) == "SY"


HEAD = 'code = "JP"\nzh = "家谱"\nen = "Genealogies"\nversion = "1"\nlevels = ["item"]\n'
A = '[element.a]\nzh = "甲"\nen = "a"\n'


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        (HEAD + 'base = "QQ"\n', "recordtypes.file.reference", "base"),
        (HEAD + 'facets = ["a"]\n', "recordtypes.file.reference", "facets"),
        (HEAD + 'facets = ["a"]\n' + A, "recordtypes.file.choice", "element.a.search.kind"),
        (HEAD + '[print]\nitem_list = ["a"]\n', "recordtypes.file.reference", "print.item_list"),
        (HEAD + '[print]\nposter = ["a"]\n', "recordtypes.file.choice", "print"),
        (HEAD + '[print]\nitem_list = [{ key = "a", zh = "甲" }]\n' + A, "recordtypes.file.missing", ""),
        (HEAD + '[print]\nitem_list = [{ name = "a" }]\n', "recordtypes.file.field", "print.item_list.name"),
        (HEAD + '[[subkind]]\nzh = "甲"\nen = "a"\n', "recordtypes.file.missing", "subkind.code"),
        (
            HEAD + '[[subkind]]\ncode = "A"\nzh = "甲"\nen = "a"\nelements = ["b"]\n',
            "recordtypes.file.reference",
            "",
        ),
        (HEAD + '[[reference]]\nrule = "mine"\n', "recordtypes.file.reference", "reference.rule"),
        (
            HEAD + '[[reference]]\nrule = "legacy"\nlevel = "box"\n',
            "recordtypes.file.choice",
            "reference.level",
        ),
        (HEAD + "[[reference]]\nfrom = 2022\n", "refcodes.rules.missing", "reference.rule"),
        (HEAD + '[[reference]]\nrule = "legacy"\nwidths = { box = 3 }\n', "refcodes.rules.field", ""),
        (HEAD + A + 'templates = ["{b}"]\n', "recordtypes.file.reference", "element.a.templates"),
        (HEAD + "[element.a\n", "recordtypes.file.unreadable", ""),
    ],
)
def test_a_wrong_file_names_itself_the_place_and_what_to_do(
    tmp_path: Path, text: str, code: str, key: str
) -> None:
    (tmp_path / "JP.toml").write_text(text, "utf-8")
    with pytest.raises(Invalid) as caught:
        load(tmp_path)
    assert (caught.value.code, caught.value.facts["file"]) == (code, "JP.toml")
    assert str(caught.value.facts["key"]).startswith(key)
    told = sentence(caught.value)
    assert "JP.toml" in told and "{" not in told.replace("{b}", "")
    assert "HY" in load(), "the built-in types are not touched by it"


def test_a_broken_set_is_named_with_its_folder(tmp_path: Path) -> None:
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "content.toml").write_text("[element.title]\nsize = 1\n", "utf-8")
    with pytest.raises(Invalid) as caught:
        load(tmp_path)
    assert caught.value.facts["file"] == "sets/content.toml"


def test_a_fonds_may_keep_to_its_own_rule(tmp_path: Path) -> None:
    (tmp_path / "refcodes").mkdir()
    (tmp_path / "refcodes" / "rules.toml").write_text(
        """
[[rule]]
id = "site.short"
zh = "本馆"
en = "ours"
level = "item"
template = "{fonds}-{category}·{year}-{item}"

[[override]]
fonds = "Z109"
category = "WS"
rule = "legacy"
until = 2022
widths = { file = 4, item = 2 }

[[override]]
fonds = "Z200"
rule = "site.short"
""",
        "utf-8",
    )
    rules = site_rules(tmp_path)
    spans = load(tmp_path)["WS"].reference_rules
    assert choose(spans, 2018, fonds="Z109", category="WS", rules=rules).rule == "legacy"
    assert choose(spans, 2018, fonds="Z109", category="LY", rules=rules).rule == "dat22-2015"
    assert choose(spans, 2018, fonds="Z200", category="WS", rules=rules).rule == "site.short"
    values = {"fonds": "Z109", "year": "2018", "retention": "永久", "catalogue": "3"}
    values |= {"file_number": "12", "item_number": "7"}
    assert compose_ref(load()["WS"], values, rules=rules) == "Z109-3-0012-07"
    assert compose_ref(load()["WS"], {**values, "fonds": "Z111"}, rules=rules) == "Z111-WS·2018-Y-0007"
    own = {**values, "fonds": "Z200", "item_number": "007"}
    assert compose_ref(load()["WS"], own, rules=rules) == "Z200-WS·2018-007"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ('[[override]]\nrule = "legacy"\n', "refcodes.rules.missing"),
        ('[[override]]\nfonds = "Z109"\n', "refcodes.rules.missing"),
        ('[[override]]\nfonds = "Z109"\nrule = "legacy"\nuntil = "x"\n', "refcodes.rules.field"),
        ('[[override]]\nfonds = "Z109"\nrule = "none"\n', "refcodes.rule.missing"),
    ],
)
def test_a_wrong_override_is_refused(tmp_path: Path, row: str, code: str) -> None:
    (tmp_path / "rules.toml").write_text(row, "utf-8")
    with pytest.raises((Invalid, NotFound)) as caught:
        load_rules(tmp_path / "rules.toml")
    assert caught.value.code == code


def test_a_site_has_relations_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "vocabularies").mkdir()
    (tmp_path / "vocabularies" / "relations.toml").write_text(
        '[vocabulary.relations]\nzh = "关系"\nen = "relation"\nterms = [{ value = "x", zh = "甲", en = "a" }]\n',
        "utf-8",
    )
    assert [term.label.zh for term in relations(tmp_path).terms] == ["甲"]
    assert len(relations().terms) == 6
    (tmp_path / "vocabularies" / "relations.toml").write_text("", "utf-8")
    other = tmp_path.rename(tmp_path.with_name("other"))
    with pytest.raises(Invalid, match=r"recordtypes\.file\.missing"):
        relations(other)


def test_packages_find_the_kinds_of_special_records() -> None:
    types = load()
    assert columns.type_of("Z109-ZY·HY·1972·Y-0012", types) == "HY"
    assert columns.type_of("Z109-ZY.HY.1972-0012", types) == "HY"
    assert columns.type_of("J019-ZY·JC·CC·2019·D30-001-001", types) == "ZY"
    assert columns.type_of("C038-001-002-003", types) == "WS"


def test_the_example_of_the_documentation_is_a_type(tmp_path: Path) -> None:
    told = (Path(__file__).parents[2] / "docs" / "recordtypes.md").read_text("utf-8")
    (tmp_path / "JP.toml").write_text(told.split("```toml\n")[1].split("```")[0], "utf-8")
    made = load(tmp_path)["JP"]
    assert made.code_of(parse("Z109-ZY·JP·MG·1931·Y-0003")) == "ZY·JP·MG"
    assert validate(made, sample(made), "YJ") == []
    values = {**sample(made), "year": "2024", "item_number": "3"}
    assert compose_ref(made, values, subkind="MG") == "Z109-ZY·JP·MG·2024·Y-0003"

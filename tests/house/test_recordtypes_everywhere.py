"""Every element of every record type, a site's own included, is served everywhere: nothing is written for one type.

Form, validation, import, export, search, print and public page are each asked for each element.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from django.http import QueryDict
from lxml import etree

from lantai.access.description import groups
from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.base.home import home
from lantai.catalogue.columns import propose
from lantai.catalogue.exports.documents import write_xml
from lantai.catalogue.exports.sheaf import Sheaf
from lantai.catalogue.exports.tables import write_csv
from lantai.catalogue.forms_edit import Sheet, form_for
from lantai.catalogue.prints.cards import card
from lantai.catalogue.rows import Frame, RowReader
from lantai.catalogue.suggest import Own
from lantai.holdings import queries as holdings
from lantai.holdings.indexing import IndexRow
from lantai.holdings.models import OPEN, UNREVIEWED
from lantai.holdings.queries import RecordView
from lantai.kernel.ead import EadNode, dublin_core, write_ead3
from lantai.kernel.formulas import armed
from lantai.kernel.printing.forms import columns_of
from lantai.kernel.recordtypes import (
    Element,
    RecordType,
    Subkind,
    load,
    normalise,
    pieces,
    subkinds,
    validate,
)
from lantai.kernel.recordtypes.compiled import RowChecker
from lantai.search.services.documents import document, slots
from tests.recordtype_samples import sample, value_of

SITE_TYPE = """
code = "JP"
zh = "家谱"
en = "Genealogies"
version = "2026.1"
basis = "house"
levels = ["fonds", "series", "file", "item"]
prefixes = ["ZY·JP"]
include = ["vocabularies", "identity", "content", "document", "keeping", "description", "lists", "by_item"]

[[subkind]]
code = "MG"
zh = "民国家谱"
en = "of the Republic"
also = ["02"]
elements = ["hall", "clan"]

[[subkind]]
code = "QD"
zh = "清代家谱"
en = "of the Qing"
elements = ["compiler_id"]

[element.clan]
zh = "姓氏"
en = "clan"
aliases = ["家族"]
group = "content"
public = true
max_length = 20
order = 221

[element.compiler_id]
zh = "修谱人证件号"
en = "identity number of the compiler"
group = "content"
personal = true
max_length = 20
order = 222

[element.hall]
zh = "堂号"
en = "hall"
group = "content"
max_length = 20
order = 223
"""
CODES = (*load(), "JP")
KINDS = [(code, one.code) for code, kind in load().items() for one in kind.subkinds]
KINDS += [("JP", "MG"), ("JP", "QD")]
BATCH = UUID("0192f1c4-0000-7000-8000-000000000001")


@pytest.fixture(scope="module", autouse=True)
def dropped() -> Iterator[None]:
    """A site type dropped into the folder of the site, for the tests of this module."""
    path = home().types / "JP.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SITE_TYPE, "utf-8")
    holdings.types.cache_clear()
    yield
    path.unlink()
    holdings.types.cache_clear()


@pytest.fixture(params=CODES)
def kind(request: pytest.FixtureRequest, dropped: None) -> RecordType:
    return holdings.types()[request.param]


def whole(kind: RecordType) -> dict[str, str]:
    """Return a value for every element of a record, whatever its level."""
    values = {**sample(kind, "file"), **sample(kind)}
    for element in kind.of_scope():
        values.setdefault(element.key, f"{element.label.zh}样例"[: element.max_length or None])
    return values


@pytest.fixture(params=KINDS, ids="·".join)
def below(request: pytest.FixtureRequest, dropped: None) -> tuple[RecordType, Subkind]:
    code, name = request.param
    kind = holdings.types()[code]
    return kind, next(one for one in kind.subkinds if one.code == name)


def public(element: Element) -> bool:
    return element.public and not element.personal


def view(kind: RecordType, values: dict[str, str], status: str) -> RecordView:
    """Return the record as rooms see it, without a database."""
    return RecordView(
        id=1,
        urn="urn:uuid:0192f1c4-0000-7000-8000-000000000002",
        ref=values["ref"],
        level="item",
        type=kind.code,
        fonds="Z109",
        fonds_name="云岭区档案局",
        unit=1,
        series="S",
        series_id=1,
        parent="",
        title=values["title"],
        author=values.get("author", ""),
        doc_number=values.get("doc_number", ""),
        date=values.get("date", ""),
        year=2019,
        retention=values.get("retention", ""),
        open_status=status,
        pages=3,
        values=values,
        batch=BATCH,
        object_id="",
        access=1,
    )


def test_form_every_element_can_be_filled_in(kind: RecordType) -> None:
    values = whole(kind)
    offered: set[str] = set()
    for level in kind.levels:
        of_level = {e.key for e in kind.of_scope() if level in e.levels}
        given = QueryDict(mutable=True)
        for key in of_level:
            given.setlist(key, pieces(kind.element(key), values[key]))
        found = form_for(kind, level)(given).values()
        assert {key: found[key] for key in of_level} == {key: values[key] for key in of_level}
        offered |= of_level
    assert offered == {element.key for element in kind.of_scope()}


def test_validation_every_element_is_checked(kind: RecordType) -> None:
    checker = RowChecker(kind, "GD", today=date(2026, 11, 22))
    values = whole(kind)
    for element in kind.of_scope():
        bad = {**values, element.key: values[element.key] + "\x07"}
        keys = {finding.facts["key"] for finding in checker.check(bad)[1]}
        assert element.key in keys, element.key


def test_import_every_heading_finds_its_element_and_every_value_arrives(kind: RecordType) -> None:
    checker = RowChecker(kind, "GD")
    for element in kind.of_scope():
        for name in (element.label.zh, element.key, *element.aliases):
            assert propose([name], [kind], {})[name] == (element.key, "alias") or name in {"level", "parent"}
    values = whole(kind)
    meant, _ = checker.check(values)
    assert meant == normalise(kind, values)
    assert [key for key in values if not meant[key]] == []


def test_search_every_element_is_among_the_words_of_a_record(kind: RecordType) -> None:
    values = whole(kind)
    closed = found_by(kind, values, UNREVIEWED)
    for element in kind.of_scope():
        assert element.search.kind != "none", element.key
        assert values[element.key] in closed, element.key


def test_search_what_outsiders_may_not_see_does_not_find_an_opened_record(kind: RecordType) -> None:
    values = {**sample(kind), **{e.key: f"暗{e.key}语" for e in kind.of_scope() if not public(e)}}
    opened = found_by(kind, values, OPEN)
    for element in kind.of_scope():
        if not public(element) and element.key not in {"retention"}:
            assert values[element.key] not in opened, element.key


def found_by(kind: RecordType, values: dict[str, str], status: str) -> str:
    """Return all that a record can be found by, as one text."""
    row = IndexRow(
        *(1, values["ref"], "item", kind.code, values["fonds"], values["title"], values["author"]),
        *(values.get("doc_number", ""), values["date"], int(values["year"]), values["retention"], status),
        *(values, "", 1, True, BATCH),
    )
    made = document(row, (), slots(kind))
    told = (made.title, made.author, made.keywords, made.note, made.ref, made.doc_number, made.fonds)
    return " ".join((*told, str(made.date), str(made.year), made.retention))


def test_public_page_shows_what_is_public_and_to_its_keepers_all(kind: RecordType) -> None:
    values = {e.key: f"值{e.key}" for e in kind.of_scope()}
    record = view(kind, values, OPEN)
    head = {"title", "ref"}
    for inner in (False, True):
        shown = {fact.label for group in groups(record, [], inner=inner) for fact in group.facts}
        wanted = {e.label.zh for e in kind.of_scope() if (inner or public(e)) and e.key not in head}
        assert shown == wanted
    assert all(public(kind.element(key)) for key in head)


@pytest.mark.parametrize("actor", [SYSTEM, PUBLIC], ids=["keeper", "stranger"])
def test_export_every_element_leaves_and_comes_back(kind: RecordType, actor: Actor, tmp_path: Path) -> None:
    values = normalise(kind, whole(kind))
    seen = {key for key in values if actor is SYSTEM or public(kind.element(key))}
    with Sheaf(tmp_path / "sheaf") as sheaf:
        sheaf.lay(actor, [view(kind, values, OPEN)])
        table, document = io.BytesIO(), io.BytesIO()
        write_csv(sheaf, holdings.types(), table, "zh")
        write_xml(sheaf, holdings.types(), document)
    heads, cells = list(csv.reader(io.StringIO(table.getvalue().decode("utf-8-sig"))))
    columns = {
        propose([head], [kind], {})[head][0]: armed(cell) for head, cell in zip(heads, cells, strict=True)
    }
    assert {key: columns[key] for key in seen} == {key: values[key] for key in seen}
    assert [key for key in values if key not in seen and columns.get(key)] == []
    told = str(etree.tostring(etree.fromstring(document.getvalue()), method="text", encoding="unicode"))
    for key in seen:
        assert values[key] in told, key


def test_export_every_element_has_its_place_in_a_finding_aid(kind: RecordType) -> None:
    values = normalise(kind, whole(kind))
    out = io.BytesIO()
    node = EadNode(values["ref"], "", "item", {key: text for key, text in values.items() if key != "ref"})
    write_ead3(out, {"ref": "Z109", "title": "云岭区"}, [node], tags={e.key: e.ead for e in kind.of_scope()})
    text = out.getvalue().decode()
    for element in kind.of_scope():
        for piece in pieces(element, values[element.key]):
            assert piece in text, element.key
    harvested = [told for _, told in dublin_core(kind, values)]
    for element in kind.of_scope():
        if public(element):
            assert set(pieces(element, values[element.key])) <= set(harvested), element.key


def test_print_every_list_of_each_type_has_its_columns(kind: RecordType) -> None:
    for form in ("item_list", "file_list", "inner_list"):
        told = [element.key for element in kind.print_columns(form)]
        assert [column.key for column in columns_of(kind, form)] == told and len(told) > 4
        assert sum(column.width for column in columns_of(kind, form)) <= 261


def test_print_every_element_stands_on_the_card(kind: RecordType) -> None:
    values = whole(kind)
    rows = dict(row[:2] for row in card(view(kind, values, OPEN), values)["rows"])
    assert rows == {element.label.zh: values[element.key] for element in kind.of_scope()}


def test_each_sub_kind_is_chosen_and_read_in_all_its_spellings(below: tuple[RecordType, Subkind]) -> None:
    kind, one = below
    for told in (one.label.zh, one.code, *one.also):
        assert subkinds.subkind(kind, normalise(kind, {kind.subkind_key: told})) == one
    for prefix in kind.prefixes:
        assert subkinds.subkind(kind, {"series": f"{prefix}·{one.code}·2019"}) == one
    element = kind.element(kind.subkind_key)
    assert element.public and not element.personal and element.search.kind == "facet"
    assert kind.subkind_key in kind.facet_keys or kind.code == "JP"


def test_form_of_a_sub_kind_has_its_elements_in_its_order_and_no_others(
    below: tuple[RecordType, Subkind],
) -> None:
    kind, one = below
    values = {kind.subkind_key: one.label.zh}
    sheet = Sheet(kind, "item", values, Own({}, ()))
    shown = [element.key for element in sheet.elements()]
    own = [key for key in one.elements if "item" in kind.element(key).levels]
    assert [key for key in shown if key in own] == own
    general = {e.key for e in kind.of_scope() if "item" in e.levels} - subkinds.own_keys(kind)
    assert set(shown) == general - {kind.subkind_key} | set(own)
    choice = sheet.choice()
    assert choice is not None and choice.value == one.label.zh
    assert {value for value, _ in choice.choices} == {each.label.zh for each in kind.subkinds}
    others = sorted(subkinds.own_keys(kind).difference(one.elements))
    strayed = Sheet(kind, "item", {**values, **dict.fromkeys(others, "甲")}, Own({}, ()))
    kept = [key for key in others if "item" in kind.element(key).levels]
    assert sorted(element.key for element in strayed.strays()) == kept
    assert {line.key for part in strayed.sections() for line in part.lines} >= set(kept)


def test_validation_asks_a_sub_kind_only_for_its_own_elements(below: tuple[RecordType, Subkind]) -> None:
    kind, one = below
    values = sample(kind, "item", one.code)
    checker = RowChecker(kind, "GD")
    assert checker.check(values)[1] == ()
    own = set(one.elements)
    asking = {e.key for e in kind.of_scope() if e.required | e.advised and not e.default}
    lacking = dict.fromkeys(asking & subkinds.own_keys(kind), "")
    told = {str(found.facts["key"]) for found in checker.check({**values, **lacking})[1]}
    assert told == {
        key
        for key in lacking
        if key in own and "GD" in kind.element(key).required | kind.element(key).advised
    }
    for key in subkinds.own_keys(kind) - own:
        if "item" in kind.element(key).levels:
            bad = {**values, key: value_of(kind, kind.element(key))}
            found = checker.check(bad)[1]
            assert [(each.code, each.facts["key"]) for each in found] == [("recordtypes.value.foreign", key)]
            assert list(found) == validate(kind, bad, "GD")


def test_import_takes_the_sub_kind_from_its_column_or_from_the_code(
    below: tuple[RecordType, Subkind],
) -> None:
    kind, one = below
    element = kind.element(kind.subkind_key)
    values = sample(kind, "item", one.code)
    keys = [key for key in values if key not in {"ref", "series", kind.subkind_key}]
    ref = f"Z109-{kind.prefixes[0]}·{one.code}·2019·Y-0007"
    frame = Frame(
        tuple((kind.element(key).label.zh, key) for key in [*keys, "ref", kind.subkind_key]),
        *(kind.code, "Z109", "item", True, frozenset({"Z109"})),
    )
    reader = RowReader(frame, holdings.types())
    cells = [values[key] for key in keys]
    for code, told in ((ref, ""), ("旧号-7", one.code), ("旧号-7", one.label.zh)):
        draft = reader.read(1, [*cells, code, told])
        assert draft.values[element.key] == one.label.zh and not draft.refused, draft.problems
        for key in one.elements:
            if key in values:
                assert draft.values[key] == normalise(kind, values)[key], key


def test_search_export_print_and_page_carry_what_a_sub_kind_has(
    below: tuple[RecordType, Subkind], tmp_path: Path
) -> None:
    kind, one = below
    values = normalise(kind, sample(kind, "item", one.code))
    wanted = {kind.subkind_key, *(key for key in one.elements if values.get(key))}
    words = found_by(kind, values, UNREVIEWED)
    record = view(kind, values, OPEN)
    card_rows = dict(row[:2] for row in card(record, values)["rows"])
    shown = {fact.label for group in groups(record, [], inner=True) for fact in group.facts}
    outside = {fact.label for group in groups(record, [], inner=False) for fact in group.facts}
    with Sheaf(tmp_path / "sheaf") as sheaf:
        sheaf.lay(SYSTEM, [record])
        table = io.BytesIO()
        write_csv(sheaf, holdings.types(), table, "zh")
    heads, cells = list(csv.reader(io.StringIO(table.getvalue().decode("utf-8-sig"))))
    columns = dict(zip(heads, map(armed, cells), strict=True))
    for key in wanted:
        element = kind.element(key)
        assert values[key] in words, key
        assert card_rows[element.label.zh] == values[key] == columns[element.label.zh], key
        assert element.label.zh in shown and (element.label.zh in outside) == public(element), key
    foreign = subkinds.own_keys(kind).difference(one.elements)
    labels = {kind.element(key).label.zh for key in foreign}
    assert not labels & card_rows.keys()
    assert not labels & shown
    assert [label for label in labels if columns.get(label)] == []

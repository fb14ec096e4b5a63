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
from lantai.catalogue.forms_edit import form_for
from lantai.catalogue.prints.cards import card
from lantai.catalogue.prints.lists import columns_of
from lantai.holdings import queries as holdings
from lantai.holdings.indexing import IndexRow
from lantai.holdings.models import OPEN, UNREVIEWED
from lantai.holdings.queries import RecordView
from lantai.kernel.ead import EadNode, dublin_core, write_ead3
from lantai.kernel.formulas import armed
from lantai.kernel.recordtypes import Element, RecordType, load, normalise, pieces
from lantai.kernel.recordtypes.compiled import RowChecker
from lantai.search.services.documents import document, slots
from tests.recordtype_samples import sample

SITE_TYPE = """
code = "JP"
zh = "家谱"
en = "Genealogies"
version = "2026.1"
basis = "house"
levels = ["fonds", "series", "file", "item"]
prefixes = ["ZY·JP"]
include = ["vocabularies", "identity", "content", "document", "keeping", "description", "lists", "by_item"]

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

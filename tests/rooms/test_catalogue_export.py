"""Exports: the same values come back, nothing is shown that may not be seen, and every export is recorded."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.catalogue import exports
from lantai.catalogue.exports.headings import RESERVED, columns
from lantai.catalogue.selection import Selection
from lantai.catalogue.services.export import export, file_name
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Place, RecordView
from lantai.kernel.errors import Conflict, Invalid
from lantai.kernel.formulas import armed, disarmed
from lantai.ledger.models import Entry
from lantai.search.queries import Question
from tests.corpora import need
from tests.pages import library

FORMS = ("csv", "xlsx", "xml")


def written(actor: Actor, selection: Selection, form: str, language: str = "zh") -> bytes:
    out = io.BytesIO()
    exports.write(actor, selection.records(actor), form, out, language=language)
    return out.getvalue()


def rows_of(data: bytes) -> list[dict[str, str]]:
    """Read an exported CSV file as its re-import does."""
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return [dict(zip(head, map(armed, row), strict=True)) for row in rows]


def test_a_selection_stands_in_an_address(cast: Mapping[str, Actor]) -> None:
    from django.http import QueryDict

    for address in (
        "",
        "fonds=Z109&type=WS&year=2011&level=item",
        "fonds=Z109&year=0&file=Z109-001",
        "import=2026-0001",
        "urn=urn%3Auuid%3A1&urn=urn%3Auuid%3A2",
        "of=search&q=%E6%B0%B4%E5%BA%93&fonds=Z109&fonds=Z110&from=1990&to=2000",
    ):
        asked = Selection.read(QueryDict(address))
        assert asked.query() == address
        assert Selection.read(QueryDict(asked.query())) == asked


@pytest.fixture
def entries(cast: Mapping[str, Actor]) -> list[library.Entry]:
    return library.catalogue(count=60)


def test_records_come_in_order_and_are_counted(
    entries: list[library.Entry], cast: Mapping[str, Actor]
) -> None:
    library.file_of_items(count=4)
    everyone = {**cast, "公众": PUBLIC, "系统": SYSTEM}
    selections = [
        Selection(),
        Selection(Place(fonds="Z109")),
        Selection(Place(fonds="Z110", year=2011)),
        Selection(Place(fonds="Z109", open="控制")),
        Selection(Place(fonds="Z109", file="Z109-001-001")),
        Selection(Place(fonds="Z109", level="top")),
        Selection(question=Question(text="通知")),
        Selection(question=Question(filters={"fonds": frozenset({"Z109"})})),
    ]
    for actor in everyone.values():
        for selection in selections:
            found = list(selection.records(actor))
            assert selection.count(actor) == len(found)
            assert [r.ref for r in found] == sorted(r.ref for r in found)
            assert {r.id for r in found} == set(holdings.records_by_id(actor, [r.id for r in found]))
    items = list(Selection(Place(file="Z109-001-001")).records(SYSTEM))
    assert [r.ref for r in items] == [f"Z109-001-001-{n:03d}" for n in range(1, 5)]
    some = tuple(r.urn for r in items[1:3])
    assert [r.urn for r in Selection(Place(urns=some[::-1])).records(SYSTEM)] == list(some)


def test_large_selections_are_ordered_by_walking_the_index(
    entries: list[library.Entry], cast: Mapping[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lantai.holdings import places

    whole = list(Selection().ids(SYSTEM))
    seen = {name: list(Selection().ids(actor)) for name, actor in cast.items()}
    monkeypatch.setattr(places, "SORTED_IN_MEMORY", 0)
    assert list(Selection().ids(SYSTEM)) == whole
    assert {name: list(Selection().ids(actor)) for name, actor in cast.items()} == seen


@pytest.mark.parametrize("language", ["zh", "en"])
def test_headings_find_their_elements_again(language: str, cast: Mapping[str, Actor]) -> None:
    types = list(holdings.types().values())
    reserved = {label[spoken] for label in RESERVED.values() for spoken in ("zh", "en")}
    assert not [(name, kind.code) for name in reserved for kind in types if kind.column(name)]
    for kinds in ([kind] for kind in types):
        keys = [element.key for element in kinds[0].elements]
        for column in columns(kinds, keys, language):
            meant = kinds[0].column(column.heading)
            assert meant is not None and meant.key == column.key
    shown = columns(types, [element.key for kind in types for element in kind.elements], language)
    headings = [column.heading for column in shown]
    assert len(set(headings)) == len(headings) and not reserved & set(headings)
    for column in shown:
        for kind in types:
            if column.key in kind.by_key:
                found = kind.column(column.heading)
                assert found is not None and found.key == column.key


def hostile() -> list[str]:
    folder = need("12-hostile-strings")
    naughty: list[str] = json.loads((folder / "blns-half.json").read_text("utf-8"))
    formulas = (folder / "csv-injection.txt").read_text("utf-8").splitlines()
    own = [
        "'=1",
        "''=1",
        "'x",
        "a\r\nb",
        "a\nb",
        "\x01\x0b\x1f",
        "_x0041_",
        "\u202egnp",
        " 两边 ",
        "％20",
        "%20",
    ]
    return [text for text in (*naughty, *formulas, *own) if text]


def described(texts: list[str]) -> dict[str, dict[str, str]]:
    told = {}
    for number, text in enumerate(texts, 1):
        ref = f"Z109-WS·2011·Y-{number:04d}"
        told[ref] = library.values(ref, text, note=text, persons=text, open_status="控制", pages=str(number))
    library.add(
        [
            library.Description(library.urn_of(r), r, "item", "WS", "Z109", values)
            for r, values in told.items()
        ]
    )
    return told


def test_csv_holds_no_formula_and_comes_back_unchanged(cast: Mapping[str, Actor]) -> None:
    told = described(hostile())
    data = written(SYSTEM, Selection(), "csv")
    for cells in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        assert not any(
            cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) for cell in cells
        )
    kind = holdings.types()["WS"]
    for row in rows_of(data):
        values = {found.key: text for name, text in row.items() if (found := kind.column(name)) and text}
        assert values == told[row["档号"]]
        assert row["记录层级"] == "文件" and row["所属门类"] == "WS"
        assert row["永久标识"] == library.urn_of(row["档号"])


def test_disarming_is_undone_exactly() -> None:
    for text in ("", "=1", "'=1", "''=1", "'", "''", "'a", "-5", "'-5", "＝1", "a=1", "\n=1", "'\t"):
        assert armed(disarmed(text)) == text
        assert not disarmed(text).startswith(("=", "-", "＝", "\n"))


def test_a_workbook_comes_back_unchanged(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    from lantai.kernel.spreadsheets import read_table

    told = described(hostile())
    path = tmp_path / "out.xlsx"
    path.write_bytes(written(SYSTEM, Selection(), "xlsx"))
    table = read_table(path)
    assert table.sheet == holdings.types()["WS"].label.zh
    kind = holdings.types()["WS"]
    for row in table.rows[1:]:
        named = dict(zip(table.rows[0], row, strict=True))
        values = {found.key: text for name, text in named.items() if (found := kind.column(name)) and text}
        fit = {key: re.sub("[\ufffe\uffff]", "\ufffd", text) for key, text in told[named["档号"]].items()}
        assert values == fit
    assert len(table.rows) == len(told) + 1


def test_xml_comes_back_unchanged_and_is_a_catalogue_of_transfers(cast: Mapping[str, Actor]) -> None:
    from lantai.kernel import xml
    from lantai.kernel.packages.papers import read_catalogue

    told = described(hostile())
    data = written(SYSTEM, Selection(), "xml")
    types = holdings.types()
    for row in xml.parse(data).root:
        values = {}
        for leaf in row:
            name = leaf.get("键") or getattr(types["WS"].column(xml.name(leaf)), "key", "")
            if name:
                values[name] = xml.value(leaf)
        assert values == told[values["ref"]]
    read = read_catalogue(data, "目录文件.XML", types)
    assert not read.findings and set(read.rows) == set(told)
    assert all(row["title"] == told[ref]["title"] for ref, row in read.rows.items())


def test_values_too_long_for_a_cell_are_never_cut(cast: Mapping[str, Actor]) -> None:
    told = described(["长" * 40_000])
    with pytest.raises(Invalid) as refused:
        written(SYSTEM, Selection(), "xlsx")
    assert refused.value.code == "catalogue.export.cell_long"
    assert [row["题名"] for row in rows_of(written(SYSTEM, Selection(), "csv"))] == [
        one["title"] for one in told.values()
    ]


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    from lantai.catalogue.exports.sheaf import Sheaf
    from lantai.catalogue.exports.tables import write_xlsx
    from lantai.kernel.spreadsheets import read_table

    library.many(25)
    path = tmp_path / "out.xlsx"
    with Sheaf(tmp_path / "lines") as sheaf, open(path, "wb") as out:
        sheaf.lay(SYSTEM, Selection().records(SYSTEM))
        write_xlsx(sheaf, holdings.types(), out, "zh", folder=tmp_path, rows=10)
    label = holdings.types()["WS"].label.zh
    sheets = [read_table(path, name).rows for name in (label, f"{label} 2", f"{label} 3")]
    assert [len(rows) - 1 for rows in sheets] == [10, 10, 5]
    assert len({rows[0] for rows in sheets}) == 1
    assert [row[0] for rows in sheets for row in rows[1:]] == [
        f"Z109-WS·2011·Y-{n:04d}" for n in range(1, 26)
    ]
    assert not (tmp_path / "lines").exists()


def _random(seed: int) -> None:
    chance = random.Random(seed)
    told = []
    for number in range(1, 61):
        fonds = chance.choice(list(library.UNITS))
        ref = f"{fonds}-WS·2011·Y-{number:04d}"
        values = library.values(
            ref,
            f"关于{library.word(number)}的通知",
            open_status=chance.choice(library.STATUSES),
            persons=f"人{library.word(number)}",
            note=f"注{library.word(number)}",
            unheard_of=f"未{library.word(number)}",
        )
        told.append(library.Description(library.urn_of(ref), ref, "item", "WS", fonds, values))
    library.add(told)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nobody_takes_out_what_may_not_be_seen(seed: int, cast: Mapping[str, Actor], tmp_path: Path) -> None:
    from lantai.kernel.spreadsheets import read_table

    _random(seed)
    everything: list[RecordView] = list(Selection().records(SYSTEM))
    elements = holdings.types()["WS"].by_key
    for actor in [*cast.values(), PUBLIC]:
        seen = {r.ref for r in everything if r.id in holdings.records_by_id(actor, [r.id])}
        texts = {form: written(actor, Selection(), form) for form in FORMS}
        path = tmp_path / "out.xlsx"
        path.write_bytes(texts.pop("xlsx"))
        book = "\n".join(cell for row in read_table(path).rows for cell in row)
        for text in (book, *(data.decode("utf-8-sig") for data in texts.values())):
            for one in everything:
                inner = one.ref in seen and holdings.sees_by_office(actor, one.unit)
                assert (one.ref in text) == (one.ref in seen)
                for key, value in one.values.items():
                    if value not in {one.values["persons"], one.values["note"], one.values["unheard_of"]}:
                        continue
                    element = elements.get(key)
                    public = element is not None and element.public and not element.personal
                    assert (value in text) == (one.ref in seen and (inner or public)), (key, one.ref)
                assert (one.title in text) == (one.ref in seen)


def test_an_export_is_recorded_with_its_digest(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    library.many(7)
    out = tmp_path / "out.csv"
    selection = Selection(Place(fonds="Z109", year=2011))
    made = export(cast["顾闻"], selection, "csv", out)
    assert made.count == 7
    assert made.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    entry = Entry.objects.filter(act="catalogue.records.export").get()
    told = json.loads(entry.text)
    assert told["actor"] == "guwen"
    assert told["data"] == {
        "selection": {"fonds": "Z109", "year": "2011"},
        "form": "csv",
        "count": 7,
        "sha256": made.sha256,
    }
    with pytest.raises(Conflict):
        export(cast["顾闻"], selection, "csv", out)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert Entry.objects.filter(act="catalogue.records.export").count() == 1


def test_an_export_that_fails_leaves_nothing(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    from lantai.base.home import home

    described(["长" * 40_000])
    out = tmp_path / "out.xlsx"
    with pytest.raises(Invalid):
        export(SYSTEM, Selection(), "xlsx", out)
    assert not list(tmp_path.glob("*.xlsx")) and not list(tmp_path.glob(".lantai-*"))
    assert not list(home().inbox.iterdir())
    assert not Entry.objects.filter(act="catalogue.records.export").exists()


def tree() -> dict[str, dict[str, str]]:
    """Describe a file with items and loose items of one fonds; return the values by 档号."""
    library.file_of_items(count=3)
    library.many(3)
    return {one.ref: dict(one.values) for one in Selection(Place(fonds="Z109")).records(SYSTEM)}


@pytest.mark.parametrize(("form", "kind"), [("ead", "ead3"), ("ead2002", "ead2002")])
def test_a_finding_aid_comes_back_unchanged_in_its_tree(
    form: str, kind: str, cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    from lantai.kernel.sources import open_source

    told = tree()
    path = tmp_path / "out.xml"
    path.write_bytes(written(SYSTEM, Selection(Place(fonds="Z109")), form))
    source = open_source(path)
    assert source.kind == kind
    rows = [dict(zip(source.headings, row.cells, strict=True)) for row in source.rows()]
    by_ref = {row["ref"]: row for row in rows if row["level"] != "fonds"}
    assert set(by_ref) == set(told)
    for ref, row in by_ref.items():
        assert row["level"] == ("file" if ref == "Z109-001-001" else "item")
        assert row["parent"] == ("Z109-001-001" if ref.startswith("Z109-001-001-") else row["parent"])
        values = {key: text for key, text in row.items() if text and key not in {"level", "parent"}}
        assert values == told[ref]


def test_several_fonds_are_several_finding_aids(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    import zipfile

    library.catalogue(count=30)
    made = export(SYSTEM, Selection(), "ead", tmp_path / "out.xml")
    assert made.files == 2 and made.path.name == "out.zip" and made.count == 30
    with zipfile.ZipFile(made.path) as archive:
        assert archive.namelist() == ["001-Z109.xml", "002-Z110.xml"]


def test_dublin_core_tells_only_what_is_public(cast: Mapping[str, Actor]) -> None:
    from lantai.kernel import xml

    library.catalogue(count=10)
    data = written(SYSTEM, Selection(), "dc")
    assert len(xml.parse(data).root) == 10 and "李某某" not in data.decode()


@pytest.mark.parametrize("form", ["csv", "xlsx", "xml", "ead", "ead2002"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_bringing_an_export_back_changes_nothing(
    form: str, language: str, cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    from lantai.catalogue import queries
    from lantai.catalogue.services import advance, receive

    tree()
    library.add(
        [
            library.Description(
                urn,
                ref,
                "item",
                "WS",
                "Z109",
                library.values(ref, text, note=text, year="2012", date="20120304"),
            )
            for ref, text, urn in (
                ("Z109-WS·2012·Y-0001", "=1+1", library.urn_of("Z109-WS·2012·Y-0001")),
                ("Z109-WS·2012·Y-0002", "'=1+1", library.urn_of("Z109-WS·2012·Y-0002")),
                ("Z109-WS·2012·Y-0003", "“引号”，逗号；分号", library.urn_of("Z109-WS·2012·Y-0003")),
            )
        ]
    )
    path = tmp_path / f"out{exports.FORMS[form]}"
    made = export(SYSTEM, Selection(Place(fonds="Z109")), form, path, language=language)
    number = receive(cast["陆安"], path, fonds="Z109", type="WS")
    advance(number)
    view = queries.import_(SYSTEM, number)
    assert view.problem is None
    fonds = 1 if form in {"ead", "ead2002"} else 0
    found = (view.new, view.changed, view.same, view.refused)
    assert found == (0, 0, made.count + fonds, 0), view.problems


@pytest.mark.parametrize("form", ["csv", "xlsx", "xml", "ead"])
def test_values_kept_as_they_were_received_come_back_as_the_same(
    form: str, cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    """What came with files says 会议纪要 and 2012-03-04 as its sender did; the catalogue's form of it is no change.

    Nor is what no element of its type took: 地点 of a recording comes back as an element of another type.
    """
    from lantai.catalogue import queries
    from lantai.catalogue.services import advance, receive

    received = {"record_form": "会议纪要", "date": "2012年3月4日", "year": "2012", "pages": "3页"}
    received |= {"keywords": "低保; 救灾", "language": "中文", "retention": "Y"}
    refs = [f"Z109-WS·2012·Y-{number:04d}" for number in (1, 2)]
    library.add(
        [
            library.Description(
                library.urn_of(ref), ref, "item", "WS", "Z109", library.values(ref, "纪要", **received)
            )
            for ref in refs
        ]
    )
    if form == "csv":
        told = library.values("Z109-LY·2012·Y-0001", "录音", **received, 地点="白沙河两岸", place="云溪村")
        ref = told["ref"]
        library.add([library.Description(library.urn_of(ref), ref, "item", "LY", "Z109", told)])
        refs.append(ref)
    path = tmp_path / f"out{exports.FORMS[form]}"
    export(SYSTEM, Selection(Place(fonds="Z109")), form, path)

    def planned(path: Path) -> tuple[int, int, int, int]:
        number = receive(cast["陆安"], path, fonds="Z109", type="" if form == "csv" else "WS")
        advance(number)
        view = queries.import_(SYSTEM, number)
        return view.new, view.changed, view.same, view.refused

    fonds = 1 if form == "ead" else 0
    assert planned(path) == (0, 0, len(refs) + fonds, 0)
    if form == "csv":
        lines = path.read_text("utf-8-sig").splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith(refs[0]))
        lines[at] = lines[at].replace("会议纪要", "通知")
        path.write_text("\n".join(lines), "utf-8-sig")
        assert planned(path) == (0, 1, 2, 0), "what means something else is a change"


@pytest.mark.parametrize("form", ["csv", "xlsx", "xml"])
def test_an_export_comes_back_without_being_told_the_record_type(
    form: str, cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    """Codes of files before 2016 do not say the record type; the exported file does, and nothing is lost."""
    from lantai.catalogue import queries
    from lantai.catalogue.services import advance, receive

    tree()
    ref = "Z109-001-009"
    values = library.values(ref, "1984年关于水库的文件材料", year="1984", other="老编号：旧12")
    library.add([library.Description(library.urn_of(ref), ref, "file", "WS", "Z109", values)])
    path = tmp_path / f"out{exports.FORMS[form]}"
    made = export(SYSTEM, Selection(Place(fonds="Z109")), form, path, language="zh")
    number = receive(cast["陆安"], path, fonds="Z109")
    advance(number)
    view = queries.import_(SYSTEM, number)
    assert (view.new, view.changed, view.same, view.refused) == (0, 0, made.count, 0), view.problems
    left_out = [one["facts"] for one in view.notices if one["code"] == "catalogue.column.left_out"]
    assert "other" in view.mapping.values() and left_out == []


@pytest.mark.parametrize("form", ["ead", "ead2002"])
def test_our_own_finding_aid_says_itself_whose_it_is(
    form: str, cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    from lantai.catalogue import queries
    from lantai.catalogue.services import advance, receive

    tree()
    path = tmp_path / f"out{exports.FORMS[form]}"
    export(SYSTEM, Selection(Place(fonds="Z109")), form, path, language="zh")
    number = receive(cast["陆安"], path)
    advance(number)
    view = queries.import_(SYSTEM, number)
    assert (view.new, view.changed, view.refused) == (0, 0, 0), view.problems


def test_files_of_the_same_records_in_different_forms_are_called_differently() -> None:
    selection = Selection(Place(fonds="Z109", type="WS"))
    names = {form: file_name(selection, "目录", form) + ending for form, ending in exports.FORMS.items()}
    assert len(set(names.values())) == len(names)
    assert names["xml"] == "目录-Z109-WS.xml" and names["ead"] == "目录-EAD3-Z109-WS.xml"


@pytest.mark.parametrize(("language", "heading"), [("zh", "其他"), ("en", "other")])
def test_what_no_element_takes_has_a_heading_in_words(language: str, heading: str) -> None:
    (column,) = [one for one in columns([], ["other"], language) if one.key == "other"]
    assert column.heading == heading


def test_what_an_import_brought_can_be_taken_out_again(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    from lantai.catalogue import queries
    from lantai.catalogue.services import advance, order_run, receive

    library.many(2)
    path = tmp_path / "list.csv"
    rows = "".join(
        f"Z109-WS·2012·Y-{n:04d},关于第{n}件事的通知,某局,20120304,2012,永久,公开\n" for n in (1, 2, 3)
    )
    path.write_text(f"档号,题名,责任者,日期,年度,保管期限,密级\n{rows}", "utf-8")
    number = receive(cast["陆安"], path, fonds="Z109", type="WS")
    advance(number)
    order_run(cast["陆安"], number)
    advance(number)
    assert queries.import_(SYSTEM, number).state == "done"
    selection = Selection(brought=number)
    assert selection.count(SYSTEM) == 3 and selection.count(cast["他局"]) == 0
    assert [one.ref for one in selection.records(SYSTEM)] == [f"Z109-WS·2012·Y-{n:04d}" for n in (1, 2, 3)]

"""Lists come into the catalogue: the plan, the run, all or nothing, undone, by services and the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from lantai.base.actors import SYSTEM, Actor
from lantai.catalogue import queries
from lantai.catalogue.models import ImportBatch
from lantai.catalogue.queries import ImportView
from lantai.catalogue.services import (
    advance,
    cancel,
    order_run,
    receive,
    resume,
    set_mapping,
    undo,
    urn_of,
)
from lantai.catalogue.services.run import descriptions
from lantai.catalogue.workshop import workshop
from lantai.cli.main import main
from lantai.holdings import queries as holdings
from lantai.holdings.models import Change, Record
from lantai.holdings.services import revise
from lantai.holdings.services import undo as undo_change
from lantai.holdings.services.tally import counted
from lantai.holdings.services.tally import told as kept
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.kernel.texts import text
from lantai.ledger import queries as ledger
from lantai.search.queries import Question, search
from lantai.site.work import settle
from lantai.vault import queries as vault
from tests.biff import xls
from tests.conftest import Site
from tests.corpora import need

HEAD = ("档号", "题名", "责任者", "日期", "年度", "保管期限", "密级", "页数", "附注")


def line(number: int, **other: str) -> dict[str, str]:
    """Return a good row as a list has it."""
    usual = (
        f"Z109-WS·2011·Y-{number:04d}",
        f"关于第{number}件事的通知",
        "云岭区民政局",
        "2011-03-04",
        "2011",
        "永久",
        "公开",
        "3",
        "",
    )
    return {**dict(zip(HEAD, usual, strict=True)), **other}


def write(path: Path, rows: Sequence[dict[str, str]], encoding: str = "utf-8", **more: str) -> Path:
    """Write a list as CSV."""
    head = list(dict.fromkeys(key for row in rows for key in row))
    with open(path, "w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, head, restval="", delimiter=more.get("delimiter", ","))
        writer.writeheader()
        writer.writerows(rows)
    return path


def workbook(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """Write a list as a workbook."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("目录")
        for place, text in enumerate(HEAD):
            sheet.write_string(0, place, text)
        for number, row in enumerate(rows, 1):
            for place, name in enumerate(HEAD):
                sheet.write_string(number, place, row[name])
    return path


def planned(actor: Actor, path: Path, **how: object) -> ImportView:
    """Receive a list for fonds Z109 and let its plan be made."""
    number = receive(actor, path, **{"fonds": "Z109", "type": "WS", **how})  # type: ignore[arg-type]
    advance(number)
    return queries.import_(SYSTEM, number)


def run(actor: Actor, view: ImportView) -> ImportView:
    """Carry a plan out."""
    order_run(actor, view.number)
    advance(view.number)
    return queries.import_(SYSTEM, view.number)


def figures(view: ImportView) -> tuple[int, int, int, int]:
    return view.new, view.changed, view.same, view.refused


def codes(view: ImportView) -> dict[str, int]:
    return {str(one["code"]): int(one["error"]) + int(one["warning"]) for one in view.problems}


@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "gb18030", "tab", "xlsx", "xls"])
def test_a_list_of_any_form_goes_the_whole_way(cast: dict[str, Actor], tmp_path: Path, form: str) -> None:
    rows = [line(n) for n in range(1, 31)]
    if form == "xlsx":
        path = workbook(tmp_path / "目录.xlsx", rows)
    elif form == "xls":
        path = tmp_path / "目录.xls"
        path.write_bytes(xls("目录", [HEAD, *([row[name] for name in HEAD] for row in rows)]))
    elif form == "tab":
        path = write(tmp_path / "目录.txt", rows, delimiter="\t")
    else:
        path = write(tmp_path / "目录.csv", rows, form)
    view = planned(cast["陆安"], path)
    assert (view.state, figures(view)) == ("planned", (30, 0, 0, 0)), view.problem
    assert not Record.objects.exists(), "a plan changes nothing"
    view = run(cast["陆安"], view)
    assert (view.state, view.rows_done) == ("done", 30), view.problem
    record = holdings.record(cast["陆安"], "Z109-WS·2011·Y-0007")
    assert (record.title, record.date, record.pages, record.urn) == (
        "关于第7件事的通知",
        "20110304",
        3,
        urn_of(record.ref),
    )
    assert {entry.actor for entry in ledger.history([f"urn:uuid:{record.batch}"])} == {"luan"}


def test_the_file_and_the_lists_lie_in_the_vault(cast: dict[str, Actor], tmp_path: Path) -> None:
    path = write(tmp_path / "目录.csv", [line(1), line(2)], "gb18030")
    view = run(cast["陆安"], planned(cast["陆安"], path))
    with vault.open_file(view.urn, "received/source.csv") as stream:
        assert stream.read() == path.read_bytes()
    (batch,) = queries.batches(SYSTEM, view.number)
    with vault.open_file(f"urn:uuid:{batch.uuid}", "records.jsonl") as stream:
        lines = [json.loads(text) for text in stream.read().splitlines()]
    assert [one["ref"] for one in lines] == ["Z109-WS·2011·Y-0001", "Z109-WS·2011·Y-0002"]
    with vault.open_file(f"urn:uuid:{batch.uuid}", "catalogue.json") as stream:
        assert json.loads(stream.read())["import"] == view.urn


BAD: list[tuple[str, dict[str, str]]] = [
    ("catalogue.row.repeated", {"档号": "Z109-WS·2011·Y-0001"}),
    ("catalogue.row.fonds_differs", {"档号": "Z110-WS·2011·Y-0009"}),
    ("catalogue.row.type_differs", {"档号": "Z109-ZP·2011·Y-0009"}),
    ("catalogue.row.classified", {"密级": "秘密★10年"}),
    ("catalogue.row.title_missing", {"题名": "  "}),
    ("catalogue.row.ref_missing", {"档号": ""}),
    ("refcodes.code.separator", {"档号": "Z109—WS·2011·Y-0009"}),
    ("refcodes.part.differs", {"年度": "2012"}),
    ("recordtypes.date.unreadable", {"日期": "某日"}),
    ("recordtypes.integer.unreadable", {"页数": "三张"}),
]


def test_every_problem_is_told_with_row_column_and_code(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [line(1), *(line(n + 2, **other) for n, (_, other) in enumerate(BAD))]
    view = planned(cast["陆安"], write(tmp_path / "a.csv", rows))
    assert figures(view) == (1, 0, 0, len(BAD))
    for place, (code, other) in enumerate(BAD):
        found = queries.problems(SYSTEM, view.number, code).items
        assert [one.row for one in found] == [place + 3], code
        assert found[0].message("zh") and found[0].message("en")
        if code not in {"catalogue.row.repeated"}:
            assert found[0].column in {*other, "档号"}, code
    view = run(cast["陆安"], view)
    assert [row.ref for row in Record.objects.all()] == ["Z109-WS·2011·Y-0001"]


def test_the_same_list_comes_back_with_remarks(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [line(1), line(2, 日期="某日"), line(1)]
    view = planned(cast["陆安"], write(tmp_path / "a.csv", rows))
    head, lines = queries.remarked(SYSTEM, view.number, "zh")
    told = list(lines)
    assert head == HEAD
    assert [one.outcome for one in told] == ["新增", "拒绝", "拒绝"]
    assert told[1].remarks.startswith("日期：") and "第 2 行重复" in told[2].remarks
    assert told[1].cells[3] == "某日"


def test_what_is_badly_written_can_be_taken_over(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [line(1, 日期="民国三十六年春"), line(2, 档号="旧12-3"), line(3, 密级="机密")]
    view = planned(cast["陆安"], write(tmp_path / "a.csv", rows), tolerant=True)
    assert figures(view) == (2, 0, 0, 1)
    run(cast["陆安"], view)
    assert {row.ref: row.date for row in Record.objects.all()} == {
        "Z109-WS·2011·Y-0001": "民国三十六年春",
        "旧12-3": "20110304",
    }


def test_what_changed_is_revised_and_empty_cells_change_nothing(
    cast: dict[str, Actor], tmp_path: Path
) -> None:
    run(cast["陆安"], planned(cast["陆安"], write(tmp_path / "a.csv", [line(1, 附注="甲"), line(2)])))
    again = [line(1, 题名="改过的题名", 附注=""), line(2), line(3)]
    view = planned(cast["陆安"], write(tmp_path / "b.csv", again))
    assert figures(view) == (1, 1, 1, 0)
    view = run(cast["陆安"], view)
    assert view.state == "done", view.problem
    row = Record.objects.get(ref="Z109-WS·2011·Y-0001")
    assert (row.title, row.values["note"], row.version) == ("改过的题名", "甲", 2)


def test_codes_are_composed_where_a_list_has_only_their_parts(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [{key: value for key, value in line(n).items() if key != "档号"} for n in (1, 2)]
    for number, row in enumerate(rows, 1):
        row |= {"年度": "2023", "日期": "20230101", "件号": str(number)}
    view = planned(cast["陆安"], write(tmp_path / "a.csv", rows))
    assert figures(view) == (2, 0, 0, 0), view.problems
    run(cast["陆安"], view)
    assert sorted(Record.objects.values_list("ref", flat=True)) == [
        "Z109-WS·2023·Y-0001",
        "Z109-WS·2023·Y-0002",
    ]


def test_items_find_their_files_wherever_those_stand(cast: dict[str, Actor], tmp_path: Path) -> None:
    file = line(1, 档号="Z109-001-001", 聚合层次="案卷", 保管期限="")
    items = [line(n, 档号=f"Z109-001-001-{n:03d}", 聚合层次="文件") for n in (1, 2)]
    lost = line(3, 档号="Z109-001-002-001", 聚合层次="文件")
    view = planned(cast["陆安"], write(tmp_path / "a.csv", [*items, file, lost]), tolerant=True)
    assert figures(view) == (4, 0, 0, 0), view.problems
    assert codes(view)["catalogue.row.file_unknown"] == 1
    run(cast["陆安"], view)
    parents = {
        row.ref: row.parent.ref if row.parent else "" for row in Record.objects.select_related("parent")
    }
    assert parents == {
        "Z109-001-001": "",
        "Z109-001-001-001": "Z109-001-001",
        "Z109-001-001-002": "Z109-001-001",
        "Z109-001-002-001": "",
    }


def test_a_row_that_names_a_file_that_is_nowhere_is_refused_with_all_in_it(
    cast: dict[str, Actor], tmp_path: Path
) -> None:
    rows = [
        {**line(1, 档号="甲"), "level": "file", "parent": "无"},
        {**line(2, 档号="乙"), "level": "item", "parent": "甲"},
        {**line(3, 档号="丙"), "level": "item", "parent": ""},
    ]
    view = planned(cast["陆安"], write(tmp_path / "a.csv", rows), tolerant=True)
    assert figures(view) == (1, 0, 0, 2)
    assert [
        one.row for one in queries.problems(SYSTEM, view.number, "catalogue.row.parent_missing").items
    ] == [
        2,
        3,
    ]
    assert run(cast["陆安"], view).state == "done"


def test_columns_are_mapped_by_hand_and_remembered(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [{"甲": f"Z109-WS·2011·Y-{n:04d}", "乙": f"题名{n}", "丙": "王某"} for n in (1, 2)]
    view = planned(cast["陆安"], write(tmp_path / "a.csv", rows))
    assert view.state == "unmapped"
    with pytest.raises(Invalid, match="incomplete"):
        set_mapping(cast["陆安"], view.number, {"甲": "ref"})
    set_mapping(cast["陆安"], view.number, {"甲": "ref", "乙": "title", "丙": "+"})
    advance(view.number)
    view = queries.import_(SYSTEM, view.number)
    assert (view.state, view.new) == ("planned", 2)
    run(cast["陆安"], view)
    assert Record.objects.get(ref="Z109-WS·2011·Y-0001").values["other"] == "丙：王某"
    rows = [{"丙": "李某", "乙": "题名", "甲": "Z109-WS·2011·Y-0003"}]
    again = planned(cast["陆安"], write(tmp_path / "b.csv", rows))
    assert (again.state, again.new) == ("planned", 1), "the same columns in another order"
    assert {column.by for column in again.columns} == {"remembered"}


def test_columns_that_are_left_out_are_named(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [line(1), line(2, 谜="谜底")]
    view = planned(cast["陆安"], write(tmp_path / "a.csv", rows))
    told = {one["code"]: one["facts"] for one in view.notices}
    assert told["catalogue.column.left_out"] == {"column": "谜", "example": "谜底"}


def test_a_whole_import_is_undone(cast: dict[str, Actor], tmp_path: Path) -> None:
    luan = cast["陆安"]
    run(luan, planned(luan, write(tmp_path / "a.csv", [line(1)])))
    before = Record.objects.values("ref", "values").get()
    file = line(5, 档号="Z109-001-001", 聚合层次="案卷", 保管期限="")
    item = line(6, 档号="Z109-001-001-001", 聚合层次="文件")
    path = write(tmp_path / "b.csv", [line(1, 题名="改"), line(2), file, item])
    view = run(luan, planned(luan, path, tolerant=True))
    assert Record.objects.count() == 4
    undo(luan, view.number)
    advance(view.number)
    assert queries.import_(SYSTEM, view.number).state == "undone"
    assert Record.objects.values("ref", "values").get() == before
    again = run(luan, planned(luan, path, tolerant=True))
    assert (again.state, Record.objects.count()) == ("done", 4), "what was undone can come again"


def test_undo_is_refused_whole_while_something_builds_on_it(cast: dict[str, Actor], tmp_path: Path) -> None:
    luan = cast["陆安"]
    view = run(luan, planned(luan, write(tmp_path / "a.csv", [line(n) for n in range(1, 4)])))
    revise(luan, urn_of("Z109-WS·2011·Y-0002"), {"title": "改过"}, version=1)
    with pytest.raises(Conflict) as refused:
        undo(luan, view.number)
    assert refused.value.facts["ref"] == "Z109-WS·2011·Y-0002"
    assert queries.import_(SYSTEM, view.number).state == "done"
    assert Record.objects.count() == 3


def test_what_was_changed_and_changed_back_does_not_hinder_undoing(
    cast: dict[str, Actor], tmp_path: Path
) -> None:
    luan = cast["陆安"]
    first = run(luan, planned(luan, write(tmp_path / "a.csv", [line(1)])))
    settle()
    before = list(Record.objects.values("id", "urn", "ref", "values", "sort_key", "access"))
    tallied, searched = counted(), found_by_words("通知")
    path = write(tmp_path / "b.csv", [line(1, 题名="改"), *(line(n) for n in range(2, 30))])
    view = run(luan, planned(luan, path, tolerant=True))
    edited, other, moved = (urn_of(f"Z109-WS·2011·Y-{n:04d}") for n in (1, 2, 3))
    one = revise(luan, edited, {"note": "又改"}, version=2)
    two = revise(luan, other, {"title": "别的题名", "note": "注"}, version=1)
    revise(luan, moved, {"title": "没有改回"}, version=1)
    for number in range(4, 29):
        revise(luan, urn_of(f"Z109-WS·2011·Y-{number:04d}"), {"note": "留"}, version=1)
    undo_change(luan, entry_of(edited, one))
    revise(luan, other, {"title": "关于第2件事的通知", "note": ""}, version=two)
    settle()
    with pytest.raises(Conflict) as refused:
        undo(luan, view.number)
    facts = refused.value.facts
    assert (facts["count"], facts["ref"]) == (26, "Z109-WS·2011·Y-0003")
    told = text(refused.value.code, "zh", **facts)
    assert "Z109-WS·2011·Y-0003、Z109-WS·2011·Y-0004" in told and "26" in told and told.count("、") == 19
    for number in range(3, 29):
        urn = urn_of(f"Z109-WS·2011·Y-{number:04d}")
        undo_change(luan, entry_of(urn, 2))
    undo(luan, view.number)
    advance(view.number)
    settle()
    assert queries.import_(SYSTEM, view.number).state == "undone"
    assert list(Record.objects.values("id", "urn", "ref", "values", "sort_key", "access")) == before
    assert (counted(), found_by_words("通知")) == (tallied, searched) and counted() == kept()
    assert [change.version for change in Change.objects.order_by("id")] == [2, 3, 4, 5]
    again = run(luan, planned(luan, path, tolerant=True))
    settle()
    assert (again.state, Record.objects.count(), found_by_words("通知")) == ("done", 29, 28)
    undo(luan, again.number)
    advance(again.number)
    undo(luan, first.number)
    advance(first.number)
    settle()
    assert not Record.objects.exists() and not Change.objects.exists() and found_by_words("通知") == 0


def found_by_words(query: str) -> int:
    return search(SYSTEM, Question(text=query)).total


def entry_of(urn: str, version: int) -> str:
    """Return the entry that made a version of a record."""
    return str(Change.objects.filter(record__urn=urn, version=version).latest("id").entry)


def test_a_code_taken_meanwhile_stops_its_batch_whole(
    cast: dict[str, Actor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    luan = cast["陆安"]
    monkeypatch.setattr("lantai.catalogue.streams.BATCH_ROWS", 5)
    first = planned(luan, write(tmp_path / "a.csv", [line(n) for n in range(1, 13)]))
    run(luan, planned(luan, write(tmp_path / "b.csv", [line(8, 题名="别人的")])))
    order_run(luan, first.number)
    advance(first.number)
    view = queries.import_(SYSTEM, first.number)
    assert (view.state, view.rows_done) == ("failed", 5)
    assert view.problem is not None
    assert view.problem["code"] == "catalogue.batch.overtaken"
    assert view.problem["facts"]["rows"] == "9" and view.problem["facts"]["count"] == 1
    assert Record.objects.count() == 6, "the batch went in not at all"
    (other,) = [one for one in queries.imports(SYSTEM).items if one.number != first.number]
    undo(luan, other.number)
    advance(other.number)
    resume(luan, first.number)
    advance(first.number)
    assert queries.import_(SYSTEM, first.number).state == "done"
    assert Record.objects.count() == 12


def test_while_arranging_strangers_see_nothing(cast: dict[str, Actor], tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [line(1, 开放标识="开放")])
    run(cast["陆安"], planned(cast["陆安"], path, arranging=True))
    assert not Record.objects.get().accepted
    with pytest.raises(NotFound):
        holdings.record(cast["他局"], "Z109-WS·2011·Y-0001")


def test_who_may_not_import_may_not(cast: dict[str, Actor], tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [line(1)])
    for name in ("沈文", "顾闻", "系统管理员"):
        with pytest.raises(Forbidden):
            receive(cast[name], path, fonds="Z109")
    view = planned(cast["陆安"], path)
    with pytest.raises(Forbidden):
        order_run(cast["顾闻"], view.number)
    with pytest.raises(NotFound):
        queries.import_(cast["沈文"], view.number)


def test_a_plan_can_be_given_up(cast: dict[str, Actor], tmp_path: Path) -> None:
    view = planned(cast["陆安"], write(tmp_path / "a.csv", [line(1)]))
    cancel(cast["陆安"], view.number)
    with pytest.raises(Conflict):
        order_run(cast["陆安"], view.number)
    assert not workshop(view.uuid).root.exists()
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    ("name", "data"), [("a.csv", b"\0\1\2" * 90), ("a.xlsx", b"PK\x03\x04 nothing"), ("a.csv", b"")]
)
def test_no_catalogue_at_all_is_refused(
    cast: dict[str, Actor], tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    if not data:
        with pytest.raises(Invalid):
            receive(cast["陆安"], path, fonds="Z109")
        assert not list((tmp_path / "site" / "imports").glob("*/source*"))
        return
    view = planned(cast["陆安"], path)
    assert view.state == "failed" and view.problem is not None
    cancel(cast["陆安"], view.number)
    assert not ImportBatch.objects.exists()


def test_a_changed_plan_is_not_run(cast: dict[str, Actor], tmp_path: Path) -> None:
    view = planned(cast["陆安"], write(tmp_path / "a.csv", [line(1)]))
    plan = workshop(view.uuid).plan / "items-0001.jsonl"
    plan.write_bytes(plan.read_bytes().replace(b"2011", b"2012"))
    order_run(cast["陆安"], view.number)
    advance(view.number)
    assert queries.import_(SYSTEM, view.number).state == "failed"
    assert not Record.objects.exists()


def test_processes_on_every_core_make_the_same_plan(
    cast: dict[str, Actor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [line(n, 日期="某日" if n % 9 == 0 else "20110304", 谜="谜底") for n in range(1, 5_001)]
    path = write(tmp_path / "a.csv", rows)
    alone = planned(cast["陆安"], path)
    monkeypatch.setattr("lantai.catalogue.services.plan.ALONE_BYTES", 0)
    together = planned(cast["陆安"], path)
    assert figures(alone) == figures(together) == (4_445, 0, 0, 555)
    one, other = workshop(alone.uuid).plan, workshop(together.uuid).plan
    for name in ("items-0001.jsonl", "outcomes.bin", "problems/recordtypes.date.unreadable.jsonl"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    (batch,) = ImportBatch.objects.filter(owner__number=alone.number)
    lines = (one / "items-0001.jsonl").read_bytes().splitlines()
    assert [told.line() for told in descriptions(workshop(alone.uuid), batch)] == lines


LAWS = {"标识": "ref", "层级": "-", "题名": "title", "文件名": "-", "公布日期": "date"}
LAWS |= {
    "id": "ref",
    "版本": "-",
    "标签": "-",
    "类别": "-",
    "目录": "-",
    "分组": "-",
    "施行日期": "-",
    "是否失效": "-",
}


def test_the_corpus_of_chinese_lists_gives_the_same_records_four_times(cast: dict[str, Actor]) -> None:
    folder = need("16-zh-catalogue")
    found = []
    for name in (
        "laws-national.utf8bom.csv",
        "laws-national.gb18030.csv",
        "laws-national.xlsx",
        "laws-national.xml",
    ):
        view = planned(cast["陆安"], folder / name, tolerant=True)
        columns = {column.name for column in view.columns}
        set_mapping(cast["陆安"], view.number, {k: v for k, v in LAWS.items() if k in columns})
        advance(view.number)
        view = queries.import_(SYSTEM, view.number)
        assert figures(view) == (776, 0, 0, 0), (name, view.problems)
        view = run(cast["陆安"], view)
        found.append({row.urn: row.values for row in Record.objects.all()})
        undo(cast["陆安"], view.number)
        advance(view.number)
        assert not Record.objects.exists()
    assert found[0] == found[1] == found[2] == found[3]
    assert len(found[0]) == 776


def test_foreign_sheets_are_planned_or_refused_and_never_half_imported(cast: dict[str, Actor]) -> None:
    folder = need("06-catalogue-spreadsheets")
    with open(folder / "cases.csv", encoding="utf-8", newline="") as lines:
        cases = list(csv.DictReader(lines))
    for case in cases:
        view = planned(cast["陆安"], folder / case["case"], tolerant=True)
        assert view.state in {"planned", "unmapped", "failed"}, case
        if view.state == "failed":
            assert view.problem is not None
            assert not str(view.problem["code"]).startswith("catalogue.step"), (case, view.problem)
        if "not a CSV" in case["expected"] or "encrypted" in case["expected"]:
            assert view.state == "failed", case
    assert not Record.objects.exists()


def test_the_command_line_plans_runs_and_undoes(
    site: Site, cast: dict[str, Actor], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.csv", [line(1), line(2, 日期="某日")])
    asked = ["catalogue", "import", str(path), "--type", "WS", "--fonds", "Z109", "--json", "--as", "luan"]
    assert main([*asked, "--plan"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["state"], told["new"], told["refused"]) == (
        "lantai.import/1",
        "planned",
        1,
        1,
    )
    assert not Record.objects.exists()
    assert main(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "done" and Record.objects.count() == 1
    assert main(["catalogue", "undo", told["number"], "--as", "luan"]) == 0
    assert not Record.objects.exists()
    assert main(["catalogue", "imports"]) == 0
    assert "已撤销" in capsys.readouterr().out
    assert main([*asked[:3], "--map", "题名=title=x", "--fonds", "Z109"]) == 2


def test_the_command_line_tells_rows_in_words_and_takes_the_names_of_elements(
    site: Site, cast: dict[str, Actor], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.csv", [line(1) | {"老科室": "救灾科"}, line(2, 日期="某日")])
    asked = ["catalogue", "import", str(path), "--type", "WS", "--fonds", "Z109", "--as", "luan", "--plan"]
    assert main([*asked, "--map", "老科室=没有这一项"]) == 2
    assert main(["catalogue", "imports", "--as", "luan", "--state", "planned"]) == 0
    assert capsys.readouterr().out == "", "a mapping that is refused leaves a plan behind"
    assert main([*asked, "--map", "老科室=机构或问题"]) == 0
    told = capsys.readouterr().out
    assert "不会导入" not in told
    assert "第 3 行" in told and "“某日”不是日期" in told


def test_finding_aids_and_name_records_of_others_come_in_whole(cast: dict[str, Actor]) -> None:
    """EAD, MARC, EAC, OAI answers: each is planned; what it holds goes in and comes out again."""
    folder = need("05-ead-eac-marc-oai")
    with open(folder / "cases.csv", encoding="utf-8", newline="") as lines:
        cases = [case["case"] for case in csv.DictReader(lines)]
    entered = 0
    for case in cases:
        view = planned(cast["陆安"], folder / case, type="")
        assert (view.state, view.refused) == ("planned", 0), (case, view.problem, view.problems)
        if case.endswith(("identify.xml", "list_sets.xml")):  # answers about the repository itself
            assert figures(view) == (0, 0, 0, 0)
            assert [one["code"] for one in view.notices] == ["sources.oai.no_records"]
            continue
        view = run(cast["陆安"], view)
        assert view.state == "done", (case, view.problem)
        entered += view.new
        undo(cast["陆安"], view.number)
        advance(view.number)
        assert queries.import_(SYSTEM, view.number).state == "undone", case
    assert entered
    assert not Record.objects.exists()


def test_a_list_of_marriages_needs_neither_a_title_nor_to_be_told_its_type(
    cast: dict[str, Actor], tmp_path: Path
) -> None:
    """The 档号 say that these are marriage registers, whose titles are made of their other elements."""
    one = {
        "档号": "Z109-ZY·HY·1998·Y-0001",
        "男方姓名": "张甲",
        "女方姓名": "李乙",
        "登记类型": "结婚",
        "登记日期": "19980501",
        "登记机关": "云岭区民政局",
        "保管期限": "永久",
    }
    view = planned(cast["陆安"], write(tmp_path / "a.csv", [one]), type="")
    assert (view.state, figures(view)) == ("planned", (1, 0, 0, 0)), view.problems
    assert not view.notices
    run(cast["陆安"], view)
    made = Record.objects.get(ref=one["档号"])
    assert (made.type, made.title) == ("HY", "云岭区民政局结婚登记")

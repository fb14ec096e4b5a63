"""What a hostile reader of the catalogue's writes found: each test failed before its mend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.base.paging import cursor
from lantai.catalogue.models import Import, ImportBatch, State
from lantai.catalogue.services import free_urn, receive, register_catalogue, urn_of
from lantai.catalogue.services.bulk import Edit, plan_bulk, plan_rows
from lantai.catalogue.services.plan import _read_columns
from lantai.catalogue.workshop import workshop
from lantai.holdings.models import Fonds, Record
from lantai.holdings.services import (
    Description,
    describe,
    describe_fonds,
    merge,
    plan_renumber,
    renumber,
    revise,
    split,
    undo,
)
from lantai.holdings.services.tally import counted, told
from lantai.kernel.errors import Conflict, Invalid
from lantai.kernel.sources import open_source
from lantai.ledger.models import Entry
from lantai.search.queries import Question, search
from lantai.site.work import settle
from tests.conftest import Site
from tests.rooms.test_catalogue_import import codes, line, planned, run, write

pytestmark = pytest.mark.usefixtures("site")

TOP = "Z109-WS·2014·D30"
OWN_RULES = """
[[rule]]
id = "own.old"
zh = "本馆旧号"
en = "our old codes"
level = "item"
template = "{fonds}-老{year}-{item}"
"""


@pytest.fixture
def luan(cast: dict[str, Actor]) -> Actor:
    return cast["陆安"]


def made(
    ref: str, title: str = "关于低保核查的通知", *, parent: str = "", level: str = "item", **more: str
) -> Description:
    told = {"ref": ref, "title": title, "author": "云岭区民政局", "year": "2014", "retention": "30年"}
    told |= {"date": "20140506", "open_status": "开放", "security": "公开", "pages": "3", **more}
    return Description(urn_of(ref), ref, level, "WS", "Z109", told, parent=parent)


def versions(*some: Description) -> dict[str, int]:
    return dict(Record.objects.filter(urn__in=[one.urn for one in some]).values_list("urn", "version"))


def newest(act: str) -> str:
    return str(Entry.objects.filter(act=act).order_by("-id")[0].uuid)


def found(actor: Actor, words: str) -> list[str]:
    settle()
    return [hit.record.ref for hit in search(actor, Question(text=words)).found]


def numbered_anew(actor: Actor, **where: object) -> None:
    plan = plan_renumber(actor, **where)  # type: ignore[arg-type]
    assert not plan.conflicts, plan
    renumber(actor, **where, digest=plan.digest)  # type: ignore[arg-type]


def test_a_volume_made_by_splitting_is_found(luan: Actor) -> None:
    box = made(f"{TOP}-001", "救灾案卷", level="file")
    one, two = (made(f"{TOP}-001-00{n}", parent=box.ref) for n in (1, 2))
    describe(SYSTEM, uuid4(), [box, one, two])
    done = split(
        luan,
        box.urn,
        [two.urn],
        ref=f"{TOP}-009",
        values=made(f"{TOP}-009", "雪灾专卷").values,
        versions=versions(two),
    )
    assert found(luan, "雪灾专卷") == [f"{TOP}-009"]
    back = undo(luan, done.entry)
    assert found(luan, "雪灾专卷") == []
    undo(luan, back)
    assert found(luan, "雪灾专卷") == [f"{TOP}-009"]


def test_a_volume_that_comes_back_is_found_again(luan: Actor) -> None:
    box, other = (made(f"{TOP}-00{n}", f"第{n}号空卷", level="file") for n in (1, 2))
    inside = made(f"{TOP}-002-001", parent=other.ref)
    describe(SYSTEM, uuid4(), [box, other, inside], accepted=False)
    done = merge(luan, box.urn, [other.urn], versions=versions(box, other))
    assert found(luan, "第2号空卷") == []
    undo(luan, done.entry)
    assert found(luan, "第2号空卷") == [other.ref]
    assert counted() == told()


def test_a_code_that_was_given_away_cannot_be_taken_back(luan: Actor) -> None:
    describe(SYSTEM, uuid4(), [made(f"{TOP}-0001")], accepted=False)
    numbered_anew(luan, fonds="Z109", series="WS·2014·D30", start=7)
    describe(
        SYSTEM,
        uuid4(),
        [Description(f"urn:uuid:{uuid4()}", f"{TOP}-0001", "item", "WS", "Z109", made(f"{TOP}-0001").values)],
    )
    with pytest.raises(Conflict) as refused:
        undo(luan, newest("holdings.records.renumber"))
    assert refused.value.code == "holdings.record.ref_taken"


def test_a_list_brings_a_code_that_a_renumbered_record_had(luan: Actor, tmp_path: Path) -> None:
    first = line(1)
    run(luan, planned(luan, write(tmp_path / "甲.csv", [first]), arranging=True))
    numbered_anew(luan, fonds="Z109", series="WS·2011·Y", start=7)
    view = run(luan, planned(luan, write(tmp_path / "乙.csv", [first])))
    assert view.state == "done", view.problem
    assert set(Record.objects.values_list("ref", flat=True)) == {"Z109-WS·2011·Y-0001", "Z109-WS·2011·Y-0007"}
    assert counted() == told()


def test_a_name_that_is_taken_refuses_a_description(luan: Actor) -> None:
    describe(SYSTEM, uuid4(), [made(f"{TOP}-0001")], accepted=False)
    numbered_anew(luan, fonds="Z109", series="WS·2014·D30", start=7)
    with pytest.raises(Conflict):
        describe(SYSTEM, uuid4(), [made(f"{TOP}-0001")])
    assert counted() == told()


def test_items_follow_files_below_a_series(luan: Actor) -> None:
    top = made("Z109-WS·2014", "二〇一四年文书", level="series")
    box = made(f"{TOP}-001", "救灾案卷", level="file", parent=top.ref)
    one = made(f"{TOP}-001-001", parent=box.ref)
    describe(SYSTEM, uuid4(), [top, box, one], accepted=False)
    numbered_anew(luan, parent=top.ref, start=5)
    refs = {row.urn: row.ref for row in Record.objects.all()}
    assert refs[box.urn] == f"{TOP}-005"
    assert refs[one.urn] == f"{TOP}-005-001"


def test_many_described_volumes_are_merged(luan: Actor) -> None:
    box = made(f"{TOP}-001", "总卷", level="file")
    others = [made(f"{TOP}-{n:03d}", "空卷" * 100, level="file", note="说" * 60) for n in range(2, 32)]
    inside = [made(f"{one.ref}-{n:03d}", parent=one.ref) for one in others for n in range(1, 5)]
    describe(SYSTEM, uuid4(), [box, *others, *inside], accepted=False)
    done = merge(luan, box.urn, [one.urn for one in others], versions=versions(box, *others))
    assert done.count == len(inside)
    undo(luan, done.entry)
    assert counted() == told()


def test_a_code_says_what_the_columns_leave_open(luan: Actor, tmp_path: Path) -> None:
    rows = [
        {"档号": f"Z109-WS·2011·Y·BGS-{n:04d}", "题名": "通知", "责任者": "民政局", "密级": "公开"}
        for n in (1, 2)
    ]
    view = run(luan, planned(luan, write(tmp_path / "目录.csv", rows)))
    assert view.state == "done", (view.problem, view.problems)
    told = Record.objects.get(ref="Z109-WS·2011·Y·BGS-0002").values
    said = {key: told.get(key) for key in ("fonds", "year", "retention", "function", "item_number")}
    assert said == {
        "fonds": "Z109",
        "year": "2011",
        "retention": "永久",
        "function": "BGS",
        "item_number": "0002",
    }


def test_rows_are_read_by_the_rules_of_the_site(luan: Actor, site: Site, tmp_path: Path) -> None:
    folder = site.root / "recordtypes" / "refcodes"
    folder.mkdir(parents=True)
    (folder / "rules.toml").write_text(OWN_RULES, "utf-8")
    rows = [line(n, 档号=f"Z109-老2011-{n:04d}") for n in (1, 2)]
    view = run(luan, planned(luan, write(tmp_path / "目录.csv", rows)))
    assert (view.state, codes(view)) == ("done", {}), view.problem
    assert Record.objects.filter(series__code="老2011").count() == 2


def test_a_type_that_makes_its_titles_needs_no_such_column(luan: Actor, tmp_path: Path) -> None:
    rows = [{"案卷号": "1", "土地坐落": "云岭区", "年度": "2011"}]
    view = planned(luan, write(tmp_path / "目录.csv", rows), type="TD")
    assert view.state == "planned", view.problem


def test_bytes_of_another_encoding_leave_no_plan(luan: Actor, tmp_path: Path) -> None:
    path = write(tmp_path / "目录.csv", [line(n) for n in range(1, 9001)])
    data = bytearray(path.read_bytes())
    data[-40] = 0xFF
    path.write_bytes(bytes(data))
    view = planned(luan, path)
    assert (view.state, view.new, view.problem and view.problem["code"]) == (
        "failed",
        0,
        "sources.text.undecodable",
    )
    assert not ImportBatch.objects.exists()


def test_nothing_lies_in_another_fonds_or_in_an_item(luan: Actor, tmp_path: Path) -> None:
    box = made(f"{TOP}-001", "救灾案卷", level="file")
    one = made(f"{TOP}-0001")
    describe(SYSTEM, uuid4(), [box, one])
    stray = "Z110-WS·2014·D30-0001"
    for ref, fonds, parent in ((stray, "Z110", box.ref), (f"{TOP}-0002", "Z109", one.ref)):
        with pytest.raises(Invalid) as refused:
            register_catalogue(
                SYSTEM,
                [Description(urn_of(ref), ref, "item", "WS", fonds, one.values, parent=parent)],
                source="",
            )
        assert refused.value.code == "holdings.record.parent_unfit"
        row = line(1, 档号=ref, 年度="2014", 日期="2014-05-06", 保管期限="30年", parent=parent)
        view = planned(luan, write(tmp_path / "目录.csv", [row]), fonds=fonds)
        assert (view.state, codes(view)) == ("planned", {"catalogue.row.parent_missing": 1})


def test_what_others_said_of_a_fonds_is_not_overwritten(luan: Actor, tmp_path: Path) -> None:
    rows = [{"level": "fonds", "ref": "Z109", "title": "民政局全宗", "附注": "第一稿"}]
    view = planned(luan, write(tmp_path / "目录.csv", rows))
    assert view.changed == 1, (view.problem, view.problems)
    describe_fonds(luan, "Z109", {"note": "他人所著"})
    view = run(luan, view)
    assert view.state == "failed"
    assert Fonds.objects.get(number="Z109").values == {"note": "他人所著"}


def test_an_import_cancelled_while_its_columns_are_read_stays_cancelled(luan: Actor, tmp_path: Path) -> None:
    number = receive(luan, write(tmp_path / "目录.csv", [line(1)]), fonds="Z109", type="WS")
    row = Import.objects.get(number=number)
    source = open_source(workshop(row.uuid).source())
    Import.objects.filter(pk=row.pk).update(state=State.CANCELLED)
    _read_columns(row, source)
    row.refresh_from_db()
    assert (row.state, bool(row.columns)) == (State.CANCELLED, True)


def test_a_code_given_away_is_described_anew_by_the_interface(luan: Actor) -> None:
    describe(SYSTEM, uuid4(), [made(f"{TOP}-0001")], accepted=False)
    assert free_urn(f"{TOP}-0001") == urn_of(f"{TOP}-0001")
    numbered_anew(luan, fonds="Z109", series="WS·2014·D30", start=7)
    again = replace(made(f"{TOP}-0001"), urn=free_urn(f"{TOP}-0001"))
    register_catalogue(luan, [again], source="")
    assert Record.objects.filter(ref__in=[f"{TOP}-0001", f"{TOP}-0007"]).count() == 2


def test_a_place_inside_a_row_of_a_plan_is_no_place(luan: Actor) -> None:
    some = [made(f"{TOP}-000{n}") for n in (1, 2, 3)]
    describe(SYSTEM, uuid4(), some)
    plan = plan_bulk(luan, [one.urn for one in some], [Edit("set", "note", "经核对")])
    first = plan_rows(luan, plan.id, size=2)
    assert len(plan_rows(luan, plan.id, after=first.after).items) == 1
    for place in (5, 10**9):
        with pytest.raises(Invalid):
            plan_rows(luan, plan.id, after=cursor([0, place]))


def test_a_record_says_no_other_fonds_than_the_one_it_lies_in(luan: Actor) -> None:
    one = made(f"{TOP}-0001", fonds="Z109")
    describe(SYSTEM, uuid4(), [one])
    with pytest.raises(Invalid) as refused:
        revise(luan, one.urn, {"fonds": "Z110", "note": "改"}, version=1)
    assert refused.value.code == "holdings.revise.fonds_fixed"
    assert revise(luan, one.urn, {"fonds": "Z109", "note": "改"}, version=1) == 2
    plan = plan_bulk(luan, [one.urn], [Edit("set", "fonds", "Z110")])
    assert (plan.changed, plan.refused) == (0, 1)

"""Changing the catalogue: revising, arranging, numbering, accepting, relating, and taking it all back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.catalogue.services import arranging
from lantai.holdings import history, queries
from lantai.holdings.models import Change, Record, Relation, Series
from lantai.holdings.related import relations
from lantai.holdings.services import (
    Description,
    Revision,
    accept,
    current,
    describe,
    merge,
    move,
    place,
    plan_renumber,
    relate,
    renumber,
    revise,
    revise_many,
    split,
    undo,
    unrelate,
)
from lantai.holdings.services.tally import counted, told
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError, NotFound
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.models import Entry
from lantai.vault.queries import open_file

pytestmark = pytest.mark.usefixtures("site")

FONDS = "Z109"
TOP = "WS·2014·D30"


def values(ref: str, title: str, **more: str) -> dict[str, str]:
    year = {"year": "2014", "retention": "30年", "date": "20140506", "open_status": "开放"}
    return {"ref": ref, "title": title, "author": "云岭区民政局", **year, **more}


def described(
    ref: str, title: str = "关于低保核查的通知", *, parent: str = "", level: str = "item", **more: str
) -> Description:
    urn = f"urn:uuid:{uuid4()}"
    return Description(urn, ref, level, "WS", ref.split("-")[0], values(ref, title, **more), parent=parent)


def item(number: int, title: str = "关于低保核查的通知", **more: str) -> Description:
    return described(f"{FONDS}-{TOP}-{number:04d}", title, **more)


def file(number: int) -> Description:
    return described(f"{FONDS}-{TOP}-{number:03d}", f"救灾工作案卷之{number}", level="file")


def inside(number: int, of: Description, title: str = "受灾情况报告") -> Description:
    return described(f"{of.ref}-{number:03d}", title, parent=of.ref)


def enter(*some: Description, accepted: bool = True) -> None:
    describe(SYSTEM, uuid4(), some, accepted=accepted)


def row(one: Description) -> Record:
    return Record.objects.get(urn=one.urn)


def version(*some: Description) -> dict[str, int]:
    return {one.urn: row(one).version for one in some}


def newest(act: str) -> str:
    entry = Entry.objects.filter(act=act).order_by("-id").first()
    assert entry is not None
    return str(entry.uuid)


def children(of: Description) -> list[str]:
    rows = Record.objects.filter(parent__urn=of.urn).order_by("sort_key", "id")
    return [ref.rsplit("-", 1)[-1] for ref in rows.values_list("ref", flat=True)]


@pytest.fixture
def luan(cast: dict[str, Actor]) -> Actor:
    return cast["陆安"]


@pytest.fixture(autouse=True)
def exact(cast: dict[str, Actor]) -> Iterator[None]:
    yield
    assert told() == counted()


def test_a_revision_changes_values_columns_class_history_and_ledger(luan: Actor) -> None:
    one = item(1)
    enter(one)
    wanted = {"title": " 关于冬春救助的通知 ", "date": "2014年7月1日", "open_status": "控制", "year": "2015"}
    assert revise(luan, one.urn, wanted, version=1, reason="题名有误") == 2
    now = row(one)
    assert (now.title, now.date, now.year) == ("关于冬春救助的通知", "20140701", 2015)
    assert now.values["date"] == "20140701" and now.access.open_status == now.open_status == "控制"
    told_there = Entry.objects.get(uuid=newest("holdings.record.revise"))
    data = json.loads(told_there.text)["data"]
    assert data["changes"]["title"] == ["关于低保核查的通知", "关于冬春救助的通知"]
    assert data["reason"] == "题名有误" and told_there.subject == one.urn
    kept = {c.key: (c.before, c.after) for c in Change.objects.filter(record=now)}
    assert kept == {key: tuple(both) for key, both in data["changes"].items()}


def test_the_same_values_again_change_nothing(luan: Actor) -> None:
    one = item(1)
    enter(one)
    before = Entry.objects.count()
    assert revise(luan, one.urn, {"title": one.values["title"], "date": "2014.5.6"}, version=1) == 1
    assert Entry.objects.count() == before and row(one).version == 1


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"title": ""}, "holdings.record.refused"),
        ({"date": "不详某日"}, "holdings.record.refused"),
        ({"year": "2999"}, "holdings.record.refused"),
        ({"title": "甲\x00乙"}, "holdings.record.refused"),
        ({"ref": "Z109-WS·2014·D30-0009"}, "holdings.revise.code_fixed"),
        ({"colour": "红"}, "holdings.revise.element_unknown"),
        ({"security": "机密★10年"}, "holdings.record.classified"),
    ],
)
def test_what_the_type_refuses_is_refused_with_its_reason(
    luan: Actor, wanted: Mapping[str, str], code: str
) -> None:
    one = item(1)
    enter(one)
    with pytest.raises(Invalid) as refused:
        revise(luan, one.urn, wanted, version=1)
    assert refused.value.code == code
    if code == "holdings.record.refused":
        assert refused.value.facts["label"] and refused.value.facts["reason"]
    assert row(one).version == 1 and not Change.objects.exists()


def test_old_faults_do_not_hinder_other_changes(luan: Actor) -> None:
    one = item(1)
    enter(one)
    Record.objects.filter(urn=one.urn).update(values={**one.values, "date": "不详", "retention": ""})
    assert revise(luan, one.urn, {"title": "关于双拥工作的意见"}, version=1) == 2


def test_a_stale_version_is_told_who_when_and_what(luan: Actor) -> None:
    one = item(1)
    enter(one)
    revise(luan, one.urn, {"title": "甲"}, version=1)
    with pytest.raises(Conflict) as stale:
        revise(luan, one.urn, {"author": "乙"}, version=1)
    facts = stale.value.facts
    assert stale.value.code == "holdings.record.changed"
    assert (facts["who"], facts["what"], facts["what_en"]) == ("陆安", "题名", "title proper") or facts[
        "what"
    ]
    assert row(one).author == "云岭区民政局"


@pytest.mark.parametrize("who", ["沈文", "顾闻", "严慎", "何恒", "方正", "系统管理员", "安全审计员"])
def test_nobody_else_may_change_anything(cast: dict[str, Actor], who: str) -> None:
    one, two, box = item(1), item(2), file(1)
    enter(one, two, box)
    actor = cast[who]
    attempts = [
        lambda: revise(actor, one.urn, {"title": "甲"}, version=1),
        lambda: revise_many(actor, uuid4(), [Revision(one.urn, 1, {"title": "甲"})]),
        lambda: move(actor, [one.urn], parent=box.ref, versions={one.urn: 1}),
        lambda: place(actor, one.urn, after=two.urn, version=1),
        lambda: split(actor, box.urn, [one.urn], ref="Z109-WS·2014·D30-009", values={}, versions={}),
        lambda: merge(actor, box.urn, [box.urn], versions={}),
        lambda: plan_renumber(actor, fonds=FONDS, series=TOP),
        lambda: renumber(actor, fonds=FONDS, series=TOP, digest=""),
        lambda: accept(actor, [one.urn]),
        lambda: relate(actor, one.urn, "see", target=two.urn),
        lambda: unrelate(actor, one.urn, "see", target=two.urn),
    ]
    before = Entry.objects.count()
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    revise(SYSTEM, one.urn, {"title": "甲"}, version=1)
    with pytest.raises(Forbidden):
        undo(actor, newest("holdings.record.revise"))
    assert Entry.objects.count() == before + 1


AT_ONCE = """
import threading
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
from uuid import uuid4
from lantai.base.actors import SYSTEM
from lantai.holdings.models import Change, Record
from lantai.holdings.services import Description, add_fonds, describe, place, revise
from lantai.holdings.services.tally import counted, told
from lantai.kernel.errors import Conflict
from lantai.ledger.services import found
from lantai.people.services import add_unit

found(SYSTEM, name="云岭区档案馆")
add_unit(SYSTEM, "MZJ", "区民政局")
add_fonds(SYSTEM, "Z109", "云岭区民政局", unit="MZJ")
refs = [f"Z109-WS·2014·D30-{n:04d}" for n in (1, 2, 3)]
urns = [f"urn:uuid:{uuid4()}" for _ in refs]
base = {"title": "题名", "year": "2014", "retention": "30年", "open_status": "开放"}
describe(SYSTEM, uuid4(), [
    Description(urn, ref, "item", "WS", "Z109", {**base, "ref": ref}) for urn, ref in zip(urns, refs)
])
refused, saved = [], []

def at_once(*attempts):
    start = threading.Barrier(len(attempts))
    def run(attempt):
        try:
            start.wait()
            saved.append(attempt())
        except Conflict as conflict:
            refused.append(conflict.code)
        finally:
            connection.close()
    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

for turn in range(8):
    read = Record.objects.get(urn=urns[0]).version
    last = Record.objects.order_by("sort_key", "id").last()
    mark = next(urn for urn in urns[1:] if urn != last.urn)
    at_once(
        lambda: revise(SYSTEM, urns[0], {"title": f"甲{turn}", "open_status": "控制"}, version=read),
        lambda: revise(SYSTEM, urns[0], {"title": f"乙{turn}", "open_status": "开放"}, version=read),
        lambda: place(SYSTEM, last.urn, before=mark, version=last.version),
    )
assert refused == ["holdings.record.changed"] * 8, refused
assert len(saved) == 16 and Record.objects.get(urn=urns[0]).version == 9
assert Change.objects.filter(record__urn=urns[0], key="title").count() == 8
assert told() == counted()
print("done")
"""


def test_two_at_once_and_one_is_told(tmp_path: Path) -> None:
    """Real threads on a real database: of two who save what they read, exactly one is refused, each time."""
    environment = {
        **os.environ,
        "LANTAI_HOME": str(tmp_path / "home"),
        "DJANGO_SETTINGS_MODULE": "lantai.site.settings",
    }
    (tmp_path / "home").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "done", done.stderr


def test_many_are_revised_all_or_none(luan: Actor) -> None:
    some = [item(number) for number in range(1, 8)]
    enter(*some)
    wanted = [Revision(one.urn, 1, {"author": "云岭区救灾办"}) for one in some]
    entry = revise_many(luan, uuid4(), wanted, reason="机构改名")
    assert {r.author for r in Record.objects.all()} == {"云岭区救灾办"}
    data = json.loads(Entry.objects.get(uuid=entry).text)["data"]
    assert data["count"] == 7 and len(data["list_root"]) == 64
    revise(luan, some[3].urn, {"title": "甲"}, version=2)
    stale = [Revision(one.urn, 2, {"author": "又改"}) for one in some]
    with pytest.raises(Conflict) as conflict:
        revise_many(luan, uuid4(), stale)
    assert conflict.value.facts["ref"] == some[3].ref
    assert not Record.objects.filter(author="又改").exists()
    assert revise_many(luan, uuid4(), [Revision(some[0].urn, 2, {"author": "云岭区救灾办"})]) == ""


def test_an_undone_change_is_a_new_act_and_can_be_undone(luan: Actor) -> None:
    one, two = item(1), item(2)
    enter(one, two)
    entry = revise_many(
        luan, uuid4(), [Revision(o.urn, 1, {"title": "甲", "note": "补记"}) for o in (one, two)]
    )
    back = undo(luan, entry)
    assert row(one).values == dict(one.values) and row(two).title == two.values["title"]
    assert row(one).version == 3
    undo(luan, back)
    assert row(one).values["note"] == "补记" and row(one).title == "甲"
    undo(luan, entry)
    assert row(one).values == dict(one.values)
    with pytest.raises(Conflict) as done:
        undo(luan, entry)
    assert done.value.code == "holdings.change.built_on"


def test_nothing_is_undone_over_a_later_change(luan: Actor) -> None:
    one, two = item(1), item(2)
    enter(one, two)
    entry = revise_many(luan, uuid4(), [Revision(o.urn, 1, {"title": "甲"}) for o in (one, two)])
    revise(luan, two.urn, {"author": "乙"}, version=2)
    with pytest.raises(Conflict) as built:
        undo(luan, entry)
    assert (built.value.code, built.value.facts["ref"]) == ("holdings.change.built_on", two.ref)
    assert row(one).title == "甲"
    for unknown in (str(uuid4()), "nonsense", "'"):
        with pytest.raises(NotFound):
            undo(luan, unknown)
    with pytest.raises(Invalid):
        undo(luan, newest("holdings.records.describe"))


def test_items_move_into_files_and_out_and_keep_their_codes(luan: Actor) -> None:
    box, other = file(1), file(2)
    some = [inside(number, box) for number in (1, 2, 3)]
    there = inside(1, other)
    enter(box, other, *some, there)
    done = move(luan, [some[2].urn, some[0].urn], parent=other.ref, versions=version(*some))
    assert done.count == 2 and children(other) == ["001", "003", "001"]
    assert row(some[0]).ref == some[0].ref and children(box) == ["002"]
    undo(luan, done.entry)
    assert children(box) == ["001", "002", "003"] and children(other) == ["001"]
    out = move(luan, [some[1].urn], series=row(box).series.code, versions=version(*some))
    assert row(some[1]).parent is None and out.count == 1
    again = move(luan, [some[1].urn], series=row(box).series.code, versions=version(*some))
    assert again.entry == ""


def test_misplaced_moves_are_refused(luan: Actor) -> None:
    box, one, two = file(1), item(1), item(2)
    within = inside(1, box)
    foreign = described("Z110-WS·2014·D30-001", "外全宗案卷", level="file")
    enter(box, one, two, within, foreign)
    versions = version(box, one, two, within)
    cases = {
        "holdings.move.fonds": lambda: move(luan, [one.urn], parent=foreign.ref, versions=versions),
        "holdings.move.no_file": lambda: move(luan, [one.urn], parent=two.ref, versions=versions),
        "holdings.move.inside": lambda: move(luan, [box.urn], parent=box.ref, versions=versions),
        "holdings.move.where": lambda: move(luan, [one.urn], versions=versions),
        "holdings.series.missing": lambda: move(luan, [one.urn], series="ZP·1999", versions=versions),
        "holdings.record.missing": lambda: move(luan, [one.urn], parent="Z109-none", versions=versions),
        "holdings.record.version": lambda: move(luan, [one.urn], parent=box.ref, versions={}),
    }
    for code, attempt in cases.items():
        with pytest.raises(LantaiError) as refused:
            attempt()
        assert refused.value.code == code


def test_a_moved_file_takes_along_what_lies_in_it(luan: Actor) -> None:
    box = file(1)
    within = inside(1, box)
    enter(box, within, described(f"{FONDS}-WS·2015·D30-0001"))
    done = move(luan, [box.urn], series="WS·2015·D30", versions=version(box))
    assert row(within).series.code == row(box).series.code == "WS·2015·D30"
    undo(luan, done.entry)
    assert row(within).series_id == row(box).series_id and row(box).series.code == TOP


def test_placing_touches_one_row_and_is_undone(luan: Actor) -> None:
    box = file(1)
    some = [inside(number, box) for number in range(1, 6)]
    enter(box, *some)
    assert place(luan, some[4].urn, before=some[1].urn, version=1) == 2
    assert children(box) == ["001", "005", "002", "003", "004"]
    assert place(luan, some[4].urn, after=some[0].urn, version=2) == 2
    place(luan, some[0].urn, after=some[3].urn, version=1)
    assert children(box) == ["005", "002", "003", "004", "001"]
    assert [row(one).version for one in some] == [2, 1, 1, 1, 2]
    undo(luan, newest("holdings.record.place"))
    assert children(box) == ["001", "005", "002", "003", "004"]
    place(luan, some[2].urn, before=some[0].urn, version=1)
    assert children(box)[0] == "003"
    with pytest.raises(Invalid):
        place(luan, some[2].urn, before=box.urn, version=2)


def test_there_is_always_room_between_two(luan: Actor) -> None:
    """Two rows are put between the same two neighbours by turns until the keys run out, and on."""
    box = file(1)
    some = [inside(number, box) for number in range(1, 150)]
    enter(box, *some)
    first, left, right = some[0], some[1], some[2]
    longest = 0
    for turn in range(1_300):
        mover, other = (left, right) if turn % 2 else (right, left)
        place(SYSTEM, mover.urn, after=first.urn, version=row(mover).version)
        longest = max(longest, len(row(mover).sort_key))
        if turn % 100 == 0 or turn > 1_290:
            expected = [mover, other, *some[3:]]
            assert children(box) == ["001", *(one.ref.rsplit("-", 1)[-1] for one in expected)]
    assert longest <= 250


def test_a_volume_is_split_and_put_together_again(luan: Actor) -> None:
    box = file(1)
    some = [inside(number, box) for number in range(1, 5)]
    enter(box, *some)
    new = f"{FONDS}-{TOP}-002"
    title = values(new, "救灾工作案卷之一（下）", security="公开")
    done = split(luan, box.urn, [some[2].urn, some[3].urn], ref=new, values=title, versions=version(*some))
    made = Record.objects.get(ref=new)
    assert made.urn == done.urn and made.accepted and made.title == title["title"]
    assert children(box) == ["001", "002"] and made.children.count() == 2
    back = undo(luan, done.entry)
    assert not Record.objects.filter(ref=new).exists() and children(box) == ["001", "002", "003", "004"]
    undo(luan, back)
    assert Record.objects.get(ref=new).pk == made.pk and children(box) == ["001", "002"]
    relate(luan, made.urn, "see", target=box.urn)
    with pytest.raises(Conflict):
        undo(luan, newest("holdings.change.undo"))


def test_what_was_split_off_is_numbered_by_its_new_volume(luan: Actor) -> None:
    box = file(1)
    some = [inside(number, box) for number in range(1, 5)]
    enter(box, *some, accepted=False)
    new = f"{FONDS}-{TOP}-002"
    split(
        luan,
        box.urn,
        [some[2].urn, some[3].urn],
        ref=new,
        values=values(new, "下卷"),
        versions=version(*some),
    )
    plan = plan_renumber(luan, parent=new)
    assert [(one.new, one.conflict) for one in plan.rows] == [(f"{new}-001", ""), (f"{new}-002", "")]
    renumber(luan, parent=new, digest=plan.digest)
    assert [row(one).ref for one in some] == [f"{box.ref}-001", f"{box.ref}-002", f"{new}-001", f"{new}-002"]
    undo(luan, newest("holdings.records.renumber"))
    assert [row(one).ref for one in some] == [f"{box.ref}-{number:03d}" for number in range(1, 5)]


def test_what_a_volume_lacks_does_not_hinder_splitting_it(luan: Actor) -> None:
    """An imported volume may wait for its 密级; the part that is taken out of it waits with it."""
    box = file(1)
    one, other = inside(1, box), inside(2, box)
    enter(box, one, other)
    new = f"{FONDS}-{TOP}-002"
    split(luan, box.urn, [other.urn], ref=new, values=values(new, "下卷"), versions=version(other))
    assert "security" not in Record.objects.get(ref=new).values
    again = f"{FONDS}-{TOP}-003"
    with pytest.raises(Invalid) as refused:
        wrong = values(again, "再下卷", date="某日")
        split(luan, box.urn, [one.urn], ref=again, values=wrong, versions=version(one))
    assert refused.value.facts["label"] == "日期"


def test_a_change_of_place_alone_is_told_without_its_key(luan: Actor) -> None:
    first, second = item(1), item(2)
    enter(first, second)
    place(luan, second.urn, before=first.urn, version=1)
    (told,) = history.fields(SYSTEM, queries.record(SYSTEM, second.urn))
    assert told.key == "@key"
    assert [(change.before, change.after) for change in told.changes] == [("", "")]


def test_a_split_is_refused_for_wrong_codes_and_items(luan: Actor) -> None:
    box, other = file(1), file(2)
    one, stray = inside(1, box), inside(1, other)
    enter(box, other, one, stray)
    new = f"{FONDS}-{TOP}-003"
    for items, ref, code in [
        ([one.urn], other.ref, "holdings.record.ref_taken"),
        ([one.urn], f"Z110-{TOP}-003", "holdings.split.fonds"),
        ([stray.urn], new, "holdings.split.not_inside"),
        ([], new, "holdings.split.nothing"),
    ]:
        with pytest.raises(LantaiError) as refused:
            split(luan, box.urn, items, ref=ref, values=values(ref, "新卷"), versions=version(one, stray))
        assert refused.value.code == code
    with pytest.raises(Invalid) as refused:
        split(
            luan,
            box.urn,
            [one.urn],
            ref=new,
            values={"title": "新卷", "security": "公开"},
            versions=version(one),
        )
    assert refused.value.code == "holdings.record.refused"


@pytest.mark.parametrize("accepted", [True, False])
def test_volumes_are_merged_and_taken_apart_again(luan: Actor, accepted: bool) -> None:
    box, other = file(1), file(2)
    some = [inside(1, box), inside(1, other), inside(2, other)]
    enter(box, other, *some, accepted=accepted)
    identity = row(other).pk
    done = merge(luan, box.urn, [other.urn], versions=version(box, other))
    assert done.count == 2 and children(box) == ["001", "001", "002"]
    assert done.kept == ((other.ref,) if accepted else ())
    assert Record.objects.filter(urn=other.urn).exists() is accepted
    assert Relation.objects.filter(kind="part").count() == (1 if accepted else 0)
    if accepted:
        assert box.ref in row(other).values["note"]
    assert _between_files(luan, some[1].urn) == [(other.ref, box.ref)]
    back = undo(luan, done.entry)
    assert children(box) == ["001"] and children(other) == ["001", "002"]
    assert row(other).pk == identity and row(other).values == dict(other.values)
    assert not Relation.objects.exists()
    undo(luan, back)
    assert children(box) == ["001", "001", "002"]
    assert Relation.objects.count() == (1 if accepted else 0)
    assert set(_between_files(luan, some[1].urn)) == {(other.ref, box.ref), (box.ref, other.ref)}


def _between_files(actor: Actor, urn: str) -> list[tuple[str, str]]:
    """Return from which file to which a record was moved, as its history tells, a withdrawn file by its number."""
    told = history.fields(actor, queries.record(actor, urn))
    return [(one.before, one.after) for field in told if field.key == "@parent" for one in field.changes]


def test_numbers_are_given_anew_while_arranging_only(luan: Actor) -> None:
    some = [item(number) for number in (2, 3, 5, 9)]
    enter(*some, accepted=False)
    place(luan, some[3].urn, before=some[0].urn, version=1)
    plan = plan_renumber(luan, fonds=FONDS, series=TOP)
    assert [(r.old[-4:], r.new[-4:]) for r in plan.rows] == [
        ("0009", "0001"),
        ("0002", "0002"),
        ("0003", "0003"),
        ("0005", "0004"),
    ]
    renumber(luan, fonds=FONDS, series=TOP, digest=plan.digest)
    assert row(some[3]).ref.endswith("-0001") and row(some[3]).values["ref"].endswith("-0001")
    with pytest.raises(Conflict) as outdated:
        renumber(luan, fonds=FONDS, series=TOP, digest=plan.digest)
    assert outdated.value.code == "holdings.renumber.outdated"
    shifted = plan_renumber(luan, fonds=FONDS, series=TOP, start=2)
    renumber(luan, fonds=FONDS, series=TOP, start=2, digest=shifted.digest)
    assert sorted(r.ref[-4:] for r in Record.objects.all()) == ["0002", "0003", "0004", "0005"]
    undo(luan, newest("holdings.records.renumber"))
    assert sorted(r.ref[-4:] for r in Record.objects.all()) == ["0001", "0002", "0003", "0004"]
    accept(luan, [some[0].urn])
    fixed = plan_renumber(luan, fonds=FONDS, series=TOP, start=7)
    assert [r.conflict for r in fixed.rows if r.urn == some[0].urn] == ["holdings.renumber.accepted"]
    with pytest.raises(Conflict) as stopped:
        renumber(luan, fonds=FONDS, series=TOP, start=7, digest=fixed.digest)
    assert stopped.value.code == "holdings.renumber.stopped"


def test_a_long_list_is_numbered_anew_and_back(luan: Actor) -> None:
    """Every code changes hands inside the act, over several pieces of it."""
    some = [item(number) for number in range(1, 1_202)]
    enter(*some, accepted=False)
    refs = list(Record.objects.order_by("id").values_list("ref", flat=True))
    plan = plan_renumber(luan, fonds=FONDS, series=TOP, start=2)
    entry = renumber(luan, fonds=FONDS, series=TOP, start=2, digest=plan.digest)
    assert Record.objects.get(urn=some[0].urn).ref == refs[1]
    last = Record.objects.get(urn=some[-1].urn)
    revise(luan, last.urn, {"title": "甲"}, version=2)
    with pytest.raises(Conflict) as built:
        undo(luan, entry)
    assert built.value.facts["ref"] == last.ref
    undo(luan, newest("holdings.record.revise"))
    undo(luan, entry)
    undo(luan, newest("holdings.change.undo"))
    other = plan_renumber(luan, fonds=FONDS, series=TOP, start=1)
    renumber(luan, fonds=FONDS, series=TOP, start=1, digest=other.digest)
    undo(luan, newest("holdings.records.renumber"))
    undo(luan, newest("holdings.change.undo"))
    assert list(Record.objects.order_by("id").values_list("ref", flat=True)) == refs


def test_items_follow_the_number_of_their_file(luan: Actor) -> None:
    box = file(7)
    within, odd = inside(1, box), described("旧字第7号", parent=box.ref)
    enter(box, within, accepted=False)
    plan = plan_renumber(luan, fonds=FONDS, series=TOP)
    assert plan.changed == 2 and not plan.conflicts
    renumber(luan, fonds=FONDS, series=TOP, digest=plan.digest)
    assert row(box).ref.endswith("-001") and row(within).ref.endswith("-001-001")
    assert row(within).parent_id == row(box).pk
    assert odd.ref not in {r.new for r in plan.rows}


def test_accepting_opens_what_is_open_and_fixes_codes(luan: Actor) -> None:
    batch = uuid4()
    open_one, closed = item(1), item(2, open_status="控制")
    describe(SYSTEM, batch, [open_one, closed], accepted=False)
    assert queries.count(PUBLIC) == 0
    revise(luan, open_one.urn, {"title": "甲"}, version=1)
    assert queries.count(PUBLIC) == 0
    assert accept(luan, batch=batch) == 2
    assert [r.urn for r in queries.records(PUBLIC).items] == [open_one.urn]
    before = Entry.objects.count()
    assert accept(luan, batch=batch) == 0 and Entry.objects.count() == before
    with pytest.raises(Invalid):
        undo(luan, newest("holdings.records.accept"))
    with pytest.raises(NotFound):
        accept(luan, batch=uuid4())


def test_relations_are_read_from_both_sides_as_far_as_they_are_seen(
    cast: dict[str, Actor], luan: Actor
) -> None:
    letter, answer, hidden = item(1), item(2), item(3, open_status="控制")
    enter(letter, answer, hidden)
    relate(luan, letter.urn, "reply", target=answer.ref)
    relate(luan, letter.urn, "see", target=hidden.urn)
    relate(luan, letter.urn, "paper_twin", text="纸质件", values={"storeroom": "3", "rack": "12", "box": "7"})
    before = Entry.objects.count()
    relate(luan, letter.urn, "reply", target=answer.urn)
    assert Entry.objects.count() == before
    inner = relations(cast["沈文"], queries.record(SYSTEM, letter.urn))
    assert [(r.kind, r.outward, r.other.ref if r.other else r.text) for r in inner] == [
        ("paper_twin", True, "纸质件"),
        ("reply", True, answer.ref),
        ("see", True, hidden.ref),
    ]
    assert [value for _, value in inner[0].values] == ["3", "12", "7"]
    outer = relations(PUBLIC, queries.record(PUBLIC, letter.urn))
    assert [(r.kind, r.other.ref if r.other else "") for r in outer] == [("reply", answer.ref)]
    back = relations(PUBLIC, queries.record(PUBLIC, answer.urn))
    assert [(r.outward, r.other.ref if r.other else "") for r in back] == [(False, letter.ref)]
    unrelate(luan, letter.urn, "reply", target=answer.urn)
    with pytest.raises(NotFound):
        unrelate(luan, letter.urn, "reply", target=answer.urn)
    for kind, target, told_in_words, more in [
        ("friend", answer.urn, "", {}),
        ("see", letter.urn, "", {}),
        ("see", "", "", {}),
        ("see", "", "甲" * 501, {}),
        ("paper_twin", "", "", {"colour": "红"}),
    ]:
        with pytest.raises(Invalid):
            relate(luan, letter.urn, kind, target=target, text=told_in_words, values=more)


def test_the_history_is_for_those_who_see_the_record_by_office(cast: dict[str, Actor], luan: Actor) -> None:
    box, one = file(1), item(1)
    closed = described(f"{FONDS}-{TOP}-002", "内部案卷", level="file", open_status="控制")
    enter(box, one, closed)
    revise(luan, one.urn, {"title": "甲", "persons": "王某", "note": "补记"}, version=1)
    revise(luan, one.urn, {"title": "乙"}, version=2)
    move(luan, [one.urn], parent=closed.ref, versions=version(one))
    view = queries.record(SYSTEM, one.urn)
    inner = {f.key: f for f in history.fields(cast["沈文"], view)}
    assert {"title", "persons", "note", "@parent"} <= set(inner) and "@key" not in inner
    assert [(c.before, c.after, c.actor, c.version) for c in inner["title"].changes] == [
        ("甲", "乙", "陆安", 3),
        ("关于低保核查的通知", "甲", "陆安", 2),
    ]
    assert inner["@parent"].changes[0].after == closed.ref
    assert history.fields(PUBLIC, view) == () == history.fields(cast["他局"], view)


def test_an_officer_sees_a_record_as_it_stands_or_not_at_all(cast: dict[str, Actor]) -> None:
    one = item(1, open_status="控制")
    enter(one)
    assert current(cast["陆安"], [one.urn])[0].version == 1
    assert history.version_of(cast["沈文"], one.urn) == 1 and history.version_of(PUBLIC, one.urn) == 0
    with pytest.raises(NotFound):
        current(cast["他局"], [one.urn])


def test_a_long_list_stands_in_the_ledger_by_its_root(luan: Actor) -> None:
    box = file(1)
    some = [inside(number, box) for number in range(1, 500)]
    other = file(2)
    enter(box, other, *some)
    done = move(luan, [one.urn for one in some], parent=other.ref, versions={one.urn: 1 for one in some})
    data = json.loads(Entry.objects.get(uuid=done.entry).text)["data"]
    assert data["count"] == 499 and "records" not in data and len(data["list_root"]) == 64
    assert len(children(other)) == 499
    undo(luan, done.entry)
    assert children(box) == sorted(children(box)) and len(children(box)) == 499


def test_no_series_is_lost(luan: Actor) -> None:
    one, two = item(1), described(f"{FONDS}-WS·2015·D30-0001")
    enter(one, two)
    done = move(luan, [one.urn], series="WS·2015·D30", versions=version(one))
    Series.objects.filter(records=None).delete()
    undo(luan, done.entry)
    assert row(one).series.code == TOP


def test_a_list_too_long_for_the_ledger_lies_in_the_vault(luan: Actor) -> None:
    box, other = file(1), file(2)
    some = [inside(number, box) for number in range(1, 300)]
    enter(box, other, *some)
    urns, versions = [one.urn for one in some], {one.urn: 1 for one in some}
    done = arranging.move(luan, urns, parent=other.ref, versions=versions)
    data = json.loads(Entry.objects.get(uuid=done.entry).text)["data"]
    with open_file(data["list"], arranging.LIST) as preserved:
        lines = preserved.read().splitlines()
    assert [json.loads(line) for line in lines] == [[urn, 1] for urn in urns]
    assert HashTree([leaf_hash(line) for line in lines]).root().hex() == data["list_root"]

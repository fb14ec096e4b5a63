"""Editing in bulk: the plan says what the run then does, and nothing else."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.catalogue.services.bulk import (
    BulkPlan,
    Edit,
    Operation,
    bulk_plan,
    drop_plan,
    plan_bulk,
    plan_rows,
    run_bulk,
)
from lantai.catalogue.services.replace import Replace
from lantai.holdings.models import Change, Record
from lantai.holdings.services import Description, describe, revise, undo
from lantai.holdings.services.tally import counted, told
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError, NotFound
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.models import Entry
from lantai.vault.queries import open_file


def enter(count: int, **more: str) -> list[str]:
    """Describe ``count`` records and return their urns."""
    some = []
    for number in range(1, count + 1):
        ref = f"Z109-WS·2014·D30-{number:04d}"
        values = {
            "ref": ref,
            "title": f"关于第{number}次 Q4 救灾工作的通知（第{number}号）",
            "author": "云岭县民政局",
            "year": "2014",
            "retention": "30年",
            "date": "20140506",
            "open_status": "开放",
            **more,
        }
        some.append(Description(f"urn:uuid:{uuid4()}", ref, "item", "WS", "Z109", values))
    describe(SYSTEM, uuid4(), some)
    return [one.urn for one in some]


def run(actor: Actor, plan: BulkPlan, **more: bool) -> str:
    return run_bulk(actor, plan.id, digest=plan.digest, reason="统一写法", **more)


def test_the_run_does_what_the_plan_showed_and_can_be_taken_back(cast: dict[str, Actor]) -> None:
    luan, urns = cast["陆安"], enter(12)
    operations: list[Operation] = [
        Replace("县", "区", ("author",)),
        Edit("append", "keywords", "救灾"),
        Edit("suffix", "title", "（复印件）"),
    ]
    plan = plan_bulk(luan, iter(urns + urns[:3]), operations)
    assert (plan.changed, plan.same, plan.refused) == (12, 0, 0)
    assert not Change.objects.exists()
    shown = plan_rows(luan, plan.id, size=5)
    first = shown.items[0]
    assert first.changes["author"] == ("云岭县民政局", "云岭区民政局") and first.marks == {
        "author": ((2, 3),)
    }
    assert first.changes["keywords"] == ("", "救灾")
    rest = plan_rows(luan, plan.id, after=shown.after, size=50)
    assert len(rest.items) == 7 and rest.after == ""
    entry = run(luan, plan)
    for row in (*shown.items, *rest.items):
        now = Record.objects.get(urn=row.urn)
        assert {name: now.values.get(name, "") for name in row.changes} == {
            name: after for name, (_, after) in row.changes.items()
        }
    assert told() == counted()
    data = json.loads(Entry.objects.get(uuid=entry).text)["data"]
    with open_file(f"urn:uuid:{data['batch']}", "revisions.jsonl") as preserved:
        lines = preserved.read().splitlines()
    assert HashTree([leaf_hash(line) for line in lines]).root().hex() == data["list_root"]
    with pytest.raises(NotFound):
        bulk_plan(luan, plan.id)
    undo(luan, entry)
    assert {r.author for r in Record.objects.all()} == {"云岭县民政局"}


def test_refused_and_same_rows_are_counted_and_left_out_only_knowingly(cast: dict[str, Actor]) -> None:
    luan, urns = cast["陆安"], enter(6)
    revise(SYSTEM, urns[0], {"author": "区民政局"}, version=1)
    Record.objects.filter(urn=urns[1]).update(type="XX")
    plan = plan_bulk(luan, urns, [Edit("set", "author", "区民政局")])
    assert (plan.changed, plan.same, plan.refused) == (4, 1, 1)
    refused = plan_rows(luan, plan.id, kind="refused").items
    assert [row.urn for row in refused] == [urns[1]]
    assert refused[0].findings[0].message("zh") and refused[0].findings[0].message("en")
    assert [row.kind for row in plan_rows(luan, plan.id).items] == ["changed"] * 4 + ["refused", "same"]
    with pytest.raises(Conflict) as stopped:
        run(luan, plan)
    assert stopped.value.code == "catalogue.bulk.refused"
    assert run(luan, plan, leave_refused=True)
    assert Record.objects.filter(author="区民政局").count() == 5


def test_what_the_type_does_not_allow_is_refused_row_by_row(cast: dict[str, Actor]) -> None:
    luan, urns = cast["陆安"], enter(2)
    operations: dict[str, Operation] = {
        "recordtypes.date.unreadable": Edit("set", "date", "不详"),
        "recordtypes.value.empty": Edit("clear", "title"),
        "holdings.revise.code_fixed": Edit("prefix", "ref", "X"),
        "holdings.revise.element_unknown": Edit("set", "colour", "红"),
        "catalogue.bulk.single": Edit("append", "title", "又一个题名"),
        "holdings.record.classified": Edit("set", "security", "秘密"),
    }
    for code, operation in operations.items():
        plan = plan_bulk(luan, urns, [operation])
        assert plan.refused == 2
        assert code in {one.code for one in plan_rows(luan, plan.id).items[0].findings}


def test_a_plan_older_than_a_change_is_refused(cast: dict[str, Actor]) -> None:
    luan, urns = cast["陆安"], enter(3)
    plan = plan_bulk(luan, urns, [Edit("set", "author", "区民政局")])
    revise(SYSTEM, urns[2], {"title": "甲"}, version=1)
    with pytest.raises(Conflict) as changed:
        run(luan, plan)
    assert changed.value.code == "holdings.record.changed"
    assert not Record.objects.filter(author="区民政局").exists()
    with pytest.raises(Conflict) as outdated:
        run_bulk(luan, plan.id, digest="0" * 64)
    assert outdated.value.code == "catalogue.bulk.outdated"


def test_a_plan_is_its_makers_own(cast: dict[str, Actor]) -> None:
    luan, urns = cast["陆安"], enter(2)
    plan = plan_bulk(luan, urns, [Edit("set", "author", "区民政局")])
    for who, wrong in ((SYSTEM, NotFound), (cast["沈文"], Forbidden), (cast["顾闻"], Forbidden)):
        for attempt in (
            lambda who=who: bulk_plan(who, plan.id),
            lambda who=who: plan_rows(who, plan.id),
            lambda who=who: run(who, plan),
            lambda who=who: drop_plan(who, plan.id),
        ):
            with pytest.raises(wrong):
                attempt()
    with pytest.raises(Forbidden):
        plan_bulk(cast["沈文"], urns, [Edit("set", "author", "区民政局")])
    for strange in ("", "..", "../../vault", str(uuid4())):
        with pytest.raises(NotFound):
            bulk_plan(luan, strange)
    drop_plan(luan, plan.id)
    assert list((home().root / "bulk").iterdir()) == []


def test_senseless_operations_and_missing_records_leave_no_plan(cast: dict[str, Actor]) -> None:
    luan, urns = cast["陆安"], enter(2)
    senseless: list[list[Operation]] = [
        [],
        [Edit("set", "title", "  ")],
        [Replace("", "区", ("title",))],
        [Replace("县", "区", ())],
        [Replace("**", "区", ("title",), wildcards=True)],
        [Replace("a*b*c*d*e*f*g", "", ("title",), wildcards=True)],
        [Replace("甲" * 501, "", ("title",))],
    ]
    for operations in senseless:
        with pytest.raises(Invalid):
            plan_bulk(luan, urns, operations)
    with pytest.raises(LantaiError):
        plan_bulk(luan, [urns[0], f"urn:uuid:{uuid4()}"], [Edit("clear", "author")])
    assert not (home().root / "bulk").exists() or not list((home().root / "bulk").iterdir())


@pytest.mark.parametrize(
    ("operation", "before", "after"),
    [
        (Replace("民政局", "民政和社保局", ("title",)), "县民政局致民政局", "县民政和社保局致民政和社保局"),
        (Replace("q4", "第四季度", ("title",)), "关于 Ｑ４ 与 Q4 的通知", "关于 第四季度 与 第四季度 的通知"),
        (Replace("q4", "第四季度", ("title",), folded=False), "关于 Q4 的通知", "关于 Q4 的通知"),
        (Replace("Q4", "四", ("title",), how="word"), "Q4、Q41、XQ4、Q4", "四、Q41、XQ4、四"),
        (Replace("救灾", "救助", ("title",), how="whole"), "救灾；救灾款；救灾", "救助；救灾款；救助"),
        (Replace("第?号", "号", ("title",), wildcards=True), "第1号和第12号", "号和第12号"),
        (Replace("（*）", "", ("title",), wildcards=True), "甲（一）乙（二）丙", "甲乙丙"),
        (
            Replace("关于*的通知", "通知", ("title",), how="whole", wildcards=True),
            "关于甲的通知的通知",
            "通知",
        ),
        (Replace("\\?", "？", ("title",), wildcards=True), "真的?假的", "真的？假的"),
        (Replace("*", "甲", ("title",), how="whole", wildcards=True), "乙", "乙"),
        (Replace(".", "。", ("title",)), "一.二", "一。二"),
        (Edit("prefix", "title", "原"), "甲", "原甲"),
        (Edit("append", "title", "乙"), "甲；乙", "甲；乙"),
        (Edit("append", "title", "乙"), "甲", "甲；乙"),
    ],
)
def test_operations_do_what_they_say(operation: Operation, before: str, after: str) -> None:
    if isinstance(operation, Replace) and operation.find == "*":
        with pytest.raises(Invalid):
            operation.check()
        return
    assert {"title": before, **operation.apply({"title": before})}["title"] == after


@given(
    st.text("ab?*（甲ａＡ\\", min_size=1, max_size=12), st.text("ab（甲ａＡ；", max_size=40), st.booleans()
)
def test_hits_never_overlap_and_are_what_is_replaced(find: str, text: str, wildcards: bool) -> None:
    for how in ("inside", "word", "whole"):
        operation = Replace(find, "", ("title",), how, wildcards)  # type: ignore[arg-type]
        try:
            operation.check()
        except Invalid:
            continue
        spans = operation.hits(text)
        assert all(start < end for start, end in spans)
        assert all(one[1] <= two[0] for one, two in pairwise(spans))
        left = operation.apply({"title": text}).get("title", text)
        assert len(left) == len(text) - sum(end - start for start, end in spans)


def test_no_pattern_runs_away() -> None:
    evil = Replace("a*a*a*a*a*b", "", ("title",), wildcards=True)
    evil.check()
    started = time.monotonic()
    assert evil.hits("a" * 20_000) == []
    assert time.monotonic() - started < 5

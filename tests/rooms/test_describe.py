"""Describing many records in one act, and taking a batch back."""

from __future__ import annotations

import json
from uuid import UUID, uuid4, uuid5

import pytest

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.holdings import indexing, queries
from lantai.holdings.models import Agent, Fonds, Record, Relation, Series, Tally
from lantai.holdings.services import (
    AgentDescription,
    Description,
    Part,
    describe,
    describe_agents,
    describe_fonds,
    recount,
    withdraw,
    withdraw_agents,
)
from lantai.holdings.services.tally import counted, told
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.models import Entry
from lantai.search.queries import Question, search
from lantai.site.work import settle

BATCH = UUID("00000000-0000-4000-8000-000000000001")


def described(
    item: int, *, parent: str = "", level: str = "item", ref: str = "", **values: str
) -> Description:
    code = ref or f"Z109-WS·2014·D30·办公室-{item:04d}"
    told = {"ref": code, "title": f"关于第{item}号桥梁的通知", "year": "2014", "retention": "30年", **values}
    return Description(f"urn:uuid:{uuid5(BATCH, code)}", code, level, "WS", "Z109", told, parent=parent)


def entry_data(act: str) -> dict[str, object]:
    text = Entry.objects.filter(act=act).latest("id").text
    data: dict[str, object] = json.loads(text)["data"]
    return data


def test_one_act_describes_many_and_its_entry_names_the_list(cast: dict[str, Actor]) -> None:
    batch, some = uuid4(), [described(n) for n in range(1, 5_001)]
    describe(cast["陆安"], batch, some)
    data = entry_data("holdings.records.describe")
    assert data["count"] == 5_000
    assert data["list_root"] == HashTree([leaf_hash(d.line()) for d in some]).root().hex()
    assert queries.count(cast["顾闻"]) == 5_000
    assert counted() == told()
    assert Record.objects.filter(batch=batch).count() == 5_000
    assert Series.objects.get(code="WS·2014·D30·办公室").year == 2014


def test_levels_above_come_first_whatever_the_order(cast: dict[str, Actor]) -> None:
    describe(
        cast["陆安"],
        uuid4(),
        [
            described(3, parent="X-1"),
            described(0, ref="X-1", level="file", parent="X"),
            described(0, ref="X", level="series"),
        ],
    )
    item = queries.record(cast["陆安"], "Z109-WS·2014·D30·办公室-0003")
    assert item.parent == "X-1"
    above = queries.parent_of(cast["陆安"], item)
    assert above is not None and above.parent == "X" and above.level == "file"


def test_a_circle_is_refused_and_nothing_is_kept(cast: dict[str, Actor]) -> None:
    with pytest.raises(Conflict) as told_:
        describe(
            cast["陆安"],
            uuid4(),
            [
                described(0, ref="A", level="file", parent="B"),
                described(0, ref="B", level="file", parent="A"),
            ],
        )
    assert told_.value.code == "holdings.record.circle"
    assert not Record.objects.exists()


def test_what_is_being_arranged_is_seen_by_the_office_and_its_unit_only(cast: dict[str, Actor]) -> None:
    describe(cast["陆安"], uuid4(), [described(1, open_status="开放")], accepted=False)
    assert [queries.count(cast[name]) for name in ("陆安", "沈文", "他局", "方正")] == [1, 1, 0, 0]
    assert queries.count(PUBLIC) == 0
    settle()
    assert [search(cast[name], Question(text="桥梁")).total for name in ("陆安", "沈文", "他局")] == [1, 1, 0]
    assert search(PUBLIC, Question(text="桥梁")).total == 0


def test_a_batch_is_taken_back_whole_and_is_found_no_more(cast: dict[str, Actor]) -> None:
    kept, gone = uuid4(), uuid4()
    describe(cast["陆安"], kept, [described(1)])
    file = described(0, ref="Z109-WS·2013·Y·办公室-0001", level="file")
    describe(cast["陆安"], gone, [file, described(3, parent=file.ref), *(described(n) for n in range(4, 40))])
    settle()
    assert search(cast["陆安"], Question(text="桥梁")).total == 39
    assert withdraw(cast["陆安"], gone) == 38
    settle()
    assert search(cast["陆安"], Question(text="桥梁")).total == 1
    assert counted() == told()
    assert not Series.objects.filter(code__contains="2013").exists()
    assert entry_data("holdings.records.withdraw")["count"] == 38
    with pytest.raises(NotFound):
        withdraw(cast["陆安"], gone)


def test_a_batch_that_is_built_upon_stays(cast: dict[str, Actor]) -> None:
    def code() -> str:
        with pytest.raises(Conflict) as told_:
            withdraw(SYSTEM, batch)
        return told_.value.code

    batch, other = uuid4(), uuid4()
    file = described(0, ref="Z109-WS·2013·Y·办公室-0001", level="file")
    describe(SYSTEM, batch, [file])
    describe(SYSTEM, other, [described(2, parent=file.ref)])
    assert code() == "holdings.batch.inside"
    withdraw(SYSTEM, other)
    row = Record.objects.get()
    relation = Relation.objects.create(source=row, kind="see", text="另一件")
    assert code() == "holdings.batch.related"
    relation.delete()
    Record.objects.update(version=2)
    assert code() == "holdings.batch.changed"
    parted = uuid4()
    with_part = Description(
        "urn:uuid:x", "Z109-1", "item", "WS", "Z109", {"title": "有件"}, parts=(Part("a.txt", 1),)
    )
    describe(SYSTEM, parted, [with_part])
    batch = parted
    assert code() == "holdings.batch.files"


def test_who_may_not_describe_may_not_take_back(cast: dict[str, Actor]) -> None:
    batch = uuid4()
    describe(SYSTEM, batch, [described(1)])
    for name in ("沈文", "顾闻", "方正", "系统管理员"):
        with pytest.raises(Forbidden):
            withdraw(cast[name], batch)
        with pytest.raises(Forbidden):
            describe_agents(cast[name], batch, [])
        with pytest.raises(Forbidden):
            describe_fonds(cast[name], "Z109", {"title": "x"})


def test_agents_and_fonds_are_described(cast: dict[str, Actor]) -> None:
    batch = uuid4()
    one = AgentDescription("urn:uuid:a", "body", "云岭区民政局", {"abstract": "一九八四年设立"})
    describe_agents(cast["陆安"], batch, [one])
    describe_agents(cast["陆安"], batch, [one])
    assert Agent.objects.get().name == "云岭区民政局"
    assert Entry.objects.filter(act="holdings.agents.describe").count() == 1
    with pytest.raises(Invalid):
        describe_agents(cast["陆安"], batch, [AgentDescription("urn:uuid:b", "ship", "x", {})])
    assert withdraw_agents(cast["陆安"], batch) == 1
    describe_fonds(cast["陆安"], "Z109", {"title": "民政局全宗", "note": ""})
    assert Fonds.objects.get(number="Z109").values == {"title": "民政局全宗"}


def test_the_index_reads_rows_in_chunks_of_a_size(cast: dict[str, Actor]) -> None:
    describe(SYSTEM, uuid4(), [described(n) for n in range(1, 26)])
    chunks = list(indexing.all_rows(chunk=10))
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]
    first = chunks[0][0]
    assert (first.fonds, first.values["title"]) == ("Z109", "关于第1号桥梁的通知")
    assert indexing.gone(1, indexing.last_id() + 2)[-2:] == [indexing.last_id() + 1, indexing.last_id() + 2]


def test_wrong_tallies_are_found_and_set_right(cast: dict[str, Actor]) -> None:
    from lantai.site.doctor import examine

    def wrong() -> list[str]:
        return [look.mend for look in examine() if look.what == "目录清点" and not look.ok]

    describe(SYSTEM, uuid4(), [described(n) for n in range(1, 4)])
    assert not wrong()
    assert recount(cast["何恒"]) == 0
    Tally.objects.update(count=7)
    assert wrong() == ["lantai rebuild tallies"]
    assert recount(cast["何恒"]) == 1
    assert counted() == told() and not wrong()
    with pytest.raises(Forbidden):
        recount(cast["顾闻"])

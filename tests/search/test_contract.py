"""What every engine promises, by example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lantai.kernel.errors import Invalid, NotFound
from lantai.search.engine.protocol import Document, Engine, Request, Sort, Value, date_key, ref_key
from tests.search.asking import entries, fill, found

GOLDEN = (
    Document(
        id=1,
        title="关于做好2015年安全生产工作的通知",
        author="云岭区水利局",
        keywords="水库；移民",
        note="原件破损",
        text=("第一页讲到防汛抗旱", "指挥部办公室", "，", "B1级"),
        ref="0001-WS·2015·Y-0012",
        doc_number="云政发〔2015〕12号",
    ),
    Document(
        id=2, title="安全檢查總結 ＧＢ１８８９４", ref="0001-WS·2015·Y-0120", doc_number="云水函[2015]120号"
    ),
    Document(id=3, title="水", author="张", ref="1-11", doc_number="〔2016〕1号"),
    Document(id=4, title="Annual Report on Water", text=("生产安全", "安全生产"), ref="11-1"),
)


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("安全", {1, 2, 4}),
        ("安全生产", {1, 4}),
        ("生产安", {4}),
        ("安全检查", {2}),
        ("安全 檢查", {2}),
        ("gb18894", {2}),
        ("B1", {1, 2}),
        ("5年", {1}),
        ("年安全生产工作的通", {1}),
        ("安全生产工作的通报", set()),
        ("ａｎｎｕａｌ ｒｅｐｏｒｔ", {4}),
        ('"annual report on"', {4}),
        ("水", {3}),
        ("张", set()),
        ("责任者:张", {3}),
        ("责任者:局", {1}),
        ("题名:水", {3}),
        ("全文:旱", {1}),
        ("防汛抗旱", {1}),
        ("抗旱指挥", set()),
        ("旱指", set()),
        ("防汛 指挥部 水库", {1}),
        ("题名:水库", set()),
        ("关键词:水库", {1}),
        ("关键词:破损", set()),
        ("附注:破", {1}),
        ("水利局", {1}),
        ("破损", {1}),
        ("安全 -检查", {1, 4}),
        ("-安全", {3}),
        ("-安全 -水", set()),
        ("检查 OR 移民", {1, 2}),
        ("安全 检查|移民", {1, 2}),
        ("检查 OR -安全", {2, 3}),
        ("0001-WS·2015·Y-0012", {1}),
        ("０００１－ＷＳ．２０１５．Ｙ－００１２", {1}),
        ("0001 ws", {1, 2}),
        ("0001-WS", {1, 2}),
        ("Y-012", {2}),
        ("1-11", {3, 4}),
        ('档号:"1-11"', {3}),
        ('档号:"11·1"', {4}),
        ("档号:0001*", {1, 2}),
        ("档号:0001-WS.2015-Y-01*", {2}),
        ("档号:001*", set()),
        ("档号:001", {1, 2}),
        ("档号:2", {1, 2}),
        ("云政发（2015）12号", {1}),
        ("文号:12", {1, 2}),
        ('文号:"雲政發【2015】12號"', {1}),
        ("文号:2016*", {3}),
        ("文号:0001", set()),
        ("", {1, 2, 3, 4}),
        ("，。！", set()),
    ],
)
def test_golden_queries(engine: Engine, typed: str, ids: set[int]) -> None:
    fill(engine, GOLDEN)
    assert found(engine, typed) == ids


@pytest.mark.parametrize(
    ("typed", "first"), [("安全檢查總結gb18894", 2), ("0001-WS-2015-Y-0012", 1), ("1-11", 3), ("11-1", 4)]
)
def test_the_exact_title_or_number_comes_first(engine: Engine, typed: str, first: int) -> None:
    fill(engine, GOLDEN)
    assert engine.search(Request(text=typed, acl=None)).hits[0].id == first


def test_filters_do_not_touch_the_score(engine: Engine) -> None:
    fill(engine, entries(80))
    free = engine.search(Request(text="档案", acl=None, limit=80)).hits
    fonds = frozenset({"0001", "0002", "X043"})
    narrowed = Request(text="档案", acl=None, limit=80, filters={"fonds": fonds})
    assert engine.search(narrowed).hits == free


class TestWriting:
    def test_nothing_is_seen_before_the_commit(self, engine: Engine) -> None:
        engine.upsert(GOLDEN)
        assert engine.count() == 0
        engine.commit()
        assert list(engine.ids()) == [1, 2, 3, 4]

    def test_an_upsert_replaces(self, engine: Engine) -> None:
        fill(engine, GOLDEN)
        fill(engine, [Document(id=1, title="新题名")])
        assert engine.count() == 4
        assert found(engine, "新题名") == {1}
        assert found(engine, "安全生产工作") == set()

    def test_the_last_of_an_id_wins(self, engine: Engine) -> None:
        fill(engine, [Document(id=1, title="甲甲"), Document(id=1, title="乙乙")])
        assert (found(engine, "甲甲"), found(engine, "乙乙")) == (set(), {1})

    def test_deleted_is_gone_and_unknown_ids_do_not_matter(self, engine: Engine) -> None:
        fill(engine, GOLDEN)
        engine.delete([1, 99, -3, 2**80])
        engine.commit()
        assert found(engine, "安全") == {2, 4}
        assert engine.count() == engine.stats().documents == 3

    def test_delete_and_upsert_in_one_commit_go_by_their_order(self, engine: Engine) -> None:
        fill(engine, GOLDEN)
        engine.delete([1])
        engine.upsert([Document(id=1, title="又来")])
        engine.upsert([Document(id=2, title="又来")])
        engine.delete([2])
        engine.commit()
        assert found(engine, "又来") == {1}
        assert list(engine.ids()) == [1, 3, 4]

    def test_another_engine_sees_what_is_committed(
        self, kind: type[Engine], engine: Engine, home: Path
    ) -> None:
        reader = kind.open(home)
        for document in GOLDEN:
            fill(engine, [document])
            assert document.id in found(reader, "")
        reader.close()

    def test_creating_again_keeps_what_is_there(self, kind: type[Engine], engine: Engine, home: Path) -> None:
        fill(engine, GOLDEN)
        assert kind.create(home).count() == 4

    def test_nothing_can_be_opened_where_nothing_is(self, kind: type[Engine], tmp_path: Path) -> None:
        with pytest.raises(NotFound, match=r"search\.index\.missing"):
            kind.open(tmp_path / "nowhere")

    def test_what_is_not_committed_at_closing_is_gone(
        self, kind: type[Engine], engine: Engine, home: Path
    ) -> None:
        engine.upsert(GOLDEN)
        engine.close()
        assert engine.commit() == []
        assert kind.open(home).count() == 0

    @pytest.mark.parametrize(
        ("wrong", "code", "fact"),
        [
            ({"id": 0}, "search.document.id", "0"),
            ({"id": 2**36}, "search.document.id", str(2**36)),
            ({"id": True}, "search.document.id", "True"),
            ({"title": None}, "search.document.field", "title"),
            ({"text": "一页"}, "search.document.field", "text"),
            ({"text": ("页", 5)}, "search.document.field", "text"),
            ({"fonds": "x" * 1_001}, "search.document.field", "fonds"),
            ({"unit": "\ud800"}, "search.document.field", "unit"),
            ({"year": 20_150}, "search.document.field", "year"),
            ({"date": -1}, "search.document.field", "date"),
            ({"acl": 2**63}, "search.document.field", "acl"),
        ],
    )
    def test_a_wrong_document_is_handed_back_and_the_others_stay(
        self, engine: Engine, wrong: dict[str, Any], code: str, fact: str
    ) -> None:
        bad = Document(**{"id": 9, **wrong})
        (rejected,) = engine.upsert([GOLDEN[0], bad, GOLDEN[1]])
        assert (rejected.code, rejected.fact) == (code, fact)
        assert engine.commit() == []
        assert list(engine.ids()) == [1, 2]


class TestFiltersAndFacets:
    @pytest.fixture(autouse=True)
    def filled(self, engine: Engine) -> None:
        fill(engine, entries(300))

    def test_values_of_a_field_are_alternatives(self, engine: Engine) -> None:
        filters: dict[str, frozenset[Value]] = {
            "fonds": frozenset({"0001", "X043"}),
            "year": frozenset({2015}),
        }
        expected = {d.id for d in entries(300) if d.fonds in ("0001", "X043") and d.year == 2015}
        result = engine.search(Request(acl=None, filters=filters, limit=300))
        assert {hit.id for hit in result.hits} == expected != set()

    @pytest.mark.parametrize(
        "accepted",
        [frozenset(), frozenset({""}), frozenset({"nowhere"}), frozenset({7}), frozenset({"\ud800"})],
    )
    def test_no_acceptable_value_accepts_nothing(self, engine: Engine, accepted: frozenset[Value]) -> None:
        result = engine.search(Request(acl=None, filters={"fonds": accepted}, facets=("fonds", "year")))
        assert (result.total, result.facets["year"]) == (0, ())
        assert len(result.facets["fonds"]) == 3

    @pytest.mark.parametrize(
        ("low", "high"),
        [(2005, 2015), (None, 2005), (2015, None), (0, 9_999), (2016, 1998), (-(2**70), 2**70)],
    )
    def test_year_range(self, engine: Engine, low: int | None, high: int | None) -> None:
        years = [
            d for d in entries(300) if d.year and (low or 0) <= d.year <= (9999 if high is None else high)
        ]
        result = engine.search(Request(acl=None, year_from=low, year_to=high, limit=300))
        assert {hit.id for hit in result.hits} == {d.id for d in years}

    def test_facets_are_exact_and_ignore_their_own_filter(self, engine: Engine) -> None:
        request = Request(
            acl=None,
            filters={"fonds": frozenset({"0001"}), "retention": frozenset({"永久", "30年"})},
            year_from=2005,
            facets=("fonds", "retention", "year", "unit"),
        )
        facets = engine.search(request).facets
        documents = [d for d in entries(300) if d.year >= 2005]
        kept = [d for d in documents if d.retention in ("永久", "30年")]
        assert list(facets) == ["fonds", "retention", "year", "unit"]
        assert {f.value: f.count for f in facets["fonds"]} == {
            value: sum(d.fonds == value for d in kept) for value in ("0001", "0002", "X043")
        }
        assert {f.value: f.count for f in facets["retention"]} == {
            value: sum(d.retention == value and d.fonds == "0001" for d in documents)
            for value in ("永久", "30年", "10年")
        }
        assert 1998 in {f.value for f in facets["year"]}
        assert sum(f.count for f in facets["unit"]) == engine.search(request).total

    def test_facets_come_most_frequent_first(self, engine: Engine) -> None:
        values = engine.search(Request(acl=None, facets=("year",))).facets["year"]
        assert list(values) == sorted(values, key=lambda f: (-f.count, str(f.value)))
        assert 0 not in [facet.value for facet in values]


class TestOrderAndPaging:
    @pytest.fixture(autouse=True)
    def filled(self, engine: Engine) -> None:
        documents = entries(300)
        for start in range(0, 300, 50):
            fill(engine, documents[start : start + 50])

    @pytest.mark.parametrize("sort", ["relevance", "date", "-date", "ref"])
    @pytest.mark.parametrize("text", ["", "档案"])
    def test_pages_by_offset_give_the_whole_order(self, engine: Engine, sort: Any, text: str) -> None:
        whole = engine.search(Request(text=text, acl=None, sort=sort, limit=10_000))
        pages = [
            engine.search(Request(text=text, acl=None, sort=sort, offset=at, limit=7))
            for at in range(0, whole.total, 7)
        ]
        assert [hit.id for page in pages for hit in page.hits] == [hit.id for hit in whole.hits]
        assert {page.total for page in pages} == {whole.total}

    def test_dates_are_a_total_order(self, engine: Engine) -> None:
        expected = [d.id for d in sorted(entries(300), key=date_key)]
        rising = engine.search(Request(acl=None, sort="date", limit=300))
        falling = engine.search(Request(acl=None, sort="-date", limit=300))
        assert [hit.id for hit in rising.hits] == expected
        assert [hit.id for hit in falling.hits] == expected[::-1]
        assert {hit.score for hit in rising.hits} == {0.0}

    def test_refs_are_a_total_order(self, engine: Engine) -> None:
        fill(
            engine,
            [Document(id=i, sort_ref=s) for i, s in ((400, "b"), (401, "a\0"), (402, "a"), (403, "\ud800"))],
        )
        expected = sorted([*entries(300), Document(id=400, sort_ref="b")], key=ref_key)
        got = [hit.id for hit in engine.search(Request(acl=None, sort="ref", limit=400)).hits]
        assert [i for i in got if i <= 400] == [d.id for d in expected]
        assert [i for i in got if i > 400] == [403, 401, 402]

    @pytest.mark.parametrize("sort", ["date", "-date", "ref"])
    def test_cursors_give_the_whole_order(self, engine: Engine, sort: Any) -> None:
        whole = engine.search(Request(acl=None, sort=sort, limit=10_000))
        got: list[int] = []
        page = engine.search(Request(acl=None, sort=sort, limit=29))
        got += [hit.id for hit in page.hits]
        while page.cursor is not None:
            page = engine.search(Request(acl=None, sort=sort, limit=29, after=page.cursor))
            assert page.total == whole.total
            got += [hit.id for hit in page.hits]
        assert got == [hit.id for hit in whole.hits]

    @pytest.mark.parametrize("after", [-(2**70), 2**70, "", "x", "a TO *} OR *:*", "\0", "f" * 9_000])
    def test_a_forged_cursor_does_no_harm(self, engine: Engine, after: int | str) -> None:
        sort: Sort = "ref" if isinstance(after, str) else "date"
        found = engine.search(Request(acl=None, sort=sort, after=after))
        assert found.total == 300
        if isinstance(after, str):
            assert found.hits == ()

    def test_beyond_the_end_is_empty(self, engine: Engine) -> None:
        for sort in ("relevance", "date", "-date", "ref"):
            page = engine.search(Request(acl=None, sort=sort, offset=9_000, limit=10))
            assert (page.total, page.hits, page.cursor) == (300, (), None)

    def test_no_limit_counts_only(self, engine: Engine) -> None:
        page = engine.search(Request(acl=None, limit=0, facets=("fonds",)))
        assert (page.total, page.hits) == (300, ())
        assert sum(f.count for f in page.facets["fonds"]) == 300


class TestAccess:
    @pytest.fixture(autouse=True)
    def filled(self, engine: Engine) -> None:
        fill(
            engine,
            [
                Document(id=1, title="公开", acl=1),
                Document(id=2, title="公开", acl=2),
                Document(id=3, title="公开"),
            ],
        )

    @pytest.mark.parametrize(
        ("acl", "ids"),
        [
            (frozenset(), set()),
            (frozenset({1}), {1}),
            (frozenset({2, 1, 7}), {1, 2}),
            (frozenset({0}), set()),
            (frozenset({2**80}), set()),
            (None, {1, 2, 3}),
        ],
    )
    def test_only_own_classes_are_seen(
        self, engine: Engine, acl: frozenset[int] | None, ids: set[int]
    ) -> None:
        for text in ("", "公开", "-别的"):
            result = engine.search(Request(text=text, acl=acl))
            assert ({hit.id for hit in result.hits}, result.total) == (ids, len(ids))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"filters": {"acl": frozenset({1})}}, "search.request.field"),
        ({"facets": ("title",)}, "search.request.field"),
        ({"sort": "title"}, "search.request.sort"),
        ({"offset": 9_990, "limit": 11}, "search.request.window"),
        ({"offset": -1}, "search.request.window"),
        ({"limit": -1}, "search.request.window"),
        ({"after": 5}, "search.request.cursor"),
        ({"after": 5, "sort": "ref"}, "search.request.cursor"),
        ({"after": "5", "sort": "date"}, "search.request.cursor"),
        ({"after": 5, "sort": "date", "offset": 3}, "search.request.cursor"),
    ],
)
def test_requests_that_cannot_be_meant_are_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        Request(acl=None, **wrong)


def test_a_request_must_say_who_asks() -> None:
    with pytest.raises(TypeError):
        Request(text="档案")  # type: ignore[call-arg]

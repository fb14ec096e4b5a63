"""What an actor may not see is never shown, counted or named, whatever is asked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.access.queries import original, page_picture, reading
from lantai.access.services import export, proof_document
from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.base.paging import Page
from lantai.catalogue.services import register_catalogue, urn_of
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.holdings.services import Description
from lantai.kernel.errors import Forbidden, LantaiError, NotFound
from lantai.search.queries import FACETS, Answer, Question, search
from lantai.site.work import settle
from tests.soak import rounds

OPEN = "开放"
STATUSES = (OPEN, "控制", "延期开放", "未审核", "", "不开放", "开放 ")
WORDS = ("水库", "移民", "低保", "学校", "档案", "云岭", "请示", "Z109", "2011")
UNIT_OF = {"Z109": "MZJ", "Z110": "JYJ"}
ARCHIVISTS = ("陆安", "何恒", "顾闻", "严慎")
CLERKS = {"沈文": "MZJ", "他局": "JYJ"}


@dataclass(frozen=True)
class Told:
    """A record as the test knows it."""

    ref: str
    fonds: str
    year: int
    status: str
    title: str
    parent: str


def _sees(name: str, told: Told) -> bool:
    """Say who may see a record, in the words of the policy and not of the code."""
    if name in ARCHIVISTS or name == "系统":
        return True
    return told.status == OPEN or CLERKS.get(name) == UNIT_OF[told.fonds]


def _fill(seed: int) -> dict[str, Told]:
    """Describe random records: items by the piece, and files with items of other statuses in them."""
    chance = random.Random(seed)
    made: dict[str, Told] = {}
    for fonds in UNIT_OF:
        for year in (2010, 2011, 2012):
            for number in range(1, 1 + chance.randrange(4, 14)):
                add = _adder(made, chance, fonds, year)
                add(f"{fonds}-WS·{year}·Y-{number:04d}", "")
            for volume in range(1, 1 + chance.randrange(1, 4)):
                file = f"{fonds}-KJ·{year}·Y-{volume:04d}"
                add(file, "")
                for item in range(1, 1 + chance.randrange(1, 4)):
                    add(f"{file}-{item:03d}", file)
    descriptions = [_description(told) for told in made.values()]
    register_catalogue(SYSTEM, descriptions, source="测试")
    settle()
    return made


def _adder(made: dict[str, Told], chance: random.Random, fonds: str, year: int) -> Callable[[str, str], None]:
    def add(ref: str, parent: str) -> None:
        title = "关于" + "".join(chance.sample(WORDS[:7], 3)) + "的卷" + "一二三四五六七"[chance.randrange(7)]
        made[ref] = Told(ref, fonds, year, chance.choice(STATUSES), title, parent)

    return add


def _description(told: Told) -> Description:
    values = {"title": told.title, "year": str(told.year), "retention": "永久", "open_status": told.status}
    level = "file" if "-KJ" in told.ref and not told.parent else "item"
    return Description(urn_of(told.ref), told.ref, level, "WS", told.fonds, values, parent=told.parent)


def _actors(cast: Mapping[str, Actor]) -> dict[str, Actor]:
    return {**cast, "系统": SYSTEM, "公众": PUBLIC}


def _all(ask: Callable[..., Page[RecordView]]) -> list[RecordView]:
    found: list[RecordView] = []
    after = ""
    while True:
        page = ask(after=after)
        found += page.items
        after = page.after
        if not after:
            return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, rounds(1, 5) + 1))
def test_the_catalogue_shows_counts_and_names_only_what_may_be_seen(
    cast: Mapping[str, Actor], seed: int
) -> None:
    made = _fill(seed)
    ids = {
        record.ref: record.id
        for record in holdings.records_by_id(SYSTEM, holdings.ids(SYSTEM, holdings.Place())).values()
    }
    assert set(ids) == set(made)
    for name, actor in _actors(cast).items():
        seen = {ref for ref, told in made.items() if _sees(name, told)}
        assert holdings.count(actor) == len(seen)
        assert {r.ref for r in holdings.records_by_id(actor, list(ids.values())).values()} == seen
        for fonds in UNIT_OF:
            own = {ref for ref in seen if made[ref].fonds == fonds}
            assert {f.number: f.count for f in holdings.fonds_list(actor)}[fonds] == len(own)
            assert holdings.fonds(actor, fonds).count == len(own)
            series = holdings.series_list(actor, fonds)
            assert sum(one.count for one in series) == len(own)
            assert all(one.count for one in series)
            _named(_all(partial(holdings.records, actor, number=fonds)), own, seen)
            for one in series:
                tops = _all(partial(holdings.records, actor, series=one.id))
                assert {record.ref for record in tops} <= {ref for ref in own if not made[ref].parent}
        for ref in made:
            _asked_for(actor, ref, ids[ref], ref in seen, made, seen)


def _named(found: Iterable[RecordView], expected: set[str], seen: set[str]) -> None:
    listed = list(found)
    assert {record.ref for record in listed} == expected
    assert len(listed) == len(expected)
    assert all(not record.parent or record.parent in seen for record in listed)


def _asked_for(
    actor: Actor, ref: str, key: int, seen: bool, made: Mapping[str, Told], all_seen: set[str]
) -> None:
    inside = {told.ref for told in made.values() if told.parent == ref and told.ref in all_seen}
    assert {r.ref for r in _all(partial(holdings.records, actor, parent=ref))} == inside
    if not seen:
        for what in (ref, urn_of(ref)):
            for refused in (holdings.record, reading, proof_document):
                with pytest.raises(NotFound) as hidden:
                    refused(actor, what)
                with pytest.raises(NotFound) as missing:
                    refused(actor, what + "0")
                assert hidden.value.code == missing.value.code
            with pytest.raises(NotFound):
                original(actor, what, 1)
            with pytest.raises(NotFound):
                page_picture(actor, what, 1, 1, 200)
        return
    record = holdings.record(actor, ref)
    assert record.id == key
    assert reading(actor, urn_of(ref)).record == record
    assert not record.parent or record.parent in all_seen
    above = holdings.parent_of(actor, record)
    assert above is None or above.ref in all_seen
    assert all(one is None or one.ref in all_seen for one in holdings.neighbours(actor, record))
    assert {r.ref for r in _all(partial(holdings.children, actor, record))} == inside


def test_a_search_finds_counts_and_names_only_what_may_be_seen(cast: Mapping[str, Actor]) -> None:
    made = _fill(3)
    actors = _actors(cast)

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(
        text=st.lists(st.sampled_from((*WORDS, "", '"', "-水库", "题名:水库", "*", "OR")), max_size=3).map(
            " ".join
        ),
        fonds=st.sets(st.sampled_from(("Z109", "Z110", "Z999"))),
        statuses=st.sets(st.sampled_from(STATUSES)),
        years=st.tuples(st.none() | st.integers(2009, 2013), st.none() | st.integers(2009, 2013)),
    )
    def asked(
        text: str,
        fonds: set[str],
        statuses: set[str],
        years: tuple[int | None, int | None],
    ) -> None:
        filters: dict[str, frozenset[str | int]] = {}
        if fonds:
            filters["fonds"] = frozenset(fonds)
        if statuses:
            filters["open"] = frozenset(statuses)
        question = Question(text=text, filters=filters, year_from=years[0], year_to=years[1], limit=1_000)
        try:
            everything = search(SYSTEM, question)
        except LantaiError:
            return
        for name, actor in actors.items():
            seen = {ref for ref, told in made.items() if _sees(name, told)}
            answer = search(actor, question)
            expected = {found.record.ref for found in everything.found} & seen
            assert {found.record.ref for found in answer.found} == expected, name
            assert answer.total == len(expected), name
            assert all(not found.record.parent or found.record.parent in seen for found in answer.found)
            _facets_count(
                answer, [made[ref] for ref in expected], {made[ref].fonds for ref in seen}, bool(filters)
            )

    asked()


def _facets_count(answer: Answer, expected: list[Told], fonds: set[str], filtered: bool) -> None:
    assert set(answer.facets) == set(FACETS)
    assert {str(value) for value, _ in answer.facets["fonds"]} <= fonds
    if filtered or answer.question.year_from or answer.question.year_to:
        return
    counted: dict[str, Counter[Any]] = {
        "fonds": Counter(told.fonds for told in expected),
        "year": Counter(told.year for told in expected),
        "open": Counter(told.status or "未审核" for told in expected),
    }
    for name, counts in counted.items():
        assert dict(answer.facets[name]) == dict(counts), name


def test_officers_and_public_see_nothing_but_what_is_open(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    made = _fill(4)
    opened = {ref for ref, told in made.items() if told.status == OPEN}
    assert 0 < len(opened) < len(made)
    for name in ("系统管理员", "安全保密员", "安全审计员", "方正", "公众"):
        actor = _actors(cast)[name]
        answer = search(actor, Question(limit=1_000))
        assert {found.record.ref for found in answer.found} == opened
        assert dict(answer.facets["open"]) == {OPEN: len(opened)}
        with pytest.raises(Forbidden):
            export(actor, min(opened), tmp_path / "out")
        assert not (tmp_path / "out").exists()

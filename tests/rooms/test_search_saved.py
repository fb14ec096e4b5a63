"""Whatever is asked, by whomever: nothing that may not be seen is found, counted, told of as new, exported or cited."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace

import pytest

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.holdings import queries as holdings
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError, NotFound
from lantai.search import queries, services
from lantai.search.queries import Question, every, matching, search, whole_result
from tests.pages import library
from tests.pages.library import Entry

FIELDS = ("fonds", "type", "year", "retention", "open", "level", "unit")


def lines(chance: random.Random, entries: list[Entry]) -> str:
    """Return a random line, often with the one word that only one entry has."""
    one = chance.choice(entries)
    parts = [
        one.word,
        "通知",
        "关于",
        one.ref[:9],
        f"档号:{one.ref[:12]}*",
        f"-{one.word}",
        "",
        "云岭区",
        "李某某",
    ]
    return " ".join(chance.sample(parts, chance.randrange(1, 4)))


def test_nothing_unseen_comes_out_anywhere(cast: dict[str, Actor]) -> None:
    entries = library.catalogue(seed=5, count=30)
    by_ref = {one.ref: one for one in entries}
    everybody = [(PUBLIC, ""), (cast["沈文"], "MZJ"), (cast["他局"], "JYJ")]
    chance = random.Random(23)
    for _ in range(60):
        actor, unit = chance.choice(everybody)
        seen = {one.ref for one in entries if one.seen_by(unit)}
        question = Question(
            text=lines(chance, entries),
            sort=chance.choice(("relevance", "date", "-date", "ref")),
            limit=chance.choice((1, 5, 20)),
            filters=chance.choice(({}, {"fonds": frozenset({"Z110"})}, {"unit": frozenset({"JYJ"})})),
        )
        whole = search(SYSTEM, replace(question, limit=100))
        visible = [hit.record.ref for hit in whole.found if hit.record.ref in seen]
        answer, hits = whole_result(actor, question)
        exported = [hit.record.ref for hit in hits]
        assert sorted(exported) == sorted(record.ref for record in every(actor, question))
        assert set(exported) <= set(visible) and answer.total == len(exported)
        if "李某某" not in question.text:  # a personal element finds a record for those alone who may see it
            assert sorted(exported) == sorted(visible)
        ids = list(matching(actor, question))
        assert {one.ref for one in holdings.records_by_id(SYSTEM, ids).values()} == set(exported)
        for name in FIELDS:
            assert sum(count for _, count in answer.facets[name]) <= len(seen)
        told = repr(search(actor, question))
        for ref in set(by_ref) - seen:
            assert ref not in told and by_ref[ref].word not in told.replace(question.text, "")


def test_cursors_give_what_may_be_seen_and_nothing_else(cast: dict[str, Actor]) -> None:
    entries = library.catalogue(seed=9, count=24)
    for actor, unit in ((PUBLIC, ""), (cast["沈文"], "MZJ")):
        for sort in ("date", "-date", "ref"):
            found: list[str] = []
            question = Question(text="通知", sort=sort, limit=3)
            while True:
                answer = search(actor, question)
                found += [hit.record.ref for hit in answer.found]
                if answer.cursor is None:
                    break
                question = replace(question, after=answer.cursor)
            assert sorted(found) == sorted(one.ref for one in entries if one.seen_by(unit))


def test_alerts_tell_of_what_the_owner_may_see_now(cast: dict[str, Actor]) -> None:
    library.catalogue(count=4)
    clerk, other = cast["沈文"], cast["他局"]
    for actor in (clerk, other):
        services.save(actor, "会议", "q=会议")
        assert queries.alerts(actor) == []
    ref = "Z109-WS·2013·Y-0001"
    library.add(
        [library.Description(library.urn_of(ref), ref, "item", "WS", "Z109", library.values(ref, "会议"))]
    )
    (alert,) = queries.alerts(clerk)
    assert (alert.fresh, alert.total) == (1, 1)
    assert queries.alerts(other) == [] and queries.saved(other)[0].total == 0
    moved = replace(clerk, grants=frozenset())
    assert queries.alerts(moved) == [] and queries.saved(moved)[0].total == 0
    services.see(clerk, alert.uuid)
    assert queries.alerts(clerk) == []


def test_a_revised_record_is_new_again(cast: dict[str, Actor]) -> None:
    from lantai.holdings.services import revise
    from lantai.site.work import settle

    entries = library.catalogue(count=6)
    saved = services.save(cast["顾闻"], "改", "q=修正后")
    one = entries[0]
    revise(cast["陆安"], library.urn_of(one.ref), {"title": "修正后的题名"}, version=1)
    settle()
    assert [(alert.uuid, alert.fresh) for alert in queries.alerts(cast["顾闻"])] == [(saved, 1)]
    _, fresh = queries.saved_one(cast["顾闻"], saved)
    assert [hit.record.ref for hit in search(cast["顾闻"], fresh).found] == [one.ref]


def test_errors_about_the_searches_of_others_tell_nothing(cast: dict[str, Actor]) -> None:
    saved = services.save(cast["沈文"], "秘密的词", "q=秘密")
    refused: list[LantaiError] = []
    for known in (saved, uuid.uuid4()):
        for deed in (services.see, services.delete, queries.saved_one):
            with pytest.raises(NotFound) as error:
                deed(cast["他局"], known)
            refused.append(error.value)
    assert len({(str(one), repr(one.facts)) for one in refused}) == 1


def test_what_can_be_saved_has_limits(cast: dict[str, Actor]) -> None:
    with pytest.raises(Forbidden, match=r"search\.saved\.person"):
        services.save(PUBLIC, "x", "q=水库")
    for number in range(50):
        services.save(cast["沈文"], f"第{number}个", "q=水库")
    with pytest.raises(Invalid, match=r"search\.saved\.many"):
        services.save(cast["沈文"], "还有", "q=水库")
    with pytest.raises(Conflict, match=r"search\.saved\.taken"):
        services.rename(
            cast["沈文"], queries.saved(cast["沈文"])[0].uuid, queries.saved(cast["沈文"])[1].name
        )

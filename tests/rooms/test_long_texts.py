"""Texts that are too long for an entry of the ledger: nothing is refused, nothing lost, all of it provable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lantai.base.actors import Actor
from lantai.catalogue.services import register_catalogue, urn_of
from lantai.catalogue.services.revising import add_agent, revise, revise_agent, revise_fonds
from lantai.holdings import authorities, history
from lantai.holdings import queries as holdings
from lantai.holdings.models import Change
from lantai.holdings.services import Description, describe_fonds, undo
from lantai.holdings.services.longtexts import ALL, as_said, told_changes
from lantai.kernel import canonical
from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Conflict, Forbidden, Invalid
from lantai.ledger.acts import ENTRY_LIMIT
from lantai.ledger.models import Entry
from lantai.vault.queries import open_file, status

REF = "Z109-WS·2011·Y-0001"
LONG = "云岭区历次机构改革的经过。" * 1_500


def newest(act: str) -> tuple[dict[str, Any], str]:
    text = Entry.objects.filter(act=act).latest("id").text
    return json.loads(text)["data"], text


@pytest.fixture
def keeper(cast: dict[str, Actor]) -> Actor:
    values = {"ref": REF, "title": "报告", "fonds": "Z109", "year": "2011", "retention": "永久"}
    values |= {"date": "20110304", "author": "区民政局", "security": "公开"}
    told = [Description(urn_of(REF), REF, "item", "WS", "Z109", values)]
    register_catalogue(cast["陆安"], told, source="试")
    return cast["陆安"]


def test_a_revision_with_long_texts_is_entered_by_digest_and_kept_whole(keeper: Actor) -> None:
    urn, other = urn_of(REF), LONG.replace("云岭", "青岩")
    assert revise(keeper, urn, {"custody_history": LONG, "note": "短"}, version=1) == 2
    assert revise(keeper, urn, {"custody_history": other}, version=2) == 3
    data, text = newest("holdings.record.revise")
    assert len(text.encode()) < ENTRY_LIMIT
    before, after = data["changes"]["custody_history"]
    for told, whole in ((before, LONG), (after, other)):
        assert told["sha512"] == digest_bytes(whole.encode(), ("sha512",)).sha512
        assert told["bytes"] == len(whole.encode()) and whole.startswith(told["begins"])
    row = Change.objects.filter(key="custody_history").latest("id")
    assert (row.before, row.after) == (LONG, other)
    with open_file(data["list"], "texts.json") as file:
        kept = canonical.loads(file.read().rstrip(b"\n"))
    assert kept == {"changes": {"custody_history": [LONG, other]}, "subject": urn}
    assert holdings.record(keeper, REF).values["custody_history"] == other
    undo(keeper, str(row.entry))
    assert holdings.record(keeper, REF).values["custody_history"] == LONG
    fields = {field.key: field for field in history.fields(keeper, holdings.record(keeper, REF))}
    assert len(fields["custody_history"].changes) == 3


def test_short_revisions_stand_whole_in_the_ledger_and_nothing_else_is_kept(keeper: Actor) -> None:
    revise(keeper, urn_of(REF), {"note": "短"}, version=1)
    data, _ = newest("holdings.record.revise")
    assert data["changes"] == {"note": ["", "短"]} and "list" not in data


def test_hundreds_of_changes_are_told_by_one_digest() -> None:
    many = {f"key_{n}": ("", "文" * 60) for n in range(900)}
    told = told_changes(many)
    whole = canonical.dumps({key: list(both) for key, both in many.items()})
    assert told == {ALL: {"bytes": len(whole), "sha512": digest_bytes(whole, ("sha512",)).sha512}}


def test_a_fonds_is_described_with_a_long_history_of_its_creator(
    keeper: Actor, cast: dict[str, Actor]
) -> None:
    there = authorities.fonds_described(keeper, "Z109")
    changes = {"agency_history": LONG, "fonds_name": "云岭区民政局（新名）", "custody_history": "由局里移交"}
    state = revise_fonds(keeper, "Z109", changes, state=there.state, reason="补著")
    after = authorities.fonds_described(keeper, "Z109")
    assert (after.state, after.name, after.values["agency_history"]) == (state, "云岭区民政局（新名）", LONG)
    assert newest("holdings.fonds.revise")[0]["list"].startswith("urn:uuid:")
    with pytest.raises(Conflict, match=r"holdings\.description\.changed") as stale:
        revise_fonds(keeper, "Z109", {"note": "迟了"}, state=there.state)
    assert stale.value.facts["who"] == "陆安"
    assert revise_fonds(keeper, "Z109", {"agency_history": LONG}, state=state) == state
    for wrong in ({"pages": "3"}, {"ref": "Z110"}, {"agency_history": "文" * 20_001}, {"fonds_name": ""}):
        with pytest.raises(Invalid):
            revise_fonds(keeper, "Z109", wrong, state=state)
    with pytest.raises(Forbidden):
        revise_fonds(cast["沈文"], "Z109", {"note": "我"}, state=state)
    describe_fonds(keeper, "Z109", {"agency_history": LONG + "续"})
    past = authorities.history(keeper, "urn:lantai:fonds:Z109", authorities.fonds_type(), "zh")
    assert [one.told.act for one in past][:2] == ["holdings.fonds.describe", "holdings.fonds.revise"]
    assert past[1].reason == "补著" and ("档案保管沿革", "", "由局里移交") in past[1].changes
    outside = authorities.fonds_described(cast["他局"], "Z109")
    assert "agency_history" in outside.values and "custody_history" not in outside.values


def test_name_records_are_added_and_changed_with_what_they_said_before(
    keeper: Actor, cast: dict[str, Actor]
) -> None:
    urn = add_agent(keeper, "body", {"title": "云岭县民政科", "dates": "1950-1983", "describer": "陆安"})
    with pytest.raises(Conflict, match=r"holdings\.agent\.exists"):
        add_agent(keeper, "body", {"title": "云岭县民政科"})
    with pytest.raises(Invalid):
        add_agent(keeper, "ghost", {"title": "无名"})
    with pytest.raises(Invalid):
        add_agent(keeper, "body", {"title": ""})
    there = authorities.agent(keeper, urn)
    changes = {"title": "云岭区民政局", "other_names": "云岭县民政科；民政科", "abstract": LONG}
    state = revise_agent(keeper, urn, changes, state=there.state)
    after = authorities.agent(keeper, urn)
    assert (after.name, after.state, after.kind) == ("云岭区民政局", state, "body")
    assert after.values["abstract"] == LONG and after.values["other_names"] == "云岭县民政科；民政科"
    with pytest.raises(Conflict):
        revise_agent(keeper, urn, {"title": "迟"}, state=there.state)
    past = authorities.history(keeper, urn, authorities.agent_type(), "zh")
    assert [one.told.act for one in past] == ["holdings.agent.revise", "holdings.agent.add"]
    assert ("规范名称", "云岭县民政科", "云岭区民政局") in past[0].changes
    assert "SHA-512" in next(after for label, _, after in past[0].changes if label == "机构沿革或人物生平")
    person = add_agent(keeper, "person", {"title": "何某"})
    assert [one.urn for one in authorities.agents(cast["沈文"]).items] == [urn]
    assert "describer" not in authorities.agent(cast["沈文"], urn).values
    assert {one.urn for one in authorities.agents(keeper).items} == {urn, person}
    assert [one.urn for one in authorities.agents(keeper, "何").items] == [person]


def test_nothing_is_preserved_of_an_agent_that_is_refused(keeper: Actor) -> None:
    add_agent(keeper, "body", {"title": "云岭县民政科"})
    before = status().objects
    for kind, title in (("body", "云岭县民政科"), ("body", "")):
        with pytest.raises((Conflict, Invalid)):
            add_agent(keeper, kind, {"title": title, "abstract": LONG})
    assert status().objects == before
    add_agent(keeper, "body", {"title": "云岭区民政局", "abstract": LONG})
    assert status().objects == before + 1


def test_a_long_text_is_said_by_its_beginning() -> None:
    told = told_changes({"abstract": ("", LONG), "note": ("a", "b")})
    assert as_said(told["abstract"][1]).startswith("云岭区历次") and as_said(told["note"][0]) == "a"

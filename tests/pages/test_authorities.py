"""Describing fonds and agents on the pages: who sees what, saving, conflicts, history."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from lantai.base.actors import Actor
from lantai.catalogue.services.revising import add_agent, revise_agent, revise_fonds
from lantai.holdings import authorities
from tests.pages.conftest import SignedIn
from tests.pages.test_catalogue_edit import body, fields_of


def test_a_fonds_is_described_and_outsiders_read_what_is_public(
    signed_in: SignedIn, cast: dict[str, Actor]
) -> None:
    desk, address = signed_in("陆安"), reverse("fonds-edit", args=["Z109"])
    text = body(desk, address)
    for element in authorities.fonds_elements():
        assert f'id="row-{element.key}"' in text, element.key
    for key in authorities.FONDS_FIXED:
        assert f'id="row-{key}"' not in text, key
    sent = fields_of(text)
    told = {
        "abstract": "区民政局的全部档案。",
        "agency_history": "一九五〇年设科。",
        "custody_history": "局档案室移交。",
    }
    answer = desk.post(address, {**sent, **told, "-do": "save", "-reason": "全宗卷"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("fonds-about", args=["Z109"]))
    inner = body(desk, answer["Location"])
    assert all(value in inner for value in told.values())
    assert "修改全宗 Z109 的著录" in inner and "原因：全宗卷" in inner
    for outside in (Client(), signed_in("他局")):
        shown = body(outside, answer["Location"])
        assert "一九五〇年设科。" in shown and "局档案室移交。" not in shown and "全宗卷" not in shown
    assert reverse("fonds-edit", args=["Z109"]) not in body(signed_in("沈文"), answer["Location"])


def test_who_was_slower_sees_both_and_loses_nothing(signed_in: SignedIn, cast: dict[str, Actor]) -> None:
    desk, address = signed_in("陆安"), reverse("fonds-edit", args=["Z109"])
    sent = fields_of(body(desk, address))
    state = authorities.fonds_described(cast["陆安"], "Z109").state
    revise_fonds(cast["陆安"], "Z109", {"note": "先改的"}, state=state)
    answer = desk.post(address, {**sent, "note": "后改的", "-do": "save"})
    text = answer.content.decode()
    assert answer.status_code == 409 and "先改的" in text and "后改的" in text
    again = desk.post(address, {**fields_of(text), "-do": "save"})
    assert again.status_code == 302
    assert authorities.fonds_described(cast["陆安"], "Z109").values["note"] == "后改的"


def test_what_is_badly_written_is_refused_and_kept_in_the_form(signed_in: SignedIn) -> None:
    desk, address = signed_in("陆安"), reverse("fonds-edit", args=["Z109"])
    sent = fields_of(body(desk, address))
    answer = desk.post(address, {**sent, "date": "昨天", "-do": "save"})
    assert answer.status_code == 400 and "昨天" in answer.content.decode()
    part = desk.post(address, {**sent, "date": "昨天"}, headers={"HX-Request": "true"}).content.decode()
    assert 'id="note-date"' in part and "<form" not in part


def test_agents_are_listed_found_added_and_edited(signed_in: SignedIn, cast: dict[str, Actor]) -> None:
    desk = signed_in("陆安")
    sent = fields_of(body(desk, reverse("agent-new")))
    told = {"title": "云岭县民政科", "agent_kind": "body", "dates": "1950-1983", "note": "内部说明"}
    answer = desk.post(reverse("agent-new"), {**sent, **told, "-do": "save"})
    assert answer.status_code == 302, answer.content.decode()
    shown = body(desk, answer["Location"])
    assert "云岭县民政科" in shown and "内部说明" in shown and "著录机构人员 云岭县民政科" in shown
    assert "内部说明" not in body(Client(), answer["Location"])
    urn = authorities.agents(cast["陆安"]).items[0].urn
    edit = reverse("agent-edit", args=[urn])
    sent = fields_of(body(desk, edit))
    assert "agent_kind" not in sent
    assert desk.post(edit, {**sent, "title": "云岭区民政局", "-do": "save"}).status_code == 302
    assert "修改机构人员 云岭区民政局" in body(desk, reverse("agent", args=[urn]))
    person = add_agent(cast["陆安"], "person", {"title": "何某"})
    assert "何某" in body(desk, reverse("agents")) and "何某" not in body(Client(), reverse("agents"))
    assert Client().get(reverse("agent", args=[person])).status_code == 404
    assert "云岭区民政局" in body(Client(), f"{reverse('agents')}?q=民政")
    assert "云岭区民政局" not in body(desk, f"{reverse('agents')}?kind=person")
    again = desk.post(reverse("agent-new"), {**told, "title": "云岭区民政局", "-do": "save"})
    assert again.status_code == 409 and "云岭区民政局" in again.content.decode()
    state = authorities.agent(cast["陆安"], urn).state
    revise_agent(cast["陆安"], urn, {"note": "别人"}, state=state)
    assert desk.post(edit, {**sent, "note": "迟了", "-do": "save"}).status_code == 409

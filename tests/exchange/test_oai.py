"""OAI-PMH by the letter: every verb, every error, dates, sets, tokens, and only what is opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from lantai.base.actors import Actor
from lantai.exchange.oai import walk
from lantai.exchange.oai.metadata import fit
from lantai.exchange.oai.sets import place_of, spec
from tests.exchange.conftest import Desk
from tests.exchange.protocol import DC, NS, SPEC, check
from tests.pages.library import Description, add, urn_of, values

PREFIXES = ("oai_dc", "oai_ead")


def ask(method: str = "GET", **asked: str) -> Any:
    """Return the checked answer to a request."""
    asked = {name.rstrip("_"): value for name, value in asked.items()}
    if method == "POST":
        data = urlencode(asked)
        answer = Client().post("/oai", data, "application/x-www-form-urlencoded")
    else:
        answer = Client().get("/oai", asked)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/xml")
    return check(answer.content, asked)


def refused(**asked: str) -> str:
    """Return the code of the error."""
    told = ask(**asked)
    assert told.tag == f"{NS}error" and told.text
    return str(told.get("code"))


def harvest(**asked: str) -> list[tuple[str, str]]:
    """Return identifier and datestamp of everything in a list, through all its tokens."""
    found = []
    while True:
        told = ask(**asked)
        if told.tag == f"{NS}error":
            assert told.get("code") == "noRecordsMatch", told.text
            return found
        found += [(h[0].text, h[1].text) for h in told.iter(f"{NS}header")]
        token = told.findtext(f"{NS}resumptionToken")
        if not token:
            return found
        asked = {"verb": asked["verb"], "resumptionToken": token}


def named(ref: str) -> str:
    return "oai:localhost:" + urn_of(ref).removeprefix("urn:uuid:")


@pytest.fixture
def opened(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Identifiers of everything opened and its fonds; small portions, so that tokens are needed."""
    monkeypatch.setattr(walk, "PORTION", 3)
    found = {named(one.ref): one.fonds for one in desk.entries if one.status == "开放"}
    return {**found, **{named(ref): "Z109" for ref in (desk.file, *desk.items)}}


def test_every_verb_answers(opened: dict[str, str]) -> None:
    one = next(iter(opened))
    for method in ("GET", "POST"):
        ask(method, verb="Identify")
        ask(method, verb="ListMetadataFormats")
        ask(method, verb="ListMetadataFormats", identifier=one)
        told = ask(method, verb="ListSets")
        specs = [found.text for found in told.iter(f"{NS}setSpec")]
        assert specs == ["fonds", "fonds:Z109", "fonds:Z110", "type", "type:WS"]
        for prefix in PREFIXES:
            told = ask(method, verb="GetRecord", identifier=one, metadataPrefix=prefix)
            assert told.findtext(f".//{NS}identifier") == one
            ask(method, verb="ListRecords", metadataPrefix=prefix)
            ask(method, verb="ListIdentifiers", metadataPrefix=prefix)


def test_everything_opened_is_harvested_once_and_nothing_else(opened: dict[str, str]) -> None:
    for verb in ("ListRecords", "ListIdentifiers"):
        for prefix in PREFIXES:
            for group in ("", "fonds", "type", "type:WS"):
                told = {"set_": group} if group else {}
                found = [name for name, _ in harvest(verb=verb, metadataPrefix=prefix, **told)]
                assert sorted(found) == sorted(opened), (verb, prefix, group)
    for fonds in ("Z109", "Z110"):
        found = [
            n for n, _ in harvest(verb="ListIdentifiers", metadataPrefix="oai_dc", set_=f"fonds:{fonds}")
        ]
        assert sorted(found) == sorted(name for name, where in opened.items() if where == fonds)


def test_tokens_tell_where_they_are_and_come_again(opened: dict[str, str]) -> None:
    told = ask(verb="ListIdentifiers", metadataPrefix="oai_dc")
    token = told.find(f"{NS}resumptionToken")
    assert (token.get("cursor"), token.get("completeListSize")) == ("0", str(len(opened)))
    first = ask(verb="ListIdentifiers", resumptionToken=token.text)
    again = ask(verb="ListIdentifiers", resumptionToken=token.text)
    assert [h[0].text for h in first.iter(f"{NS}header")] == [h[0].text for h in again.iter(f"{NS}header")]
    assert first.find(f"{NS}resumptionToken").get("cursor") == "3"
    while token.text:
        told = ask(verb="ListIdentifiers", resumptionToken=token.text)
        token = told.find(f"{NS}resumptionToken")
    assert int(token.get("cursor")) < len(opened) <= int(token.get("cursor")) + 3


def test_dates_bound_the_list_inclusively(opened: dict[str, str]) -> None:
    every = harvest(verb="ListIdentifiers", metadataPrefix="oai_dc")
    stamps = sorted({stamp for _, stamp in every})
    day = stamps[0][:10]
    for bounds, expected in (
        ({"from_": stamps[0], "until": stamps[-1]}, every),
        ({"from_": day}, every),
        ({"until": day, "from_": day}, [one for one in every if one[1][:10] == day]),
        ({"until": stamps[0]}, [one for one in every if one[1] == stamps[0]]),
        ({"from_": stamps[-1]}, [one for one in every if one[1] == stamps[-1]]),
    ):
        for group in ("", "type:WS", "fonds:Z109"):
            told = {**bounds, **({"set_": group} if group else {})}
            found = harvest(verb="ListIdentifiers", metadataPrefix="oai_dc", **told)
            of_set = {n for n, where in opened.items() if group != "fonds:Z109" or where == "Z109"}
            assert sorted(found) == sorted(one for one in expected if one[0] in of_set), (bounds, group)


def test_long_spans_of_a_set_go_by_place(opened: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from lantai.holdings import feed

    monkeypatch.setattr(feed, "FEW", 2)
    found = harvest(verb="ListIdentifiers", metadataPrefix="oai_dc", set_="fonds:Z110", from_="2001-01-01")
    assert sorted(n for n, _ in found) == sorted(n for n, where in opened.items() if where == "Z110")


def test_every_error_of_the_protocol(opened: dict[str, str], desk: Desk) -> None:
    one, prefix = next(iter(opened)), "oai_dc"
    closed = next(named(entry.ref) for entry in desk.entries if entry.status != "开放")
    lists: dict[str, str] = {"verb": "ListRecords", "metadataPrefix": prefix}
    assert refused() == "badVerb"
    assert refused(verb="listrecords") == "badVerb"
    for asked in (
        {"verb": "Identify", "x": "1"},
        {"verb": "GetRecord", "identifier": one},
        {"verb": "GetRecord", "metadataPrefix": prefix},
        {"verb": "ListRecords"},
        {**lists, "resumptionToken": "x"},
        {**lists, "from_": "2001"},
        {**lists, "from_": "2001-02-30"},
        {**lists, "from_": "２００１-01-01"},
        {**lists, "from_": "2001-01-01", "until": "2001-01-01T00:00:00Z"},
        {**lists, "from_": "2002-01-01", "until": "2001-01-01"},
        {**lists, "from_": "2001-01-01T00:00:00+08:00"},
        {**lists, "until": "9999-12-31"},
        {**lists, "set_": "没有"},
        {**lists, "set_": ""},
    ):
        assert refused(**asked) == "badArgument", asked
    token = ask(**lists).findtext(f"{NS}resumptionToken")
    assert refused(verb="ListRecords", resumptionToken="x") == "badResumptionToken"
    assert refused(verb="ListRecords", resumptionToken=token + "x") == "badResumptionToken"
    assert refused(verb="ListIdentifiers", resumptionToken=token) == "badResumptionToken"
    assert refused(verb="ListSets", resumptionToken=token) == "badResumptionToken"
    assert refused(verb="ListRecords", metadataPrefix="marc21") == "cannotDisseminateFormat"
    assert refused(verb="GetRecord", identifier=one, metadataPrefix="x") == "cannotDisseminateFormat"
    for strange in (closed, one + "0", "urn:uuid:x", "oai:elsewhere:" + one.rsplit(":", 1)[1], "x\ud83d"):
        asked = {"identifier": strange.encode("utf-8", "replace").decode(), "metadataPrefix": prefix}
        assert refused(verb="GetRecord", **asked) == "idDoesNotExist"
        assert refused(verb="ListMetadataFormats", identifier=asked["identifier"]) == "idDoesNotExist"
    for empty in ({"set_": "fonds:Z999"}, {"set_": "x:y"}, {"from_": "2199-01-01"}, {"until": "1999-01-01"}):
        assert refused(**lists, **empty) == "noRecordsMatch", empty


def test_repeated_arguments_and_empty_places(cast: dict[str, Actor]) -> None:
    for query, code in {
        "verb=Identify&verb=Identify": "badVerb",
        "verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc": "badArgument",
        "verb=ListSets": "noSetHierarchy",
        "verb=ListRecords&metadataPrefix=oai_dc": "noRecordsMatch",
    }.items():
        asked = {"verb": "ListSets"} if code.startswith("no") else {}
        told = check(Client().get(f"/oai?{query}").content, asked)
        assert told.get("code") == code, query


def test_only_public_elements_leave_the_house(opened: dict[str, str]) -> None:
    for prefix in PREFIXES:
        answers = Client().get("/oai", {"verb": "ListRecords", "metadataPrefix": prefix}).content.decode()
        assert "李某某" not in answers and "王某某" not in answers and "永久" not in answers


def test_what_xml_cannot_hold_is_marked(cast: dict[str, Actor]) -> None:
    ref = "Z109-WS·2011·Y-0001"
    told = values(ref, "题名 & <b>", open_status="开放")
    add([Description(urn_of(ref), ref, "item", "WS", "Z109", told)])
    record = ask(verb="ListRecords", metadataPrefix="oai_dc", set_="fonds:Z109")
    assert record.findtext(f".//{DC}title") == "题名 & <b>"
    assert fit("a\x0bb\ud800c") == "a\ufffdb\ufffdc"


def test_every_number_and_code_has_a_set_of_its_own() -> None:
    numbers = ("Z109", "Z 9/旧", "~", "a~7eb", "Z:1", "\u200b", "J-1.2_3")
    specs = [spec("fonds", number) for number in numbers]
    assert len(set(specs)) == len(numbers)
    assert all(SPEC.fullmatch(one) for one in specs)
    assert tuple(place_of(one).fonds for one in specs) == numbers


def test_a_record_that_changes_meanwhile_is_neither_lost_nor_told_twice_in_one_state(
    opened: dict[str, str], desk: Desk, cast: dict[str, Actor]
) -> None:
    from lantai.holdings import queries
    from lantai.holdings.services import revise

    told = ask(verb="ListIdentifiers", metadataPrefix="oai_dc")
    found = [(h[0].text, h[1].text) for h in told.iter(f"{NS}header")]
    intake, step = cast["陆安"], 0
    later = datetime.now(UTC) + timedelta(seconds=2)
    changed = []
    while token := told.findtext(f"{NS}resumptionToken"):
        if step < 2:
            name = found[0][0] if step == 0 else sorted(set(opened) - {one for one, _ in found})[-1]
            record = queries.record(intake, "urn:uuid:" + name.rsplit(":", 1)[1])
            mark = queries.marks([record.id])[record.id]
            revise(intake, record.urn, {"title": f"改过的题名 {step}"}, version=mark.version)
            changed.append(name)
        step += 1
        told = ask(verb="ListIdentifiers", resumptionToken=token)
        found += [(h[0].text, h[1].text) for h in told.iter(f"{NS}header")]
        assert step < 60 and datetime.now(UTC) < later + timedelta(minutes=1)
    assert {one for one, _ in found} == set(opened)
    names = [one for one, _ in found]
    assert all(names.count(one) == 1 for one in opened if one not in changed)
    assert names.count(changed[0]) <= 2 and names.count(changed[1]) == 1

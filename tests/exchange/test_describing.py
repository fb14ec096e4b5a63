"""Suggestions and hints for machines: what the unit uses, as its reader may know it; nothing is written or kept."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client

from lantai.catalogue import suggest
from lantai.exchange.models import IdempotencyKey
from lantai.exchange.openapi import document
from lantai.ledger.models import Entry
from lantai.people.models import Account
from tests.exchange.conftest import API, Desk, token_of
from tests.exchange.shapes import faults
from tests.pages.library import Description, add, urn_of, values

PERSONAL = "关于李某某（身份证号11010519491231002X）水库移民安置的批复"


@pytest.fixture(autouse=True)
def fresh() -> None:
    suggest.forget()


def described(status: str, author: str, title: str, first: int, count: int = 4) -> None:
    """Describe records of one author in the fonds of 沈文's unit."""
    told = []
    for number in range(first, first + count):
        ref = f"Z109-WS·2013·Y-{number:04d}"
        more = values(ref, title.format(number), author=author, open_status=status, persons="李某某")
        told.append(Description(urn_of(ref), ref, "item", "WS", "Z109", more))
    add(told)


@pytest.fixture
def used(desk: Desk) -> Desk:
    described("开放", "云岭区民政局", "云岭区民政局关于印发第{}批救灾款的通知", 1)
    described("控制", "绝不公开局", "绝不公开局内情通报第{}期", 11)
    suggest.forget()
    return desk


def suggested(desk: Desk, name: str, **asked: str) -> dict[str, str]:
    """Return value → kind, in the order of the answer."""
    told = desk.machines[name].get(f"suggestions?{urlencode({'fonds': 'Z109', **asked})}")
    return {one["value"]: one["kind"] for one in told["items"]}


def test_values_of_the_unit_are_suggested_to_who_may_see_them(used: Desk) -> None:
    for name in ("陆安", "沈文"):
        assert suggested(used, name, element="author", q="绝不") == {"绝不公开局": "used"}
        assert "李某某" in suggested(used, name, element="persons")
    assert suggested(used, "他局", element="author", q="绝不") == {}
    assert suggested(used, "他局", element="author", q="民政局")["云岭区民政局"] == "used"
    assert suggested(used, "他局", element="persons") == {}


def test_titles_are_suggested_as_patterns(used: Desk) -> None:
    own = suggested(used, "沈文", element="title", limit="200")
    assert set(own.values()) == {"pattern"}
    assert any("绝不公开局" in one or "内情" in one for one in own)
    assert any("救灾款" in one and "…" in one for one in own)
    assert all("救灾" in one for one in suggested(used, "沈文", element="title", q="救灾"))
    others = suggested(used, "他局", element="title", limit="200")
    assert others and not any("绝不" in one or "内情" in one for one in others)


def test_a_type_adds_the_terms_of_its_vocabulary(used: Desk) -> None:
    told = suggested(used, "沈文", element="retention", type="WS", limit="200")
    assert {"永久", "30年"} <= set(told)
    found = suggested(used, "沈文", element="retention", type="WS", q="永")
    assert next(iter(found)) == "永久"


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"element": "author"}, 400, "exchange.field.missing"),
        ({"fonds": "Z109"}, 400, "exchange.field.missing"),
        ({"fonds": "Z999", "element": "author"}, 404, "holdings.fonds.missing"),
        ({"fonds": "Z109", "element": "author", "type": "XX"}, 404, "exchange.type.missing"),
        ({"fonds": "Z109", "element": "none", "type": "WS"}, 400, "exchange.field.wrong"),
        ({"fonds": "Z109", "element": "author", "limit": "201"}, 400, "exchange.field.wrong"),
    ],
)
def test_wrong_questions_are_refused(desk: Desk, asked: dict[str, str], status: int, code: str) -> None:
    answer = desk.machines["沈文"].ask("GET", f"suggestions?{urlencode(asked)}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def hinted(desk: Desk, name: str, texts: dict[str, str], **more: str) -> list[dict[str, str]]:
    answer = desk.machines[name].ask("POST", "hints", {"values": texts, **more}, key="none")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert not faults(document(), {"$ref": "#/components/schemas/HintList"}, told)
    return list(told["items"])


def test_hints_tell_what_they_found_where_and_why(desk: Desk) -> None:
    abstract = "机密★10年。水库移民安置。"
    found = hinted(desk, "沈文", {"title": PERSONAL, "abstract": abstract}, type="WS")
    personal = next(one for one in found if one["kind"] == "personal")
    assert (
        PERSONAL[int(personal["start"]) : int(personal["end"])] == personal["value"] == "11010519491231002X"
    )
    assert (personal["element"], personal["confidence"]) == ("title", "strong")
    assert personal["code"] == "hints.personal.citizen_id" and "校验码" in personal["reason"]
    mark = next(one for one in found if one["kind"] == "secrecy")
    assert (mark["element"], mark["code"]) == ("abstract", "hints.secrecy.mark")
    assert {"水库", "移民"} & {one["value"] for one in found if one["fills"] == "keywords"}
    assert all(one["confidence"] != "none" for one in found)


def test_hints_know_of_a_unit_what_their_reader_may_know(used: Desk) -> None:
    text = {"title": "绝不公开局内情通报"}
    told = {name: hinted(used, name, text, fonds="Z109") for name in ("沈文", "他局")}
    known = {name: [one["code"] for one in found] for name, found in told.items()}
    assert "hints.author.known" in known["沈文"]
    assert "hints.author.known" not in known["他局"]
    assert known["他局"] == [one["code"] for one in hinted(used, "他局", text)]


def test_asking_for_hints_writes_nothing(desk: Desk) -> None:
    before = Entry.objects.count(), IdempotencyKey.objects.count()
    hinted(desk, "沈文", {"title": PERSONAL}, fonds="Z109")
    assert (Entry.objects.count(), IdempotencyKey.objects.count()) == before


def test_hints_are_for_people_who_may_ask(desk: Desk) -> None:
    asked = {"values": {"title": PERSONAL}}
    assert desk.machines["公众"].ask("POST", "hints", asked).status_code == 401
    machine = desk.machines["沈文"]
    for body, code in (
        ({}, "exchange.field.missing"),
        ({"values": {"title": 1}}, "exchange.field.wrong"),
        ({"values": {"title": "字" * 10_001}}, "exchange.field.wrong"),
        ({**asked, "level": "box"}, "exchange.field.wrong"),
    ):
        answer = machine.ask("POST", "hints", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert machine.ask("POST", "hints", {**asked, "fonds": "Z999"}).status_code == 404
    machine.secret = token_of("shenwen", "MZJ", ("export",))
    assert machine.ask("POST", "hints", asked).status_code == 403
    client = Client(enforce_csrf_checks=True)
    client.force_login(Account.objects.get(username="shenwen"))
    assert client.post(API + "hints", asked, "application/json").status_code == 403

"""Every declared endpoint works, refuses strangers and wrong methods, and answers what it documents."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from lantai.exchange.endpoints import Endpoint
from lantai.exchange.openapi import document
from lantai.exchange.rest import registry
from tests.exchange.conftest import API, Desk, Machine
from tests.exchange.shapes import faults

NONE = "00000000-0000-0000-0000-000000000000"
OF_THINGS_MADE = {
    *("bulk/{plan}", "bulk/{plan}/rows", "saved-searches/{uuid}", "captures/{number}", "uploads/{uuid}"),
    *("imports/{number}", "imports/{number}/problems", "imports/{number}/batches", "exports/{number}"),
    "imports/{number}/remarks",
    *("deliveries/{uuid}", "deliveries/{uuid}/register", "desk/items/{uuid}", "desk/classes/{number}"),
    *(f"desk/hand-overs/{{number}}{below}" for below in ("", "/statements", "/work-list", "/register")),
    *("desk/tray", "desk/classes", "desk/classes/{number}/check", "desk/schedules"),
}
"""Reads of what a write makes first, or of one unit: test_writing, test_captures and test_desk read them."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def filled(desk: Desk, path: str) -> str:
    """Return a declared path with parts that exist."""
    given = {"number": "Z109", "what": quote(desk.file), "code": "WS", "plan": NONE, "uuid": NONE}
    given["urn"], given["key"] = desk.agent, "0"
    if path.startswith("imports/"):
        given["number"] = "D0"
    for name, value in given.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, path
    return path


def _schema(endpoint: Endpoint, status: int) -> Any:
    operation = document()["paths"][f"/{endpoint.path}"][endpoint.method.lower()]
    told = operation["responses"][str(status)]
    if "$ref" in told:
        assert told["$ref"] == "#/components/responses/Error"
        return {"$ref": "#/components/schemas/Error"}
    return told["content"]["application/json"]["schema"]


def test_every_address_of_the_interface_is_documented_and_the_other_way_round() -> None:
    routed: dict[str, set[str]] = {}
    for one in _patterns(get_resolver()):
        endpoints = getattr(one.callback, "endpoints", None)
        if endpoints is not None:
            route = str(one.pattern).removeprefix("api/v1").replace("<str:", "{").replace(">", "}")
            routed[route] = {method.lower() for method in endpoints}
    assert routed == {path: set(methods) for path, methods in document()["paths"].items()}


def _patterns(resolver: URLResolver) -> list[URLPattern]:
    found = []
    for one in resolver.url_patterns:
        found += _patterns(one) if isinstance(one, URLResolver) else [one]
    return found


def test_every_read_answers_what_it_documents(desk: Desk) -> None:
    for name, machine in desk.machines.items():
        for endpoint in registry().all:
            if endpoint.writes or isinstance(endpoint.answer, str):
                continue
            if (endpoint.people and name == "公众") or endpoint.path in OF_THINGS_MADE:
                continue
            query = {
                "renumberings": f"?parent={quote(desk.file)}",
                "suggestions": "?fonds=Z109&element=title&type=WS",
            }.get(endpoint.path, "")
            answer = machine.ask("GET", filled(desk, endpoint.path) + query)
            if name in {"沈文", "他局"} and endpoint.path == "renumberings":
                assert answer.status_code == 403
                continue
            assert answer.status_code == 200, (name, endpoint.path, answer.content)
            assert not faults(document(), _schema(endpoint, 200), answer.json()), (name, endpoint.path)


def test_every_refusal_has_the_one_shape(desk: Desk) -> None:
    error = {"$ref": "#/components/schemas/Error"}
    for path, methods in registry().by_path().items():
        for method in METHODS:
            if method in methods:
                continue
            answer = desk.machines["陆安"].ask(method, filled(desk, path))
            assert answer.status_code == 405, (path, method)
            assert set(answer.headers["Allow"].split(", ")) == {
                *methods,
                *(["HEAD"] if "GET" in methods else []),
            }
            assert not faults(document(), error, answer.json())
    for address in ("nowhere", "records/x/y/z", "/api/", "/api/v2/records", "records/" + quote("没有")):
        answer = desk.machines["公众"].ask("GET", address)
        assert answer.status_code == 404
        assert not faults(document(), error, answer.json())


def test_strangers_write_nothing(desk: Desk) -> None:
    for endpoint in registry().all:
        if endpoint.writes or endpoint.people:
            answer = desk.machines["公众"].ask(endpoint.method, filled(desk, endpoint.path), {})
            assert answer.status_code == 401, endpoint.path
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_bad_token_is_refused_even_where_strangers_may_read(desk: Desk) -> None:
    for secret in ("x", "lantai_a_b", "lantai__", "é", desk.machines["沈文"].secret + "x"):
        answer = desk.machines["公众"].ask("GET", "fonds", Authorization=f"Bearer {secret}")
        assert answer.status_code == 401, secret
        assert answer.json()["error"]["code"] == "exchange.token.refused"
    assert desk.machines["公众"].ask("GET", "fonds", Authorization="Basic eDp5").status_code == 401


def test_a_session_reads_without_token(desk: Desk, cast: Any) -> None:
    from lantai.people.models import Account

    client = Client()
    client.force_login(Account.objects.get(pk=cast["沈文"].account))
    assert client.get(API + "me").json()["username"] == "shenwen"


def test_what_somebody_known_was_told_is_not_kept(desk: Desk) -> None:
    assert desk.machines["沈文"].ask("GET", "me").headers["Cache-Control"] == "private, no-store"
    assert desk.machines["公众"].ask("GET", "me").headers["Cache-Control"] == "no-cache"


def test_who_asks_too_often_is_told_when_to_come_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTAI_API_RATE", "2")
    answers = [desk.machines["沈文"].ask("GET", "me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 30
    assert not faults(document(), {"$ref": "#/components/schemas/Error"}, answers[2].json())
    assert desk.machines["公众"].ask("GET", "me").status_code == 200


def test_refusals_speak_the_callers_language() -> None:
    chinese = Machine().ask("GET", "nowhere")
    english = Machine(language="en-GB,en;q=0.8").ask("GET", "nowhere")
    assert "接口里没有这个地址" in chinese.json()["error"]["message"]
    assert chinese.headers["Content-Language"] == "zh-hans"
    assert "no such address" in english.json()["error"]["message"]
    assert english.headers["Content-Language"] == "en"


def test_unknown_wrong_and_repeated_parameters_are_named(desk: Desk) -> None:
    machine = desk.machines["公众"]
    for address, code in {
        "records?fond=Z109": "exchange.field.unknown",
        "fonds/Z109?x=1": "exchange.field.unknown",
        "records?year=abc": "exchange.field.wrong",
        "records?year=99999": "exchange.field.wrong",
        "records?limit=0": "exchange.field.wrong",
        "records?limit=201": "exchange.field.wrong",
        "records?fonds=a&fonds=b": "exchange.field.repeated",
        "records?level=box": "exchange.field.wrong",
        "records?cursor=x": "base.cursor.unreadable",
        "changes?since=2020-01-01T00:00:00": "exchange.field.wrong",
        "search?sort=up": "exchange.field.wrong",
    }.items():
        answer = machine.ask("GET", address)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code), address


def test_lists_page_to_the_end_without_loss(desk: Desk) -> None:
    machine = desk.machines["陆安"]
    refs = {entry.ref for entry in desk.entries} | {desk.file, *desk.items, "Z110-WS·2012·Y-0009"}
    for address in ("records", "changes"):
        found = [one["ref"] for one in machine.everything(address)]
        assert sorted(found) == sorted(refs), address
    inside = [one["ref"] for one in machine.everything(f"records/{quote(desk.file)}/children")]
    assert inside == desk.items
    assert [one["ref"] for one in machine.everything(f"records?parent={quote(desk.file)}")] == desk.items
    assert {one["ref"] for one in machine.everything("records?fonds=Z109&year=2011")} == {
        entry.ref for entry in desk.entries if entry.fonds == "Z109" and entry.year == 2011
    } | {desk.file, *desk.items}


def test_a_record_that_did_not_change_is_not_sent_again(desk: Desk) -> None:
    machine = desk.machines["陆安"]
    first = machine.ask("GET", f"records/{quote(desk.file)}")
    again = machine.ask("GET", f"records/{quote(desk.file)}", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_a_record_type_tells_its_sub_kinds(desk: Desk) -> None:
    told = desk.machines["公众"].get("recordtypes/KJ")
    assert told["subkind_element"] == "subkind"
    building = next(one for one in told["subkinds"] if one["code"] == "JJ")
    assert building["label_zh"] == "基建" and "contractor" in building["elements"]
    assert desk.machines["公众"].get("recordtypes/WS")["subkinds"] == []

"""A programming error: people get a page, machines the one shape of refusals, and the trace is in the log."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from lantai.base.actors import Actor
from lantai.exchange.oai import verbs
from lantai.search import queries as search


class Fault(Exception):
    """What nobody foresaw."""


def _fails(*_: object, **__: object) -> None:
    raise Fault("secret detail")


@pytest.fixture
def client(cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> Client:
    """A stranger's client; searching fails."""
    monkeypatch.setattr(search, "search", _fails)
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "系统出错了"), ("en", "Something went wrong")])
def test_machines_get_their_shape(
    client: Client, caplog: pytest.LogCaptureFixture, language: str, words: str
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/api/v1/search?q=水库", headers={"Accept-Language": language})
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/json")
    told = answer.json()
    assert set(told) == {"error"}
    assert set(told["error"]) == {"code", "message", "facts"}
    assert (told["error"]["code"], told["error"]["facts"]) == ("base.server.failed", {})
    assert words in told["error"]["message"]
    assert "secret" not in answer.content.decode()
    assert any(record.exc_info and record.exc_info[0] is Fault for record in caplog.records)


def test_harvesters_get_it_too(cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "answer", _fails)
    answer = Client(raise_request_exception=False).get("/oai?verb=Identify")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "base.server.failed")


def test_people_get_a_page(client: Client) -> None:
    answer = client.get("/search/?q=水库")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "系统出错了" in answer.content.decode()

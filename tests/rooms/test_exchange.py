"""Tokens of machines: who makes them, what they carry, when they end; the page and the command line."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.cli.main import main
from lantai.exchange import queries, rates
from lantai.exchange.models import ApiToken
from lantai.exchange.services import add_token, revoke_token
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from lantai.ledger import queries as ledger
from tests.pages.conftest import SignedIn
from tests.pages.conftest import signed_in as signed_in


def test_only_the_system_administrator_makes_and_ends_tokens(cast: dict[str, Actor]) -> None:
    made = add_token(cast["系统管理员"], "shenwen", "办公系统", scopes=["read"], unit="MZJ")
    for name, actor in cast.items():
        if name != "系统管理员":
            with pytest.raises(Forbidden):
                add_token(actor, "shenwen", "办公系统", scopes=["read"], unit="MZJ")
            with pytest.raises(Forbidden):
                revoke_token(actor, made.prefix)
    revoke_token(cast["系统管理员"], made.prefix)
    acts = [entry.act for entry in ledger.latest(2)]
    assert acts == ["exchange.token.revoke", "exchange.token.add"]


def test_a_token_carries_no_more_than_its_account(cast: dict[str, Actor]) -> None:
    clerk = queries.bearer(add_token(SYSTEM, "shenwen", "a", scopes=["read"], unit="MZJ").secret)
    intake = queries.bearer(add_token(SYSTEM, "luan", "b", scopes=["read", "catalogue"]).secret)
    assert clerk and clerk.actor == cast["沈文"]
    assert intake and intake.actor == cast["陆安"] and intake.scopes == {"read", "catalogue"}
    for username, unit in (("shenwen", ""), ("shenwen", "JYJ"), ("luan", "MZJ")):
        with pytest.raises(Conflict, match="powerless"):
            add_token(SYSTEM, username, "c", scopes=["read"], unit=unit)
    for officer in ("sysadmin", "secadmin", "auditor"):
        with pytest.raises(Forbidden, match="officer"):
            add_token(SYSTEM, officer, "c", scopes=["read"])


def test_what_makes_no_token(cast: dict[str, Actor]) -> None:
    for changes, error in (
        ({"scopes": []}, Invalid),
        ({"scopes": ["all"]}, Invalid),
        ({"days": 0}, Invalid),
        ({"days": 4_000}, Invalid),
        ({"name": " "}, Invalid),
        ({"name": "x\u200b" * 100}, Invalid),
        ({"unit": "NIX"}, NotFound),
        ({"username": "nobody"}, NotFound),
    ):
        told = {"username": "luan", "name": "x", "scopes": ["read"], **changes}
        with pytest.raises(error):
            add_token(SYSTEM, told.pop("username"), told.pop("name"), **told)  # type: ignore[arg-type]
    assert not queries.tokens()
    with pytest.raises(NotFound):
        revoke_token(SYSTEM, "abc")


def test_only_a_digest_is_kept(cast: dict[str, Actor]) -> None:
    secret = add_token(SYSTEM, "luan", "x", scopes=["read"]).secret
    row = ApiToken.objects.get()
    inner = secret.split("_", 2)[2]
    assert all(inner not in str(value) for value in vars(row).values())
    assert all(inner not in json.dumps(entry.data) for entry in ledger.latest(20))


def test_tokens_end_by_time_and_with_their_account(cast: dict[str, Actor]) -> None:
    from lantai.people.services import close_account

    secret = add_token(SYSTEM, "luan", "x", scopes=["read"], days=1).secret
    (told,) = queries.tokens()
    assert (told.used_at, told.state) == (None, "open")
    assert queries.bearer(secret)
    (told,) = queries.tokens()
    assert told.used_at and timezone.now() - told.used_at < timedelta(minutes=1)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert queries.bearer(secret) is None and queries.tokens()[0].state == "expired"
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    close_account(SYSTEM, "luan")
    assert queries.bearer(secret) is None


def test_a_token_that_asks_too_often_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTAI_API_RATE", "3")
    for _ in range(3):
        rates.spend("often")
    with pytest.raises(Unavailable) as refused:
        rates.spend("often")
    assert 1 <= int(str(refused.value.facts["seconds"])) <= 20
    rates.spend("seldom")
    rates.spend("")
    monkeypatch.setenv("LANTAI_API_RATE", "0")
    for _ in range(10):
        rates.spend("often")


def test_the_page_shows_a_token_once(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("系统管理员")
    told = {"username": "shenwen", "unit": "MZJ", "name": "办公系统取目录", "scopes": "export", "days": "90"}
    answer = client.post("/tokens/", told)
    assert answer.status_code == 200
    (secret,) = re.findall(r"lantai_[0-9a-f]{12}_[\w-]{32}", answer.content.decode())
    bearer = queries.bearer(secret)
    assert bearer and bearer.scopes == {"read", "search", "export"}
    assert answer.headers["Cache-Control"] == "private, no-store"
    again = client.get("/tokens/").content.decode()
    assert secret not in again and "办公系统取目录" in again
    refused = client.post("/tokens/", {**told, "unit": "JYJ"})
    assert refused.status_code == 409 and "没有任何角色" in refused.content.decode()
    assert client.post(f"/tokens/{bearer.prefix}/revoke/").status_code == 302
    assert queries.bearer(secret) is None
    assert signed_in("安全审计员").get("/tokens/").status_code == 200


def test_the_command_line(cast: dict[str, Actor], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "add", "luan", "编目系统", "--scope", "read", "catalogue", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["schema"] == "lantai.token/1" and queries.bearer(made["secret"])
    assert main(["token", "add", "shenwen", "办公系统", "--scope", "read", "--unit", "MZJ"]) == 0
    assert queries.bearer(capsys.readouterr().out.strip())
    assert main(["token", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["tokens"]
    assert {one["name"] for one in told} == {"编目系统", "办公系统"}
    assert main(["token", "revoke", made["prefix"]]) == 0
    assert main(["token", "revoke", "none"]) == 2
    capsys.readouterr()
    assert main(["token", "list"]) == 0
    assert "revoked" in capsys.readouterr().out

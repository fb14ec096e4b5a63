"""Signing in and out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.ledger import queries as ledger
from lantai.ledger.models import Entry
from lantai.people.services import close_account
from tests.conftest import PASSWORD
from tests.pages.conftest import SignedIn


def sign_in(client: Client, username: str = "luan", password: str = PASSWORD, **more: str) -> int:
    return client.post("/sign-in/", {"username": username, "password": password, **more}).status_code


def test_signing_in_leads_on_and_is_recorded(cast: dict[str, Actor]) -> None:
    client = Client()
    answer = client.post(
        "/sign-in/", {"username": "luan", "password": PASSWORD, "next": "/transfers/?state=x"}
    )
    assert answer.headers["Location"] == "/transfers/?state=x"
    newest = ledger.latest(1)[0]
    assert (newest.act, newest.actor, newest.data) == (
        "people.session.start",
        "luan",
        {"address": "127.0.0.1"},
    )
    assert client.get("/").status_code == 200
    client.post("/sign-out/")
    assert ledger.latest(1)[0].act == "people.session.end"
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://elsewhere.invalid/", "//elsewhere.invalid", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(cast: dict[str, Actor], target: str) -> None:
    answer = Client().post("/sign-in/", {"username": "luan", "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == "/"


def test_a_refusal_does_not_say_which_part_was_wrong(cast: dict[str, Actor]) -> None:
    pages = [
        Client().post("/sign-in/", {"username": name, "password": "wrong"}).content.decode()
        for name in ("luan", "nobody")
    ]
    for page in pages:
        assert "用户名或密码不对" in page
    assert ledger.latest(1)[0].act == "people.session.refuse"


def test_a_closed_account_cannot_sign_in_and_its_session_ends(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    client = signed_in("沈文")
    close_account(cast["系统管理员"], "shenwen")
    assert client.get("/").status_code == 302
    assert sign_in(Client(), "shenwen") == 400


def test_five_failures_pause_sign_in_for_fifteen_minutes(cast: dict[str, Actor]) -> None:
    client = Client()
    assert [sign_in(client, password="wrong") for _ in range(5)] == [400] * 5
    assert sign_in(client) == 429
    assert sign_in(client, "shenwen") == 302, "another account from the same place is not locked"
    elsewhere = Client(REMOTE_ADDR="10.0.0.9")
    assert sign_in(elsewhere) == 302, "the account is not locked for other places"
    count = Entry.objects.filter(act="people.session.refuse").count()
    assert (sign_in(Client()), count) == (429, Entry.objects.filter(act="people.session.refuse").count())
    Entry.objects.filter(act="people.session.refuse").update(at=timezone.now() - timedelta(minutes=16))
    assert sign_in(Client()) == 302


def test_a_success_starts_the_count_anew(cast: dict[str, Actor]) -> None:
    for _ in range(2):
        assert [sign_in(Client(), password="wrong") for _ in range(4)] == [400] * 4
        assert sign_in(Client()) == 302


def test_a_poll_after_the_session_ended_loads_the_whole_page(cast: dict[str, Actor]) -> None:
    answer = Client().get("/transfers/1/progress/", HTTP_HX_REQUEST="true", follow=True)
    assert answer.headers["HX-Refresh"] == "true"


def test_the_language_is_chosen_and_kept(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    assert 'lang="zh-Hans"' in client.get("/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    answer = client.post("/language/", {"language": "en", "next": "/transfers/"})
    assert answer.headers["Location"] == "/transfers/"
    page = client.get("/").content.decode()
    assert '<html lang="en">' in page
    assert "Work bench" in page
    client.post("/language/", {"language": "zh-hans"})
    assert "工作台" in client.get("/").content.decode()

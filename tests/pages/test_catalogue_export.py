"""The page of exports and prints: it counts, takes its filters along, and hands over what it recorded."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.catalogue.exports import FORMS
from lantai.ledger.models import Entry
from tests.pages import library
from tests.pages.conftest import SignedIn
from tests.pages.library import Entry as Told


@pytest.fixture
def entries(cast: dict[str, Actor]) -> list[Told]:
    return library.catalogue(count=30)


def shown(client: Client, **query: str) -> str:
    answer = client.get(reverse("catalogue-export"), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def streamed(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def taken(client: Client, name: str = "catalogue-export", **fields: object) -> bytes:
    answer = client.post(reverse(name), fields)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return streamed(answer)


def fields_of(text: str) -> dict[str, str]:
    form = text.split('<section class="sheet" aria-labelledby="export">')[1].split("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def test_each_sees_the_count_of_what_is_for_them(entries: list[Told], signed_in: SignedIn) -> None:
    for person, unit in {"沈文": "MZJ", "他局": "JYJ"}.items():
        for fonds in library.UNITS:
            mine = [one for one in entries if one.fonds == fonds and one.seen_by(unit)]
            text = shown(signed_in(person), fonds=fonds)
            assert f"共 {len(mine)} 条" in text
            data = taken(signed_in(person), fonds=fonds, form="csv").decode("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(data, newline="")))
            assert sorted(row["档号"] for row in rows) == sorted(one.ref for one in mine)
            outsiders = [row for row in rows if library.UNITS[fonds] != unit]
            assert not any(row.get("人名") for row in outsiders)


def test_filters_come_along_from_the_fonds_page_and_the_search(
    entries: list[Told], signed_in: SignedIn
) -> None:
    client = signed_in("顾闻")
    page = client.get(reverse("fonds", args=["Z109"]), {"type": "WS", "year": "2003"}).content.decode()
    link = re.search(r'href="(/catalogue/export/[^"]+)"', page)
    assert link
    text = client.get(html.unescape(link[1])).content.decode()
    wanted = [one for one in entries if one.fonds == "Z109" and one.year == 2003]
    assert f"共 {len(wanted)} 条" in text
    assert fields_of(text) == {"fonds": "Z109", "type": "WS", "year": "2003"}
    page = client.get(reverse("search"), {"q": "通知", "fonds": "Z110"}).content.decode()
    link = re.search(r'href="(/catalogue/export/[^"]+)"', page)
    assert link
    text = client.get(html.unescape(link[1])).content.decode()
    assert fields_of(text) == {"of": "search", "q": "通知", "fonds": "Z110"}
    data = taken(client, form="csv", **fields_of(text)).decode("utf-8-sig")
    assert data.count("\r\n") - 1 == sum(one.fonds == "Z110" for one in entries)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_handed_over_and_nothing_stays(
    form: str, entries: list[Told], signed_in: SignedIn
) -> None:
    answer = signed_in("顾闻").post(reverse("catalogue-export"), {"fonds": "Z109", "form": form})
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert streamed(answer)
    assert list(home().inbox.iterdir()) == []
    assert Entry.objects.filter(act="catalogue.records.export", actor="guwen").count() == 1


@pytest.mark.parametrize("form", ["item_list", "card", "note", "spine", "label", "fonds_file"])
def test_prints_open_in_the_browser(form: str, entries: list[Told], signed_in: SignedIn) -> None:
    answer = signed_in("顾闻").post(
        reverse("catalogue-print"),
        {"fonds": "Z109", "form": form, "width": "40", "paper": "a3", "per_box": "5"},
    )
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert streamed(answer).startswith(b"%PDF")
    assert Entry.objects.filter(act="catalogue.records.print", actor="guwen").count() == 1


def test_a_file_is_printed_from_its_own_page(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    library.file_of_items()
    client = signed_in("顾闻")
    page = client.get(reverse("record", args=["Z109-001-001"])).content.decode()
    form = page.split(f'action="{reverse("catalogue-print")}"')[1].split("</form>")[0]
    urn = re.search(r'name="urn" value="([^"]+)"', form)
    assert urn
    for name in re.findall(r'name="form" value="([^"]+)"', form):
        assert taken(client, "catalogue-print", urn=urn[1], form=name).startswith(b"%PDF")


def test_looking_writes_nothing(entries: list[Told], signed_in: SignedIn) -> None:
    before = Entry.objects.count()
    for query in ({}, {"fonds": "Z109"}, {"of": "search", "q": "通知"}, {"import": "nothing"}):
        shown(signed_in("顾闻"), **query)
    assert Entry.objects.count() == before


def test_wrong_wishes_are_told(entries: list[Told], signed_in: SignedIn) -> None:
    client = signed_in("顾闻")
    for address in ("?year=x", "?level=x", "?fonds=%00", "?series=" + "x" * 301):
        assert client.get(reverse("catalogue-export") + address).status_code == 404
    assert client.post(reverse("catalogue-export"), {"form": "exe"}).status_code == 400
    assert client.post(reverse("catalogue-print"), {"form": "exe"}).status_code == 400
    told = client.post(reverse("catalogue-print"), {"form": "spine", "fonds": "Z109", "width": "1"})
    assert told.status_code == 400 and "20, 30, 40, 50" in told.content.decode()
    assert not Entry.objects.filter(act__startswith="catalogue.records").exists()

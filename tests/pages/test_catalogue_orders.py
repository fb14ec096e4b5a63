"""The pages of ordered exports: large ones are not waited for, the file comes with its digest, nobody sees others'."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.urls import reverse

from lantai.base.actors import Actor
from lantai.catalogue.services import export_orders
from lantai.ledger.models import Entry
from lantai.site.work import settle
from tests.pages import library
from tests.pages.conftest import SignedIn


@pytest.fixture
def large(cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty records: more than anybody waits for."""
    library.many(30)
    monkeypatch.setattr(export_orders, "AT_ONCE", 10)
    monkeypatch.setattr(export_orders, "PRINTED_AT_ONCE", 10)


def test_a_large_export_is_ordered_shown_and_fetched(large: None, signed_in: SignedIn) -> None:
    client = signed_in("顾闻")
    answer = client.post(reverse("catalogue-export"), {"fonds": "Z109", "form": "csv"})
    assert answer.status_code == 302 and answer.headers["Location"] == reverse("exports")
    page = client.get(reverse("exports")).content.decode()
    assert "排队中" in page and "hx-trigger" in page and "取消" in page
    part = client.get(reverse("exports"), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="orders"')
    assert "我的导出" in client.get("/").content.decode()
    settle()
    page = client.get(reverse("exports")).content.decode()
    assert "已做好" in page and "hx-trigger" not in page and "30 条" in page
    address = re.search(r'href="(/catalogue/exports/[^"]+/file/)', page)
    assert address
    fetched = client.get(address[1])
    data = b"".join(fetched.streaming_content)
    assert data.count(b"\r\n") == 31 and "attachment" in fetched.headers["Content-Disposition"]
    digest = hashlib.sha256(data).hexdigest()
    assert fetched.headers["X-Content-SHA256"] == digest
    assert digest in Entry.objects.get(act="catalogue.export.finish").text
    assert signed_in("陆安").get(address[1]).status_code == 404


def test_a_large_print_is_ordered_and_opens_in_the_browser(large: None, signed_in: SignedIn) -> None:
    client = signed_in("顾闻")
    answer = client.post(reverse("catalogue-print"), {"fonds": "Z109", "form": "item_list"})
    assert answer.status_code == 302
    settle()
    number = client.get("/api/v1/exports").json()["items"][0]["number"]
    fetched = client.get(reverse("export-file", args=[number]))
    assert fetched.headers["Content-Disposition"].startswith("inline")
    assert b"".join(fetched.streaming_content).startswith(b"%PDF")
    assert "归档文件目录" in client.get(reverse("exports")).content.decode()


def test_orders_are_given_up_made_again_and_let_go(large: None, signed_in: SignedIn) -> None:
    client = signed_in("顾闻")
    client.post(reverse("catalogue-export"), {"fonds": "Z109", "form": "csv"})
    [one] = client.get("/api/v1/exports").json()["items"]
    for name, state in (("export-cancel", "cancelled"), ("export-again", "ordered")):
        assert client.post(reverse(name, args=[one["number"]])).status_code == 302
        assert client.get("/api/v1/exports").json()["items"][0]["state"] == state
    assert client.post(reverse("export-discard", args=[one["number"]])).status_code == 302
    assert len(client.get("/api/v1/exports").json()["items"]) == 1
    assert client.get(reverse("export-file", args=[one["number"]])).status_code == 404
    again = client.get("/api/v1/exports").json()["items"][0]["number"]
    assert client.post(reverse("export-discard", args=[again])).status_code == 409
    assert client.get(reverse("export-file", args=[again])).status_code == 409


def test_the_page_says_what_is_large(
    large: None, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, told = signed_in("顾闻"), "在后台制作"
    assert told in client.get(reverse("catalogue-export"), {"fonds": "Z109"}).content.decode()
    monkeypatch.undo()
    assert told not in client.get(reverse("catalogue-export"), {"fonds": "Z109"}).content.decode()

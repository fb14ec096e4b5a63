"""Site maps name every opened record and nothing else; robots find them."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from django.test import Client
from lxml import etree

from lantai.exchange import sitemap
from tests.exchange.conftest import Desk

NS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def _locations(path: str) -> list[str]:
    answer = Client().get(path)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    root = etree.fromstring(content)
    assert root.tag in {f"{NS}urlset", f"{NS}sitemapindex"}
    assert 1 <= len(root) <= 50_000
    for one in root:
        assert one[0].tag == f"{NS}loc" and one[0].text.startswith("http://testserver/")
        assert [inner.tag for inner in one[1:]] in ([], [f"{NS}lastmod"])
    return [one[0].text.removeprefix("http://testserver") for one in root]


def test_maps_name_what_is_opened(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "RANGE", 7)
    monkeypatch.setattr(sitemap, "_CHUNK", 3)
    robots = Client().get("/robots.txt").content.decode()
    assert "Sitemap: http://testserver/sitemap.xml" in robots
    maps = _locations("/sitemap.xml")
    assert len(maps) == 5
    found = [unquote(one) for path in maps for one in _locations(path)]
    opened = {one.ref for one in desk.entries if one.status == "开放"} | {desk.file, *desk.items}
    records = [one for one in found if one != "/help/"]
    assert sorted(records) == sorted(f"/records/{ref}/" for ref in opened)
    assert Client().get("/sitemaps/6.xml").status_code == 404
    assert Client().get("/sitemaps/0.xml").status_code == 404


def test_an_empty_site_has_a_valid_map(cast: object) -> None:
    assert _locations("/sitemap.xml") == ["/sitemaps/1.xml"]
    assert _locations("/sitemaps/1.xml") == ["/help/"]

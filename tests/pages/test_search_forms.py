"""The advanced form writes what could have been typed; saved searches tell what is new, and only to their owner."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from lantai.base.actors import Actor
from lantai.base.home import home
from tests.pages import library
from tests.pages.conftest import SignedIn
from tests.pages.library import Entry
from tests.pages.test_search import ask, facet, found


@pytest.fixture
def entries(cast: dict[str, Actor]) -> list[Entry]:
    return library.catalogue()


@pytest.fixture
def reader(signed_in: SignedIn) -> Client:
    return signed_in("顾闻")


def written(client: Client, **filled: object) -> dict[str, list[str]]:
    """Return the address to which a filled form leads, taken apart."""
    answer = client.get(reverse("search-advanced"), {"go": "1", **filled})
    assert answer.status_code == 302 and answer.headers["Location"].startswith(reverse("search"))
    return parse_qs(urlsplit(answer.headers["Location"]).query)


FILLED = (
    ({"q": "水库 移民"}, "水库 移民"),
    ({"phrase": "关于 做好的“通知”"}, '"关于 做好的 通知"'),
    ({"any": "水库 电站"}, "水库 OR 电站"),
    ({"without": "会议 -x a|b"}, '-会议 -"-x" -"a|b"'),
    ({"title": "安全 生产", "author": "水利局"}, "题名:安全 题名:生产 责任者:水利局"),
    ({"title": "OR 档号:1"}, '题名:"OR" 题名:"档号:1"'),
    ({"ref": "0001-WS", "way": "prefix"}, "档号:0001-WS*"),
    ({"ref": "0001-WS·2015", "way": "exact"}, '档号:"0001-WS·2015"'),
    ({"ref": "0001 12"}, "档号:0001 档号:12"),
    ({"doc": "云政发〔2015〕12号", "text": "水库"}, "文号:云政发〔2015〕12号 全文:水库"),
    ({"keywords": "移民", "note": "破损"}, "关键词:移民 附注:破损"),
)


@pytest.mark.parametrize(("filled", "line"), FILLED)
def test_the_form_writes_a_line(
    cast: dict[str, Actor], reader: Client, filled: dict[str, str], line: str
) -> None:
    assert written(reader, **filled) == {"q": [line]}


def test_the_form_finds_what_the_line_finds(entries: list[Entry], reader: Client) -> None:
    one = entries[0]
    for filled in ({"title": one.word}, {"ref": one.ref, "way": "exact"}, {"phrase": f"关于{one.word}的"}):
        answer = reader.get(reverse("search-advanced"), {"go": "1", **filled}, follow=True)
        assert found(answer.content.decode()) == [one.ref]
    told = written(reader, q="通知", fonds="Z109", year="", type="", sort="ref", **{"from": "2000"})
    assert told == {"q": ["通知"], "fonds": ["Z109"], "from": ["2000"], "sort": ["ref"]}


def test_the_form_offers_only_what_can_be_found(entries: list[Entry], signed_in: SignedIn) -> None:
    for person, unit in (("沈文", "MZJ"), ("他局", "JYJ")):
        text = signed_in(person).get(reverse("search-advanced")).content.decode()
        seen = [one for one in entries if one.seen_by(unit)]
        options = re.search(r'<select id="a-open".*?</select>', text, re.S)
        assert options
        counted = dict(re.findall(r'<option value="([^"]+)">[^<]*\((\d+)\)', options[0]))
        assert counted == {
            status: str(sum(one.status == status for one in seen)) for status in {one.status for one in seen}
        }


def test_level_and_unit_are_facets(entries: list[Entry], reader: Client) -> None:
    assert facet(ask(reader, "通知"), "unit") == {
        "区民政局": sum(one.fonds == "Z109" for one in entries),
        "区教育局": sum(one.fonds == "Z110" for one in entries),
    }
    assert sorted(found(ask(reader, "通知", unit="JYJ"))) == sorted(
        one.ref for one in entries if one.fonds == "Z110"
    )
    library.file_of_items()
    assert facet(ask(reader, "民政案卷|卷内"), "level") == {"案卷": 1, "件": 3}


def save(client: Client, name: str, address: str) -> str:
    """Save a search and return the address of its page."""
    answer = client.post(reverse("search-saved"), {"name": name, "address": address}, follow=True)
    assert answer.status_code == 200
    link = re.search(
        rf'href="(/search/saved/[^"]+/)">打开<span class="away"> {name}', answer.content.decode()
    )
    assert link
    return link[1]


def test_a_search_is_saved_tells_what_is_new_and_is_seen(entries: list[Entry], reader: Client) -> None:
    assert "还没有保存的检索" in reader.get(reverse("search-saved")).content.decode()
    address = save(reader, "开会的", "q=会议&fonds=Z109")
    assert "没有新的" in reader.get(address).content.decode()
    ref = "Z109-WS·2012·Y-0001"
    other = "Z110-WS·2012·Y-0001"
    library.add(
        [
            library.Description(library.urn_of(r), r, "item", "WS", r[:4], library.values(r, "全区会议纪要"))
            for r in (ref, other)
        ]
    )
    listed = reader.get(reverse("search-saved")).content.decode()
    assert "新到 1 件" in listed
    page = reader.get(address).content.decode()
    assert ref in page and other not in page
    reader.post(f"{address}seen/")
    assert "没有新的" in reader.get(address).content.decode()
    assert "新到" not in re.sub(r"<th.*?</th>", "", reader.get(reverse("search-saved")).content.decode())


def test_a_saved_search_is_renamed_and_deleted(entries: list[Entry], reader: Client) -> None:
    address = save(reader, "通知", "q=通知&page=3")
    assert "已改名" in reader.post(f"{address}rename/", {"name": "所有通知"}, follow=True).content.decode()
    listed = reader.get(reverse("search-saved")).content.decode()
    assert 'href="/search/?q=%E9%80%9A%E7%9F%A5"' in html.unescape(listed) and "所有通知" in listed
    assert "已删除" in reader.post(f"{address}delete/", follow=True).content.decode()
    assert reader.get(address).status_code == 404


def test_nobody_reaches_the_saved_searches_of_another(entries: list[Entry], signed_in: SignedIn) -> None:
    address = save(signed_in("顾闻"), "通知", "q=通知")
    other = signed_in("严慎")
    assert "还没有保存的检索" in other.get(reverse("search-saved")).content.decode()
    assert other.get(address).status_code == 404
    for verb in ("seen", "rename", "delete"):
        assert other.post(f"{address}{verb}/", {"name": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "address", "code"),
    [
        ("", "q=通知", "search.saved.name"),
        ("长" * 81, "q=通知", "search.saved.name"),
        ("坏\0名", "q=通知", "search.saved.name"),
        ("空", "", "search.saved.empty"),
        ("空", "sort=date", "search.saved.empty"),
        ("长", "q=" + "水" * 1001, "search.query.long"),
        ("有", "q=通知", "search.saved.taken"),
    ],
)
def test_what_cannot_be_saved_is_refused(
    entries: list[Entry], reader: Client, name: str, address: str, code: str
) -> None:
    save(reader, "有", "q=通知")
    answer = reader.post(reverse("search-saved"), {"name": name, "address": address})
    assert answer.status_code in {400, 409} and code in answer.content.decode()


def test_the_desk_does_not_wait_for_the_index(entries: list[Entry], reader: Client) -> None:
    save(reader, "低保", "q=低保")
    pointer = home().index / "current"
    whole = pointer.read_text("ascii")
    pointer.write_text("1-made-by-another-version-1\n", "ascii")
    try:
        assert reader.get("/search/?q=低保").status_code >= 400
        assert reader.get("/").status_code == 200
    finally:
        pointer.write_text(whole, "ascii")

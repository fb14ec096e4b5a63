"""Large classes at the desk: opened page by page, put in order within a page and across pages."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

import pytest

from lantai.base.actors import Actor
from lantai.desk import pages, queries_arrangement, queries_volumes, services, views_arranging
from lantai.desk.pages import leaf, spans_of
from tests.office import VALUES, letter
from tests.pages.conftest import SignedIn
from tests.pages.test_desk_volumes import body, months
from tests.rooms.test_desk_volumes import items_of, revision, vouchers


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two rows."""
    monkeypatch.setattr(pages, "SIZE", 2)


def test_a_page_is_found_by_any_place_on_it(short: None) -> None:
    """Whatever the address says there is a page; a volume larger than a page has one of its own."""
    assert (leaf({}, "/c/", 0).total, leaf({}, "/c/", 0).many) == (0, False)
    middle = leaf({"at": "4", "loose": "7", "x": "y"}, "/c/", 9, kept=("loose",))
    assert (middle.first, middle.last, middle.total, middle.count) == (3, 4, 9, 2)
    assert (middle.start, middle.before) == ("", "/c/?loose=7")
    assert (middle.after, middle.end) == ("/c/?loose=7&at=5", "/c/?loose=7&at=9")
    for told, first in (("", 1), ("0", 1), ("nine", 1), ("2", 1), ("3", 3), ("99999", 9)):
        assert leaf({"at": told}, "/c/", 9).first == first, told
    assert spans_of([]) == []
    assert spans_of([1, 1, 5, 0, 0, 1, 2]) == [(1, 2), (3, 3), (4, 5), (6, 6), (7, 7)]


def test_a_class_by_item_is_put_in_order_across_its_pages(
    cast: Mapping[str, Actor], signed_in: SignedIn, short: None
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    number = vouchers(clerk, 5)
    address = f"/desk/classes/{number}/"
    services.arrange_by(clerk, number, "item", seen=revision(clerk, number))
    before = items_of(clerk, number)
    shown = body(client, address)
    assert "第 1—2 件，共 5 件" in shown and before[1] in shown and before[2] not in shown
    shown = body(client, f"{address}?at=3")
    assert before[2] in shown and f'value="move {before[2]}:2"' in shown and before[0] not in shown

    def do(what: str, at: str = "", **more: object) -> str:
        told = {"do": what, "seen": revision(clerk, number), **more}
        answer = client.post(f"{address}{at}", told)
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.headers["Location"])

    assert do(f"move {before[2]}:2", "?at=3") == f"{address}#i-{before[2]}"
    assert do("nth", place="1", to="5") == f"{address}?at=5#i-{before[0]}"
    assert do("nth", place="5", to="99") == f"{address}?at=5#i-{before[0]}"
    assert items_of(clerk, number) == [before[n] for n in (2, 1, 3, 4, 0)]
    refused = client.post(f"{address}?at=3", {"do": "nth", "seen": 9, "place": "6", "to": "1"})
    assert "没有这样的位置" in refused.content.decode() and "第 3—4 件，共 5 件" in refused.content.decode()


def test_volumes_and_what_lies_in_none_have_pages_of_their_own(
    cast: Mapping[str, Actor], signed_in: SignedIn, short: None
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    number = vouchers(clerk, 9)
    address, act = f"/desk/classes/{number}/", f"/desk/classes/{number}/volumes/"
    items = items_of(clerk, number)
    shown = body(client, f"{address}?loose=3")
    assert "9 件全部，不只这一页" in shown and items[2] in shown and items[4] not in shown

    def do(what: str, query: str = "", **more: object) -> str:
        told = {"do": what, "seen": revision(clerk, number), **more}
        answer = client.post(f"{act}{query}", told)
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.headers["Location"])

    for some in (items[:3], items[3:4], items[4:5]):
        do("make", item=some)
    first, second, third = (one.uuid for one in queries_volumes.volumes(clerk, number)[0])
    assert months(clerk, number) == ["123", "4", "5"]
    shown = body(client, f"{address}?at=2&loose=3")
    assert second in shown and third in shown and f'id="v-{first}"' not in shown and items[7] in shown
    shown = body(client, address)
    assert "打开案卷，看全部 3 件" in shown and items[2] not in shown and "放入第几卷" in shown
    assert do("put", "?loose=3", item=items[5:6], into_place="3") == f"{address}?loose=3&at=3#v-{third}"
    assert do(f"place {items[4]}:{third}:2", "?at=3") == f"{address}?at=3#i-{items[4]}"
    assert do("nthvolume", place="3", to="1") == f"{address}?at=1#v-{third}"
    assert months(clerk, number) == ["65", "123", "4"]
    alone = f"/desk/volumes/{first}/"
    shown = body(client, f"{alone}?at=3")
    assert items[2] in shown and items[1] not in shown and "3 件" in shown
    assert do(f"place {items[2]}:{first}:2", alone="1") == f"{alone}#i-{items[2]}"
    assert do("nth", into=first, place="1", to="3", alone="1") == f"{alone}?at=3#i-{items[0]}"
    assert months(clerk, number) == ["65", "321", "4"]
    told = {"seen": revision(clerk, number), "into": first, "alone": "1"}
    refused = client.post(act, {"do": "nth", "place": "4", "to": "1", **told})
    assert "这一卷有 3 件" in refused.content.decode()
    refused = client.post(act, {"do": "put", "item": items[6:7], "into_place": "9", **told, "into": ""})
    assert "这一类有 3 卷" in refused.content.decode()
    do("put", all="outside", into=second)
    assert months(clerk, number) == ["65", "321", "4789"]
    assert queries_arrangement.filing_class(clerk, number).size == 9


def test_the_table_lists_items_without_a_class_page_by_page_and_then_the_tray(
    cast: Mapping[str, Actor], signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing stands on two pages or on none, wherever items end and documents begin."""
    monkeypatch.setattr(views_arranging, "AT_ONCE", 2)
    clerk, client = cast["沈文"], signed_in("沈文")
    came = [services.capture(clerk, letter(f"OA-{n}")).number for n in range(1, 7)]
    formed = services.form(clerk, "MZJ", [[number] for number in came[:3]])
    address, seen, pages_met = "/desk/arrange/?unit=MZJ", [], 0
    while address:
        shown = body(client, address)
        seen += re.findall(r'name="(?:item|capture)" value="([^"]+)" id="t-', shown)
        further = re.search(r'rel="next" href="([^"]+)"', shown) or re.search(
            r'href="([^"]+)"[^>]*rel="next"', shown
        )
        address = f"/desk/arrange/{html.unescape(further[1])}" if further else ""
        pages_met += 1
    assert seen == [*formed, *came[3:]]
    assert pages_met == 3


def test_all_of_the_table_is_put_into_a_class_where_that_is_said(
    cast: Mapping[str, Actor], signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what is ticked, but all pages as the table is narrowed; one item of everything is nobody's wish."""
    monkeypatch.setattr(views_arranging, "AT_ONCE", 2)
    clerk, client = cast["沈文"], signed_in("沈文")
    came = [
        services.capture(
            clerk, letter(f"OA-{n}", values={**VALUES, "title": f"关于{n % 2}号事项的通知"})
        ).number
        for n in range(1, 8)
    ]
    services.form(clerk, "MZJ", [[came[0]]])
    address = "/desk/arrange/?unit=MZJ"
    assert "不只这一页：全部 7 份" in body(client, address)
    assert "不只这一页：全部 4 份" in body(client, f"{address}&q=1号")
    into = {"unit": "MZJ", "all": "1", "year": "2026", "retention": "永久", "capture": came[1:2]}
    refused = client.post(address, {**into, "do": "together"})
    assert refused.status_code == 400 and "不能用全部" in refused.content.decode()
    assert client.post(f"{address}&q=1号", {**into, "do": "place"}).status_code == 302
    (line,) = queries_arrangement.classes(clerk, "MZJ")
    assert line.size == 4
    monkeypatch.setattr(views_arranging, "MOST", 2)
    assert "全部 3 份里最早的 2 份" in body(client, address)
    assert client.post(address, {**into, "do": "place"}).status_code == 302
    (line,) = queries_arrangement.classes(clerk, "MZJ")
    assert line.size == 6

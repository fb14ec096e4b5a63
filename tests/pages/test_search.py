"""The search page: what is found, counted and offered, and what is not."""

from __future__ import annotations

import csv
import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lantai.base.actors import Actor
from lantai.search import forms, queries, results
from lantai.search.queries import Cursor
from tests.corpora import need
from tests.pages import library
from tests.pages.conftest import SignedIn
from tests.pages.library import Entry

PEOPLE = {"沈文": "MZJ", "他局": "JYJ"}


@pytest.fixture
def entries(cast: dict[str, Actor]) -> list[Entry]:
    return library.catalogue()


@pytest.fixture
def reader(signed_in: SignedIn) -> Client:
    return signed_in("顾闻")


def ask(client: Client, query: str = "", **more: object) -> str:
    answer = client.get(reverse("search"), {"q": query, **more})
    assert answer.status_code == 200
    return str(answer.content.decode())


def found(text: str) -> list[str]:
    return [html.unescape(ref) for ref in re.findall(r'<p class="about"><span class="ref">([^<]*)', text)]


def facet(text: str, name: str) -> dict[str, int]:
    section = re.search(rf'<section aria-labelledby="facet-{name}">(.*?)</section>', text, re.S)
    pairs = re.findall(r"<span>([^<]*)</span><small>([\d,]+)</small>", section[1]) if section else []
    return {html.unescape(label): int(count.replace(",", "")) for label, count in pairs}


def machine(client: Client, query: str, **more: object) -> dict[str, Any]:
    answer = client.get(reverse("search-json"), {"q": query, **more})
    document: dict[str, Any] = json.loads(b"".join(answer.streaming_content))
    return document


def test_hits_show_title_place_and_state_with_the_words_marked(entries: list[Entry], reader: Client) -> None:
    one = next(entry for entry in entries if entry.status == "开放")
    text = ask(reader, one.word)
    assert found(text) == [one.ref]
    assert f"<mark>{one.word}</mark>" in text and '<span class="tag ok">开放</span>' in text
    assert f'href="{reverse("record", args=[one.ref])}?q=' in text


def test_passages_come_from_the_text_of_files(cast: dict[str, Actor], reader: Client) -> None:
    library.preserved("Z109-WS·2011·Y-0042")
    text = ask(reader, "三十米")
    assert re.search(
        r'class="where">正文.txt 第 1 页</span> <span[^>]*>[^<]*水库坝高<mark>三十米</mark>', text
    )


def test_hits_tell_in_which_element_and_page_the_words_stand(cast: dict[str, Actor], reader: Client) -> None:
    library.preserved("Z109-WS·2011·Y-0042", doc_number="云民〔2011〕42号")
    assert re.search(r'class="where">文件编号</span> <span[^>]*>云民〔<mark>2011〕42', ask(reader, "2011·42"))
    assert re.search(r'class="where">责任者</span> <span[^>]*>云岭区<mark>某局', ask(reader, "某局"))
    assert re.search(
        r'class="where">[^<]*é.pdf 第 2 页</span>[^<]*<span[^>]*>[^<]*<mark>Reservoir',
        ask(reader, "reservoir"),
    )
    (hit,) = machine(reader, "三十米")["hits"]
    (place,) = hit["highlights"]["places"]
    assert (place["file"], place["page"]) == ("files/正文.txt", 1)
    assert hit["highlights"]["text"] == [place["html"]]
    assert machine(reader, "题名:水库")["hits"][0]["highlights"]["places"] == []


def test_facets_count_exactly_and_toggle_in_the_address(entries: list[Entry], reader: Client) -> None:
    text = ask(reader, "通知")
    assert facet(text, "fonds") == {
        f"{fonds} 云岭区{name}": sum(one.fonds == fonds for one in entries)
        for fonds, name in (("Z109", "民政局"), ("Z110", "教育局"))
    }
    assert facet(text, "year") == {
        str(y): sum(e.year == y for e in entries) for y in {e.year for e in entries}
    }
    link = re.search(r'<a href="([^"]*fonds=Z110[^"]*)"', text)
    assert link
    narrowed = reader.get(html.unescape(link[1])).content.decode()
    assert sorted(found(narrowed)) == sorted(one.ref for one in entries if one.fonds == "Z110")[:20]
    assert sum(facet(narrowed, "fonds").values()) == len(entries), "a facet is counted without its own filter"
    out = re.search(r'class="chip" href="([^"]+)"', narrowed)
    assert out and "fonds" not in html.unescape(out[1])


def test_years_orders_and_pages(entries: list[Entry], reader: Client) -> None:
    spanned = ask(reader, "通知", **{"from": 2000, "to": 2010})
    assert sorted(found(spanned)) == sorted(one.ref for one in entries if one.year == 2003)
    by_ref = found(ask(reader, "通知", sort="ref"))
    assert by_ref == sorted(by_ref) and len(by_ref) == 20
    rest = found(ask(reader, "通知", sort="ref", page=2))
    assert len(rest) == len(entries) - 20 and not set(rest) & set(by_ref)
    assert set(by_ref) | set(rest) == {one.ref for one in entries}


def _answer(total: int, cursor: Cursor | None = None) -> queries.Answer:
    return queries.Answer(queries.Question(), total, (), {}, 1.0, cursor)


def test_the_window_ends_calmly(entries: list[Entry], reader: Client) -> None:
    asked = forms.Asked(text="通知", page=500)
    told = results.paging(asked, _answer(12_345))
    assert told.ended and told.behind == "" and "sort=-date" in told.onward
    assert not results.paging(asked, _answer(10_000)).ended
    text = ask(reader, "通知", page=501)
    assert "页码只编到第 10,000 件" in text and "page=500" in text
    assert reader.get(reverse("search-csv"), {"q": "通知", "page": 501}).status_code == 400
    assert "这一页之后没有了" in ask(reader, "通知", page=9)


def test_orders_with_cursors_go_on_behind_the_window(
    entries: list[Entry], reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sort in ("date", "-date", "ref"):
        whole = found(ask(reader, "通知", sort=sort)) + found(ask(reader, "通知", sort=sort, page=2))
        with monkeypatch.context() as short:
            short.setattr(results, "WINDOW", 20)
            first = ask(reader, "通知", sort=sort)
            onward = re.search(r'rel="next" href="([^"]*after=[^"]*)"', first)
            assert onward and "只能翻到这里" not in first
            behind = reader.get(html.unescape(onward[1])).content.decode()
        assert "第 10,000 件之后" in behind and 'rel="next"' not in behind
        assert found(first) + found(behind) == whole


@pytest.mark.parametrize("after", ["x", "-5", "9" * 40, "ff TO *} OR *", "\0", "²"])
def test_a_forged_cursor_shows_the_first_page(entries: list[Entry], reader: Client, after: str) -> None:
    for sort in ("ref", "date", "relevance"):
        assert f"<b>{len(entries)} 件</b>" in ask(reader, "通知", sort=sort, after=after)


def test_nothing_found_gives_advice(entries: list[Entry], reader: Client) -> None:
    assert "用短一些的词" in ask(reader, "没有这样的话")
    assert "去掉一个限定条件" in ask(reader, "没有这样的话", year=2003)
    assert "只有标点" in ask(reader, "，。！？")
    assert "您可检索" in ask(reader)


def test_a_query_that_is_too_long_is_told_so(entries: list[Entry], reader: Client) -> None:
    for query in ("水" * 1001, "水 " * 65):
        for name in ("search", "search-csv", "search-json"):
            answer = reader.get(reverse(name), {"q": query})
            assert answer.status_code == 400 and "search.query.long" in answer.content.decode()


def test_every_record_is_found_by_those_who_may_see_it_and_by_nobody_else(
    entries: list[Entry], signed_in: SignedIn
) -> None:
    for person, unit in PEOPLE.items():
        client = signed_in(person)
        for one in entries:
            text = ask(client, one.word)
            page = client.get(reverse("record", args=[one.ref])).status_code
            assert found(text) == ([one.ref] if one.seen_by(unit) else []), (person, one)
            assert page == (200 if one.seen_by(unit) else 404)
            if not one.seen_by(unit):
                assert one.ref not in text and "<mark>" not in text and not facet(text, "year")
                assert machine(client, one.word)["total"] == 0


def test_counts_tables_and_documents_hold_what_may_be_seen(entries: list[Entry], signed_in: SignedIn) -> None:
    for person, unit in PEOPLE.items():
        client = signed_in(person)
        seen = [one for one in entries if one.seen_by(unit)]
        text = ask(client, "通知")
        assert f"<b>{len(seen)} 件</b>" in text
        for name, value in (("open", "status"), ("year", "year")):
            expected = {str(getattr(one, value)) for one in seen}
            assert set(facet(text, name)) == expected
            assert sum(facet(text, name).values()) == len(seen)
        document = machine(client, "通知")
        assert {hit["ref"] for hit in document["hits"]} == {one.ref for one in seen}
        assert document["total"] == sum(n for _, n in document["facets"]["fonds"]) == len(seen)
        table = b"".join(client.get(reverse("search-csv"), {"q": "通知"}).streaming_content)
        rows = list(csv.reader(table.decode("utf-8-sig").splitlines()))
        assert {row[0] for row in rows[1:]} == {one.ref for one in seen}


def test_the_document_has_the_shape_of_the_command_line(entries: list[Entry], reader: Client) -> None:
    document = machine(reader, entries[0].word)
    assert list(document) == ["schema", "query", "total", "took_ms", "hits", "facets"]
    assert document["schema"] == "lantai.search/1"
    wanted = {"ref", "urn", "title", "fonds", "year", "type", "open", "score", "highlights"}
    assert set(document["hits"][0]) == wanted


def test_htmx_gets_the_result_alone(entries: list[Entry], reader: Client) -> None:
    answer = reader.get(reverse("search"), {"q": "通知"}, headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<div id="found"')


def test_the_lag_of_the_index_is_told(entries: list[Entry], reader: Client) -> None:
    from lantai.base.actors import SYSTEM
    from lantai.ledger.services import sequence
    from lantai.people.services import add_unit

    assert "索引滞后" not in ask(reader, "通知")
    add_unit(SYSTEM, "NEW", "新单位")
    sequence()
    assert re.search(r"索引滞后 \d+ 条，\d+ 秒", ask(reader, "通知"))


SENSELESS = (
    "year=x",
    "year=-1",
    "from=9999999",
    "to=²",
    "page=0",
    "page=-3",
    "page=x",
    "sort=best",
    "fonds=%00",
    "open=" + "x" * 300,
)


@pytest.mark.parametrize("query", SENSELESS)
def test_senseless_conditions_ask_for_nothing(entries: list[Entry], reader: Client, query: str) -> None:
    answer = reader.get(f"{reverse('search')}?q=通知&{query}")
    assert answer.status_code == 200 and f"<b>{len(entries)} 件</b>" in answer.content.decode()


def hostile() -> list[str]:
    return [
        line
        for line in json.loads((need("12-hostile-strings") / "blns-half.json").read_text("utf-8"))
        if line
    ]


def test_hostile_queries_never_break_the_page_nor_leave_it_unescaped(
    entries: list[Entry], reader: Client
) -> None:
    for line in hostile():
        for name, query in (
            ("search", {"q": line, "fonds": line, "from": line}),
            ("search-csv", {"q": line}),
        ):
            answer = reader.get(reverse(name), query)
            assert answer.status_code in {200, 400}, line
            text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
            if name == "search" and re.search(r"<\w", line):
                assert line.strip() not in text, line


def test_hostile_references_are_not_found_and_escaped(entries: list[Entry], reader: Client) -> None:
    for line in hostile():
        if "/" in line or line in {".", ".."}:
            continue
        for name in ("record", "fonds"):
            answer = reader.get(reverse(name, args=[line]), {"q": line})
            assert answer.status_code in {404, 400, 301}, line
            if re.search(r"<\w", line):
                assert line not in answer.content.decode(), line


def test_hostile_titles_are_shown_as_they_are(cast: dict[str, Actor], reader: Client) -> None:
    lines = [line for line in hostile() if queries.words(line[:200]) and line.isprintable()][:60]
    refs = [f"Z109-WS·2011·Y-{number:04d}" for number in range(1, len(lines) + 1)]
    library.add(
        [
            library.Description(
                library.urn_of(ref), ref, "item", "WS", "Z109", library.values(ref, line, open_status="开放")
            )
            for ref, line in zip(refs, lines, strict=True)
        ]
    )
    pages = [ask(reader, line[:200]) for line in lines] + [
        reader.get(f"/records/{ref}/").content.decode() for ref in refs
    ]
    for text in pages:
        for line in lines:
            if re.search(r"<(script|img|svg|iframe|a|div|body|math|style|object|video|audio)\b", line, re.I):
                assert line not in text

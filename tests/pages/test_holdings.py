"""The pages of the catalogue: all fonds, one fonds as tree and list, its table for spreadsheets."""

from __future__ import annotations

import csv
import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from lantai.base.actors import Actor
from lantai.holdings import queries
from tests.pages import library
from tests.pages.conftest import SignedIn
from tests.pages.library import Entry

PEOPLE = {"沈文": "MZJ", "他局": "JYJ"}


@pytest.fixture
def entries(cast: dict[str, Actor]) -> list[Entry]:
    return library.catalogue()


def get(client: Client, name: str = "fonds", number: str = "Z109", **query: object) -> str:
    args = [] if name == "holdings" else [number]
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    if answer.streaming:
        return b"".join(answer.streaming_content).decode("utf-8-sig")
    return str(answer.content.decode())


def listed(text: str) -> list[str]:
    return [html.unescape(ref) for ref in re.findall(r'<tr><td class="ref">([^<]*)', text)]


def counts_in_tree(text: str) -> dict[str, int]:
    nodes = re.findall(r'<a class="node"[^>]*>\s*<span[^>]*>([^<]*)</span><small>([\d,]+)</small>', text)
    return {label: int(count.replace(",", "")) for label, count in nodes}


def test_the_list_of_fonds_counts_what_each_may_see(entries: list[Entry], signed_in: SignedIn) -> None:
    for person, unit in PEOPLE.items():
        text = get(signed_in(person), "holdings")
        for fonds in library.UNITS:
            seen = sum(one.fonds == fonds and one.seen_by(unit) for one in entries)
            row = re.search(rf'<tr[^>]*><td class="ref fit">{fonds}</td>.*?</tr>', text)
            assert row and f">{seen}</td>" in row[0]


def test_a_fonds_with_nothing_to_see_is_quiet(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    text = get(signed_in("他局"), "holdings")
    assert text.count('<tr class="faint">') == 2
    assert "没有已开放的档案" in get(signed_in("他局"))


def test_the_tree_opens_level_by_level(entries: list[Entry], signed_in: SignedIn) -> None:
    client = signed_in("顾闻")
    mine = [one for one in entries if one.fonds == "Z109"]
    closed = counts_in_tree(get(client))
    assert closed == {"全部": len(mine), "文书": len(mine)}
    years = counts_in_tree(get(client, type="WS"))
    for year in {one.year for one in mine}:
        assert years[f"{year} 年"] == sum(one.year == year for one in mine)
    series = counts_in_tree(get(client, type="WS", year=2011))
    assert series["WS·2011·Y"] == sum(one.year == 2011 for one in mine)


def test_many_years_are_folded_and_the_chosen_one_is_to_be_seen(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    years = range(1950, 1970)
    refs = [f"Z109-WS·{year}·Y-0001" for year in years]
    library.add(
        [
            library.Description(
                library.urn_of(ref), ref, "item", "WS", "Z109", library.values(ref, "报告", year=ref[8:12])
            )
            for ref in refs
        ]
    )
    client = signed_in("顾闻")
    text = get(client, type="WS")
    fold = text.index('<details class="more-years">')
    assert "还有 8 个年度" in text
    assert text.index('id="node-WS-1961"') < fold < text.index('id="node-WS-1962"')
    assert all(counts_in_tree(text)[f"{year} 年"] == 1 for year in years)
    assert '<details class="more-years" open>' in get(client, type="WS", year=1965)
    assert '<details class="more-years">' in get(client, type="WS", year=1955)


def test_every_level_of_the_tree_is_a_link_that_narrows_the_list(
    entries: list[Entry], signed_in: SignedIn
) -> None:
    client = signed_in("顾闻")
    mine = sorted(one.ref for one in entries if one.fonds == "Z109")
    assert sorted(listed(get(client))) == mine
    of_year = [one.ref for one in entries if one.fonds == "Z109" and one.year == 2003]
    assert sorted(listed(get(client, type="WS", year=2003))) == sorted(of_year)
    assert sorted(listed(get(client, type="WS", year=2003, series="WS·2003·Y"))) == sorted(of_year)
    text = get(client, type="WS", year=2003)
    for link in re.findall(r'<a class="node"[^>]*href="([^"]+)"', text):
        assert client.get(html.unescape(link)).status_code == 200


def test_files_open_in_the_tree_and_their_items_in_the_list(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    items = library.file_of_items(count=3)
    client = signed_in("顾闻")
    top = get(client, type="WS", year=2011, series=queries.record(cast["顾闻"], "Z109-001-001").series)
    assert listed(top) == ["Z109-001-001"] and "卷内 3 件" in top
    inside = re.search(r'href="([^"]+)"[^>]*>卷内 3 件', top)
    assert inside
    assert listed(client.get(html.unescape(inside[1])).content.decode()) == items
    assert listed(get(client, level="item")) == items
    assert listed(get(client, level="file")) == ["Z109-001-001"]


def test_filters_stay_in_the_address(entries: list[Entry], signed_in: SignedIn) -> None:
    client = signed_in("顾闻")
    for status in library.STATUSES:
        wanted = sorted(one.ref for one in entries if one.fonds == "Z109" and one.status == status)
        text = get(client, open=status)
        assert sorted(listed(text)) == wanted
        if wanted:
            assert f'<option value="{status}" selected>' in text
            assert f"open={library.quote(status)}" in text


def test_long_lists_page_by_key(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("顾闻")
    library.many(120)
    seen: list[str] = []
    address = f"{reverse('fonds', args=['Z109'])}?type=WS"
    for _ in range(5):
        text = client.get(address).content.decode()
        seen += listed(text)
        onward = re.search(r'rel="next" href="([^"]+)"', text)
        if onward is None:
            break
        address = html.unescape(onward[1])
    assert seen == [f"Z109-WS·2011·Y-{number:04d}" for number in range(1, 121)]


def test_many_files_come_in_pieces(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("顾闻")
    library.many(90, level="file")
    text = get(client, type="WS", year=2011, series="WS·2011·Y")
    more = re.search(r'class="node more" href="[^"]+" hx-get="([^"]+)"', text)
    assert more and "题名 41" not in text.split("</nav>")[1]
    piece = client.get(html.unescape(more[1])).content.decode()
    assert "题名 41" in piece and "题名 80" in piece and "题名 81" not in piece
    opened = get(client, type="WS", year=2011, series="WS·2011·Y", file="Z109-WS·2011·Y-0085")
    assert "题名 85" in opened


def test_other_units_records_show_nowhere(entries: list[Entry], signed_in: SignedIn) -> None:
    for person, unit in PEOPLE.items():
        client = signed_in(person)
        for fonds in library.UNITS:
            hidden = [one for one in entries if one.fonds == fonds and not one.seen_by(unit)]
            seen = [one for one in entries if one.fonds == fonds and one.seen_by(unit)]
            address = {"type": "WS", "year": 2003}
            pages = [
                get(client, number=fonds),
                get(client, number=fonds, **address),
                get(client, "fonds-csv", fonds),
            ]
            pages += [get(client, number=fonds, open=status) for status in library.STATUSES]
            pages.append(get(client, "fonds-branch", fonds, series="WS·2003·Y"))
            for one in hidden:
                assert not any(one.ref in text or one.word in text for text in pages), one
            assert counts_in_tree(pages[0]).get("全部") == len(seen)
            offered = re.findall(
                r'<option value="(\w+)"', pages[0].split('name="open"')[1].split("</select>")[0]
            )
            assert set(offered) == {one.status for one in seen}
            alone = {one.year for one in hidden} - {one.year for one in seen}
            assert not any(f'<option value="{year}"' in pages[0] for year in alone)


def test_personal_columns_are_empty_for_outsiders(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    ref = "Z109-ZP·2011·Y-0001"
    told = library.values(ref, "照片", open_status="开放", photographer="赵某某", taken_at="20110304")
    library.add([library.Description(library.urn_of(ref), ref, "item", "ZP", "Z109", told)])
    for name in ("fonds", "fonds-csv"):
        assert "赵某某" in get(signed_in("沈文"), name)
        assert "赵某某" not in get(signed_in("他局"), name)


def test_the_table_is_the_filtered_list_without_formulas(entries: list[Entry], signed_in: SignedIn) -> None:
    ref = "Z109-WS·2011·Y-9000"
    title = '=HYPERLINK("http://x";"y")'
    library.add(
        [library.Description(library.urn_of(ref), ref, "item", "WS", "Z109", library.values(ref, title))]
    )
    rows = list(csv.reader(get(signed_in("顾闻"), "fonds-csv", year=2011).splitlines()))
    told = {row[0]: row for row in rows[1:]}
    assert set(told) == {ref, *(one.ref for one in entries if one.fonds == "Z109" and one.year == 2011)}
    assert f"'{title}" in told[ref] and title not in told[ref]
    assert rows[0][0] == "档号" and len({len(row) for row in rows}) == 1


def test_htmx_gets_the_shelf_alone(entries: list[Entry], signed_in: SignedIn) -> None:
    answer = signed_in("顾闻").get(reverse("fonds", args=["Z109"]), headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<div class="shelf"')


@pytest.mark.parametrize(
    "query",
    [
        "year=x",
        "year=99999",
        "level=pile",
        "file=Z109-none",
        "after=!!",
        "after=WyJhIl0",
        "type=%00",
        "open=" + "a" * 400,
    ],
)
def test_senseless_addresses_are_refused_kindly(
    entries: list[Entry], signed_in: SignedIn, query: str
) -> None:
    answer = signed_in("顾闻").get(f"{reverse('fonds', args=['Z109'])}?{query}")
    assert answer.status_code in {400, 404} and 'role="alert"' in answer.content.decode()


def test_a_hidden_file_in_the_address_is_as_none(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    library.file_of_items(status="控制")
    client = signed_in("他局")
    for ref in ("Z109-001-001", "Z109-001-999"):
        assert client.get(reverse("fonds", args=["Z109"]), {"file": ref}).status_code == 404


@pytest.mark.parametrize("number", ["Z999", "%00", "<b>"])
def test_a_fonds_that_is_not_there(cast: dict[str, Actor], signed_in: SignedIn, number: str) -> None:
    answer = signed_in("顾闻").get(f"/holdings/{number}/")
    assert (
        answer.status_code == 404 and "<b>" not in answer.content.decode().split("<h1>")[1].split("</h1>")[0]
    )


def test_english_readers_get_english(entries: list[Entry], signed_in: SignedIn) -> None:
    client = signed_in("顾闻")
    client.cookies["lantai_language"] = "en"
    text = get(client, type="WS")
    assert "Administrative records" in text and "Year" in text and "records" in text


def test_an_open_item_does_not_name_its_hidden_file(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    file, item = "Z109-001-001", "Z109-001-001-001"
    closed = library.values(file, "不开放的案卷", open_status="控制")
    open_ = library.values(item, "开放的一件", open_status="开放")
    library.add(
        [
            library.Description(library.urn_of(file), file, "file", "WS", "Z109", closed),
            library.Description(library.urn_of(item), item, "item", "WS", "Z109", open_, parent=file),
        ]
    )
    client = signed_in("他局")
    rows = list(csv.reader(get(client, "fonds-csv", level="item").splitlines()))
    assert item in rows[1] and file not in rows[1]
    told = client.get(reverse("record", args=[item])).content.decode()
    assert (
        "开放的一件" in told
        and "不开放的案卷" not in told
        and f'{reverse("record", args=[file])}"' not in told
    )

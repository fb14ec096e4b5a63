"""The record page, its pictures, its originals, its export."""

from __future__ import annotations

import html
import io
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pyvips
from django.test import Client
from django.urls import reverse

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.kernel.verify.exported import check_export
from lantai.kernel.witness.notes import read_keys
from lantai.ledger import queries as ledger
from tests.pages import library
from tests.pages.conftest import SignedIn
from tests.pages.library import FILES

REF = "Z109-WS·2011·Y-0042"
ORDERS = {name: order for order, name in enumerate(FILES, 1)}


@pytest.fixture
def urn(cast: dict[str, Actor]) -> str:
    return library.preserved(REF)


@pytest.fixture
def reader(signed_in: SignedIn) -> Client:
    return signed_in("顾闻")


def page(client: Client, what: str = REF, **query: object) -> str:
    answer = client.get(reverse("record", args=[what]), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def original(name: str, what: str = REF) -> str:
    return reverse("record-file", args=[what, ORDERS[name]])


def bytes_of(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def fetched(client: Client, address: str, query: object = None, **more: Any) -> Any:
    """Return an answer whose bytes have been taken."""
    answer = client.get(address, query, **more)
    bytes_of(answer)
    return answer


def test_a_record_is_found_by_reference_code_and_by_permanent_name(urn: str, reader: Client) -> None:
    for what in (REF, urn):
        told = page(reader, what)
        assert "关于水库移民安置的请示" in told and REF in told
        assert f'href="{reverse("fonds", args=["Z109"])}?type=WS&amp;year=2011' in told


def test_every_file_is_shown_in_the_way_of_its_format(urn: str, reader: Client) -> None:
    first = page(reader)
    assert "水库坝高三十米" in first and "paper" in first
    looks = [page(reader, page=number) for number in range(1, 10)]
    assert f"/files/{ORDERS['扫描.jpg']}/pages/1/800.jpg" in looks[1]
    pdf = ORDERS['附件 一;"é.pdf']
    assert f"/files/{pdf}/pages/1/800.jpg" in looks[2] and f"/files/{pdf}/pages/2/800.jpg" in looks[3]
    assert "<audio" in looks[4]
    assert "&lt;script&gt;" in looks[5] or "alert(1)" in looks[5]
    assert "下载原件" in looks[6] and "下载原件" in looks[7]
    assert all(library.HOSTILE not in look for look in looks)


def test_metadata_files_come_last(urn: str, reader: Client) -> None:
    assert "密语" in page(reader, page=99)


def test_words_of_the_search_are_marked_and_their_pages_told(urn: str, reader: Client) -> None:
    told = page(reader, q="水库")
    assert "<mark>水库</mark>坝高" in told and "全文命中" in told
    assert "关于<mark>水库</mark>移民" in told
    drawn = page(reader, q="Reservoir", page=4)
    assert "<rect " in drawn and 'href="/records/' in drawn


def test_leaves_turn_by_links_and_by_htmx(urn: str, reader: Client) -> None:
    told = page(reader, page=2)
    assert re.search(r'rel="prev"[^>]*page=1', told) and re.search(r'rel="next"[^>]*page=3', told)
    part = reader.get(reverse("record", args=[REF]), {"page": 3}, headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith("<section") and "HX-Request" in part.headers["Vary"]
    back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    whole = reader.get(reverse("record", args=[REF]), headers=back).content.decode()
    assert "<!doctype html>" in whole and "著录" in whole and "关于水库移民安置的请示</h1>" in whole


def test_what_is_preserved_is_told(urn: str, reader: Client) -> None:
    told = page(reader)
    assert urn in told and "完好" in told
    assert all(len(found) == 64 for found in re.findall(r"<dt>SM3</dt><dd class=\"ref\">(\w+)", told))
    assert len(re.findall("<dt>SHA-512</dt>", told)) == len(FILES)
    assert "签名检查点" in told and "著录" in told


def test_pictures_are_drawn_in_three_widths_and_kept_by_readers_only(urn: str, reader: Client) -> None:
    for name in ("扫描.jpg", '附件 一;"é.pdf'):
        for width in (240, 800, 1400):
            address = reverse("record-page", args=[REF, ORDERS[name], 1, width])
            answer = reader.get(address)
            assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg"
            assert pyvips.Image.new_from_buffer(answer.content, "").width <= width
            assert answer.headers["Cache-Control"].startswith("private")
            again = reader.get(address, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("order", "number", "width"),
    [(2, 2, 240), (2, 1, 241), (3, 3, 240), (3, 0, 800), (1, 1, 240), (99, 1, 240)],
)
def test_pages_that_are_not_there(urn: str, reader: Client, order: int, number: int, width: int) -> None:
    assert reader.get(reverse("record-page", args=[REF, order, number, width])).status_code == 404


def test_a_broken_picture_is_offered_not_shown(cast: dict[str, Actor], reader: Client) -> None:
    library.preserved(REF, files={"坏.jpg": (b"\xff\xd8 nothing", "image/jpeg", "正本")})
    assert "不能在页面中显示" in page(reader)
    assert reader.get(reverse("record-page", args=[REF, 1, 1, 800])).status_code == 503


def test_originals_are_handed_over_unchanged(urn: str, reader: Client) -> None:
    for name, (data, mime, _role) in FILES.items():
        answer = reader.get(original(name))
        assert bytes_of(answer) == data
        assert answer.headers["Content-Length"] == str(len(data))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        kept = answer.headers["Content-Disposition"]
        assert kept.startswith("attachment; ") and f"filename*=UTF-8''{quote(name, safe='')}" in kept
        assert not re.search(r"html|svg|xml", answer.headers["Content-Type"]), mime


def test_only_harmless_formats_open_in_the_browser(urn: str, reader: Client) -> None:
    inline = {
        name
        for name in FILES
        if fetched(reader, original(name), {"inline": ""}).headers["Content-Disposition"].startswith("inline")
    }
    assert inline == {"扫描.jpg", '附件 一;"é.pdf', "录音.wav"}


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=5-99", 5, 99),
        ("bytes=10200-", 10200, 10239),
        ("bytes=-40", 10200, 10239),
        ("bytes=0-999999", 0, 10239),
        ("bytes=-999999", 0, 10239),
    ],
)
def test_parts_of_originals(urn: str, reader: Client, header: str, first: int, last: int) -> None:
    data = FILES["数据.bin"][0]
    answer = reader.get(original("数据.bin"), headers={"Range": header})
    assert answer.status_code == 206
    assert bytes_of(answer) == data[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(data)}"
    assert answer.headers["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("header", ["bytes=10240-", "bytes=-0", "bytes=99999-100000"])
def test_parts_that_are_not_there(urn: str, reader: Client, header: str) -> None:
    answer = reader.get(original("数据.bin"), headers={"Range": header})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */10240")


@pytest.mark.parametrize(
    "header",
    [
        "bytes=5-2",
        "bytes=0-1,4-5",
        "items=0-1",
        "bytes=-",
        "bytes=a-b",
        "bytes=1²-3",
        "bytes=" + "9" * 40 + "-",
    ],
)
def test_ranges_that_are_none_give_the_whole(urn: str, reader: Client, header: str) -> None:
    answer = reader.get(original("数据.bin"), headers={"Range": header})
    assert (answer.status_code, len(bytes_of(answer))) == (200, 10240)


def test_a_range_of_another_version_gives_the_whole(urn: str, reader: Client) -> None:
    address = original("数据.bin")
    tag = reader.head(address).headers["ETag"]
    parts = {"Range": "bytes=0-9"}
    assert fetched(reader, address, headers={**parts, "If-Range": tag}).status_code == 206
    assert fetched(reader, address, headers={**parts, "If-Range": '"other"'}).status_code == 200
    assert reader.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_head_tells_the_length_without_the_bytes(urn: str, reader: Client) -> None:
    answer = reader.head(original("数据.bin"), headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (206, "10", b"")


def test_the_export_holds_the_record_with_its_proof_and_leaves_nothing(
    urn: str, reader: Client, tmp_path: Path
) -> None:
    assert "导出并附证明" in page(reader)
    answer = reader.post(reverse("record-export", args=[REF]))
    data = bytes_of(answer)
    assert answer.headers["Content-Length"] == str(len(data))
    zipfile.ZipFile(io.BytesIO(data)).extractall(tmp_path / "out")
    report = check_export(tmp_path / "out", read_keys(f"{ledger.key_text()}\n".encode()))
    assert report.verdict == "yes", report
    assert not list(home().inbox.iterdir())
    assert ledger.history([urn])[-1].act == "access.record.export"


def test_the_export_is_for_those_who_may(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    library.preserved(REF)
    stranger = signed_in("他局")
    assert "导出并附证明" not in page(stranger)
    assert stranger.post(reverse("record-export", args=[REF])).status_code == 403


def test_an_open_record_shows_outsiders_neither_persons_nor_history(urn: str, signed_in: SignedIn) -> None:
    own, other = page(signed_in("沈文")), page(signed_in("他局"))
    assert "王某某" in own and "王某某" not in other
    assert 'class="trail"' not in other and "关于水库移民安置的请示" in other


def test_what_may_not_be_seen_answers_as_if_it_were_not(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    library.preserved(REF, status="控制")
    client = signed_in("他局")
    for name, args in (("record", []), ("record-file", [1]), ("record-page", [2, 1, 800])):
        hidden = client.get(reverse(name, args=[REF, *args]))
        absent = client.get(reverse(name, args=["Z109-WS·2011·Y-9999", *args]))
        assert hidden.status_code == absent.status_code == 404
        assert _bare(hidden.content.decode(), REF) == _bare(absent.content.decode(), "Z109-WS·2011·Y-9999")


def _bare(text: str, ref: str) -> str:
    for form in (ref, quote(ref)):
        text = text.replace(form, "REF")
    return re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken&quot;: &quot;|X-CSRFToken": )["\w]+', "", text)


def test_a_file_lists_its_items_and_items_know_their_place(cast: dict[str, Actor], reader: Client) -> None:
    items = library.file_of_items(count=60)
    told = page(reader, "Z109-001-001")
    assert items[0] in told and items[49] in told and items[50] not in told
    onward = re.search(r'rel="next" href="([^"]+)"', told)
    assert onward and items[59] in reader.get(html.unescape(onward[1])).content.decode()
    middle = page(reader, items[1])
    assert "这一件只有目录" in middle and "民政案卷" in middle
    assert "卷内第1件" in middle and "卷内第3件" in middle


@pytest.mark.parametrize(
    "ref", ["Z109-WS/1988/1", "..", "Z109 <b>&'\"", "Z109-WS·1/../2", "a?b#c", "Z109\\1", "urn:x"]
)
def test_odd_reference_codes_have_an_address(cast: dict[str, Actor], reader: Client, ref: str) -> None:
    library.add(
        [
            library.Description(
                library.urn_of(ref), ref, "item", "WS", "Z109", library.values(ref, f"题名{library.HOSTILE}")
            )
        ]
    )
    listed = reader.get(reverse("search"), {"q": "题名"}).content.decode()
    link = re.search(r'<h2><a href="([^"]+)"', listed)
    assert link
    answer = reader.get(html.unescape(link[1]))
    assert answer.status_code == 200 and library.HOSTILE not in answer.content.decode()


def test_a_lost_object_does_not_hide_its_record(urn: str, reader: Client) -> None:
    shutil.rmtree(home().vault / "ocfl")
    assert "关于水库移民安置的请示" in page(reader, page=2)

"""What reading gives away and to whom: pages without sign-in, faces for machines, tables that leave."""

from __future__ import annotations

import csv
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.catalogue.services import urn_of
from lantai.exchange.services import add_token
from lantai.holdings import history
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Place, Span
from lantai.holdings.services import Description, revise
from lantai.search.queries import Question, search
from lantai.site.work import settle
from tests.exchange.conftest import Machine
from tests.pages import library
from tests.pages.conftest import SignedIn

REF = "Z109-WS·2011·Y-0042"


def seen(address: str, **told: Any) -> str:
    """Return a page as a stranger gets it."""
    answer = Client().get(address, told)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.content.decode())


def table(client: Client, address: str, **told: str) -> list[dict[str, str]]:
    """Return the rows of a downloaded table by their headings."""
    answer = client.get(address, told)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(text.splitlines()))


def test_what_a_title_said_before_it_was_opened_stays_inside(cast: dict[str, Actor]) -> None:
    told = library.values(REF, "关于赵某某低保的批复", open_status="控制")
    library.add([Description(urn_of(REF), REF, "item", "WS", "Z109", told)])
    revise(SYSTEM, urn_of(REF), {"title": "关于某居民低保的批复"}, version=1)
    revise(SYSTEM, urn_of(REF), {"open_status": "开放"}, version=2)
    record = holdings.record(PUBLIC, REF)
    assert history.fields(PUBLIC, record) == history.fields(cast["他局"], record) == ()
    assert "赵某某" in str(history.fields(cast["沈文"], record))
    assert Machine().get(f"records/{REF}/changes")["items"] == []


def test_strangers_are_told_nothing_of_files(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    library.preserved(REF)
    machine = Machine()
    (hit,) = machine.get("search?q=三十米")["items"]
    assert hit["ref"] == REF and hit["passages"] == []
    assert machine.get(f"records/{REF}/components")["items"] == []
    page = seen(reverse("search"), q="三十米")
    assert REF in page and "正文.txt" not in page and "坝高" not in page
    page = seen(reverse("record", args=[REF]), q="三十米")
    assert "请登录后阅览" in page
    for word in ("正文.txt", "坝高", "对象标识", "组成文件", "检查点", "SHA-512"):
        assert word not in page, word
    assert "正文.txt" in signed_in("他局").get(reverse("record", args=[REF])).content.decode()


def test_no_file_is_opened_for_a_stranger(cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    from lantai.vault import queries as vault

    library.preserved(REF)
    opened: list[str] = []
    monkeypatch.setattr(vault, "file_path", lambda *told: opened.append(str(told)))
    seen(reverse("record", args=[REF]))
    assert opened == []


def test_a_hidden_file_is_not_told_by_what_lies_in_it(cast: dict[str, Actor]) -> None:
    file, inner = "Z109-WS·2010·Y-0007", "Z109-WS·2010·Y-0008"
    library.add(
        [
            Description(
                urn_of(ref),
                ref,
                "file" if ref == file else "item",
                "WS",
                "Z109",
                library.values(ref, "题名", open_status=status),
                parent=parent,
            )
            for ref, status, parent in ((file, "控制", ""), (inner, "开放", file))
        ]
    )
    place = Place(fonds="Z109", file=file)
    for actor, count in ((PUBLIC, 0), (cast["他局"], 0), (cast["沈文"], 1)):
        assert holdings.count_of(actor, place) == len(holdings.ids(actor, place)) == count
        assert len(holdings.by_place(actor, place, Span(), None, 9)) == count
        assert (holdings.last_record(actor, "Z109", parent=file) is not None) == bool(count)
    assert Machine().get(f"records?parent={file}")["items"] == []
    assert [one["ref"] for one in Machine().get("records?fonds=Z109")["items"]] == [inner]


def test_tables_leave_out_what_is_not_public(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    told = library.values(REF, "关于水库的通知", open_status="开放")
    library.add([Description(urn_of(REF), REF, "item", "WS", "Z109", told)])
    for name, term in (("他局", ""), ("沈文", "永久"), ("陆安", "永久")):
        for address in (reverse("search-csv"), reverse("fonds-csv", args=["Z109"])):
            (row,) = table(signed_in(name), address)
            assert row["保管期限"] == term, (name, address)


def test_strangers_neither_count_nor_filter_by_what_is_not_public(cast: dict[str, Actor]) -> None:
    for number, term in ((1, "永久"), (2, "30年"), (3, "30年")):
        ref = f"Z109-WS·2011·Y-{number:04d}"
        told = library.values(ref, "关于水库的通知", open_status="开放", retention=term)
        library.add([Description(urn_of(ref), ref, "item", "WS", "Z109", told)])
    asked = Question(filters={"retention": frozenset({"永久"})})
    assert search(PUBLIC, asked).total == 3 and search(cast["沈文"], asked).total == 1
    assert search(PUBLIC, Question()).facets["retention"] == ()
    assert dict(search(cast["沈文"], Question()).facets["retention"]) == {"永久": 1, "30年": 2}
    assert Machine().get("search?q=")["facets"]["retention"] == []
    for address in ("search", "search-advanced"):
        assert "保管期限" not in seen(reverse(address))


def test_a_table_of_a_fonds_takes_series_as_well(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    told = library.values("Z109-WS", "文书", open_status="开放")
    library.add([Description(urn_of("Z109-WS"), "Z109-WS", "series", "WS", "Z109", told)])
    (row,) = table(signed_in("陆安"), reverse("fonds-csv", args=["Z109"]))
    assert row["层级"] == "类别"


def test_another_token_of_the_account_gets_no_answer_again(cast: dict[str, Actor]) -> None:
    tokens = [add_token(SYSTEM, "taju", name, scopes=("search",), unit="JYJ").secret for name in "甲乙"]
    key, body = str(uuid.uuid4()), {"name": "水库", "address": "q=水库"}
    first, second = (Machine(secret).ask("POST", "saved-searches", body, key=key) for secret in tokens)
    assert first.status_code == 201
    assert second.status_code == 409 and "Idempotency-Replayed" not in second.headers
    again = Machine(tokens[0]).ask("POST", "saved-searches", body, key=key)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_stranger_searches_what_is_opened(cast: dict[str, Actor]) -> None:
    entries = library.catalogue()
    opened = [one for one in entries if one.status == "开放"]
    assert search(PUBLIC, Question()).total == len(opened)
    for one in entries:
        page = seen(reverse("search"), q=one.word)
        assert (f'<span class="ref">{one.ref}</span>' in page) == (one in opened)
    for address, told in (
        (reverse("search"), {}),
        (reverse("search"), {"q": "通知"}),
        (reverse("search"), {"q": "，"}),
        (reverse("search"), {"q": "没有这样的词"}),
        (reverse("search"), {"q": "通知", "page": 9_999}),
        (reverse("search-advanced"), {}),
        (reverse("holdings"), {}),
        (reverse("fonds", args=["Z109"]), {}),
        (reverse("record", args=[opened[0].ref]), {}),
    ):
        _is_for_strangers(seen(address, **told))
    answer = Client().get(reverse("search-advanced"), {"go": "1", "q": "通知"})
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/search/?")


def _is_for_strangers(page: str) -> None:
    """Hold a page to what works without sign-in: nothing that leads there but the one link."""
    for part in ("/search/saved/", "export.csv", "export.json", "/catalogue/", "/transfers/", 'href="/"'):
        assert part not in page, part
    for part in ('type="checkbox"', ">控制<", "未审核", "延期开放", "账本"):
        assert part not in page, part
    assert page.count("/sign-in/") == 1


def test_what_a_stranger_may_not_do_stays_behind_the_sign_in(cast: dict[str, Actor]) -> None:
    library.preserved(REF)
    settle()
    for address in (
        *(reverse("search-csv"), reverse("search-json"), reverse("search-saved")),
        *(reverse("fonds-csv", args=["Z109"]), reverse("catalogue-export")),
        *(reverse("record-file", args=[REF, 1]), reverse("record-page", args=[REF, 2, 1, 240])),
    ):
        answer = Client().get(address)
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/?next=")

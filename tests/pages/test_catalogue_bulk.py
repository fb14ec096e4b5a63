"""Many records on the pages: choosing, planning, running, taking back; moving, splitting, merging, numbering."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lantai.base.actors import SYSTEM, Actor
from lantai.holdings import queries as holdings
from lantai.holdings.services import current, describe, revise
from tests.pages import library
from tests.pages.conftest import SignedIn

REF = "Z109-WS·2011·Y-000{}"
REPLACE = {"find": "题名", "put": "标题", "key": ["title"], "how": "inside", "folded": "1"}


@pytest.fixture
def desk(signed_in: SignedIn, cast: dict[str, Actor]) -> Client:
    library.many(5)
    return signed_in("陆安")


def urn(ref: str) -> str:
    return holdings.record(SYSTEM, ref).urn


def urns(*numbers: int) -> list[str]:
    return [urn(REF.format(n)) for n in numbers]


def titles(*numbers: int) -> list[str]:
    return [holdings.record(SYSTEM, REF.format(n)).title for n in numbers]


def hidden(text: str) -> dict[str, list[str]]:
    """Return the hidden fields of the forms on a page."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text):
        if name not in {"next", "csrfmiddlewaretoken"}:
            found.setdefault(name, []).append(unescape(value))
    return found


def body(answer: Any) -> str:
    return str(answer.content.decode())


def problem(answer: Any) -> str:
    """Return what a page complains of."""
    return " ".join(re.findall(r'role="alert">(.*?)</div>', body(answer), re.S))


def planned(desk: Client, address: str, told: Mapping[str, object]) -> str:
    """Make a plan and return its address."""
    answer = desk.post(reverse(address), told)
    assert answer.status_code == 302, problem(answer)
    return str(answer.headers["Location"])


def ran(desk: Client, plan: str, **more: str) -> str:
    """Run a plan and return the address of what it did."""
    told = {"digest": hidden(body(desk.get(plan)))["digest"][0], **more}
    answer = desk.post(f"{plan}run/", told)
    assert answer.status_code == 302, problem(answer)
    return str(answer.headers["Location"])


def undo(desk: Client, address: str) -> None:
    assert desk.post(f"{address}undo/").status_code == 302


def test_the_list_offers_what_can_be_done(desk: Client) -> None:
    library.file_of_items()
    page = body(desk.get(reverse("fonds", args=["Z109"])))
    assert page.count('name="urn"') == 6
    for name in ("bulk", "replace", "arrange-move", "arrange-merge", "arrange-accept"):
        assert f'formaction="{reverse(name)}"' in page, name
    inside = body(desk.get(reverse("fonds", args=["Z109"]) + "?file=Z109-001-001"))
    assert f'formaction="{reverse("arrange-split")}"' in inside
    assert f'formaction="{reverse("arrange-renumber")}"' in inside


@pytest.mark.parametrize(
    "name", ["bulk", "replace", "arrange-move", "arrange-split", "arrange-merge", "arrange-accept"]
)
def test_nothing_chosen_is_never_everything(desk: Client, name: str) -> None:
    assert "先选条目" in body(desk.get(reverse(name)))
    assert "先选条目" in body(desk.get(reverse(name) + "?fonds=Z109"))
    assert desk.post(reverse(name), {"fonds": "Z109"}).status_code == 400


def test_a_bulk_edit_is_planned_run_and_taken_back(desk: Client) -> None:
    asked = desk.get(reverse("bulk"), {"urn": urns(1, 2)})
    assert "选中 2 条" in body(asked)
    told = {"urn": urns(1, 2), "key-1": "author", "verb-1": "set", "text-1": "云岭区民政局"}
    told |= {"key-2": "title", "verb-2": "suffix", "text-2": "（补）"}
    plan = planned(desk, "bulk", told)
    assert titles(1) == ["题名 1"], "planning changes nothing"
    page = body(desk.get(plan))
    assert "题名 1（补）" in page
    assert "云岭区民政局" in page
    done = ran(desk, plan, reason="统一责任者")
    assert titles(1, 2, 3) == ["题名 1（补）", "题名 2（补）", "题名 3"]
    shown = body(desk.get(done))
    assert "统一责任者" in shown
    assert "撤销这次修改" in shown
    undo(desk, done)
    assert titles(1, 2) == ["题名 1", "题名 2"]
    assert holdings.record(SYSTEM, REF.format(1)).author == "云岭区某局"


def test_all_of_a_filter_is_found_and_replaced_with_the_hits_marked(desk: Client) -> None:
    place = {"fonds": "Z109", "type": "WS", "year": "2011", "level": "top", "all": "1"}
    assert "选中 5 条" in body(desk.get(reverse("replace"), place))
    plan = planned(desk, "replace", {**place, **REPLACE})
    page = body(desk.get(plan))
    assert page.count("<mark>题名</mark>") == 5
    assert "标题 5" in page
    done = ran(desk, plan)
    assert titles(1, 5) == ["标题 1", "标题 5"]
    undo(desk, done)
    assert titles(1, 5) == ["题名 1", "题名 5"]


def test_what_cannot_be_is_told_and_left_only_knowingly(desk: Client) -> None:
    told = {"urn": urns(1), "key-1": "security", "verb-1": "set", "text-1": "机密"}
    plan = planned(desk, "bulk", told)
    page = body(desk.get(plan))
    assert "不能改" in page
    assert "没有要改的" in page
    assert holdings.record(SYSTEM, REF.format(1)).values["security"] == "公开"


def test_a_plan_is_not_run_over_the_changes_of_others(desk: Client) -> None:
    plan = planned(desk, "replace", {"urn": urns(1, 2), **REPLACE})
    digest = hidden(body(desk.get(plan)))["digest"][0]
    assert desk.post(f"{plan}run/", {"digest": "x"}).status_code == 409
    revise(SYSTEM, urn(REF.format(2)), {"title": "别人的题名"}, version=1)
    answer = desk.post(f"{plan}run/", {"digest": digest})
    assert answer.status_code == 409
    assert "没有执行" in body(answer)
    assert titles(1, 2) == ["题名 1", "别人的题名"]


def test_a_plan_is_its_makers_alone_and_can_be_dropped(desk: Client, signed_in: SignedIn) -> None:
    plan = planned(desk, "replace", {"urn": urns(1), **REPLACE})
    assert signed_in("何恒").get(plan).status_code == 403
    assert desk.post(f"{plan}drop/").status_code == 302
    assert desk.get(plan).status_code == 404


def test_an_edit_without_an_operation_says_so_and_keeps_what_was_chosen(desk: Client) -> None:
    answer = desk.post(reverse("bulk"), {"urn": urns(1)})
    assert answer.status_code == 400
    assert "没有说要改什么" in body(answer)
    assert hidden(body(answer))["urn"] == urns(1)
    assert desk.post(reverse("replace"), {"urn": urns(1), "find": "", "key": ["title"]}).status_code == 400


def preview(desk: Client, told: Mapping[str, object]) -> dict[str, list[str]]:
    answer = desk.post(reverse("arrange-move"), {**told, "step": "preview"})
    assert answer.status_code == 200, problem(answer)
    assert "还没有改动。" in body(answer)
    return hidden(body(answer))


def test_records_are_moved_into_a_file_and_back(desk: Client) -> None:
    library.file_of_items()
    asked = body(desk.get(reverse("arrange-move"), {"urn": urns(1)}))
    assert "移到哪里" in asked
    fields = preview(desk, {"urn": urns(1, 2), "where": "file", "parent": "Z109-001-001"})
    answer = desk.post(reverse("arrange-move"), {**fields, "step": "run"})
    assert answer.status_code == 302, problem(answer)
    assert [holdings.record(SYSTEM, REF.format(n)).parent for n in (1, 2, 3)] == ["Z109-001-001"] * 2 + [""]
    undo(desk, answer.headers["Location"])
    assert holdings.record(SYSTEM, REF.format(1)).parent == ""


def test_a_record_is_put_before_and_after_a_sibling(desk: Client, cast: dict[str, Actor]) -> None:
    def order() -> list[str]:
        return [one.title for one in holdings.records(cast["陆安"], number="Z109").items]

    fields = preview(desk, {"urn": urns(4), "where": "before", "sibling": REF.format(1)})
    answer = desk.post(reverse("arrange-move"), {**fields, "step": "run"})
    assert answer.status_code == 302, problem(answer)
    assert order()[:2] == ["题名 4", "题名 1"]
    undo(desk, answer.headers["Location"])
    assert order()[0] == "题名 1"
    near = body(desk.get(reverse("arrange-move"), {"urn": urns(2)}))
    assert "移到上一条之前" in near
    assert "移到下一条之后" in near


def test_a_move_to_nowhere_is_refused_and_asked_again(desk: Client) -> None:
    for wanted in ({}, {"where": "file", "parent": "没有"}, {"where": "file", "parent": REF.format(2)}):
        answer = desk.post(
            reverse("arrange-move"), {"urn": urns(1), **wanted, "step": "run", "v": [f"1 {urns(1)[0]}"]}
        )
        assert answer.status_code in {400, 404}, wanted
        assert "移到哪里" in body(answer)


def test_a_stale_move_is_refused(desk: Client) -> None:
    library.file_of_items()
    fields = preview(desk, {"urn": urns(1), "where": "file", "parent": "Z109-001-001"})
    revise(SYSTEM, urn(REF.format(1)), {"title": "别人改了"}, version=1)
    assert desk.post(reverse("arrange-move"), {**fields, "step": "run"}).status_code == 409


def test_a_volume_is_split_and_put_together_again(desk: Client) -> None:
    items = library.file_of_items()
    chosen = [urn(one) for one in items[1:]]
    page = body(desk.get(reverse("arrange-split"), {"urn": chosen}))
    assert 'value="Z109-001-002"' in page
    told = {**hidden(page), "ref": "Z109-001-002", "title": "新卷"}
    answer = desk.post(reverse("arrange-split"), told)
    assert answer.status_code == 302, problem(answer)
    assert holdings.record(SYSTEM, items[2]).parent == "Z109-001-002"
    assert holdings.record(SYSTEM, "Z109-001-002").title == "新卷"
    both = [urn("Z109-001-001"), urn("Z109-001-002")]
    merge = body(desk.get(reverse("arrange-merge"), {"urn": both}))
    assert "2 卷，共 3 件" in merge
    merged = desk.post(reverse("arrange-merge"), {**hidden(merge), "into": both[0]})
    assert merged.status_code == 302, problem(merged)
    assert holdings.record(SYSTEM, items[2]).parent == "Z109-001-001"


def test_what_cannot_be_split_or_merged_is_refused(desk: Client) -> None:
    items = library.file_of_items()
    assert desk.get(reverse("arrange-split"), {"urn": urns(1)}).status_code == 400
    assert desk.get(reverse("arrange-merge"), {"urn": [urn("Z109-001-001")]}).status_code == 400
    page = body(desk.get(reverse("arrange-split"), {"urn": [urn(items[0])]}))
    taken = desk.post(reverse("arrange-split"), {**hidden(page), "ref": "Z109-001-001", "title": "占用"})
    assert taken.status_code == 409
    assert "没有拆" in body(taken)


def arranging() -> list[str]:
    """Describe three records that are still being arranged, with gaps in their numbers."""
    import uuid

    refs = [f"Z109-WS·2015·Y-{number:04d}" for number in (2, 5, 9)]
    rows = [
        library.Description(
            library.urn_of(ref),
            ref,
            "item",
            "WS",
            "Z109",
            library.values(ref, f"待编 {ref[-1]}", year="2015"),
        )
        for ref in refs
    ]
    describe(SYSTEM, uuid.uuid4(), rows, accepted=False)
    return refs


def test_numbers_are_closed_up_while_arranging_then_fixed(desk: Client) -> None:
    refs = arranging()
    place = {"fonds": "Z109", "series": "WS·2015·Y"}
    page = body(desk.get(reverse("arrange-renumber"), place))
    for new in ("Z109-WS·2015·Y-0001", "Z109-WS·2015·Y-0003", "给 3 条换号"):
        assert new in page, new
    answer = desk.post(reverse("arrange-renumber"), hidden(page))
    assert answer.status_code == 302, problem(answer)
    assert [one.title for one in (holdings.record(SYSTEM, f"Z109-WS·2015·Y-000{n}") for n in (1, 2, 3))] == [
        f"待编 {ref[-1]}" for ref in refs
    ]
    stale = desk.post(reverse("arrange-renumber"), hidden(page))
    assert stale.status_code == 409
    chosen = [urn(f"Z109-WS·2015·Y-000{n}") for n in (1, 2, 3)]
    asked = body(desk.get(reverse("arrange-accept"), {"urn": chosen}))
    assert "验收这 3 条" in asked
    assert desk.post(reverse("arrange-accept"), hidden(asked)).status_code == 302
    assert all(one.accepted for one in current(SYSTEM, chosen))
    fixed = body(desk.get(reverse("arrange-renumber"), {**place, "start": "7"}))
    assert "有不能换的" in fixed
    assert "都已经验收过了" in body(desk.get(reverse("arrange-accept"), {"urn": chosen}))


def test_renumbering_asks_for_a_place(desk: Client) -> None:
    assert "案卷的档号" in body(desk.get(reverse("arrange-renumber")))
    missing = desk.get(reverse("arrange-renumber"), {"fonds": "Z109", "series": "没有"})
    assert missing.status_code == 404
    assert "没有" in body(missing)


def test_outsiders_do_nothing_of_it(signed_in: SignedIn, desk: Client) -> None:
    for person in ("沈文", "他局", "顾闻", "安全审计员"):
        client = signed_in(person)
        for name in ("bulk", "replace", "arrange-move", "arrange-split", "arrange-merge", "arrange-renumber"):
            assert client.get(reverse(name), {"urn": urns(1)}).status_code == 403, (person, name)
            assert client.post(reverse(name), {"urn": urns(1)}).status_code == 403, (person, name)


def test_one_hundred_thousand_is_no_number_for_a_hand(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lantai.catalogue.views_arrange.MOST", 2)
    assert desk.get(reverse("arrange-move"), {"urn": urns(1, 2, 3)}).status_code == 400

"""What an archivist does with the catalogue all day, in a real browser: edit, take hints, clash, replace, undo."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from lantai.base.actors import SYSTEM, Actor
from lantai.catalogue import suggest
from lantai.holdings import queries as holdings
from lantai.holdings.services import current, revise
from tests.browser.chromium import NARROW
from tests.browser.conftest import Visit
from tests.browser.test_pages import faults
from tests.pages import library

REF = "Z109-WS·2011·Y-000{}"


@pytest.fixture(autouse=True)
def some(cast: dict[str, Actor]) -> None:
    library.many(6)
    suggest.forget()


def title(number: int = 1) -> str:
    return holdings.record(SYSTEM, REF.format(number)).title


def edit(window: Page, number: int = 1) -> None:
    window.goto(f"/catalogue/records/{REF.format(number)}/edit/")


def looked(window: Page) -> None:
    """Wait until the page has looked at what was typed."""
    expect(window.locator("form[data-save]")).not_to_have_class(re.compile("htmx-request"))


def test_editing_with_keys_alone(visit: Visit) -> None:
    window = visit("luan")
    window.goto("/holdings/Z109/")
    window.keyboard.press("j")
    window.keyboard.press("j")
    window.keyboard.press("e")
    window.wait_for_url("**/edit/")
    expect(window.get_by_role("heading", level=1)).to_have_text("题名 2")
    window.get_by_label("题名必填").focus()
    window.keyboard.press("Control+a")
    window.keyboard.type("关于救灾款物发放的通知")
    window.keyboard.press("Enter")
    expect(window.locator("#f-parallel_title")).to_be_focused()
    expect(window.locator("#note-record_form")).to_contain_text("通知")
    looked(window)
    window.keyboard.press("Control+Enter")
    window.wait_for_url("**saved=2")
    expect(window.get_by_role("status").first).to_contain_text("已保存，改了 1 处")
    assert title(2) == "关于救灾款物发放的通知"


def test_a_hint_comes_while_typing_and_is_taken_over(visit: Visit) -> None:
    window = visit("luan")
    edit(window)
    window.locator("#f-title").fill("关于防汛工作的通知（云民发〔2011〕3号）")
    window.locator("#f-title").press("Tab")
    take = window.locator("#note-doc_number").get_by_role("button")
    expect(take).to_contain_text("云民发〔2011〕3号")
    take.click()
    expect(window.locator("#f-doc_number")).to_have_value("云民发〔2011〕3号")
    expect(window.locator("#f-doc_number")).to_be_focused()
    expect(window.locator("#f-title")).to_have_value("关于防汛工作的通知（云民发〔2011〕3号）")
    assert title() == "题名 1", "nothing is saved by looking"
    looked(window)
    window.get_by_role("button", name="保存", exact=True).click()
    window.wait_for_url("**saved=2")
    assert holdings.record(SYSTEM, REF.format(1)).doc_number == "云民发〔2011〕3号"


def test_a_fault_is_told_while_typing(visit: Visit) -> None:
    window = visit("luan")
    edit(window)
    window.locator("#f-date").fill("2011年13月")
    window.locator("#f-date").press("Tab")
    expect(window.locator("#note-date")).to_contain_text("要改")
    expect(window.locator("#note-sum")).to_contain_text("1 处要改")


def test_two_people_edit_one_record(visit: Visit) -> None:
    window = visit("luan")
    edit(window)
    urn = holdings.record(SYSTEM, REF.format(1)).urn
    revise(SYSTEM, urn, {"title": "别人的题名", "pages": "12"}, version=1)
    window.locator("#f-title").fill("我的题名")
    window.locator("#f-author").fill("云岭区民政局")
    window.locator("#f-author").press("Tab")
    looked(window)
    window.get_by_role("button", name="保存", exact=True).click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("别人先改了这一条")
    assert faults(window, "conflict") == []
    window.get_by_label("我的题名").check()
    window.get_by_role("button", name="合并保存").click()
    window.wait_for_url("**saved=3")
    now = holdings.record(SYSTEM, REF.format(1))
    assert (now.title, now.author, now.pages) == ("我的题名", "云岭区民政局", 12)


def test_find_and_replace_then_undo(visit: Visit) -> None:
    window = visit("luan")
    window.goto("/holdings/Z109/")
    window.get_by_label("条件下的全部，不只本页").check()
    window.get_by_role("button", name="查找替换").click()
    expect(window.get_by_text("选中 6 条")).to_be_visible()
    assert faults(window, "replace") == []
    window.get_by_label("查找", exact=True).fill("题名")
    window.get_by_label("替换为").fill("标题")
    window.get_by_role("button", name="做计划").click()
    expect(window.locator("mark")).to_have_count(6)
    assert faults(window, "plan") == []
    assert title() == "题名 1"
    window.get_by_role("button", name="修改这 6 条").click()
    expect(window.get_by_text("已修改 6 条。")).to_be_visible()
    assert [title(n) for n in range(1, 7)] == [f"标题 {n}" for n in range(1, 7)]
    assert faults(window, "entry") == []
    window.get_by_role("button", name="撤销这次修改").click()
    expect(window.get_by_text("已撤销")).to_be_visible()
    assert [title(n) for n in range(1, 7)] == [f"题名 {n}" for n in range(1, 7)]


def test_a_bulk_edit_of_ticked_rows_without_scripts(visit: Visit) -> None:
    window = visit("luan", java_script_enabled=False)
    window.goto("/holdings/Z109/")
    for number in (1, 3):
        window.get_by_role("checkbox", name=REF.format(number)).check()
    window.get_by_role("button", name="批量修改").click()
    window.get_by_label("项目").first.select_option("author")
    window.get_by_label("值").first.fill("云岭区民政局")
    window.get_by_role("button", name="做计划").click()
    window.get_by_role("button", name="修改这 2 条").click()
    window.wait_for_url("**/changes/*/")
    authors = [holdings.record(SYSTEM, REF.format(n)).author for n in range(1, 4)]
    assert authors == ["云岭区民政局", "云岭区某局", "云岭区民政局"]


def test_editing_without_scripts(visit: Visit) -> None:
    window = visit("luan", java_script_enabled=False)
    edit(window)
    window.locator("#f-title").fill("不用脚本改的题名")
    window.get_by_role("button", name="保存", exact=True).click()
    window.wait_for_url("**saved=2")
    assert title() == "不用脚本改的题名"


def test_rows_are_ticked_by_key_and_moved(visit: Visit) -> None:
    library.file_of_items()
    window = visit("luan")
    window.goto("/holdings/Z109/?level=item")
    there = False
    for _ in range(12):  # a list of eight rows
        window.keyboard.press("j")
        there = "Z109-WS" in window.evaluate("document.activeElement.closest('tr')?.innerText ?? ''")
        if there:
            break
    assert there, "j comes to no record"
    window.keyboard.press("x")
    window.get_by_role("button", name="移动").click()
    window.wait_for_url("**/catalogue/move/**")
    assert faults(window, "move") == []
    window.get_by_label("一个案卷里，排在最后").check()
    window.get_by_label("案卷的档号").fill("Z109-001-001")
    window.get_by_role("button", name="预览").click()
    expect(window.get_by_text("还没有改动。")).to_be_visible()
    assert faults(window, "preview") == []
    window.get_by_role("button", name="移动", exact=True).click()
    expect(window.get_by_text("已移动 1 条。")).to_be_visible()
    assert holdings.record(SYSTEM, REF.format(1)).parent == "Z109-001-001"


def test_describing_one_after_the_other(visit: Visit) -> None:
    window = visit("luan")
    window.goto("/catalogue/new/?fonds=Z109&type=WS&series=WS·2011·Y&like=1")
    assert faults(window, "new") == []
    expect(window.locator("#f-ref")).to_have_value("Z109-WS·2011·Y-0007")
    window.locator("#f-title").fill("关于双拥共建的意见")
    window.locator("#f-date").fill("20110808")
    window.locator("#f-date").press("Tab")
    looked(window)
    window.locator("#f-date").press("Control+Enter")
    expect(window.get_by_text("已著录 Z109-WS·2011·Y-0007")).to_be_visible()
    expect(window.locator("#f-ref")).to_have_value("Z109-WS·2011·Y-0008")
    assert holdings.record(SYSTEM, "Z109-WS·2011·Y-0007").author == "云岭区某局"


def test_pages_of_editing_are_barrier_free_on_a_telephone(visit: Visit) -> None:
    window = visit("luan", NARROW, color_scheme="dark")
    urn = holdings.record(SYSTEM, REF.format(1)).urn
    revise(SYSTEM, urn, {"title": "新题名" * 30}, version=current(SYSTEM, [urn])[0].version)
    wrong = []
    for path in (
        f"/catalogue/records/{urn}/edit/",
        f"/catalogue/records/{urn}/changes/",
        "/catalogue/new/",
        f"/catalogue/bulk/?urn={urn}",
        f"/catalogue/replace/?urn={urn}",
        f"/catalogue/move/?urn={urn}",
        "/catalogue/renumber/?fonds=Z109&series=WS·2011·Y",
        f"/catalogue/accept/?urn={urn}",
        "/holdings/Z109/",
    ):
        window.goto(path)
        wrong += faults(window, path)
    assert not wrong

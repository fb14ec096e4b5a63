"""Volumes in a browser: dragged from one to the other, moved by keyboard, everything barrier-free and within a telephone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lantai.base.actors import Actor
from lantai.desk import queries_volumes
from tests.browser.chromium import NARROW, WIDE
from tests.browser.conftest import Visit
from tests.browser.test_pages import faults
from tests.filing import close
from tests.rooms.test_desk_volumes import items_of, make, vouchers


def order(clerk: Actor, number: str) -> list[str]:
    return [
        "".join(item.title.partition("月")[0] for item in one.items)
        for one in queries_volumes.volumes(clerk, number)[0]
    ]


def test_items_are_dragged_between_volumes_and_moved_by_keyboard(
    visit: Visit, cast: dict[str, Actor]
) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 5)
    items = items_of(clerk, number)
    make(clerk, number, items[:2], "一至二月凭证")
    make(clerk, number, items[2:4], "三至四月凭证")
    window = visit("shenwen", {"width": 1280, "height": 1500})  # nothing scrolls while it is dragged
    window.goto(f"/desk/classes/{number}/")
    row, target = window.locator(f"tr[data-item='{items[0]}']"), window.locator(f"tr[data-item='{items[3]}']")
    row.drag_to(target, target_position={"x": 40, "y": 4})
    expect(window.locator(f"tr[data-item='{items[0]}']")).to_have_attribute("data-place", "2")
    assert order(clerk, number) == ["2", "314"]
    window.locator(f"tr[data-item='{items[0]}'] a").first.focus()
    window.keyboard.press("Alt+ArrowDown")
    expect(window.locator(f"tr[data-item='{items[0]}']")).to_have_attribute("data-place", "3")
    window.locator(f"tr[data-item='{items[4]}'] a").first.focus()
    window.keyboard.press("x")
    window.get_by_label("放入").select_option(index=0)
    window.get_by_role("button", name="放入").click()
    expect(window.get_by_text("还没有入卷")).to_have_count(0)
    assert order(clerk, number) == ["25", "341"]


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_pages_of_volumes_have_no_fault(
    visit: Visit, cast: dict[str, Actor], viewport: dict[str, int]
) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 5)
    items = items_of(clerk, number)
    uuid = make(clerk, number, items[:2], "云岭区民政局2024年一至二月会计凭证（含水库移民后期扶持资金专户）")
    make(clerk, number, items[2:4], "三至四月凭证")
    window = visit("shenwen", viewport)
    pages = (f"classes/{number}/", f"volumes/{uuid}/", f"classes/{number}/prints/")
    for place, page in enumerate(pages):
        window.goto(f"/desk/{page}")
        assert faults(window, page) == []
        if folder := os.environ.get("LANTAI_LOOK"):
            window.screenshot(path=Path(folder) / f"{viewport['width']}-{place}.png", full_page=True)
    make(clerk, number, items[4:], "五月凭证")
    close(clerk, number)
    window.goto(f"/desk/classes/{number}/")
    expect(window.get_by_text("Z109-KU·PZ·2024-003", exact=True)).to_be_visible()
    assert faults(window, "closed") == []
    if folder := os.environ.get("LANTAI_LOOK"):
        window.screenshot(path=Path(folder) / f"{viewport['width']}-closed.png", full_page=True)

"""Arranging in a browser: proposals taken, a class put in order by keyboard and mouse; barrier-free at both widths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lantai.base.actors import Actor
from tests.browser.chromium import NARROW, WIDE
from tests.browser.conftest import Visit
from tests.browser.test_pages import faults
from tests.pages.test_desk_arranging import approved, captured


def in_order(window: Page) -> list[str]:
    """Return the numbers in the titles of a class as they stand."""
    return [title[-4] for title in window.locator(".order td.name a").all_inner_texts()]


def test_a_class_is_filled_and_ordered(visit: Visit, cast: dict[str, Actor], tmp_path: Path) -> None:
    approved(cast, tmp_path)
    captured(cast["沈文"], 3)
    window = visit("shenwen", WIDE)
    window.goto("/desk/arrange/")
    window.get_by_label("全选").check()
    window.get_by_role("button", name="各按提示归入").click()
    expect(window.get_by_text("3 件已归入 2026 · 移民科 · 30年。")).to_be_visible()
    window.goto("/desk/classes/G2026-0001/")
    assert in_order(window) == ["1", "2", "3"]
    window.locator(".order td.name a").first.focus()
    window.keyboard.press("Alt+ArrowDown")
    window.wait_for_url("**#i-*")
    assert in_order(window) == ["2", "1", "3"]
    expect(window.locator(".order tbody tr").nth(1).locator("td.name a")).to_be_focused()
    rows = window.locator(".order tbody tr")
    rows.nth(2).drag_to(rows.nth(0), target_position={"x": 30, "y": 3})
    expect(rows.nth(0)).to_contain_text("第3号")
    assert in_order(window) == ["3", "2", "1"]


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["narrow", "wide"])
def test_the_pages_of_arranging_are_barrier_free(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path, viewport: dict[str, int]
) -> None:
    approved(cast, tmp_path)
    captured(cast["沈文"], 2)
    window = visit("shenwen", viewport)
    wrong: list[Any] = []
    for path in (
        "/desk/",
        "/desk/arrange/",
        "/desk/schedules/",
        "/desk/schedules/new/",
        "/desk/schedules/MZJ/1/",
    ):
        window.goto(path)
        wrong += faults(window, path)
    window.goto("/desk/arrange/")
    for summary in window.locator(".proposed summary").all():
        summary.click()
    wrong += faults(window, "/desk/arrange/ with its reasons")
    window.get_by_role("button", name="采用").first.click()
    window.goto("/desk/classes/")
    wrong += faults(window, "/desk/classes/")
    window.goto("/desk/classes/G2026-0001/")
    wrong += faults(window, "one class")
    window.locator(".order td.name a").first.click()
    wrong += faults(window, "one item")
    assert not wrong

"""The check at filing in a browser: mended from its report; barrier-free at both widths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from lantai.base.actors import Actor
from lantai.desk import queries_arrangement as arrangement
from lantai.desk import services
from tests.browser.chromium import NARROW, WIDE
from tests.browser.conftest import Visit
from tests.browser.test_pages import faults
from tests.rooms.test_desk_filing_check import filed, part, revision


def with_faults(clerk: Actor, folder: Path) -> str:
    """Return a class that was checked: an item lacks its author, the file of another is torn."""
    number = filed(clerk, folder, 3)
    line = arrangement.in_class(clerk, number)[1]
    values = arrangement.item(clerk, line.uuid).values
    services.edit(clerk, line.uuid, {k: v for k, v in values.items() if k != "author"}, seen=1)
    _capture, _order, place, _item = part(clerk, number, "正文.pdf")
    place.write_bytes(place.read_bytes()[:200])
    services.order_check(clerk, number, seen=revision(clerk, number))
    services.advance_filing_checks()
    return number


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["narrow", "wide"])
def test_the_report_is_barrier_free_and_mended_in_place(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path, viewport: dict[str, int]
) -> None:
    clerk = cast["沈文"]
    number = with_faults(clerk, tmp_path)
    window = visit("shenwen", viewport)
    wrong: list[Any] = []
    window.goto(f"/desk/classes/{number}/check/")
    wrong += faults(window, "a report with faults")
    window.get_by_label("责任者").fill("云岭区民政局")
    window.get_by_role("button", name="保存").click()
    expect(window.get_by_text("已改好，正在重新检测。")).to_be_visible()
    wrong += faults(window, "a check at work")
    services.advance_filing_checks()
    expect(window.get_by_text("检测做完了。")).to_be_visible()
    window.get_by_role("link", name="看新的结果").click()
    expect(window.get_by_text("不合格 1 件")).to_be_visible()
    assert not wrong

"""The telephone's page in a browser of a telephone's size: taken, looked at, corners dragged, moved, filed; barrier-free."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from lantai.base.actors import Actor
from lantai.desk.models import Capture
from tests.browser.chromium import NARROW, WIDE
from tests.browser.conftest import Visit
from tests.browser.test_pages import faults
from tests.kernel.photographs.shoot import shoot

PHONE = {"viewport": NARROW, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
TITLE = "关于拨付救灾款的通知"


def photographs(folder: Path, *numbers: int) -> list[Path]:
    made = []
    for number in numbers:
        made.append(folder / f"IMG_{number}.jpg")
        made[-1].write_bytes(shoot(number).data)
    return made


def shots(window: Page) -> list[str]:
    return [
        str(one) for one in window.locator(".shot").evaluate_all("all => all.map(one => one.dataset.shot)")
    ]


def test_a_letter_is_photographed_looked_at_and_filed(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path
) -> None:
    window, seen = visit("shenwen", **PHONE), []

    def lose_one(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        seen.append(route.request.headers["upload-offset"])
        answer = route.fetch()
        route.fulfill(status=429, body="") if len(seen) == 1 else route.fulfill(response=answer)

    window.route("**/uploads/*/", lose_one)
    window.goto("/desk/")
    window.get_by_role("link", name="手机拍摄").click()
    first, second = photographs(tmp_path, 0, 1)
    window.locator("#photos").set_input_files(first)
    expect(window.get_by_text("已拉直")).to_have_count(1)
    window.locator("#photos").set_input_files(second)
    expect(window.get_by_text("已拉直")).to_have_count(2)
    before = shots(window)
    window.get_by_role("button", name="往前移一页").last.click()
    assert shots(window) == before[::-1]
    card = window.locator(".shot").first
    card.get_by_role("button", name="转 90°").click()
    expect(card.locator("[name=turn]")).to_have_value("1")
    lies = "() => { const one = document.querySelector('.shot [data-flat]'); return one.naturalWidth > one.naturalHeight; }"
    window.wait_for_function(lies, timeout=15_000)
    card.get_by_role("button", name="调四角").click()
    grip = card.get_by_role("button", name="左上角")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    assert box
    window.mouse.move(box["x"] + 22, box["y"] + 22)
    window.mouse.down()
    window.mouse.move(box["x"] + 40, box["y"] + 50, steps=4)
    window.mouse.up()
    expect(card.get_by_text("四角已手工调好")).to_be_visible()
    dragged = card.locator("[name=corners]").input_value()
    grip.press("ArrowLeft")
    assert card.locator("[name=corners]").input_value() != dragged
    window.wait_for_function(lies, timeout=15_000)
    assert not faults(window, "photographed")
    window.get_by_label("题名").fill(TITLE)
    window.get_by_label("文件日期").fill("2026-06-01")
    window.get_by_role("button", name="归档", exact=True).click()
    expect(window.get_by_role("heading", name=TITLE)).to_be_visible()
    row = Capture.objects.get()
    assert row.source == "telephone" and row.files == 3 and "date" in row.described
    assert {one["code"] for one in row.notes} >= {"desk.photographs.given", "desk.photographs.found"}


def test_a_page_is_taken_anew_removed_or_refused(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path
) -> None:
    window = visit("shenwen", **PHONE)
    window.goto("/desk/bring/telephone/")
    window.get_by_label("题名").fill(TITLE)
    window.get_by_role("button", name="归档", exact=True).click()
    expect(window.get_by_text("先拍一页")).to_be_visible()
    (tmp_path / "坏.jpg").write_bytes(shoot(0).data[:4000])
    window.locator("#photos").set_input_files([tmp_path / "坏.jpg", *photographs(tmp_path, 2)])
    expect(window.get_by_text("不能用")).to_be_visible()
    expect(window.get_by_text("已拉直")).to_be_visible()
    before = shots(window)
    (again,) = photographs(tmp_path, 3)
    window.locator(".shot").first.locator("[data-retake] input").set_input_files(again)
    expect(window.get_by_text("不能用")).to_have_count(0)
    expect(window.locator(".shot [data-way]")).to_have_count(2)
    assert shots(window)[1] == before[1] and shots(window)[0] != before[0]
    window.locator(".shot").first.get_by_role("button", name="不拉直").click()
    expect(window.locator(".shot [name=corners]").first).to_have_value("whole")
    assert len(shots(window)) == 2 and window.get_by_label("题名").input_value() == TITLE
    window.locator(".shot").first.get_by_role("button", name="移除").click()
    assert len(shots(window)) == 1
    window.get_by_role("button", name="归档", exact=True).click()
    expect(window.get_by_role("heading", name=TITLE)).to_be_visible()
    assert Capture.objects.get().files == 2


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["narrow", "wide"])
def test_it_works_without_scripts(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path, viewport: dict[str, int]
) -> None:
    window = visit("shenwen", viewport, java_script_enabled=False)
    window.goto("/desk/bring/telephone/")
    window.locator("#photos").set_input_files(photographs(tmp_path, 0))
    window.get_by_role("button", name="看看拍得怎样").click()
    expect(window.get_by_text("已拉直")).to_be_visible()
    window.get_by_label("题名").fill(TITLE)
    window.get_by_role("button", name="归档", exact=True).click()
    expect(window.get_by_role("heading", name=TITLE)).to_be_visible()

"""Bringing files to the desk in a browser: dropped, in pieces over a bad line, compared at the end; barrier-free."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.desk.models import Capture
from lantai.desk.services.folders import look
from tests.browser.chromium import NARROW, WIDE
from tests.browser.conftest import Visit
from tests.browser.test_pages import faults
from tests.rooms.test_desk_hints import LETTER, MARKED

SEND = "送到收文盘"
DROP = """area => {
  const data = new DataTransfer();
  data.items.add(new File(["正文"], "拖来的函.txt", {type: "text/plain"}));
  area.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def test_a_folder_goes_over_a_bad_line_and_is_compared(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path
) -> None:
    folder = tmp_path / "关于水库移民的函"
    (folder / "附件").mkdir(parents=True)
    (folder / "正文.txt").write_text("正文行\n" * 900_000, "utf-8")
    (folder / "附件" / "表.csv").write_text("甲,乙\n", "utf-8")
    window, seen = visit("shenwen"), []

    def lose_one(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        seen.append(int(route.request.headers["upload-offset"]))
        answer = route.fetch()
        route.fulfill(status=429, body="") if len(seen) == 2 else route.fulfill(response=answer)

    window.route("**/uploads/*/", lose_one)
    window.goto("/desk/bring/")
    window.locator("#folder").set_input_files(folder)
    window.get_by_label("全部（每个文件夹）一份").check()
    window.get_by_role("button", name=SEND).click()
    expect(window.get_by_text("本机 2 个文件")).to_contain_text("已收 2 个，核对一致 2 个")
    row = Capture.objects.get()
    assert [(one.role, one.name) for one in row.components.order_by("order")] == [
        ("main", "正文.txt"),
        ("attachment", "附件_表.csv"),
    ]
    assert row.bytes == sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    window.get_by_role("link", name=row.number).click()
    expect(window.get_by_role("heading", name="关于水库移民的函")).to_be_visible()
    assert {path.stat().st_nlink for path in home().inbox.glob("upload-*/data")} == {2}


def test_what_is_dropped_and_what_is_refused(visit: Visit, cast: dict[str, Actor], tmp_path: Path) -> None:
    (tmp_path / "机要.txt").write_text(MARKED, "utf-8")
    window, late = visit("shenwen"), list[Route]()
    window.route("**/bring*.js", lambda route: late.append(route))
    window.goto("/desk/bring/", wait_until="commit")
    window.locator("#files").set_input_files(tmp_path / "机要.txt")
    expect(window.get_by_text("机要.txt")).to_have_count(0)  # a quick hand: the script is not there yet
    late[0].continue_()
    expect(window.get_by_text("机要.txt")).to_be_visible()
    window.locator("[data-drop]").evaluate(DROP)
    window.get_by_role("button", name=SEND).click()
    expect(window.get_by_text("本机 2 个文件")).to_contain_text("已收 1 个，核对一致 1 个")
    expect(window.get_by_text("国家秘密标志")).to_be_visible()
    assert [row.title for row in Capture.objects.all()] == ["拖来的函"]


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["narrow", "wide"])
def test_the_ways_in_are_barrier_free(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path, viewport: dict[str, int]
) -> None:
    place = home().desk_inbox / "MZJ" / f"{'很长的名称' * 12}.txt"
    place.parent.mkdir(parents=True)
    place.write_text("正文", "utf-8")
    look()
    (tmp_path / "通知.txt").write_text(LETTER, "utf-8")
    window = visit("shenwen", viewport)
    window.goto("/desk/bring/folder/")
    wrong = faults(window, "the drop folder")
    window.goto("/desk/bring/")
    window.locator("#files").set_input_files([tmp_path / "通知.txt"])
    window.get_by_role("button", name=SEND).click()
    expect(window.get_by_text("本机 1 个文件")).to_be_visible()
    wrong += faults(window, "bringing")
    window.get_by_role("link", name="C2026-0001").click()
    expect(window.get_by_role("heading", name="从正文认出")).to_be_visible()
    wrong += faults(window, "one document with its hints")
    window.get_by_role("button", name="全部采用").click()
    expect(window.get_by_text("已著录。")).to_be_visible()
    wrong += faults(window, "the document described")
    assert not wrong


def test_an_upload_goes_on_after_its_page_was_closed(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path
) -> None:
    letter = tmp_path / "通知.txt"
    letter.write_text(LETTER, "utf-8")
    window, begun = visit("shenwen"), []
    window.on("request", lambda asked: begun.append(asked.url) if asked.url.endswith("/uploads/") else None)
    window.route("**/desk/bring/", lambda route: route.continue_() if route.request.method == "GET" else None)
    for round in (1, 2):
        window.goto("/desk/bring/")
        if round == 2:  # the page that asked is closed: what it asked goes nowhere any more
            window.unroute("**/desk/bring/")
        window.locator("#files").set_input_files(letter)
        window.get_by_role("button", name=SEND).click()
        if round == 1:
            expect(window.get_by_text("正在登记")).to_be_visible()
    expect(window.get_by_text("本机 1 个文件")).to_contain_text("核对一致 1 个")
    assert len(begun) == 1, "what had arrived was not sent again"
    assert window.evaluate("localStorage.length") == 0

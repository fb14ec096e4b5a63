"""What people do with the pages: sign in, send, watch, answer, accept, return; with keys alone where they can."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from lantai.base.actors import SYSTEM, Actor
from lantai.ingest import queries
from lantai.ingest.models import Transfer
from lantai.ingest.services import submit
from lantai.ingest.workspace import workspace
from lantai.site.work import settle
from tests.browser.chromium import NARROW
from tests.browser.conftest import Visit
from tests.packages import package
from tests.pages.conftest import Small


def test_a_package_goes_all_the_way(visit: Visit, cast: dict[str, Actor], tmp_path: Path) -> None:
    clerk, intake = visit("shenwen"), visit("luan")
    clerk.get_by_role("link", name="移交一批档案").first.click()
    clerk.get_by_label("压缩包").set_input_files(package(tmp_path, "2011年文书档案.zip"))
    clerk.get_by_role("button", name="提交").click()
    clerk.wait_for_url("**/transfers/2*/")
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("移交")
    settle()
    expect(clerk.get_by_text("检测完成，等接收岗看报告后接收或退回。")).to_be_visible()
    intake.goto("/")
    intake.get_by_role("link", name="看报告").click()
    intake.get_by_role("button", name="全部合格").click()
    intake.get_by_role("button", name="接收", exact=True).click()
    intake.wait_for_url("**/transfers/2*/")
    settle()
    expect(intake.get_by_role("link", name="接收凭证")).to_be_visible(timeout=10_000)
    expect(intake.get_by_role("link", name="关于水库移民安置的请示")).to_be_visible()


def test_a_folder_is_sent_with_its_structure(visit: Visit, cast: dict[str, Actor], tmp_path: Path) -> None:
    folder = package(tmp_path, "移交文件夹")
    window = visit("shenwen")
    window.goto("/transfers/new/")
    window.get_by_label("或者，一个文件夹").set_input_files(folder)
    window.get_by_role("button", name="提交").click()
    window.wait_for_url("**/transfers/2*/")
    sent = Path(Transfer.objects.get().source)
    want = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert sorted(p.relative_to(sent).as_posix() for p in sent.rglob("*") if p.is_file()) == want
    settle()
    assert queries.transfers(SYSTEM).items[0].state == "checking"


def test_sending_nothing_says_so_and_stays(visit: Visit, cast: dict[str, Actor]) -> None:
    window = visit("shenwen")
    window.goto("/transfers/new/")
    window.on("console", lambda told: None)
    with window.expect_response("**/transfers/new/") as answered:
        window.get_by_role("button", name="提交").click()
    assert answered.value.status == 400
    expect(window.get_by_text("没有选择文件。")).to_be_visible()
    expect(window.get_by_role("button", name="提交")).to_be_enabled()


def test_pages_work_without_scripts(visit: Visit, cast: dict[str, Actor], tmp_path: Path) -> None:
    window = visit("shenwen", java_script_enabled=False)
    window.goto("/transfers/new/")
    expect(window.get_by_label("或者，一个文件夹")).to_be_hidden()
    window.get_by_label("压缩包").set_input_files(package(tmp_path, "a.zip"))
    window.get_by_role("button", name="提交").click()
    window.wait_for_url("**/transfers/2*/")


def test_progress_moves_by_itself(visit: Visit, cast: dict[str, Actor], tmp_path: Path) -> None:
    number = submit(SYSTEM, "MZJ", package(tmp_path, "a.zip"))
    row = Transfer.objects.get(number=number)
    workspace(row.uuid).report("submitted", 1, 9)
    window = visit("luan")
    window.goto(f"/transfers/{number}/")
    expect(window.get_by_text("1 / 9")).to_be_visible()
    workspace(row.uuid).report("submitted", 7, 9)
    expect(window.get_by_text("7 / 9")).to_be_visible(timeout=8_000)
    settle()
    expect(window.get_by_role("link", name="看报告并办理")).to_be_visible(timeout=8_000)


def test_the_keys_work(visit: Visit, small: Small) -> None:
    window = visit("luan")
    window.goto("/transfers/")
    window.keyboard.press("j")
    window.keyboard.press("j")
    expect(window.get_by_role("link", name=small.checking)).to_be_focused()
    window.keyboard.press("k")
    expect(window.get_by_role("link", name=small.refused)).to_be_focused()
    window.keyboard.press("j")
    window.keyboard.press("Enter")
    window.wait_for_url(f"**/transfers/{small.checking}/")
    window.keyboard.press("/")
    expect(window.get_by_role("searchbox").first).to_be_focused()
    window.keyboard.press("j")
    expect(window.get_by_role("searchbox").first).to_have_value("j")
    window.keyboard.press("Escape")
    window.keyboard.press("?")
    expect(window.get_by_role("dialog")).to_be_visible()
    window.keyboard.press("Escape")
    expect(window.get_by_role("dialog")).to_be_hidden()


def test_the_menu_signs_out_on_a_telephone(visit: Visit, cast: dict[str, Actor]) -> None:
    window = visit("luan", NARROW)
    window.get_by_text("陆安").first.click()
    window.get_by_role("button", name="退出").click()
    window.wait_for_url("**/sign-in/")
    window.goto("/")
    window.wait_for_url("**/sign-in/?next=/")

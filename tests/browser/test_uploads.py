"""A large list is sent by the page piece by piece: a lost answer or a closed page costs nothing that arrived."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Route, expect

from lantai.base.actors import Actor
from lantai.catalogue.models import Import
from lantai.catalogue.workshop import workshop
from tests.browser.conftest import Visit

PIECES = "**/uploads/*/"


def large(folder: Path) -> Path:
    path = folder / "大目录.csv"
    rows = (
        f"Z109-WS·2014·Y-{n:06d},关于第{n}号事项的通知{'，详见附件' * 9},2014,永久\n" for n in range(60_000)
    )
    path.write_text("档号,题名,年度,保管期限\n" + "".join(rows), "utf-8")
    assert path.stat().st_size > 9 << 20
    return path


def test_a_piece_whose_answer_was_lost_is_not_sent_twice(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path
) -> None:
    window, path, seen = visit("luan"), large(tmp_path), []

    def lose_the_first(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        seen.append(int(route.request.headers["upload-offset"]))
        answer = route.fetch()
        route.fulfill(response=answer) if len(seen) > 1 else route.fulfill(status=409, body="")

    window.route(PIECES, lose_the_first)
    window.goto("/catalogue/imports/new/")
    window.get_by_label("目录文件").set_input_files(path)
    window.get_by_role("button", name="编制计划").click()
    window.wait_for_url("**/catalogue/imports/2*/")
    assert seen == sorted(set(seen)) and seen[0] == 0 and len(seen) > 2
    row = Import.objects.get()
    assert row.name == "大目录.csv" and workshop(row.uuid).source().read_bytes() == path.read_bytes()


def test_a_closed_page_goes_on_when_the_file_is_chosen_again(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path
) -> None:
    window, path, seen = visit("luan"), large(tmp_path), []

    def stop_at_the_second(route: Route) -> None:
        if route.request.method == "POST":
            seen.append(int(route.request.headers["upload-offset"]))
            if len(seen) == 2:
                return  # no answer ever comes
        route.continue_()

    window.route(PIECES, stop_at_the_second)
    window.goto("/catalogue/imports/new/")
    window.get_by_label("目录文件").set_input_files(path)
    with window.expect_request(lambda asked: int(asked.headers.get("upload-offset", "0")) > 0):
        window.get_by_role("button", name="编制计划").click()
    expect(window.get_by_text("正在上传")).to_contain_text("%")
    window.goto("/catalogue/imports/new/")
    window.get_by_label("目录文件").set_input_files(path)
    window.get_by_role("button", name="编制计划").click()
    window.wait_for_url("**/catalogue/imports/2*/")
    assert seen[2] == seen[1] > 0
    assert workshop(Import.objects.get().uuid).source().read_bytes() == path.read_bytes()


def test_a_refused_form_keeps_the_file_that_arrived(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path
) -> None:
    window, path = visit("luan"), tmp_path / "目录.csv"
    path.write_text("档号,题名\nZ109-WS·2014·Y-000001,关于水库的通知\n", "utf-8")
    window.goto("/catalogue/imports/new/")
    window.get_by_label("目录文件").set_input_files(path)
    window.evaluate("document.querySelector('select[name=type]').add(new Option('?', 'none', true, true))")
    window.get_by_role("button", name="编制计划").click()
    expect(window.get_by_text("文件已经送到，不用再选。")).to_be_visible()
    window.get_by_label("门类").select_option("WS")
    window.get_by_role("button", name="编制计划").click()
    window.wait_for_url("**/catalogue/imports/2*/")
    assert Import.objects.get().name == "目录.csv"

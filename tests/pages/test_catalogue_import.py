"""The pages of imports: brought, mapped by hand, planned, run, left and come back to, undone."""

from __future__ import annotations

import html
import io
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.catalogue import queries
from lantai.catalogue.services import advance, order_run, set_mapping
from lantai.holdings.models import Record
from lantai.kernel.spreadsheets import read_table
from lantai.search.queries import Question, search
from lantai.site.work import settle
from tests.pages.conftest import SignedIn

HEAD = "档号,题名,责任者,日期,年度,保管期限,密级,谜"
ROWS = [
    "Z109-WS·2011·Y-0001,关于水库的通知,区民政局,20110304,2011,永久,公开,",
    "Z109-WS·2011·Y-0002,<b>坏日期</b>,区民政局,某日,2011,永久,公开,谜底",
    "Z109-WS·2011·Y-0003,关于低保的通知,区民政局,20110305,2011,永久,公开,",
]


def bring(client: Client, text: str, name: str = "目录.csv", **given: str) -> str:
    """Upload a list and return the number of its import, whose plan is made."""
    file = SimpleUploadedFile(name, text.encode("gb18030"))
    answer = client.post("/catalogue/imports/new/", {"file": file, "fonds": "Z109", "type": "WS", **given})
    assert answer.status_code == 302, said(answer)
    number = answer.headers["Location"].strip("/").rsplit("/", 1)[-1]
    advance(number)
    return number


def said(answer: Any) -> str:
    """Return the text of a page without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def page(client: Client, number: str, more: str = "") -> str:
    answer = client.get(f"/catalogue/imports/{number}/{more}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_list_goes_the_whole_way_by_pages(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    number = bring(client, "\n".join([HEAD, *ROWS]))
    plan = page(client, number)
    assert "按计划导入" in plan and "谜底" in plan and "新增 2 条" in plan
    assert "&lt;b&gt;" not in plan, "what is refused is not among the first rows"
    assert not Record.objects.exists()
    rows = page(client, number, "problems/recordtypes.date.unreadable/")
    assert "某日" in rows and "Z109-WS·2011·Y-0002" in rows
    assert client.post(f"/catalogue/imports/{number}/run/").status_code == 302
    assert "正在导入" in page(client, number, "progress/")
    advance(number)
    assert client.get(f"/catalogue/imports/{number}/progress/").headers["HX-Refresh"] == "true"
    end = page(client, number)
    assert "Z109-WS·2011·Y-0003" in end and "撤销这次导入" in end
    assert client.post(f"/catalogue/imports/{number}/undo/").status_code == 302
    advance(number)
    assert "已撤销" in page(client, number)
    assert not Record.objects.exists()


def test_columns_are_named_by_hand(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    number = bring(client, "甲,乙\nZ109-WS·2011·Y-0001,题名一\n")
    assert "对应栏目" in page(client, number)
    columns = f"/catalogue/imports/{number}/columns/"
    assert "题名一" in client.get(columns).content.decode()
    kept = {"type": "WS", "level": ""}
    refused = client.post(columns, {**kept, "column-0": "ref", "column-1": "-"})
    assert refused.status_code == 400 and "题名" in said(refused)
    assert client.post(columns, {**kept, "column-0": "ref", "column-1": "ref"}).status_code == 400
    assert client.post(columns, {**kept, "column-0": "ref", "column-1": "nonsense"}).status_code == 400
    assert client.post(columns, {**kept, "column-0": "ref", "column-1": "title"}).status_code == 302
    advance(number)
    assert queries.import_(SYSTEM, number).new == 1
    again = bring(client, "甲,乙\nZ109-WS·2011·Y-0002,题名二\n")
    assert queries.import_(SYSTEM, again).new == 1
    assert "照上次" in page(client, again, "columns/")


def test_what_was_mapped_by_hand_is_in_the_preview(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    number = bring(client, "甲,乙,丙,丁,件内备注\nZ109-WS·2011·Y-0001,题名一,三号柜,某词,怪\n")
    columns = f"/catalogue/imports/{number}/columns/"
    chosen = {"column-0": "ref", "column-1": "title", "column-2": "box_number", "column-3": "keywords"}
    answer = client.post(columns, {"type": "WS", "level": "", **chosen, "column-4": "+"})
    assert answer.status_code == 302
    advance(number)
    text = page(client, number)
    shown = text[text.index("导入后的样子") :]
    for told in ("盒号", "三号柜", "关键词", "某词", "其他", "件内备注：怪"):
        assert told in shown, told


def test_the_sheet_with_remarks_is_a_workbook_or_csv(
    cast: dict[str, Actor], signed_in: SignedIn, tmp_path: Any
) -> None:
    client = signed_in("陆安")
    number = bring(client, "\n".join([HEAD, *ROWS]))
    answer = client.get(f"/catalogue/imports/{number}/remarks/")
    (tmp_path / "a.xlsx").write_bytes(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    rows = read_table(tmp_path / "a.xlsx").rows
    assert rows[0][-3:] == ("行号", "结果", "问题") and rows[2][-2] == "拒绝"
    text = b"".join(client.get(f"/catalogue/imports/{number}/remarks/?form=csv").streaming_content)  # type: ignore[attr-defined]
    assert io.BytesIO(text).read(3) == b"\xef\xbb\xbf" and "某日" in text.decode()


def test_a_file_of_the_server_can_be_chosen_and_no_other(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    (home().imports / "incoming" / "大目录.csv").write_text("\n".join([HEAD, ROWS[0]]), "utf-8")
    assert "大目录.csv" in client.get("/catalogue/imports/new/").content.decode()
    asked = {"fonds": "Z109", "type": "WS", "level": ""}
    assert client.post("/catalogue/imports/new/", {**asked, "incoming": "大目录.csv"}).status_code == 302
    assert (home().imports / "incoming" / "大目录.csv").exists()
    for wrong in ("../../keys/django.key", "/etc/passwd", "nowhere.csv"):
        assert client.post("/catalogue/imports/new/", {**asked, "incoming": wrong}).status_code == 400
    assert client.post("/catalogue/imports/new/", asked).status_code == 400, "nothing was brought"


def test_what_cannot_be_read_says_so_and_can_be_given_up(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    number = bring(client, "只有表头,没有内容\n")
    shown = page(client, number)
    assert "目录.csv" in shown and "取消" in shown
    assert client.post(f"/catalogue/imports/{number}/cancel/").status_code == 302
    assert "已取消" in page(client, number)


def test_desk_and_list_show_what_is_under_way(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    assert "没有未办完的导入" in client.get("/catalogue/").content.decode()
    number = bring(client, "\n".join([HEAD, ROWS[0]]))
    for address in ("/catalogue/", "/catalogue/imports/", "/catalogue/imports/?state=planned"):
        assert number in client.get(address).content.decode()
    assert number not in client.get("/catalogue/imports/?state=done").content.decode()
    assert number in signed_in("顾闻").get("/catalogue/").content.decode()
    assert 'action="/catalogue/imports/' not in page(signed_in("顾闻"), number)


def test_the_pages_speak_english(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    number = bring(client, "\n".join([HEAD, *ROWS]))
    client.post("/language/", {"language": "en", "next": "/"})
    for more in ("", "columns/", "problems/recordtypes.date.unreadable/"):
        text = re.sub(r"<(script|style).*?</\1>", "", page(client, number, more), flags=re.S)
        assert "Import" in text
    assert "Run the plan" in page(client, number)


def test_a_plan_shows_what_it_changes_field_by_field(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    for title in ("关于水库的通知", "关于水库移民的通知"):
        number = bring(client, "\n".join([HEAD, ROWS[0].replace("关于水库的通知", title)]))
        plan = page(client, number)
        client.post(f"/catalogue/imports/{number}/run/")
        advance(number)
    assert "将要变更" in plan
    assert "<del>关于水库的通知</del> → <ins>关于水库移民的通知</ins>" in plan


def test_what_is_kept_under_other_is_shown_and_found(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    number = bring(client, "\n".join([HEAD, ROWS[0] + "谜底在此"]))
    set_mapping(cast["陆安"], number, {"谜": "+"})
    advance(number)
    order_run(cast["陆安"], number)
    advance(number)
    settle()
    assert "谜底在此" in client.get(f"/records/{ROWS[0].split(',')[0]}/").content.decode()
    assert search(cast["陆安"], Question(text="谜底")).total == 1


def test_a_plan_with_nothing_to_do_does_not_wait_for_anybody(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    client = signed_in("陆安")
    text = "\n".join([HEAD, ROWS[0]])
    number = bring(client, text)
    client.post(f"/catalogue/imports/{number}/run/")
    advance(number)
    again = page(client, bring(client, text))
    assert "没有可导入的" in again and "待导入" not in again

"""Pages of departments, the year's filing and statistics, walked as a clerk, a contributor and the bureau walk them."""

from __future__ import annotations

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantai.base.actors import Actor
from lantai.desk import queries_arrangement
from lantai.desk.models import Capture, Reminder
from lantai.desk.services import Putting, Where, capture, put
from lantai.kernel.spreadsheets import read_table
from lantai.people.models import Account
from tests.departments import contributor, department, give, owner
from tests.office import VALUES, letter
from tests.pages.conftest import SignedIn, Small
from tests.pages.test_guards import every_address


def body(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:400]
    return answer.content.decode()


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account))
    return client


def filed(actor: Actor, external: str) -> str:
    told = {**VALUES, "date": "20250105", "title": f"关于{external}的通知"}
    return capture(actor, letter(external, values=told)).number


def test_what_was_arranged_is_read_on_by_who_brought_it(cast: dict[str, Actor]) -> None:
    """As it came, with its files; where it is now is told to the clerk only, and nothing of it can be changed."""
    clerk, own = cast["沈文"], contributor("liuke", "刘科")
    department(clerk, "YM", "移民科", "liuke")
    mine = filed(own, "OA-1")
    client = browser(own)
    assert f"/desk/{mine}/" in body(client, "/desk/") and "<form" in body(client, f"/desk/{mine}/")
    (number,) = put(clerk, "MZJ", [Putting(Where(2025, "永久"), ((mine,),))])
    shown = body(client, f"/desk/{mine}/")
    assert "关于OA-1的通知" in shown and number not in shown and "/desk/items/" not in shown
    assert f"/desk/{mine}/" in body(client, "/desk/")
    assert client.get(f"/desk/{mine}/files/1/").status_code == 200
    client.post(f"/desk/{mine}/describe/", {"value-title": "另一个题名"})
    assert Capture.objects.get(number=mine).title == "关于OA-1的通知"
    assert "/desk/items/" in body(browser(clerk), f"/desk/{mine}/")


def test_a_clerk_lists_departments_and_changes_one(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    contributor("liuke", "刘科")
    client = signed_in("沈文")
    assert "还没有部门" in body(client, "/desk/departments/")
    told = {
        "code": "YM",
        "name": "移民科",
        "expected": "30",
        "since": "2025",
        "order": "10",
        "people": "liuke",
    }
    wrong = client.post("/desk/departments/", {**told, "expected": "三十"})
    assert wrong.status_code == 400 and "应归档件数须是整数" in wrong.content.decode()
    assert 'value="移民科"' in wrong.content.decode()
    assert client.post("/desk/departments/", told).status_code == 302
    shown = body(client, "/desk/departments/")
    assert "移民科" in shown and "刘科" in shown
    one = body(client, "/desk/departments/YM/")
    assert "增设部门 YM 移民科" in one and "2025 年度起" in one
    answer = client.post("/desk/departments/YM/", {**told, "name": "安置科", "seen": "1"})
    assert answer.status_code == 302 and "已停用" in body(client, "/desk/departments/")
    late = client.post("/desk/departments/YM/", {**told, "seen": "1"})
    assert late.status_code == 409 and "刚被别人改过" in late.content.decode()
    body(signed_in("他局"), "/desk/departments/YM/", 404)
    body(signed_in("方正"), "/desk/departments/?unit=MZJ")
    assert signed_in("方正").post("/desk/departments/", {**told, "unit": "MZJ"}).status_code == 403


def test_a_contributor_files_describes_and_sees_her_own_only(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    own = contributor("liuke", "刘科")
    client = browser(own)
    assert "您还没有分到部门" in body(client, "/desk/")
    department(cast["沈文"], "YM", "移民科", "liuke")
    theirs = filed(cast["沈文"], "OA-1")
    assert "您的部门还没有送来文件" in body(client, "/desk/")
    sent = SimpleUploadedFile("移民补偿.txt", "移民补偿办法".encode())
    assert (
        client.post("/desk/bring/", {"unit": "MZJ", "way": "each", "type": "WS", "files": sent}).status_code
        == 201
    )
    mine = Capture.objects.get(title="移民补偿").number
    assert owner(mine) == "YM"
    shown = body(client, "/desk/")
    assert "移民补偿" in shown and "OA-1" not in shown and "归档类" not in shown
    assert client.post(f"/desk/{mine}/describe/", {"value-note": "两份"}).status_code == 302
    assert Capture.objects.get(number=mine).given == {"note": "两份"}
    assert "改部门" not in body(client, f"/desk/{mine}/")
    for address in (f"/desk/{theirs}/", f"/desk/{theirs}/files/1/"):
        body(client, address, 404)
    for address in (
        "/desk/arrange/",
        "/desk/classes/",
        "/desk/year/2025/",
        "/desk/year/2025/units/",
        "/desk/year/2025/items/",
        "/desk/year/2025/remind/",
        "/desk/departments/",
        "/desk/statistics/",
        "/desk/statistics/table.xlsx",
        "/desk/bring/folder/",
        "/desk/hand-over/",
    ):
        body(client, address, 403)
    assert client.post(f"/desk/{mine}/department/", {"department": "-"}).status_code == 403
    clerk = signed_in("沈文")
    assert "移民补偿" in body(clerk, "/desk/?department=YM") and "OA-1" not in body(
        clerk, "/desk/?department=YM"
    )
    assert clerk.post(f"/desk/{theirs}/department/", {"department": "YM"}).status_code == 302
    assert owner(theirs) == "YM"
    given = {"unit": "MZJ", "do": "assign", "capture": [theirs], "to_department": "-"}
    assert clerk.post("/desk/arrange/", given).status_code == 302 and owner(theirs) == ""
    assert clerk.post("/desk/arrange/", {**given, "to_department": "YM"}).status_code == 302
    assert clerk.post("/desk/arrange/", {**given, "to_department": "X"}).status_code == 404
    assert "由“移民科”送来。" in body(clerk, "/desk/arrange/?department=YM")
    assert "这个部门没有等待整理的文件" in body(clerk, "/desk/arrange/?department=-")


def test_every_other_page_of_the_desk_is_closed_to_contributors(cast: dict[str, Actor], small: Small) -> None:
    own = contributor("liuke", "刘科")
    department(cast["沈文"], "YM", "移民科", "liuke")
    client = browser(own)
    opened = set()
    for name, address, _row, guard in every_address(small):
        if not address.startswith("/desk/"):
            continue
        for method in guard["methods"]:
            if client.generic(method, address).status_code not in {403, 404}:
                opened.add((name, method))
    assert opened == {
        ("desk", "GET"),
        ("desk-bring", "GET"),
        ("desk-bring", "POST"),
        ("desk-telephone", "GET"),
        ("desk-telephone", "POST"),
    }


def test_the_year_is_one_page_and_says_what_to_do_next(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    assert client.get("/desk/year/").status_code == 302
    assert "先列出内设机构" in body(client, "/desk/year/2025/")
    capture(clerk, letter("OA-old", values={**VALUES, "date": "19370707"}))
    assert "/desk/year/1937/" in body(client, "/desk/year/2025/"), "a year that is offered has a page"
    body(client, "/desk/year/1937/")
    department(clerk, "YM", "移民科", expected=5)
    department(clerk, "BG", "办公室", expected=2)
    numbers = [filed(clerk, f"OA-{n}") for n in range(4)]
    give(clerk, numbers[:3], "YM")
    put(clerk, "MZJ", [Putting(Where(2025, "永久", "移民科"), tuple((one,) for one in numbers[:2]))])
    shown = body(client, "/desk/year/2025/")
    assert "2 个部门还差 4 件，可以催办。" in shown and "2 份还没有归类，去整理。" in shown
    assert "2 件还没有编号" in shown and "还差 2 件" in shown and "未分部门" in shown
    found = queries_arrangement.classes(clerk, "MZJ")[0]
    client.post(f"/desk/classes/{found.number}/", {"do": "close", "seen": found.revision})
    assert "关于OA-0的通知" in body(client, "/desk/year/2025/items/?stage=arranged&department=YM")
    assert "没有到这一步的件" in body(client, "/desk/year/2025/items/?stage=handed")
    body(client, "/desk/year/1066/", 404)
    bureau = signed_in("方正")
    assert bureau.get("/desk/year/2025/")["Location"] == "/desk/year/2025/units/"
    district = body(bureau, "/desk/year/2025/units/")
    assert "区民政局" in district and "还差 4 件" in district
    told = body(bureau, "/desk/year/2025/?unit=MZJ")
    assert "移民科" in told and "/desk/arrange/" not in told
    body(bureau, "/desk/year/2025/items/?unit=MZJ", 403)
    body(client, "/desk/year/2025/units/", 403)


def test_a_department_is_reminded_and_reads_it_on_her_desk(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    own = browser(contributor("liuke", "刘科"))
    department(clerk, "YM", "移民科", "liuke", expected=5)
    year = 2025
    body(client, f"/desk/year/{year}/remind/")
    refused = client.post(f"/desk/year/{year}/remind/", {})
    assert refused.status_code == 400 and "没有勾选要催办的部门" in refused.content.decode()
    for _ in range(2):
        assert client.post(f"/desk/year/{year}/remind/", {"department": "YM"}).status_code == 302
    first, second = Reminder.objects.order_by("id").values_list("number", flat=True)
    shown = body(own, "/desk/")
    assert "档案室催办：移民科 2025 年度的文件还没有送齐" in shown and "还差 5 件" in shown
    for browsed, status in ((client, 200), (own, 200), (signed_in("他局"), 404), (signed_in("何恒"), 403)):
        answer = browsed.get(f"/desk/year/reminders/{second}.pdf")
        assert answer.status_code == status
        assert status != 200 or answer.content.startswith(b"%PDF")
    listed = body(client, f"/desk/year/{year}/remind/")
    assert first in listed and second in listed
    assert client.post(f"/desk/year/{year}/day/", {"day": "明天"}).status_code == 400
    assert client.post(f"/desk/year/{year}/day/", {"day": "2026-03-31"}).status_code == 302
    assert "2026-03-31" in body(client, f"/desk/year/{year}/remind/")
    assert "催办日期：" in body(own, "/desk/")


def test_statistics_as_page_workbook_and_paper(
    cast: dict[str, Actor], signed_in: SignedIn, tmp_path: Path
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    assert "还没有可以统计的件" in body(client, "/desk/statistics/")
    numbers = [filed(clerk, f"OA-{n}") for n in range(3)]
    put(clerk, "MZJ", [Putting(Where(2025, "永久"), tuple((one,) for one in numbers[:2]))])
    shown = body(client, "/desk/statistics/?year=2025")
    assert "按保管期限" in shown and "另有 1 份在收文盘等待整理" in shown
    answer = client.get("/desk/statistics/table.xlsx?year=2025")
    path = tmp_path / "统计.xlsx"
    path.write_bytes(answer.content)
    rows = [tuple(row) for row in read_table(path).rows]
    assert rows[0] == ("统计项", "名称", "件数", "文件数", "页数", "字节数")
    assert rows[1][:4] == ("合计", "全部", "2", "4")
    assert ("保管期限", "永久", "2", "4") in {row[:4] for row in rows}
    paper = client.get("/desk/statistics/print.pdf")
    assert paper.status_code == 200 and paper.content.startswith(b"%PDF")
    body(signed_in("陆安"), "/desk/statistics/")
    body(signed_in("陆安"), "/desk/statistics/?unit=MZJ")

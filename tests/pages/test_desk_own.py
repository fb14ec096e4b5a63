"""Pages of a unit's own records: search, reading, printing, the lending register."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from django.test import Client
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk.models import Capture, Loan
from lantai.desk.services import Where, form, place
from lantai.desk.services.own_index import NAME
from lantai.ledger.services import follow, sequence
from lantai.site.work import settle
from tests.departments import contributor, department, give
from tests.filing import YEAR, close
from tests.pages.conftest import SignedIn, Small
from tests.rooms.test_desk_own import captured


def body(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def item_of(clerk: Actor, external: str, title: str, text: str = "") -> str:
    return form(clerk, "MZJ", [[captured(clerk, external, title, text)]])[0]


def settled() -> None:
    sequence()
    follow(NAME)


def test_what_the_desk_holds_is_found_narrowed_and_listed(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    client = signed_in("沈文")
    assert "还没有收到文件" in body(client, "/desk/search/")
    item = item_of(cast["沈文"], "OA-1", "关于<水库>移民的通知", "大坝安全鉴定")
    captured(cast["沈文"], "OA-2", "防汛会议纪要")
    settled()
    shown = body(client, "/desk/search/?q=" + quote("水库 大坝"))
    assert "关于&lt;<mark>水库</mark>&gt;移民的通知" in shown and "<mark>大坝</mark>安全鉴定" in shown
    assert "OA-1正文.txt 第 1 页" in shown and "1 件" in shown and f"/desk/items/{item}/read/?q=" in shown
    assert "防汛会议纪要" in body(client, "/desk/search/?state=tray") and "防汛" not in body(
        client, "/desk/search/?state=open"
    )
    assert "没有找到" in body(client, "/desk/search/?year=1999")
    assert "只有标点" in body(client, "/desk/search/?q=" + quote("，。"))
    assert "没有找到" in body(client, "/desk/search/?year=abcd&q=x&after=nonsense")
    assert client.get("/desk/search/?q=" + "长" * 1001).status_code == 400
    listed = client.get(f"/desk/search/list.pdf?item={item}")
    assert listed.headers["Content-Type"] == "application/pdf" and listed.content.startswith(b"%PDF")
    assert client.get("/desk/search/list.pdf?item=nothing").status_code == 400
    assert client.get("/desk/search/list.pdf?q=" + quote("防汛")).content.startswith(b"%PDF")
    assert "防汛会议纪要" not in body(signed_in("他局"), "/desk/search/?q=" + quote("防汛"))
    assert "防汛" in body(signed_in("陆安"), "/desk/search/?q=" + quote("防汛会议"))
    assert signed_in("顾闻").get("/desk/search/").status_code == 403


def test_what_was_handed_over_is_counted_in_the_archives(small: Small, signed_in: SignedIn) -> None:
    settle()
    shown = body(signed_in("沈文"), "/desk/search/?q=" + quote("通知"))
    assert "到馆藏里查" in shown and "fonds=Z109" in shown and "fonds=Z111" in shown


def test_an_item_and_a_document_are_read_in_the_browser(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    item = item_of(clerk, "OA-1", "甲", "大坝安全鉴定")
    number = captured(clerk, "OA-2", "乙", "防洪堤")
    settled()
    shown = body(client, f"/desk/items/{item}/read/?q=" + quote("大坝"))
    assert "<mark>大坝</mark>安全鉴定" in shown and f"/desk/items/{item}/files/1/" in shown
    assert "防洪堤" in body(client, f"/desk/{number}/read/")
    assert client.get(f"/desk/items/{item}/files/1/").status_code == 200
    assert client.get(f"/desk/items/{item}/pages/1/1/240/").status_code == 404  # a text has no pictures
    made = client.get(f"/desk/items/{item}/print.pdf")
    assert made.content.startswith(b"%PDF") and made.headers["Cache-Control"] == "no-store"
    for address in (f"/desk/items/{item}/read/", f"/desk/items/{item}/print.pdf", f"/desk/{number}/read/"):
        assert signed_in("他局").get(address).status_code == 404
        assert signed_in("顾闻").get(address).status_code == 403


def test_lending_goes_the_whole_way_by_the_pages_alone(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    item = item_of(clerk, "OA-1", "关于水库的通知")
    (number,) = place(clerk, "MZJ", [item], Where(YEAR, "永久"))
    close(clerk, number)
    assert "还没有选要借的档案" in body(client, "/desk/lending/new/")
    assert f"/desk/lending/new/?item={item}" in body(client, f"/desk/items/{item}/")
    form_ = body(client, f"/desk/lending/new/?item={item}")
    assert "关于水库的通知" in form_ and "借阅人" in form_
    today = timezone.localdate()
    told = {
        "unit": "MZJ",
        "item": [item],
        "kind": "paper",
        "borrower": "周立",
        "department": "移民科",
        "purpose": "",
        "lent_on": (today - timedelta(days=20)).isoformat(),
        "due_on": (today - timedelta(days=5)).isoformat(),
    }
    refused = client.post("/desk/lending/new/", told)
    assert refused.status_code == 400 and 'value="周立"' in refused.content.decode()
    assert "还没有填。" in refused.content.decode() and not Loan.objects.exists()
    answer = client.post("/desk/lending/new/", {**told, "purpose": "编年报"}, follow=True)
    assert "已登记借阅 1 件。" in answer.content.decode()
    loan = Loan.objects.get().number
    assert "有 1 件借出的逾期未还。" in body(client, "/desk/")
    register = body(client, "/desk/lending/?state=overdue")
    assert "逾期 5 天" in register and "周立" in register and "打印" in register
    assert "纸质已借出" in body(client, f"/desk/items/{item}/")
    refused = client.post("/desk/hand-over/new/", {"unit": "MZJ", "class": [number]})
    assert refused.status_code == 400 and f"借出未还（借阅号 {loan}）" in refused.content.decode()
    until = (today + timedelta(days=9)).isoformat()
    extended = client.post(
        f"/desk/lending/{loan}/",
        {"do": "extend", "seen": 1, "until": until, "reason": "还要核对"},
        follow=True,
    )
    assert "已展期。" in extended.content.decode() and "还要核对" in extended.content.decode()
    stale = client.post(f"/desk/lending/{loan}/", {"do": "return", "seen": 1, "on": today.isoformat()})
    assert stale.status_code == 409
    back = {"do": "return", "seen": 2, "on": today.isoformat(), "condition": "good"}
    assert "已登记归还。" in client.post(f"/desk/lending/{loan}/", back, follow=True).content.decode()
    assert "有 1 件借出的" not in body(client, "/desk/")
    assert client.post("/desk/hand-over/new/", {"unit": "MZJ", "class": [number]}).status_code == 302
    for kind in ("pdf", "xlsx"):
        made = client.get(f"/desk/lending/register.{kind}?unit=MZJ&year={today.year}")
        assert made.status_code == 200 and made.content[:2] in (b"%P", b"PK")
    assert "周立" in body(client, f"/desk/lending/{loan}/")
    assert signed_in("他局").get(f"/desk/lending/{loan}/").status_code == 404
    assert signed_in("陆安").post(f"/desk/lending/{loan}/", back).status_code == 403
    assert Capture.objects.count() == 1


def test_who_files_for_one_department_reads_its_documents_alone(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    clerk = cast["沈文"]
    cast["何雨"] = contributor("heyu", "何雨")
    department(clerk, "YM", "移民科", "heyu")
    mine, other = captured(clerk, "OA-1", "甲"), captured(clerk, "OA-2", "乙")
    give(clerk, [mine], "YM")
    settled()
    client = signed_in("何雨")
    assert "正文 OA-1" in body(client, f"/desk/{mine}/read/")
    assert client.get(f"/desk/{other}/read/").status_code == 404
    for address in ("/desk/search/", "/desk/search/list.pdf", "/desk/lending/", "/desk/lending/new/"):
        assert client.get(address).status_code == 403, address
    item = form(clerk, "MZJ", [[mine]])[0]
    assert client.get(f"/desk/items/{item}/read/").status_code == 403
    assert client.get(f"/desk/items/{item}/print.pdf").status_code == 403

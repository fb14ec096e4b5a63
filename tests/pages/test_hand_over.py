"""The pages of hand-over, walked as a clerk walks them: due, stated, packed, sent, returned, mended, accepted, signed."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from lantai.base.actors import SYSTEM, Actor
from lantai.desk import queries_hand_over as queries
from lantai.ingest import queries as ingest
from lantai.ingest.services import accept, return_to_sender, sign_waiting
from lantai.site.work import settle
from tests.filing import YEAR, closed_class
from tests.pages.conftest import SignedIn

HERE = "/desk/hand-over/"
THIS = date.today().year


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def posted(client: Client, address: str, **data: str) -> str:
    """Post, follow, and return the text of the page that comes."""
    answer = client.post(address, data, follow=True)
    assert answer.status_code == 200, text_of(answer)
    return text_of(answer)


def fetched(client: Client, address: str, span: str = "") -> bytes:
    """Return the bytes of a file, or of a part of it."""
    answer: Any = client.get(address, headers={"Range": span} if span else {})
    assert answer.status_code in {200, 206}
    return b"".join(answer.streaming_content)


@pytest.fixture
def place(cast: dict[str, Actor]) -> str:
    return closed_class(cast["沈文"], 2)


def sent_by_pages(client: Client, place: str) -> str:
    """Say, pack and send a class by the pages alone; return the number of its hand-over."""
    page = client.get(HERE)
    assert f"{YEAR} · 永久" in text_of(page) and f'value="{place}"' in page.content.decode()
    answer = client.post(f"{HERE}new/", {"unit": "MZJ", "class": [place]})
    number = answer.headers["Location"].rstrip("/").rpartition("/")[2]
    one = f"{HERE}{number}/"
    assert "还有 2 件没有写全" in text_of(client.get(one))
    refused = client.post(f"{one}order/", {"form": "dat93", "description": "2016年文书档案"})
    assert refused.status_code == 400
    assert text_of(refused).count("没有写公开属性。") == 2 and "2016年文书档案" in text_of(refused)
    rest = {"rest-disclosure": "主动公开", "rest-opinion": "开放", "rest-secrecy": "无变更", "fill": "1"}
    assert "都写了" in posted(client, f"{one}statements/", **rest)
    changed = {
        "disclosure-2": "不予公开",
        "opinion-2": "控制",
        "secrecy-2": "无变更",
        "ground-2": "涉及个人信息",
    }
    assert "涉及个人信息" in client.post(f"{one}statements/", changed, follow=True).content.decode()
    page_text = posted(client, f"{one}order/", form="dat93", description="2016年文书档案")
    assert "正在打包" in page_text
    assert client.get(f"{one}progress/").status_code == 200
    settle()
    assert client.get(f"{one}progress/").headers["HX-Refresh"] == "true"
    assert "检测合格" in text_of(client.get(one))
    shown = queries.hand_over(SYSTEM, number)
    assert fetched(client, f"{one}files/{shown.package}", "bytes=0-1") == b"PK"
    for name in ("说明文件.txt", "数字摘要表.csv", "载体标签.pdf"):
        assert fetched(client, f"{one}files/{name}")
    assert client.get(f"{one}files/other").status_code == 404
    assert "已送到档案馆。" in posted(client, f"{one}send/")
    settle()
    return number


def test_a_clerk_hands_over_is_sent_back_and_mends(
    cast: dict[str, Actor], signed_in: SignedIn, place: str
) -> None:
    client, intake = signed_in("沈文"), cast["陆安"]
    number = sent_by_pages(client, place)
    one = f"{HERE}{number}/"
    transfer = queries.hand_over(SYSTEM, number).line.transfer
    return_to_sender(intake, transfer, reason="第2件缺附件")
    assert f"移交单 {number} 有要改的地方" in text_of(client.get(HERE))
    page_text = text_of(client.get(one))
    assert "要改的地方" in page_text and "第2件缺附件" in page_text and "还有 1 处" in page_text
    (defect,) = re.findall(r"/defects/(\w+)/", client.get(one).content.decode())
    assert "都改了" in posted(client, f"{one}defects/{defect}/", note="附件已补")
    mended = client.post(f"{one}mend/")
    two = mended.headers["Location"]
    second = two.rstrip("/").rpartition("/")[2]
    assert f"更正 {number}" in text_of(client.get(two))

    lacking = queries.statements(SYSTEM, second).items[1]
    address, brought = (
        f"/desk/items/{lacking.record}/mend/",
        ContentFile("附件正文".encode(), name="附件.txt"),
    )
    seen = re.findall(
        r'name="seen" value="(\d+)"', client.get(f"/desk/items/{lacking.record}/").content.decode()
    )
    given = {"what": "add attachment", "reason": "档案馆指出缺附件", "seen": seen[-1], "file": brought}
    assert "已补上“附件.txt”" in client.post(address, given, follow=True).content.decode()
    assert f'href="/desk/items/{lacking.record}/"' in client.get(two).content.decode(), (
        "a point leads to its record"
    )

    assert client.post(f"{one}mend/").status_code == 409
    assert "有要改的地方" not in text_of(client.get(HERE))
    posted(client, f"{two}order/", form="dat93", description="2016年文书档案（更正）")
    settle()
    brought.seek(0)
    assert client.post(address, given).status_code == 409, "what lies in a package stays as it is"
    posted(client, f"{two}send/")
    settle()
    transfer = queries.hand_over(SYSTEM, second).line.transfer
    sign_waiting(intake, transfer, note="已核对")
    accept(intake, transfer)
    settle()
    assert ingest.transfer(SYSTEM, transfer).state == "closed"
    assert "代表移交单位签署" in text_of(client.get(two))
    assert "代表接收单位签署" not in posted(client, f"{two}register/sign/", side="unit")
    archives = signed_in("陆安")
    posted(archives, f"{two}register/sign/", side="archives")
    settle()
    mine, theirs = (one.get(f"{two}register.json").content for one in (client, archives))
    assert mine == theirs and '"side": "archives"' in mine.decode()
    assert client.get(f"{two}register/").content == archives.get(f"{two}register/").content
    assert "已办结" in text_of(client.get(HERE))


def test_the_plan_is_made_answered_and_undone(
    cast: dict[str, Actor], signed_in: SignedIn, place: str
) -> None:
    young = closed_class(cast["沈文"], 1, year=THIS - 2)
    client, address = signed_in("沈文"), f"{HERE}plan/?year={THIS}"
    assert "列入计划" in text_of(client.get(address))
    sent = {"year": str(THIS), "unit": "MZJ", "class": [place, young], f"day-{place}": f"{THIS}-12-01"}
    refused = client.post(f"{HERE}plan/", {**sent, f"day-{young}": f"{THIS}-12-01"})
    assert refused.status_code == 400 and "早于期限" in text_of(refused)
    assert client.post(f"{HERE}plan/", {**sent, f"day-{young}": "someday"}).status_code == 400
    early = {f"day-{young}": f"{THIS}-12-01", f"departure-{young}": "deposit", f"reason-{young}": "单位搬迁"}
    done = client.post(f"{HERE}plan/", {**sent, **early}, follow=True)
    assert "已列入计划 2 类。" in text_of(done) and "待答复" in text_of(done)
    bureau, archives = signed_in("方正"), signed_in("陆安")
    assert 'name="answer"' not in bureau.get(address).content.decode()
    waits = f"{THIS} 年移交计划里有 1 类请求改期，等您答复。"
    assert waits in text_of(archives.get("/")) and waits not in text_of(bureau.get("/"))
    assert "等档案馆答复" in text_of(client.get(HERE))
    shown = archives.get(address).content.decode()
    (line,) = re.findall(r"/plan/([0-9a-f-]{36})/answer/", shown)
    answered = posted(
        archives, f"{HERE}plan/{line}/answer/", answer="yes", document="云档〔2026〕1号", year=str(THIS)
    )
    assert waits not in text_of(archives.get("/"))
    assert "已同意" in answered and "信息公开申请仍由单位办理" in answered
    dropped = posted(client, f"{HERE}plan/{line}/drop/", year=str(THIS), unit="MZJ")
    assert "云档〔2026〕1号" not in dropped


def test_the_bureau_sees_what_is_overdue_and_no_records(
    cast: dict[str, Actor], signed_in: SignedIn, place: str
) -> None:
    closed_class(cast["他局"], 1, year=YEAR, unit="JYJ")
    bureau = signed_in("方正")
    page = text_of(bureau.get(HERE))
    assert "区民政局" in page and "区教育局" in page and "移交单" not in page
    assert bureau.get(f"{HERE}H2026-0001/").status_code == 403
    assert "区教育局" not in text_of(bureau.get(f"{HERE}?unit=MZJ")).partition("到期清单")[2]
    assert "区民政局" not in text_of(signed_in("他局").get(HERE))


def test_pages_speak_english(signed_in: SignedIn, place: str) -> None:
    client = signed_in("沈文")
    client.post("/language/", {"language": "en", "next": "/"})
    assert "What is due" in text_of(client.get(HERE))
    assert f"Transfer plan of {date.today().year}" in text_of(client.get(f"{HERE}plan/"))

"""Pages of arranging: the table, the classes, one class in order, an item, schedules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantai.base.actors import Actor
from lantai.desk import queries_arrangement, queries_schedules, services
from lantai.desk.queries_checks import checks_of
from lantai.desk.services import (
    Where,
    approve_schedule,
    bring_schedule,
    capture,
    form,
    place,
    submit_schedule,
)
from tests.filing import EXPLAINED
from tests.office import VALUES, letter
from tests.pages.conftest import SignedIn

LIST = "条款号,归档范围,保管期限,归口部门\n1.1,移民安置工作的通知、批复,30年,移民科\n1.2,年度工作总结,永久,办公室\n"


def captured(clerk: Actor, count: int) -> list[str]:
    return [
        capture(clerk, letter(f"OA-{n}", values={**VALUES, "title": f"关于水库移民安置的第{n}号通知"})).number
        for n in range(1, count + 1)
    ]


def approved(cast: Mapping[str, Actor], folder: Path) -> None:
    path = folder / "归档范围.csv"
    path.write_text(LIST, "utf-8")
    bring_schedule(cast["沈文"], "MZJ", path, "归档范围.csv")
    submit_schedule(cast["沈文"], "MZJ", 1, seen=1)
    approve_schedule(cast["方正"], "MZJ", 1, approval="云档批〔2026〕1号", seen=2)


def body(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_what_is_proposed_stands_beside_with_its_reason_and_is_accepted_by_one_click(
    cast: dict[str, Actor], signed_in: SignedIn, tmp_path: Path
) -> None:
    approved(cast, tmp_path)
    one, two = captured(cast["沈文"], 2)
    client = signed_in("沈文")
    shown = body(client, "/desk/arrange/")
    assert "2026 · 移民科 · 30年" in shown and "归档范围：1.1 移民安置工作的通知、批复" in shown
    assert queries_arrangement.classes(cast["沈文"], "MZJ") == []
    answer = client.post("/desk/arrange/", {"do": f"accept capture:{one}", "unit": "MZJ"}, follow=True)
    assert "1 件已归入 2026 · 移民科 · 30年。" in answer.content.decode()
    client.post("/desk/arrange/", {"do": "proposed", "capture": [two], "unit": "MZJ"})
    found = queries_arrangement.classes(cast["沈文"], "MZJ")
    assert [(row.function, row.retention, row.size) for row in found] == [("移民科", "30年", 2)]
    assert "都归好类了" in body(client, "/desk/arrange/")


def test_ticked_documents_are_put_together_into_a_class(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    numbers = captured(cast["沈文"], 3)
    client = signed_in("沈文")
    where = {"unit": "MZJ", "year": "2026", "retention": "永久", "function": "办公室"}
    refused = client.post("/desk/arrange/", {**where, "year": "", "do": "place", "capture": numbers})
    assert refused.status_code == 400 and "没有写归入哪一年度" in refused.content.decode()
    refused = client.post(
        "/desk/arrange/", {**where, "function": "办 公 室", "do": "place", "capture": numbers}
    )
    assert refused.status_code == 400
    assert queries_arrangement.classes(cast["沈文"], "MZJ") == []
    assert client.post("/desk/arrange/", {"do": "place", "unit": "MZJ"}).status_code == 400
    client.post("/desk/arrange/", {**where, "do": "together", "capture": numbers[:2]})
    client.post("/desk/arrange/", {"unit": "MZJ", "do": "form", "capture": numbers[2:]})
    loose = queries_arrangement.loose(cast["沈文"], "MZJ")
    client.post("/desk/arrange/", {**where, "do": "place", "item": [loose[0].uuid]})
    items = queries_arrangement.in_class(cast["沈文"], "G2026-0001")
    assert [(one.captures, one.files) for one in items] == [(2, 4), (1, 2)]
    assert f'href="/desk/items/{items[0].uuid}/"' in body(client, f"/desk/{numbers[1]}/")


def test_a_class_is_ordered_by_buttons_closed_printed_and_opened(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    items = form(clerk, "MZJ", [[number] for number in captured(clerk, 3)])
    place(clerk, "MZJ", items, Where(2026, "30年", "办公室"))
    address = "/desk/classes/G2026-0001/"
    seen = queries_arrangement.filing_class(clerk, "G2026-0001").revision
    answer = client.post(address, {"do": f"move {items[2]}:1", "seen": seen})
    assert answer["Location"] == f"{address}#i-{items[2]}"
    late = client.post(address, {"do": f"move {items[2]}:2", "seen": seen})
    assert late.status_code == 409 and "刚才有人改过" in late.content.decode()
    client.post(address, {"do": "nth", "place": 1, "to": 3, "seen": seen + 1})
    assert [one.uuid for one in queries_arrangement.in_class(clerk, "G2026-0001")] == [
        items[0],
        items[1],
        items[2],
    ]
    assert client.get(f"{address}list.pdf").content.startswith(b"%PDF")
    client.post(address, {"do": "close", "seen": seen + 2})
    services.advance_filing_checks()
    check = str(checks_of(clerk, "G2026-0001")[1].uuid)  # type: ignore[union-attr]
    reasons = {f"reason-{code}": EXPLAINED for code in ("GD-4-1", "GD-4-2")}
    client.post(f"{address}check/", {"do": "answer", "check": check, **reasons})
    shown = body(client, address)
    assert "Z109-WS·2026·D30·办公室-0003" in shown and "重新打开" in shown and "↑" not in shown
    assert client.get(f"{address}list.pdf").content.startswith(b"%PDF")
    assert "2026 年归档" in body(client, "/desk/classes/")
    client.post(address, {"do": "reopen", "seen": seen + 3})
    assert "关闭并编号" in body(client, address)


def test_what_a_class_lacks_is_listed_and_mended_in_place(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    (item,) = form(clerk, "MZJ", [captured(clerk, 1)])
    place(clerk, "MZJ", [item], Where(2026, "30年"))
    page = f"/desk/items/{item}/"
    assert client.post(page, {"do": "edit", "seen": 1, "v-author": ""}).status_code == 302
    refused = client.post("/desk/classes/G2026-0001/", {"do": "close", "seen": 3})
    assert refused.status_code == 400
    assert f'href="{page}"' in refused.content.decode() and "责任者" in refused.content.decode()
    wrong = client.post(page, {"do": "edit", "seen": 2, "v-author": "区民政局", "v-date": "20261399"})
    assert wrong.status_code == 400 and 'id="w-date"' in wrong.content.decode()
    assert 'value="区民政局"' in wrong.content.decode()
    client.post(page, {"do": "edit", "seen": 2, "v-author": "区民政局"})
    assert queries_arrangement.item(clerk, item).values["author"] == "区民政局"
    client.post(page, {"do": "take_out"})
    assert "未归类" in body(client, page)
    client.post(page, {"do": "dissolve", "seen": 3})
    body(client, page, 404)


def test_a_schedule_is_brought_submitted_and_decided(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    clerk, bureau = signed_in("沈文"), signed_in("方正")
    file = SimpleUploadedFile("归档范围.csv", LIST.encode(), "text/csv")
    assert clerk.post("/desk/schedules/new/", {"unit": "MZJ"}).status_code == 400
    answer = clerk.post("/desk/schedules/new/", {"unit": "MZJ", "file": file})
    address = "/desk/schedules/MZJ/1/"
    assert answer["Location"] == address
    assert "移民安置工作的通知、批复" in body(clerk, address)
    body(bureau, address, 404)
    clerk.post(address, {"do": "submit", "seen": 1})
    assert "区民政局" in body(bureau, "/desk/schedules/")
    refused = bureau.post(address, {"do": "return", "seen": 2, "approval": "云档批〔2026〕1号"})
    assert refused.status_code == 400 and "云档批〔2026〕1号" in refused.content.decode()
    bureau.post(address, {"do": "return", "seen": 2, "reason": "缺人事类"})
    assert "缺人事类" in body(clerk, address)
    clerk.post(address, {"do": "submit", "seen": 3})
    bureau.post(address, {"do": "approve", "seen": 4, "approval": "云档批〔2026〕1号"})
    assert queries_schedules.versions(cast["沈文"], "MZJ")[0].state == "approved"


def test_the_scheme_is_changed_and_the_intake_staff_looks_on(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    (item,) = form(clerk, "MZJ", [captured(clerk, 1)])
    place(clerk, "MZJ", [item], Where(2026, "30年", "办公室"))
    client.post("/desk/classes/scheme/", {"unit": "MZJ", "levels": "year retention function"})
    assert "年度—保管期限—机构（问题）" in body(client, "/desk/classes/")
    intake = signed_in("陆安")
    assert "哪个单位" in body(intake, "/desk/classes/")
    shown = body(intake, "/desk/classes/?unit=MZJ")
    assert "2026 年归档" in shown and "分类方案" not in shown
    assert "关闭并编号" not in body(intake, "/desk/classes/G2026-0001/")
    assert intake.post("/desk/classes/G2026-0001/", {"do": "close", "seen": 2}).status_code == 403
    assert "保存" not in body(intake, f"/desk/items/{item}/").split("<main")[1].split("</main>")[0]


def test_the_table_is_narrowed_and_leads_to_the_classes(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    one, two, three = captured(cast["沈文"], 3)
    client = signed_in("沈文")
    late = body(client, f"/desk/arrange/?since={two}")
    assert one not in late and two in late and three in late and "这里只列出刚才送来的文件。" in late
    found = body(client, "/desk/arrange/?unit=MZJ&q=第1号")
    assert one in found and two not in found
    assert "没有这样的文件" in body(client, "/desk/arrange/?q=nothing")
    where = {"unit": "MZJ", "year": "2026", "retention": "永久", "function": "办公室", "do": "place"}
    put = client.post("/desk/arrange/?unit=MZJ&q=第1号", {**where, "capture": [one]})
    assert put.headers["Location"] == "/desk/arrange/?unit=MZJ&into=G2026-0001", (
        "words that leave nothing are dropped"
    )
    assert "2026 · 办公室 · 永久</a>" in body(client, put.headers["Location"])
    put = client.post(f"/desk/arrange/?unit=MZJ&since={two}", {**where, "capture": [two, three]})
    done = body(client, put.headers["Location"])
    assert "刚才送来的都归好类了" in done and "year=2026" in done

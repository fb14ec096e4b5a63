"""Pages of volumes: made and put in order on the page of a class, the page of one, everything that is printed."""

from __future__ import annotations

from collections.abc import Mapping

from django.test import Client

from lantai.base.actors import Actor
from lantai.desk import queries_volumes, services
from tests.filing import close
from tests.office import brought, letter
from tests.pages.conftest import SignedIn
from tests.rooms.test_desk_prints import pdf_of
from tests.rooms.test_desk_volumes import HERE, items_of, make, revision, vouchers


def body(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def months(clerk: Actor, number: str) -> list[str]:
    return [
        "".join(item.title.partition("月")[0] for item in one.items)
        for one in queries_volumes.volumes(clerk, number)[0]
    ]


def test_volumes_are_made_filled_and_put_in_order_by_buttons(
    cast: Mapping[str, Actor], signed_in: SignedIn
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    number = vouchers(clerk, 4)
    address, act = f"/desk/classes/{number}/", f"/desk/classes/{number}/volumes/"
    items = items_of(clerk, number)
    assert "还没有案卷" in body(client, address) and "组成新案卷" in body(client, address)

    def do(what: str, **more: object) -> None:
        answer = client.post(act, {"do": what, "seen": revision(clerk, number), **more}, follow=True)
        assert answer.status_code == 200, answer.content.decode()

    do("make", item=items[:2])
    do("make", item=items[2:3], title="三月的凭证")
    assert months(clerk, number) == ["12", "3"]
    first, second = (one.uuid for one in queries_volumes.volumes(clerk, number)[0])
    do("put", item=items[3:], into=second)
    do(f"place {items[1]}:{first}:1")
    do(f"place {items[0]}:{second}:2")
    assert months(clerk, number) == ["2", "314"]
    do(f"volume {second}:1")
    do("take", item=[items[3]])
    assert months(clerk, number) == ["31", "2"]
    shown = body(client, address)
    assert "还没有入卷" in shown and "三月的凭证" in shown and "2 卷" in shown
    refused = client.post(act, {"do": "make", "seen": 1, "item": items})
    assert refused.status_code == 409 and "刚才有人改过" in refused.content.decode()
    refused = client.post(act, {"do": "make", "seen": revision(clerk, number)})
    assert refused.status_code == 400 and "没有选中任何文件" in refused.content.decode()
    refused = client.post(address, {"do": "close", "seen": revision(clerk, number)})
    told = refused.content.decode()
    assert refused.status_code in {400, 409} and "还没有入卷。" in told
    assert client.get(act).status_code == 405
    assert signed_in("他局").post(act, {"do": "make"}).status_code == 404


def test_the_page_of_a_volume_says_what_stands_on_its_sheet(
    cast: Mapping[str, Actor], signed_in: SignedIn
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    number = vouchers(clerk, 2)
    uuid = make(clerk, number, items_of(clerk, number), "随便写的")
    address = f"/desk/volumes/{uuid}/"
    assert "按卷内文件拟：" in body(client, address)

    def said(**more: str) -> Mapping[str, str]:
        return {"do": "edit", "seen": str(revision(clerk, number)), "title": "凭证", **more}

    wrong = client.post(address, said(arranged_on="2026-13-01"))
    assert wrong.status_code == 400 and "立卷时间不是日期" in wrong.content.decode()
    wrong = client.post(address, said(title="", remarks="留着"))
    assert wrong.status_code == 409 or wrong.status_code == 400
    assert "留着" in wrong.content.decode() and "aria-invalid" in wrong.content.decode()
    answer = client.post(
        address,
        said(remarks="缺第 3 号", arranged_by="沈文", checked_by="陆安", arranged_on="2026-11-22"),
        follow=True,
    )
    assert "已保存。" in answer.content.decode() and "缺第 3 号" in answer.content.decode()
    typed = {"title": "改了一半", "remarks": "缺第 3 号，已补"}
    client.post(address, {"do": "propose", "seen": revision(clerk, number), **typed})
    view = queries_volumes.volume(clerk, uuid)
    assert (view.line.title, view.remarks) == ("云岭区民政局财务科记账凭证", "缺第 3 号，已补")
    assert "随便写的" not in body(client, address)
    assert signed_in("他局").get(address).status_code == 404
    assert signed_in("陆安").get(address).status_code == 200
    assert signed_in("陆安").post(address, said()).status_code == 403
    client.post(address, {"do": "dissolve", "seen": revision(clerk, number)})
    assert client.get(address).status_code == 404


def test_one_page_lists_all_that_is_printed_of_a_class(
    cast: Mapping[str, Actor], signed_in: SignedIn
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    number = vouchers(clerk, 3)
    uuid = make(clerk, number, items_of(clerk, number), "一季度凭证")
    address = f"/desk/classes/{number}/prints/"
    shown = body(client, address)
    assert "编号以后" in shown and f"{address}stamps.pdf" not in shown
    assert client.get(f"{address}stamps.pdf").status_code == 409
    close(clerk, number)
    shown = body(client, address)
    for form in ("file_list", "inner_list", "cover", "note", "spine", "label", "stamps"):
        assert f"{address}{form}.pdf" in shown
        answer = client.get(f"{address}{form}.pdf", {"volume": uuid, "width": "40", "paper": "a3"})
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF"), form
        assert "inline" in answer.headers["Content-Disposition"]
    assert client.get(f"{address}cover.pdf", {"volume": "nobody"}).status_code == 404
    assert client.get(f"{address}spine.pdf", {"width": "33"}).status_code == 400
    assert client.get(f"{address}passport.pdf").status_code == 400
    table = client.get(f"/desk/classes/{number}/stamps.csv")
    lines = b"".join(table.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "\ufeff档号,题名,全宗号,年度,件号,机构（问题）,保管期限,页数"
    assert lines[1] == "Z109-KU·PZ·2024-001-001,1月份记账凭证,Z109,2024,001,,30年,2"
    assert client.get(f"/desk/classes/{number}/stamps.xlsx").content[:2] == b"PK"
    assert client.get(f"/desk/classes/{number}/stamps.doc").status_code == 400
    item = items_of(clerk, number)[0]
    assert client.get(f"/desk/items/{item}/stamped.pdf").status_code == 404, "a text has no page"
    for foreign in (f"{address}cover.pdf", f"/desk/classes/{number}/stamps.csv", address):
        assert signed_in("他局").get(foreign).status_code == 404


def test_a_stamped_copy_is_offered_where_an_item_has_a_page(
    cast: Mapping[str, Actor], signed_in: SignedIn
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    values = {"title": "记账凭证", "date": "20240128", "accounting_class": "会计凭证", "pages": "2"}
    parts = (brought("正本", "凭证.pdf", pdf_of(0)),)
    filing = letter("PDF-1", type="KU", values=values, process=(), components=parts)
    items = services.form(clerk, "MZJ", [[services.capture(clerk, filing).number]])
    (number,) = services.place(clerk, "MZJ", items, HERE)
    uuid = make(clerk, number, list(items))
    shown = body(client, f"/desk/items/{items[0]}/")
    assert f"/desk/volumes/{uuid}/" in shown and "stamped.pdf" not in shown
    assert client.get(f"/desk/items/{items[0]}/stamped.pdf").status_code == 409
    close(clerk, number)
    assert f"/desk/items/{items[0]}/stamped.pdf" in body(client, f"/desk/items/{items[0]}/")
    answer = client.get(f"/desk/items/{items[0]}/stamped.pdf")
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF")
    assert signed_in("他局").get(f"/desk/items/{items[0]}/stamped.pdf").status_code == 404

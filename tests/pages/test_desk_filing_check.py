"""Pages of the check at filing: ordered and watched, faults mended where they stand, answered, numbered, printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantai.base.actors import Actor
from lantai.desk import queries_arrangement as arrangement
from lantai.desk import queries_checks, services
from tests.filing import EXPLAINED
from tests.kernel.formats.samples import pdf
from tests.pages.conftest import SignedIn
from tests.rooms.test_desk_filing_check import NO_SCANNER, filed, part, revision


def body(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def check_of(clerk: Actor, number: str) -> str:
    found = queries_checks.checks_of(clerk, number)[1]
    assert found is not None
    return str(found.uuid)


def test_a_class_is_closed_by_its_check_and_the_reasons_it_needs(
    cast: Mapping[str, Actor], signed_in: SignedIn, tmp_path: Path
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    number = filed(clerk, tmp_path)
    page, address = f"/desk/classes/{number}/", f"/desk/classes/{number}/check/"
    assert "这一类还没有检测过" in body(client, address)
    answer = client.post(page, {"do": "close", "seen": revision(clerk, number)})
    assert answer["Location"] == address
    shown = body(client, address)
    assert "合格就自动编号" in shown and f'hx-get="{address}progress/"' in shown
    assert "正在做四性检测" in body(client, f"{address}progress/")
    services.advance_filing_checks()
    assert client.get(f"{address}progress/").headers["HX-Refresh"] == "true"
    assert "看新的结果" in body(client, f"{address}progress/?stay=1")
    shown = body(client, address)
    assert "还挡着编号的检测项" in shown and "记下说明并编号" in shown and "真实性" in shown
    told = {"do": "answer", "check": check_of(clerk, number), **{f"reason-{code}": "" for code in NO_SCANNER}}
    refused = client.post(address, told)
    assert refused.status_code == 400 and "没有写说明" in refused.content.decode()
    done = client.post(address, {**told, "reason": EXPLAINED}, follow=True).content.decode()
    assert "已编号：2 件。" in done and "打印归档登记表" in done
    assert "已据此编号" in body(client, address)
    for print_of in (f"{page}register.pdf", f"{address}report.pdf"):
        assert client.get(print_of).content.startswith(b"%PDF")


def test_faults_are_mended_where_the_report_tells_them(
    cast: Mapping[str, Actor], signed_in: SignedIn, tmp_path: Path
) -> None:
    clerk, client = cast["沈文"], signed_in("沈文")
    number = filed(clerk, tmp_path)
    address = f"/desk/classes/{number}/check/"
    line = arrangement.in_class(clerk, number)[1]
    values = arrangement.item(clerk, line.uuid).values
    services.edit(clerk, line.uuid, {k: v for k, v in values.items() if k != "author"}, seen=1)
    capture, order, place, item = part(clerk, number, "正文.pdf")
    place.write_bytes(place.read_bytes()[:200])
    client.post(address, {"do": "order", "seen": revision(clerk, number)})
    services.advance_filing_checks()
    shown = body(client, address)
    assert "不合格 2 件" in shown and 'name="v-author"' in shown and 'name="v-date"' not in shown
    edit = {"do": "edit", "item": line.uuid, "seen": 2}
    refused = client.post(address, {**edit, "v-author": "沈" * 3000})
    assert refused.status_code == 400 and 'aria-invalid="true"' in refused.content.decode()
    saved = client.post(address, {**edit, "v-author": "云岭区民政局"})
    assert saved["Location"] == f"{address}#f-{line.uuid}"
    assert "已改，等重新检测" in body(client, address)
    late = client.post(address, {**edit, "v-author": "别人"})
    assert late.status_code == 409
    bring = {"item": item, "seen": 1, "capture": capture, "order": order}
    empty = client.post(f"{address}file/", {**bring, "reason": "原件损坏"})
    assert empty.status_code == 400 and "没有选文件" in empty.content.decode()
    better = pdf(tmp_path / "better.pdf", pages=1).read_bytes() + b"%% better\n"
    came = SimpleUploadedFile("正文.pdf", better, "application/pdf")
    silent = client.post(f"{address}file/", {**bring, "file": came, "reason": ""})
    assert silent.status_code == 400 and "没有写为什么换" in silent.content.decode()
    told = client.post("/uploads/", {"name": "正文.pdf", "size": len(better)}).json()
    pieces = {**bring, "upload": told["id"], "reason": "原件损坏"}
    early = client.post(f"{address}file/", pieces)
    assert early.status_code == 409, "not all of it came yet"
    where, kind = {"Upload-Offset": "0"}, "application/octet-stream"
    piece = client.post(f"/uploads/{told['id']}/", better, content_type=kind, headers=where)
    assert piece.json()["offset"] == len(better)
    silent = client.post(f"{address}file/", {**pieces, "reason": ""})
    assert silent.status_code == 400, "it is kept, and need not be sent again"
    done = client.post(f"{address}file/", pieces, follow=True)
    assert "原来的一份保留" in done.content.decode()
    assert client.get(f"/uploads/{told['id']}/").status_code == 404
    (fresh,) = arrangement.item(clerk, item).captures
    assert f'href="/desk/{fresh}/"' in body(client, f"/desk/{capture}/")
    services.advance_filing_checks()
    shown = body(client, address)
    assert "要改的件" not in shown and "还挡着编号的检测项" in shown


def test_others_see_the_report_or_nothing_and_change_nothing(
    cast: Mapping[str, Actor], signed_in: SignedIn, tmp_path: Path
) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    services.order_check(clerk, number, seen=revision(clerk, number))
    services.advance_filing_checks()
    address = f"/desk/classes/{number}/check/"
    intake = signed_in("陆安")
    shown = body(intake, address)
    assert "各性结果" in shown and 'name="do"' not in shown
    assert intake.post(address, {"do": "order", "seen": revision(clerk, number)}).status_code == 403
    assert intake.post(f"{address}file/", {}).status_code == 403
    stranger = signed_in("他局")
    for path in ("", "progress/", "report.pdf"):
        body(stranger, f"{address}{path}", 404)
    assert stranger.post(address, {"do": "order", "seen": 1}).status_code == 404
    assert stranger.post(f"{address}file/", {}).status_code == 404
    body(stranger, f"/desk/classes/{number}/register.pdf", 404)

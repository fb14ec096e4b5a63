"""The pages of 登记备份: a unit states, the bureau confirms, a package comes, is certified, checked by anybody, given back."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantai.base.actors import Actor
from lantai.kernel.digests import digest_bytes
from lantai.registration import services
from lantai.registration.models import Backup, Registration, Use
from lantai.site.work import settle
from tests.pages.conftest import SignedIn
from tests.rooms.test_registration import YEAR, confirmed, kept, stated, tables, whole


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def form(**more: str) -> dict[str, str]:
    """Return what the form of a statement sends when all that is needed is filled in."""
    told = {f"m-{key}": value for key, value in whole().items()}
    told |= {"system": "livelihood", "level": "district", "seen": "0"}
    return {**told, "w-0-title": "婚姻档案", "w-0-content": "digitised", "w-0-amount": "1 万件", **more}


def test_a_clerk_states_and_the_bureau_confirms(signed_in: SignedIn, cast: dict[str, Actor]) -> None:
    clerk, bureau = signed_in("沈文"), signed_in("方正")
    assert "还没有登记" in text(clerk.get("/registration/"))
    begun = clerk.post("/registration/begin/", {"unit": "MZJ", "year": str(YEAR)})
    assert begun.status_code == 302
    address = begun.headers["Location"]
    assert "提交登记" in text(clerk.get(address))
    wrong = clerk.post(address, form(**{"m-staff_full": "很多"}))
    assert wrong.status_code == 400 and "很多" in text(wrong)  # what was typed stays
    assert clerk.post(address, form(save="1")).status_code == 302
    lacking = clerk.post(address, {"seen": "1", "submit": "1"})
    assert lacking.status_code == 400 and "分管负责人" in text(lacking)
    assert clerk.post(address, form(seen="2", submit="1")).status_code == 302
    assert "等档案主管部门确认" in text(clerk.get(address))
    assert "1 个单位等您确认" in text(bureau.get("/"))
    listed = text(bureau.get(f"/registration/{YEAR}/"))
    assert "区民政局" in listed and "区教育局" in listed
    assert bureau.post(f"{address}return/", {"reason": ""}).status_code == 400
    assert bureau.post(f"{address}return/", {"reason": "请核实面积"}).status_code == 302
    assert "请核实面积" in text(clerk.get(address)) and "年度登记被退回" in text(clerk.get("/"))
    clerk.post(address, form(seen="4", submit="1"))
    assert bureau.post(f"{address}confirm/").status_code == 302
    assert clerk.get(f"{address}form.pdf").headers["Content-Type"] == "application/pdf"
    assert Registration.objects.get().state == "confirmed"


def test_a_reminder_shows_on_the_units_page(signed_in: SignedIn, cast: dict[str, Actor]) -> None:
    bureau = signed_in("方正")
    answer = bureau.post(f"/registration/{YEAR}/remind/", {"unit": ["MZJ", "JYJ"]}, follow=True)
    assert "已催报 2 个单位" in text(answer)
    assert "已在" in text(signed_in("他局").get("/registration/"))
    assert f"催报 {YEAR} 年度登记" in text(signed_in("他局").get("/"))
    assert bureau.post(f"/registration/{YEAR}/remind/", {}).status_code == 400


def test_the_district_of_a_year_is_few_statements(
    signed_in: SignedIn,
    cast: dict[str, Actor],
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    from lantai.people.models import Unit

    Unit.objects.bulk_create(Unit(code=f"U{n:04d}", name=f"单位{n}") for n in range(800))
    stated(cast["沈文"])
    bureau = signed_in("方正")
    bureau.get(f"/registration/{YEAR}/")
    with django_assert_max_num_queries(14):
        shown = text(bureau.get(f"/registration/{YEAR}/"))
    assert "802 个单位" in shown and 'rel="next"' in shown


def bring(clerk: Client, data: bytes, **more: object) -> object:
    """Send the form of a new deposit."""
    told: dict[str, object] = {"unit": "MZJ", "what": "k:livelihood", "title": "婚姻登记库"}
    told |= {"sm3": digest_bytes(data).sm3, "s-period": "2001—2024"}
    told["package"] = SimpleUploadedFile("婚姻库.zip", data)
    return clerk.post("/registration/backups/new/", {**told, **more})


def test_a_package_is_brought_certified_and_checked_by_a_stranger(
    signed_in: SignedIn, cast: dict[str, Actor]
) -> None:
    clerk, keeper, stranger = signed_in("沈文"), signed_in("何恒"), Client()
    assert "还不能备份" in text(clerk.get("/registration/backups/new/"))
    confirmed(cast)
    data = tables()
    assert bring(clerk, data, sm3="").status_code == 400  # type: ignore[attr-defined]
    assert bring(clerk, data, package="").status_code == 400  # type: ignore[attr-defined]
    came = bring(clerk, data)
    address = came.headers["Location"]  # type: ignore[attr-defined]
    settle()
    assert "1 份备份等审核" in text(keeper.get("/"))
    page = text(keeper.get(address))
    assert "通过，入库" in page and "一致" in page
    assert keeper.post(f"{address}accept/", {}).status_code == 400
    assert keeper.post(f"{address}accept/", {"sm3": digest_bytes(data).sm3}).status_code == 302
    settle()
    row = Backup.objects.get()
    assert "已入库" in text(clerk.get(address))
    for paper in ("certificate.pdf", "sheet.pdf"):
        assert clerk.get(f"{address}{paper}").content.startswith(b"%PDF")
    check = "/registration/certificates/"
    good = stranger.get(check, {"number": row.number, "code": row.code})
    assert good.status_code == 200 and row.sm3 in text(good)
    proof = stranger.get(check, {"number": row.number, "code": row.code, "proof": "1"})
    assert proof.json()["schema"] == "lantai.inclusion/1"
    forged = stranger.get(check, {"number": row.number, "code": "AAAA-" * 4 + "AAAA", "proof": "1"})
    assert forged.status_code == 404 and row.sm3 not in text(forged)
    for name in ("他局", "方正", "顾闻", "系统管理员"):
        other = signed_in(name)
        for one in (address, f"{address}certificate.pdf", f"{address}sheet.pdf"):
            assert other.get(one).status_code in {403, 404}
        assert row.number not in text(other.get("/registration/backups/"))


def test_the_owner_applies_and_gets_the_same_bytes(
    signed_in: SignedIn, cast: dict[str, Actor], tmp_path: Path
) -> None:
    clerk, keeper, data = signed_in("沈文"), signed_in("何恒"), tables()
    number = kept(cast, tmp_path, data)
    settle()
    address = f"/registration/backups/{number}/"
    assert clerk.post(f"{address}ask/", {"purpose": "restore"}).status_code == 400
    asked = {"purpose": "restore", "reason": "业务库损坏", "leader": "林局长"}
    assert clerk.post(f"{address}ask/", asked).status_code == 302
    use = f"/registration/uses/{Use.objects.get().number}/"
    assert clerk.post(f"{use}deliver/").status_code == 409
    assert "业务库损坏" in text(keeper.get("/registration/uses/"))
    assert keeper.post(f"{use}refuse/", {"answer": ""}).status_code == 400
    assert keeper.post(f"{use}approve/").status_code == 302
    assert clerk.get(f"{use}proof.pdf").status_code == 409  # nothing was read yet
    answer = clerk.post(f"{use}deliver/")
    assert b"".join(answer.streaming_content) == data  # type: ignore[attr-defined]
    assert clerk.get(f"{use}proof.pdf").content.startswith(b"%PDF")
    assert clerk.get(f"{use}proof.json").json()["certificate"]["number"] == number
    clerk.post(f"{address}ask/", {**asked, "purpose": "proof"})
    second = f"/registration/uses/{Use.objects.order_by('-id')[0].number}/"
    keeper.post(f"{second}approve/")
    assert "证明可以打印" in text(clerk.post(f"{second}deliver/", follow=True))
    assert clerk.get(f"{second}proof.pdf").status_code == 200
    for name in ("他局", "方正", "何恒", "陆安", "系统管理员"):
        assert signed_in(name).post(f"{use}deliver/").status_code in {403, 404}


def test_samples_and_coverage_are_shown(signed_in: SignedIn, cast: dict[str, Actor], tmp_path: Path) -> None:
    from datetime import timedelta

    from django.utils import timezone

    number = kept(cast, tmp_path)
    keeper = signed_in("何恒")
    assert keeper.post("/registration/samples/draw/", {"way": "online"}).status_code == 409
    Backup.objects.update(kept_at=timezone.now() - timedelta(days=400))
    assert number in text(keeper.get("/registration/samples/"))
    assert keeper.post("/registration/samples/draw/", {"way": "online"}).status_code == 302
    services.read_samples()
    shown = text(keeper.get("/registration/samples/"))
    assert "1 份完好" in shown and re.search(r"[0-9a-f]{64}", shown)
    covered = text(signed_in("方正").get(f"/registration/coverage/?year={YEAR}"))
    assert "民生保障" in covered and "婚姻" not in covered

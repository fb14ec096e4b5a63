"""Pages of sending: the places, a package on its way in each of its states, what came from a unit's own site."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from lantai.base.actors import Actor
from lantai.desk.models import AwaySignature, Delivery, Sending
from lantai.desk.services import sending_work, targets
from lantai.ingest.services import accept, sign_waiting
from lantai.kernel.errors import Unavailable
from lantai.kernel.tlog import Ed25519Signer, parse_verifier
from lantai.ledger.queries_seals import own_keys
from lantai.people.models import Account
from lantai.site.work import settle
from tests.rooms.test_desk_sending import ADDRESS, Hands, Inside, Line, broken, built, moved, token


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account))
    return client


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    made = Line()
    monkeypatch.setattr(Inside, "line", made)
    for module in (targets, sending_work):
        monkeypatch.setattr(module, "Away", Inside)
    monkeypatch.setattr(sending_work, "PIECE", 2_000)
    return made


def text(client: Client, address: str) -> str:
    answer: Any = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.content.decode())


def test_a_clerk_registers_a_place(cast: dict[str, Actor], line: Line) -> None:
    clerk = cast["沈文"]
    page = signed_in(clerk)
    assert "还没有别处的档案馆" in text(page, "/desk/hand-over/targets/")
    wrong = page.post("/desk/hand-over/targets/", {"address": "http://da.example.cn", "token": "x"})
    assert wrong.status_code == 400 and "没有加密" in wrong.content.decode()
    form = {"address": ADDRESS, "token": token(), "name": "区档案馆"}
    line.before = broken
    unreachable = page.post("/desk/hand-over/targets/", form)
    assert unreachable.status_code == 503 and "连不上" in unreachable.content.decode()
    assert form["token"] not in unreachable.content.decode()
    line.before = Line().before
    assert page.post("/desk/hand-over/targets/", form).status_code == 302
    told = text(page, "/desk/hand-over/targets/")
    assert "云岭区档案馆" in told and ADDRESS in told and form["token"] not in told
    (place,) = (one.uuid for one in targets.Target.objects.all())
    assert page.post(f"/desk/hand-over/targets/{place}/change/", {"address": ADDRESS}).status_code == 302
    assert page.post(f"/desk/hand-over/targets/{place}/end/").status_code == 302
    english = signed_in(clerk)
    english.cookies["lantai_language"] = "en"
    assert "No archives elsewhere yet" in text(english, "/desk/hand-over/targets/")


def another_key_is_compared(page: Client, hall: Client, here: str, delivered: str) -> None:
    """Another key than the first is told loudly until somebody compared it; a seal that does not fit always is."""
    theirs = parse_verifier(own_keys()[0]).fingerprint
    told = text(page, here)
    assert "不是第一次得知的那一把" in told and theirs in told and "封印已核对" not in told
    assert page.post(f"{here}sending/trust/", {"fingerprint": "0" * 64}).status_code == 409
    assert page.post(f"{here}sending/trust/", {"fingerprint": theirs}).status_code == 302
    told = text(page, here)
    assert "封印已核对" in told and "不是第一次得知的那一把" not in told
    assert "封印已核对" in text(hall, delivered) and theirs in text(hall, delivered)
    AwaySignature.objects.filter(side="unit", here=False).update(name="另一个人")
    assert "封印不符，不要以它为准" in text(hall, delivered)
    hall.cookies["lantai_language"] = "en"
    assert "The seal under their signature is wrong" in text(hall, delivered)


def test_a_package_is_seen_on_its_way_and_signed_for(cast: dict[str, Actor], line: Line) -> None:
    clerk, intake, hands = cast["沈文"], cast["陆安"], Hands()
    page, hall = signed_in(clerk), signed_in(intake)
    stranger = str(Ed25519Signer.generate("lantai").verifier)
    line.answer = lambda method, path, told: {**told, "key": stranger} if path.endswith("/terms") else told
    targets.add_target(clerk, "MZJ", "区档案馆", address=ADDRESS, token=token())
    line.answer = Line().answer  # whoever answered then has not signed now
    assert parse_verifier(stranger).fingerprint in text(page, "/desk/hand-over/targets/")
    number = built(clerk)
    here = f"/desk/hand-over/{number}/"
    assert "送往区档案馆" in text(page, here)
    (place,) = (one.uuid for one in targets.Target.objects.all())
    assert page.post(f"{here}sending/", {"target": str(place), "rate": "0"}).status_code == 302
    assert "正在送往云岭区档案馆：0%" in text(page, here)
    pieces = [0]

    def second(method: str, path: str) -> None:
        pieces[0] += method == "PATCH"
        if pieces[0] == 2:
            raise Unavailable("desk.away.unreachable", address=ADDRESS, reason="Connection refused")

    line.before = second
    moved(hands)
    assert "Connection refused" in text(page, here) and "下一次" in text(page, here)
    assert page.post(f"{here}sending/pace/", {"paused": "1", "rate": "131072"}).status_code == 302
    assert "停在" in text(page, here) and "接着传" in text(page, here)
    assert page.post(f"{here}sending/pace/", {"paused": "0", "rate": "0"}).status_code == 302
    assert page.post(f"{here}sending/now/").status_code == 302
    line.before = Line().before
    moved(hands, 3)
    settle()
    moved(hands)
    assert "已送达云岭区档案馆" in text(page, here)
    transfer = Sending.objects.get().transfer
    delivered = f"/desk/deliveries/{Delivery.objects.get().uuid}/"
    assert delivered in text(hall, f"/transfers/{transfer}/")
    assert "双方各在自己的站点签署" in text(hall, delivered)
    sign_waiting(intake, transfer, note="看过")
    accept(intake, transfer)
    settle()
    moved(hands, 2)
    assert hall.post(f"{delivered}sign/").status_code == 302
    assert hall.post(f"{delivered}sign/").status_code == 409
    assert "陆安" in text(hall, delivered)
    assert hall.get(f"{delivered}register/").content[:5] == b"%PDF-"
    assert page.post(f"{here}register/sign/", {"side": "unit"}).status_code == 302
    settle()
    moved(hands, 3)
    told = text(page, here)
    assert "陆安" in told and "沈文" in told
    assert Delivery.objects.get().signatures.count() == 2
    another_key_is_compared(page, hall, here, delivered)

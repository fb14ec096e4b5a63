"""Pages of copies, as the archivist of preservation walks them: register, look, pause, mend, end."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.test import Client

from lantai.base.actors import Actor
from lantai.ledger.services import sequence
from lantai.people.models import Account
from lantai.site.doctor import examine
from lantai.vault.logbook import Logbook
from lantai.vault.models import Copy, Target
from lantai.vault.sealed import make_identity
from lantai.vault.services import copy_to, ship
from tests.vaults import keep

NEW = {"kind": "folder", "name": "二号盘", "place": "市馆异地库", "medium": "硬盘", "rate": "2048"}


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account))
    return client


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_a_keeper_registers_and_follows_a_target(cast: dict[str, Actor], tmp_path: Path) -> None:
    he = signed_in(cast["何恒"])
    assert "只有库房里这一份" in shown(he, "/vault/")
    assert "还没有副本去处" in shown(he, "/vault/targets/")
    refused = he.post("/vault/targets/", {**NEW, "address": "mnt/relative"})
    assert refused.status_code == 400
    assert "存储地址看不懂" in refused.content.decode()
    assert 'value="mnt/relative"' in refused.content.decode(), "what was typed stays"
    made = he.post("/vault/targets/", {**NEW, "address": str(tmp_path / "disk")})
    target = Target.objects.get()
    assert made.headers["Location"] == f"/vault/targets/{target.uuid}/"
    assert target.rate == 2048 << 10
    objects = keep(range(2))
    page = shown(he, f"/vault/objects/{objects[0]}/")
    assert "还没有" in page
    assert "还缺副本" in page
    assert "去处不够" not in shown(he, "/vault/copies/")
    copy_to(target.uuid)
    sequence()
    ship(target.uuid)
    assert "去处不够" in shown(he, "/vault/copies/"), "three copies need one target more"
    assert objects[1] in shown(he, f"/vault/copies/record.good.{1 << target.bit}/")
    page = shown(he, f"/vault/targets/{target.uuid}/")
    assert "试写没有发现弱点" in page
    assert "没有</span>" in shown(he, "/vault/targets/"), "nothing would be lost now"
    assert "完好" in shown(he, f"/vault/objects/{objects[0]}/")
    assert he.get("/vault/objects/", {"id": objects[0]}).status_code == 302
    assert signed_in(cast["陆安"]).post(f"/vault/targets/{target.uuid}/pause/").status_code == 403


def test_a_keeper_pauses_changes_and_ends(cast: dict[str, Actor], tmp_path: Path) -> None:
    he = signed_in(cast["何恒"])
    he.post("/vault/targets/", {**NEW, "address": str(tmp_path / "disk")})
    uuid = Target.objects.get().uuid
    place = f"/vault/targets/{uuid}/"
    he.post(f"{place}pause/")
    assert "已暂停" in shown(he, place)
    he.post(f"{place}resume/")
    assert he.post(place, {**NEW, "name": "三号盘", "rate": ""}).status_code == 302
    assert Target.objects.get().rate == 0
    he.post(f"{place}try/")
    assert "全部通过" in shown(he, place)
    Logbook(uuid).note("objects", tries=3, problem={"code": "vault.target.away", "facts": {"name": "三号盘"}})
    assert "现在写不进去" in shown(he, place)
    assert "连续 3 次写不进去" in shown(he, "/vault/copies/")
    assert "连续 3 次写不进去" in shown(he, "/"), "the work bench tells it, too"
    assert "连续 3 次写不进去" in next(one.found for one in examine() if one.what == "副本")
    keep([5])
    copy_to(UUID(str(uuid)))
    Copy.objects.update(
        state="damaged", problem={"code": "vault.copy.differs", "facts": {"object": "x", "path": "y"}}
    )
    assert "读回的 y 与原件不同" in shown(he, place)
    assert he.post(f"{place}end/", {"reason": ""}).status_code == 400
    he.post(f"{place}end/", {"reason": "换了新盘"})
    assert "停用的" in shown(he, "/vault/targets/")
    assert 'id="change"' not in shown(he, place)


def test_sealing_is_explained_and_confirmed(cast: dict[str, Actor], tmp_path: Path) -> None:
    he = signed_in(cast["何恒"])
    _, recipient = make_identity()
    asked = {**NEW, "address": str(tmp_path / "away"), "recipient": recipient}
    refused = he.post("/vault/targets/", asked)
    assert refused.status_code == 400
    assert "丢了私钥" in refused.content.decode()
    assert he.post("/vault/targets/", {**asked, "understood": "1"}).status_code == 302
    assert "加密" in shown(he, "/vault/targets/")

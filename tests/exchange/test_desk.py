"""A unit's own system works at the desk by the interface: arranges, closes, hands over; its site sends to another one."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.cli.main import main
from lantai.desk import store
from lantai.desk.models import Delivery
from lantai.desk.queries_checks import checks_of
from lantai.desk.services import Putting, Where
from lantai.desk.services.deliveries import advance_deliveries
from lantai.exchange.openapi import document
from lantai.ingest import services as ingest
from lantai.ingest.models import Transfer
from lantai.ingest.services import return_to_sender
from lantai.kernel.digests import digest_bytes
from lantai.ledger import queries as ledger
from lantai.people.models import Membership
from lantai.site.work import settle
from tests.exchange.conftest import Machine, token_of
from tests.exchange.shapes import faults
from tests.exchange.test_writing import code, told
from tests.filing import YEAR, checked
from tests.office import VALUES, brought, letter
from tests.packages import package

OPEN = {"disclosure": "主动公开", "opinion": "开放", "secrecy": "无变更"}


@pytest.fixture
def unit(cast: dict[str, Actor]) -> Machine:
    """The system of 区民政局."""
    return Machine(token_of("shenwen", "MZJ", ("capture", "desk")))


def filed(actor: Actor, count: int) -> list[str]:
    from lantai.desk import services

    numbers = []
    for n in range(1, count + 1):
        values = {**VALUES, "title": f"关于第{n}批水库移民安置的通知", "date": f"{YEAR}0{n}05", "pages": "1"}
        parts = (brought("正本", "正文.txt", f"{YEAR}年第{n}件正文".encode()),)
        filing = letter(f"OA-{n}", values=values, components=parts)
        numbers.append(services.capture(actor, filing).number)
    return numbers


def closed(machine: Machine, actor: Actor, count: int = 2) -> str:
    """Arrange and close a class by the interface; return its number."""
    filed(actor, count)
    waiting = told(machine, "GET", "desk/tray")["items"]
    assert [one["proposal"]["year"] for one in waiting] == [YEAR] * count
    groups = [[one["number"]] for one in waiting]
    made = told(machine, "POST", "desk/items", {"groups": groups})["items"]
    (place,) = told(machine, "POST", "desk/classes", {"year": YEAR, "retention": "永久", "items": made})[
        "classes"
    ]
    checked(actor, place)
    shown = told(machine, "GET", f"desk/classes/{place}")
    done = told(machine, "POST", f"desk/classes/{place}/close", {"seen": shown["filing_class"]["revision"]})
    assert [one["item_number"] for one in done["items"]] == [f"{n:04d}" for n in range(1, count + 1)]
    return place


def test_what_waits_is_arranged_described_ordered_and_numbered(unit: Machine, cast: dict[str, Actor]) -> None:
    clerk = cast["沈文"]
    first, second, third = filed(clerk, 3)
    made = told(unit, "POST", "desk/items", {"groups": [[first], [second, third]]})["items"]
    whole = told(unit, "GET", f"desk/items/{made[1]}")
    assert [one["capture"] for one in whole["files"]] == [second, third]
    told(unit, "POST", f"desk/items/{made[1]}/dissolve", {"seen": whole["item"]["revision"]})
    whole = told(unit, "GET", f"desk/items/{made[0]}")
    values = {**whole["values"], "title": "关于移民安置的通知"}
    seen = whole["item"]["revision"]
    renamed = told(unit, "PUT", f"desk/items/{made[0]}", {"values": values, "seen": seen})
    assert renamed["item"]["title"] == "关于移民安置的通知"
    stale = unit.ask("PUT", f"desk/items/{made[0]}", {"values": values, "seen": seen})
    assert code(stale) == (409, "desk.item.changed")
    body = {"year": YEAR, "retention": "永久", "groups": [[second], [third]], "items": [made[0]]}
    (place,) = told(unit, "POST", "desk/classes", body)["classes"]
    shown = told(unit, "GET", f"desk/classes/{place}")
    by = {"by": "date", "seen": shown["filing_class"]["revision"]}
    shown = told(unit, "POST", f"desk/classes/{place}/order", by)
    (last, *_rest) = reversed(shown["items"])
    to = {"item": last["uuid"], "to": 1, "seen": shown["filing_class"]["revision"]}
    shown = told(unit, "POST", f"desk/classes/{place}/order", to)
    assert shown["items"][0]["uuid"] == last["uuid"]
    some = told(unit, "GET", f"desk/classes/{place}?at=2&limit=1")
    assert some["items"] == [shown["items"][1]] and some["filing_class"]["size"] == 3
    assert code(unit.ask("POST", f"desk/classes/{place}/order", to)) == (409, "desk.class.changed")
    assert [one["number"] for one in told(unit, "GET", f"desk/classes?year={YEAR}")["items"]] == [place]
    checked(clerk, place)
    seen = {"seen": told(unit, "GET", f"desk/classes/{place}")["filing_class"]["revision"]}
    numbered = told(unit, "POST", f"desk/classes/{place}/close", seen)
    assert all(one["ref"] for one in numbered["items"])
    seen = {"seen": numbered["filing_class"]["revision"]}
    told(unit, "POST", f"desk/classes/{place}/reopen", seen)


def test_a_class_that_cannot_be_closed_tells_every_reason(unit: Machine, cast: dict[str, Actor]) -> None:
    groups = [[number] for number in filed(cast["沈文"], 2)]
    (place,) = told(unit, "POST", "desk/classes", {"year": YEAR, "retention": "永久", "groups": groups})[
        "classes"
    ]
    shown = told(unit, "GET", f"desk/classes/{place}")
    item = told(unit, "GET", f"desk/items/{shown['items'][0]['uuid']}")
    values = {key: text for key, text in item["values"].items() if key != "author"}
    told(
        unit,
        "PUT",
        f"desk/items/{item['item']['uuid']}",
        {"values": values, "seen": item["item"]["revision"]},
    )
    seen = {"seen": told(unit, "GET", f"desk/classes/{place}")["filing_class"]["revision"]}
    refused = unit.ask("POST", f"desk/classes/{place}/close", seen)
    assert code(refused) == (400, "desk.class.lacking")
    assert not faults(document(), {"$ref": "#/components/schemas/Error"}, refused.json())


def test_what_a_check_found_is_read_and_answered_by_machine(unit: Machine, cast: dict[str, Actor]) -> None:
    """From refused to numbered without a page: the reasons by point, item and file, and the answers."""
    groups = [[number] for number in filed(cast["沈文"], 2)]
    made = told(unit, "POST", "desk/classes", {"year": YEAR, "retention": "永久", "groups": groups})
    (place,) = made["classes"]
    address = f"desk/classes/{place}"
    assert code(unit.ask("GET", f"{address}/check")) == (404, "desk.check.early")
    shown = told(unit, "GET", address)
    assert shown["check"] is None
    file = told(unit, "GET", f"desk/items/{shown['items'][1]['uuid']}")["files"][0]
    store.place(file["sha512"]).unlink()
    seen = {"seen": shown["filing_class"]["revision"]}
    check = told(unit, "POST", f"{address}/check", seen)
    assert (check["state"], check["points"], check["revision"]) == ("ordered", [], seen["seen"])
    settle()
    check = told(unit, "GET", address)["check"]
    assert check["state"] == "done" and check["verdict"] == "fail" and check["current"] and not check["holds"]
    lost = [one for point in check["points"] for one in point["findings"] if one["file"] == file["name"]]
    assert lost and {one["item"] for one in lost} == {shown["items"][1]["uuid"]}
    assert all(one["text"] and one["code"] for one in lost)
    waiting = {point["code"]: "用纸质件核对过" for point in check["points"] if point["waiting"]}
    answers = {"check": check["uuid"], "reasons": waiting}
    wrong = {**answers, "reasons": {**waiting, "GD-9-9": "无此项"}}
    assert code(unit.ask("POST", f"{address}/check/answers", wrong)) == (400, "desk.check.not_open")
    check = told(unit, "POST", f"{address}/check/answers", answers)
    assert check["holds"] and {p["answer"] for p in check["points"] if p["code"] in waiting} == {
        "用纸质件核对过"
    }
    assert told(unit, "POST", f"{address}/close", seen)["filing_class"]["state"] == "closed"
    stale = unit.ask("POST", f"{address}/check/answers", answers)
    assert code(stale) == (409, "desk.check.stale")


def test_closing_by_machine_orders_the_check_that_closes(unit: Machine, cast: dict[str, Actor]) -> None:
    groups = [[number] for number in filed(cast["沈文"], 2)]
    made = told(unit, "POST", "desk/classes", {"year": YEAR, "retention": "永久", "groups": groups})
    (place,) = made["classes"]
    seen = {"seen": told(unit, "GET", f"desk/classes/{place}")["filing_class"]["revision"]}
    assert told(unit, "POST", f"desk/classes/{place}/close", seen)["filing_class"]["state"] == "open"
    newest, _reported = checks_of(cast["沈文"], place)
    assert newest is not None and (newest.state, newest.closing) == ("ordered", True)


def test_a_hand_over_goes_its_whole_way(unit: Machine, cast: dict[str, Actor]) -> None:
    place = closed(unit, cast["沈文"])
    begun = told(unit, "POST", "desk/hand-overs", {"classes": [place]})
    number = begun["hand_over"]["number"]
    here = f"desk/hand-overs/{number}"
    lacking = unit.ask("POST", f"{here}/order", {"description": "文书档案"})
    assert code(lacking) == (400, "desk.hand_over.lacking")
    assert len(lacking.json()["error"]["reasons"]) == 6
    said = {"records": {"1": {**OPEN, "opinion": "控制", "ground": "涉及个人信息"}}, "rest": OPEN}
    assert told(unit, "POST", f"{here}/statements", said) == {"changed": 2}
    lines = told(unit, "GET", f"{here}/statements?limit=1")
    assert (lines["items"][0]["opinion"], lines["next"]) == ("控制", "1")
    told(unit, "POST", f"{here}/order", {"description": "文书档案"})
    settle()
    built = told(unit, "GET", here)
    assert (built["hand_over"]["outcome"], built["sending"]) == ("built", None)
    sent = told(unit, "POST", f"{here}/send", {})
    settle()
    assert told(unit, "GET", here)["hand_over"]["outcome"] == "checking"
    assert code(unit.ask("GET", f"{here}/register")) == (409, "desk.register.early")
    return_to_sender(cast["陆安"], sent["hand_over"]["transfer"], reason="题名有误")
    (fault,) = told(unit, "GET", f"{here}/work-list")["items"]
    assert fault["message"] == "题名有误"
    ticked = told(unit, "POST", f"{here}/work-list/{fault['key']}", {"note": "改了"})
    assert ticked["items"][0]["note"] == "改了"
    again = told(unit, "POST", f"{here}/mend")
    assert again["hand_over"]["mends"] == number
    told(unit, "POST", f"desk/hand-overs/{again['hand_over']['number']}/cancel")
    assert len(told(unit, "GET", "desk/hand-overs")["items"]) == 2


def test_a_desk_is_its_units_own_and_wants_its_purpose(unit: Machine, cast: dict[str, Actor]) -> None:
    place = closed(unit, cast["沈文"])
    other = Machine(token_of("taju", "JYJ", ("desk",)))
    office = Machine(token_of("shenwen", "MZJ", ("capture",)))
    for address in (
        "desk/tray?unit=MZJ",
        "desk/classes?unit=MZJ",
        f"desk/classes/{place}",
        "desk/schedules?unit=MZJ",
    ):
        assert other.ask("GET", address).status_code == 404, address
        assert code(office.ask("GET", address)) == (403, "exchange.token.scope_missing")
    assert other.ask("POST", "desk/hand-overs", {"classes": [place], "unit": "MZJ"}).status_code == 404
    assert told(other, "GET", "desk/hand-overs")["items"] == []
    assert told(unit, "GET", "desk/schedules")["items"] == []
    assert told(unit, "POST", "desk/advice", {"values": {"title": "关于表彰的决定"}}) == {"lines": []}


def side(data: bytes, sums: Any) -> dict[str, Any]:
    words = dict.fromkeys(("accuracy", "integrity", "usability", "security"), "检测 5 项，合格")
    filled = {"name": "区民政局", **words, "filled_by": "沈文", "filled_on": "2026-03-01T08:00:00+08:00"}
    numbers = {"records": 3, "files": 3, "bytes": 100, "first_ref": "a", "last_ref": "c"}
    about = {
        "hand_over": "H2026-0001",
        "mends": "",
        "title": "移交",
        "description": "文书",
        "fonds": "Z109",
        "carrier": "",
    }
    return {**about, **numbers, "unit": filled, "package": {"name": "包.zip", "bytes": len(data), **sums}}


def test_a_package_is_delivered_once_and_told_of(unit: Machine, cast: dict[str, Actor]) -> None:
    folder = home().root / "built"
    data = package(folder).read_bytes()
    found = digest_bytes(data, ("sm3", "sha512"))
    sums = {"sm3": found.sm3, "sha512": found.sha512}
    terms = told(unit, "GET", "deliveries/terms")
    assert terms["units"] == [{"code": "MZJ", "name": "区民政局"}] and terms["size_most"] >= 100 * 10**9
    upload = told(unit, "POST", "uploads", {"name": "包.zip", "size": len(data), "days": 30})["id"]
    name = str(uuid.uuid4())
    body = {
        "unit": "MZJ",
        "upload": upload,
        "name": "包.zip",
        "origin": "民政局档案室",
        "size": len(data),
        **sums,
    }
    body["side"] = side(data, sums)
    assert code(unit.ask("PUT", f"deliveries/{name}", body)) == (409, "base.upload.unfinished")
    unit.ask("PATCH", f"uploads/{upload}", data, Upload_Offset="0")
    assert code(unit.ask("PUT", "deliveries/no-uuid", body)) == (404, "desk.delivery.missing")
    wrong = {**body, "sm3": "x"}
    assert code(unit.ask("PUT", f"deliveries/{name}", wrong)) == (400, "exchange.field.wrong")
    nested = {**body, "name": "../包.zip"}
    for odd in ("../包.zip", "夹/包.zip", "./包.zip", "包\x1f.zip"):
        nested["name"] = odd
        assert unit.ask("PUT", f"deliveries/{name}", nested).status_code == 400, odd
    assert not (home().root / "deliveries" / name).exists()
    arrived = told(unit, "PUT", f"deliveries/{name}", body)
    assert (arrived["state"], arrived["transfer"]) == ("arrived", "")
    assert unit.ask("PUT", f"deliveries/{name}", body).status_code == 200, (
        "the answer was lost: the same again"
    )
    advance_deliveries((), lambda: True)
    settle()
    there = told(unit, "GET", f"deliveries/{name}")
    assert (there["state"], there["outcome"], there["sha512"]) == ("taken", "checking", found.sha512)
    other = {**body, "sha512": "0" * 128, "side": side(data, {**sums, "sha512": "0" * 128})}
    assert code(unit.ask("PUT", f"deliveries/{name}", other)) == (409, "desk.delivery.differs")
    assert code(unit.ask("DELETE", f"deliveries/{name}?unit=MZJ")) == (409, "desk.delivery.taken")
    assert code(unit.ask("GET", f"deliveries/{name}/register")) == (409, "desk.register.early")
    stranger = Machine(token_of("taju", "JYJ", ("desk",)))
    assert stranger.ask("GET", f"deliveries/{name}").status_code == 404
    return_to_sender(cast["陆安"], there["transfer"], reason="请核对")
    back = told(unit, "GET", f"deliveries/{name}")
    assert (back["outcome"], back["reason"]) == ("returned", "请核对") and back["report"]["items"]
    fresh = str(uuid.uuid4())
    told(unit, "DELETE", f"deliveries/{fresh}?unit=MZJ")
    assert code(unit.ask("PUT", f"deliveries/{fresh}", body)) == (409, "desk.delivery.given_up")


def delivered(machine: Machine, name: str, data: bytes, unit: str = "MZJ", **changed: Any) -> Any:
    """Upload ``data`` and deliver it under ``name``; return the answer."""
    found = digest_bytes(data, ("sm3", "sha512"))
    sums = {"sm3": found.sm3, "sha512": found.sha512}
    upload = told(machine, "POST", "uploads", {"name": "包.zip", "size": len(data)})["id"]
    machine.ask("PATCH", f"uploads/{upload}", data, Upload_Offset="0")
    body = {"unit": unit, "upload": upload, "name": "包.zip", "origin": "某局", "size": len(data), **sums}
    return machine.ask("PUT", f"deliveries/{name}", {**body, "side": side(data, sums), **changed})


def test_a_delivery_touches_nothing_of_others(unit: Machine, cast: dict[str, Actor]) -> None:
    """Its name is the sender's choice: that of another record's, or of another unit's delivery."""
    data = package(home().root / "built").read_bytes()
    other = Machine(token_of("taju", "JYJ", ("desk",)))
    taken = ingest.submit(cast["他局"], "JYJ", package(home().root / "theirs"))
    theirs = Transfer.objects.get(number=taken)
    acts = [one.act for one in ledger.history([theirs.urn])]
    assert delivered(unit, str(theirs.uuid), data).status_code == 201
    assert [one.act for one in ledger.history([theirs.urn])] == acts, "no act of ours in their history"
    name = str(uuid.uuid4())
    assert delivered(unit, name, data).status_code == 201
    (home().root / "deliveries" / name / "包.zip").unlink()
    advance_deliveries((), lambda: True)
    assert told(unit, "GET", f"deliveries/{name}")["state"] == "wrong"
    assert code(delivered(other, name, data, "JYJ")) == (404, "desk.delivery.missing")
    both = Machine(token_of("luan", scopes=("desk",)))  # intake may submit for any unit
    assert code(delivered(both, name, data, "JYJ")) == (409, "desk.delivery.differs")
    assert Delivery.objects.get(uuid=name).unit.code == "MZJ"
    assert delivered(unit, name, data).status_code == 201


def test_nothing_is_left_of_what_is_refused(unit: Machine, cast: dict[str, Actor]) -> None:
    data, name = package(home().root / "built").read_bytes(), str(uuid.uuid4())
    assert delivered(unit, name, data).status_code == 201
    there = home().root / "deliveries" / name
    roles = Membership.objects.filter(account__username="shenwen")
    kept = list(roles)
    roles.delete()
    advance_deliveries((), lambda: True)
    Membership.objects.bulk_create(kept)
    assert told(unit, "GET", f"deliveries/{name}")["state"] == "refused"
    assert not there.exists(), "nothing will come of its bytes"
    upload = told(unit, "POST", "uploads", {"name": "包.zip", "size": 5})["id"]
    assert delivered(unit, name, data, upload=upload).status_code == 200
    assert unit.ask("GET", f"uploads/{upload}").status_code == 404, "what it names lies nowhere twice"


def test_the_command_line_checks_answers_and_numbers(
    cast: dict[str, Actor], capsys: pytest.CaptureFixture[str]
) -> None:
    from lantai.desk import services

    clerk = cast["沈文"]
    parts = [Putting(Where(YEAR, "永久"), tuple((number,) for number in filed(clerk, 2)))]
    (place,) = services.put(clerk, "MZJ", parts)
    assert main(["desk", "close", place, "--as", "shenwen"]) == 1
    told_of = capsys.readouterr().out
    assert "error" in told_of and place in told_of, "no scanner: a person has to say something"
    assert main(["desk", "check", place, "--as", "shenwen", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    waiting = [point["code"] for point in found["points"] if point["waiting"]]
    assert (found["schema"], found["state"], found["revision"]) == ("lantai.class-check/1", "done", 2)
    said = [f"{one}=用单位的杀毒软件查过" for one in waiting]
    assert main(["desk", "answer", place, *said, "--as", "shenwen"]) == 0
    assert main(["desk", "close", place, "--as", "shenwen"]) == 0
    assert capsys.readouterr().out.count("-0001") >= 1

"""Writes by machines: the same services as the pages, once for each key, never over somebody else's change."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any
from urllib.parse import quote

from django.test import Client

from lantai.base.actors import SYSTEM, Actor
from lantai.exchange.endpoints import Endpoint
from lantai.exchange.models import IdempotencyKey
from lantai.exchange.openapi import document
from lantai.exchange.rest import registry
from lantai.exchange.services import revoke_token
from lantai.ledger import queries as ledger
from lantai.site.work import settle
from tests.exchange.conftest import API, Desk, Machine, token_of
from tests.exchange.shapes import faults

REF = "Z109-WS·2013·Y-0001"
RECORD = {
    "ref": REF,
    "level": "item",
    "type": "WS",
    "fonds": "Z109",
    "values": {
        **{"title": "关于低保审批的通知", "author": "云岭区民政局", "date": "20130304", "year": "2013"},
        **{"retention": "永久", "security": "公开", "open_status": "开放", "fonds": "Z109"},
    },
}


def told(machine: Machine, method: str, address: str, body: Any = None, **headers: str) -> Any:
    """Return the JSON of a good answer, which is what the endpoint documents."""
    answer = machine.ask(method, address, body, **headers)
    endpoint = _endpoint(method, address)
    assert answer.status_code == endpoint.status, (address, answer.status_code, answer.content.decode())
    if endpoint.status == 204:
        assert answer.content == b""
        return None
    operation = document()["paths"][f"/{endpoint.path}"][method.lower()]["responses"][str(endpoint.status)]
    found = answer.json()
    assert not faults(document(), operation["content"]["application/json"]["schema"], found)
    return found


def _endpoint(method: str, address: str) -> Endpoint:
    wanted = address.partition("?")[0].split("/")
    for one in registry().all:
        path = one.path.split("/")
        fits = len(path) == len(wanted) and all(
            p == w or p.startswith("{") for p, w in zip(path, wanted, strict=True)
        )
        if fits and one.method == method:
            return one
    raise AssertionError(address)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_record_is_described_read_and_revised(desk: Desk) -> None:
    machine = desk.machines["陆安"]
    made = told(machine, "POST", "records", RECORD)
    assert (made["ref"], made["version"], made["open"]) == (REF, 1, "开放")
    assert code(machine.ask("POST", "records", RECORD)) == (409, "exchange.record.exists")
    address = f"records/{made['urn']}"
    tag = machine.ask("GET", address).headers["ETag"]
    revised = told(
        machine,
        "PATCH",
        address,
        {"changes": {"title": "关于低保审批办法的通知"}, "reason": "校对"},
        If_Match=tag,
    )
    assert (revised["title"], revised["version"]) == ("关于低保审批办法的通知", 2)
    changes = told(machine, "GET", f"{address}/changes")["items"]
    assert [(one["key"], one["after"]) for one in changes] == [("title", "关于低保审批办法的通知")]
    told(machine, "POST", "undoings", {"entry": changes[0]["entry"]})
    assert machine.get(address)["title"] == "关于低保审批的通知"


def test_nobody_writes_over_what_he_did_not_read(desk: Desk) -> None:
    machine = desk.machines["陆安"]
    address = f"records/{quote(desk.items[0])}"
    tag = machine.ask("GET", address).headers["ETag"]
    body = {"changes": {"title": "第一次改"}}
    assert code(machine.ask("PATCH", address, body)) == (428, "exchange.match.missing")
    told(machine, "PATCH", address, body, If_Match=tag)
    for stale in (tag, "*", "W/" + tag, '"x"'):
        refused = machine.ask("PATCH", address, {"changes": {"title": "第二次改"}}, If_Match=stale)
        assert code(refused) == (412, "exchange.match.failed"), stale
    assert machine.get(address)["title"] == "第一次改"


def test_the_same_key_is_the_same_write(desk: Desk) -> None:
    machine, key = desk.machines["陆安"], str(uuid.uuid4())
    first = machine.ask("POST", "records", RECORD, key=key)
    settle()
    before = ledger.size()
    again = machine.ask("POST", "records", RECORD, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert (first.headers["ETag"], again.headers["Idempotency-Replayed"]) == (again.headers["ETag"], "true")
    other = {**RECORD, "ref": "Z109-WS·2013·Y-0002"}
    assert code(machine.ask("POST", "records", other, key=key)) == (409, "exchange.key.used")
    assert code(machine.ask("POST", "records", other, key="none")) == (400, "exchange.key.missing")
    assert code(machine.ask("POST", "records", other, key="x" * 201)) == (400, "exchange.key.missing")
    settle()
    assert ledger.size() == before
    # Another caller's key of the same name is another key; a refused write leaves none.
    theirs = desk.machines["沈文"].ask("POST", "records", other, key=key)
    assert code(theirs) == (403, "people.permission.missing")
    assert not IdempotencyKey.objects.filter(actor="shenwen").exists()


def test_a_key_is_forgotten_after_its_time(desk: Desk) -> None:
    from datetime import timedelta

    machine, key = desk.machines["陆安"], "evening"
    machine.ask("POST", "records", RECORD, key=key)
    row = IdempotencyKey.objects.get(key=key)
    row.at -= timedelta(hours=25)
    row.save()
    other = {**RECORD, "ref": "Z109-WS·2013·Y-0002"}
    assert machine.ask("POST", "records", other, key=key).status_code == 201


def test_every_write_asks_for_its_scope(desk: Desk) -> None:
    reader = Machine(token_of("luan", scopes=("read",)))
    for endpoint in registry().all:
        if endpoint.scope == "read":
            continue
        path = endpoint.path
        for name in ("number", "what", "plan", "uuid"):
            path = path.replace(f"{{{name}}}", "x")
        answer = reader.ask(endpoint.method, path, {})
        assert code(answer) == (403, "exchange.token.scope_missing"), endpoint.path


def test_tokens_end(desk: Desk, cast: dict[str, Actor]) -> None:
    from lantai.people.services import revoke_role

    secret = token_of("taju", "JYJ")
    machine = Machine(secret)
    assert machine.get("me")["scopes"] == ["capture", "catalogue", "desk", "export", "read", "search"]
    every = len(machine.everything("records"))
    revoke_role(SYSTEM, "taju", "clerk", unit="JYJ")
    assert len(machine.everything("records")) < every, "rights are those of now"
    revoke_token(SYSTEM, secret.split("_")[1])
    revoke_token(SYSTEM, secret.split("_")[1])
    assert code(machine.ask("GET", "me")) == (401, "exchange.token.refused")


def test_a_session_writes_only_with_the_token_of_our_pages(desk: Desk, cast: dict[str, Actor]) -> None:
    from lantai.people.models import Account

    client = Client(enforce_csrf_checks=True)
    client.force_login(Account.objects.get(pk=cast["陆安"].account))
    client.get("/holdings/")
    address, head = API + "saved-searches", {"Idempotency-Key": "k1"}
    body = {"name": "水库", "address": "q=水库"}
    forged = client.post(address, body, "application/json", headers=head)
    assert code(forged) == (403, "exchange.session.forged")
    client.get("/account/")
    secret = client.cookies["lantai_csrf"].value
    good = client.post(address, body, "application/json", headers={**head, "X-CSRFToken": secret})
    assert good.status_code == 201, good.content


def test_bodies_have_limits(desk: Desk) -> None:
    machine = desk.machines["陆安"]
    deep = b'{"changes": ' + b"[" * 40 + b"]" * 40 + b"}"
    for body, found in {
        b"{": (400, "exchange.body.unreadable"),
        b'{"a": "\xff"}': (400, "exchange.body.unreadable"),
        b'"x"': (400, "exchange.field.wrong"),
        b'{"name": "x"}': (400, "exchange.field.missing"),
        b'{"name": "x", "address": "q=x", "more": 1}': (400, "exchange.field.unknown"),
        b'{"name": 7, "address": "q=x"}': (400, "exchange.field.wrong"),
        b'{"name": "a\\u0000", "address": "q=x"}': (400, "exchange.field.wrong"),
        deep: (400, "exchange.body.too_deep"),
        b" " * (3 << 20): (413, "exchange.body.too_large"),
    }.items():
        head = {"Authorization": f"Bearer {machine.secret}", "Idempotency-Key": str(uuid.uuid4())}
        answer = machine.client.generic(
            "POST", API + "saved-searches", body, "application/json", headers=head
        )
        assert code(answer) == found, body[:40]
    answer = machine.client.generic("POST", API + "saved-searches", b"{}", "text/plain", headers=head)
    assert code(answer) == (415, "exchange.body.media")


def test_records_are_arranged(desk: Desk) -> None:
    machine = desk.machines["陆安"]
    first, second, third = (machine.get(f"records/{quote(ref)}") for ref in desk.items)
    address = f"records/{third['urn']}"
    tag = machine.ask("GET", address).headers["ETag"]
    told(machine, "POST", f"{address}/place", {"before": first["urn"]}, If_Match=tag)
    inside = machine.get(f"records/{quote(desk.file)}/children")["items"]
    assert [one["urn"] for one in inside] == [third["urn"], first["urn"], second["urn"]]
    told(machine, "POST", f"records/{first['urn']}/relations", {"kind": "copy", "target": second["urn"]})
    related = told(machine, "GET", f"records/{second['urn']}/relations")["items"]
    assert [(one["kind"], one["outward"], one["urn"]) for one in related] == [("copy", False, first["urn"])]
    left = told(
        machine, "DELETE", f"records/{first['urn']}/relations", {"kind": "copy", "target": second["urn"]}
    )
    assert left["items"] == []
    plan = told(machine, "GET", f"renumberings?parent={quote(desk.file)}")
    assert plan["conflicts"] >= 0
    assert told(machine, "POST", "acceptances", {"urns": [first["urn"]]}) == {"count": 0}


def test_a_bulk_edit_runs_as_it_was_planned(desk: Desk) -> None:
    machine = desk.machines["陆安"]
    body = {
        "selection": {"place": {"fonds": "Z109", "file": desk.file}},
        "replacements": [{"find": "卷内", "put": "本卷", "keys": ["title"]}],
    }
    plan = told(machine, "POST", "bulk", body)
    assert (plan["changed"], plan["refused"]) == (3, 0)
    rows = told(machine, "GET", f"bulk/{plan['plan']}/rows?kind=changed")["items"]
    assert rows[0]["changes"]["title"] == {"before": "卷内第1件", "after": "本卷第1件"}
    told(machine, "GET", f"bulk/{plan['plan']}")
    entry = told(machine, "POST", f"bulk/{plan['plan']}/run", {"digest": plan["digest"]})["entry"]
    assert machine.get(f"records/{quote(desk.items[0])}")["title"] == "本卷第1件"
    told(machine, "POST", "undoings", {"entry": entry})
    again = told(machine, "POST", "bulk", body)
    told(machine, "DELETE", f"bulk/{again['plan']}")
    assert machine.ask("GET", f"bulk/{again['plan']}").status_code == 404
    both = {**body, "selection": {"urns": ["x"], "brought": "D1"}}
    assert code(machine.ask("POST", "bulk", both)) == (400, "exchange.selection.one")


def test_an_export_is_the_file_and_stands_in_the_ledger(desk: Desk) -> None:
    machine = desk.machines["沈文"]
    for form, head in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("dc", b"<?xml"), ("ead", b"<?xml")):
        body = {"selection": {"place": {"fonds": "Z109", "file": desk.file}}, "form": form}
        answer = machine.ask("POST", "exports/direct", body)
        assert answer.status_code == 200, answer.content
        content = b"".join(answer.streaming_content)
        assert content.startswith(head), form
        assert (int(answer.headers["Content-Length"]), answer.headers["X-Total-Count"]) == (len(content), "3")
    body = {"selection": {"search": {"q": "水库", "filters": {"fonds": ["Z110"]}}}, "form": "csv"}
    hidden = machine.ask("POST", "exports/direct", body)
    assert hidden.headers["X-Total-Count"] == "0"
    b"".join(hidden.streaming_content)
    assert [one.act for one in ledger.latest(5)].count("catalogue.records.export") == 5


def test_an_export_is_ordered_watched_fetched_and_let_go(desk: Desk) -> None:
    machine, other = desk.machines["沈文"], desk.machines["他局"]
    body = {"selection": {"place": {"fonds": "Z109", "file": desk.file}}, "form": "csv", "language": "zh"}
    order = told(machine, "POST", "exports", body)
    address = f"exports/{order['number']}"
    assert (order["state"], order["sha256"]) == ("ordered", "")
    assert code(machine.ask("GET", f"{address}/file")) == (409, "catalogue.export.not_ready")
    settle()
    done = told(machine, "GET", address)
    assert (done["state"], done["done"], done["total"]) == ("done", 3, 3)
    answer = machine.ask("GET", f"{address}/file")
    content = b"".join(answer.streaming_content)
    assert hashlib.sha256(content).hexdigest() == done["sha256"] == answer.headers["X-Content-SHA256"]
    assert answer.headers["Repr-Digest"].startswith("sha-256=:") and len(content) == done["size"]
    for method, path in (("GET", address), ("GET", f"{address}/file"), ("DELETE", address)):
        assert other.ask(method, path).status_code == 404
    narrow = Machine(token_of("luan", scopes=("read",)))
    assert narrow.ask("GET", "exports").status_code == 403
    assert Machine().ask("GET", "exports").status_code == 401
    printed = told(
        machine, "POST", "prints", {"selection": {"place": {"fonds": "Z109"}}, "form": "file_list"}
    )
    assert told(machine, "POST", f"exports/{printed['number']}/cancel")["state"] == "cancelled"
    assert [one["number"] for one in told(machine, "GET", "exports")["items"]] == [
        printed["number"],
        order["number"],
    ]
    told(machine, "DELETE", address)
    assert machine.ask("GET", address).status_code == 404


def test_searches_are_saved(desk: Desk) -> None:
    machine = desk.machines["沈文"]
    made = told(machine, "POST", "saved-searches", {"name": "通知", "address": "q=通知"})
    address = f"saved-searches/{made['uuid']}"
    told(machine, "PATCH", address, {"name": "各种通知"})
    told(machine, "POST", f"{address}/seen")
    assert [one["name"] for one in told(machine, "GET", "saved-searches")["items"]] == ["各种通知"]
    assert desk.machines["他局"].ask("GET", address).status_code == 404
    told(machine, "DELETE", address)
    assert told(machine, "GET", "saved-searches")["items"] == []


def test_a_list_is_brought_planned_run_and_taken_back(desk: Desk) -> None:
    machine, key = desk.machines["陆安"], "bring-1"
    rows = "".join(
        f"Z109-WS·2014·Y-{n:04d},关于第{n}号事项的通知,2014,永久,20140101,云岭区民政局\n"
        for n in range(1, 31)
    )
    content = f"档号,题名,年度,保管期限,日期,责任者\n{rows}".encode()
    address = f"imports?fonds=Z109&type=WS&level=item&name={quote('目录.csv')}"
    made = machine.ask("POST", address, content, key=key)
    assert made.status_code == 201, made.content.decode()
    again = machine.ask("POST", address, content, key=key)
    assert again.content == made.content
    assert code(machine.ask("POST", address, content + b"\n", key=key)) == (409, "exchange.key.used")
    settle()
    where = f"imports/{made.json()['number']}"
    plan = told(machine, "GET", where)
    assert (plan["state"], plan["rows"], plan["new"], plan["refused"]) == ("planned", 30, 30, 0), plan
    told(machine, "PUT", f"{where}/mapping", {"mapping": {}})
    settle()
    told(machine, "GET", f"{where}/problems?code=x")
    sheet = machine.ask("GET", f"{where}/remarks")
    lines = b"".join(sheet.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 31 and lines[0].endswith("行号,结果,问题") and "新增" in lines[1]
    told(machine, "POST", f"{where}/run")
    settle()
    done = told(machine, "GET", where)
    assert (done["state"], done["rows_done"]) == ("done", 30), done
    assert len(machine.everything("records?fonds=Z109&year=2014")) == 30
    assert told(machine, "GET", f"{where}/batches")["items"][0]["state"] == "done"
    assert [one["number"] for one in told(machine, "GET", "imports")["items"]] == [done["number"]]
    told(machine, "POST", f"{where}/undo")
    settle()
    assert machine.everything("records?fonds=Z109&year=2014") == []
    for stranger in ("沈文", "他局"):
        assert desk.machines[stranger].ask("GET", where).status_code == 404


def test_a_fonds_and_agents_are_described_by_machines(desk: Desk) -> None:
    machine, stranger = desk.machines["陆安"], desk.machines["公众"]
    there = machine.ask("GET", "fonds/Z109/description")
    changes = {
        "changes": {"agency_history": "一九五〇年设科。", "custody_history": "局里移交。"},
        "reason": "补著",
    }
    tag = there.headers["ETag"]
    revised = told(machine, "PATCH", "fonds/Z109/description", changes, If_Match=tag)
    assert revised["values"]["custody_history"] == "局里移交。"
    late = machine.ask("PATCH", "fonds/Z109/description", changes, If_Match=tag)
    assert code(late) == (412, "exchange.match.stale")
    assert code(machine.ask("PATCH", "fonds/Z109/description", changes)) == (428, "exchange.match.missing")
    assert machine.get("fonds/Z109/history")["items"][0]["reason"] == "补著"
    shown = stranger.get("fonds/Z109/description")["values"]
    assert shown["agency_history"] == "一九五〇年设科。" and "custody_history" not in shown
    assert stranger.get("fonds/Z109/history")["items"] == []
    made = told(machine, "POST", "agents", {"kind": "person", "values": {"title": "何某", "dates": "1950-"}})
    address = f"agents/{made['urn']}"
    tag = machine.ask("GET", address).headers["ETag"]
    named = told(machine, "PATCH", address, {"changes": {"title": "何某某"}}, If_Match=tag)
    assert (named["name"], named["kind"]) == ("何某某", "person")
    assert [one["act"] for one in machine.get(f"{address}/history")["items"]] == [
        "holdings.agent.revise",
        "holdings.agent.add",
    ]
    assert stranger.ask("GET", address).status_code == 404
    assert made["urn"] in {one["urn"] for one in machine.everything("agents?kind=person")}
    assert [one["urn"] for one in stranger.everything("agents")] == [desk.agent]
    clerk, address = desk.machines["沈文"], f"agents/{desk.agent}"
    own = clerk.ask("GET", address).headers["ETag"]
    refused = clerk.ask("PATCH", address, {"changes": {"title": "别名"}}, If_Match=own)
    assert code(refused) == (403, "people.permission.missing")


def test_a_tag_tells_nothing_of_what_is_not_shown(desk: Desk) -> None:
    machine, stranger = desk.machines["陆安"], desk.machines["公众"]
    hidden = {
        "fonds/Z109/description": {"custody_history": "局里移交。"},
        f"agents/{desk.agent}": {"note": "内部"},
    }
    for address, changes in hidden.items():
        inner, outer = (one.ask("GET", address).headers["ETag"] for one in (machine, stranger))
        told(machine, "PATCH", address, {"changes": changes}, If_Match=inner)
        assert machine.ask("GET", address).headers["ETag"] != inner
        assert stranger.ask("GET", address).headers["ETag"] == outer

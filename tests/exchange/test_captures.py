"""Office systems file documents by the interface: receipts, refusals field by field, big files piece by piece."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.test import Client

from lantai.base import resumable
from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.exchange.openapi import document
from tests.exchange.conftest import API, Machine, token_of
from tests.exchange.shapes import faults

VALUES = {"题名": "关于防汛值班的通知", "M33": "20260602", "author": "云岭区民政局", "security": "公开"}
STEPS = [{"agent_name": "沈文", "business_activity": "拟稿", "action_time": "2026-06-01T09:00:00+08:00"}]
MAIN = "正文：关于防汛值班的通知".encode()


def form(told: object, files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """Return a multipart body and its content type; ``files``: part → (file name, bytes)."""
    edge = uuid.uuid4().hex
    text = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
    head = 'Content-Disposition: form-data; name="capture"\r\nContent-Type: application/json'
    body = f"--{edge}\r\n{head}\r\n\r\n".encode() + text + b"\r\n"
    for part, (name, data) in files.items():
        head = f'Content-Disposition: form-data; name="{part}"; filename="{name}"'
        body += f"--{edge}\r\n{head}\r\n\r\n".encode() + data + b"\r\n"
    return body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


def capture_of(external: str = "OA-2026-1", **changed: Any) -> dict[str, Any]:
    component = {"role": "正本", "part": "main", "sha512": hashlib.sha512(MAIN).hexdigest()}
    made = {"external_id": external, "values": VALUES, "process": STEPS, "components": [component]}
    return {**made, **changed}


class OA:
    """An office system; ``secret`` is its token."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.client = Client(enforce_csrf_checks=True)

    def file(self, told: object, files: Mapping[str, tuple[str, bytes]] | None = None) -> Any:
        body, kind = form(told, {"main": ("正文.txt", MAIN)} if files is None else files)
        return self.ask("POST", "captures", body, kind)

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "", **headers: str) -> Any:
        told = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, API + path, body, kind or "application/json", headers=told)


@pytest.fixture
def oa(cast: dict[str, Actor]) -> Iterator[OA]:
    yield OA(token_of("shenwen", "MZJ", ("capture",)))
    assert [p.name for p in home().inbox.iterdir() if p.name.endswith(".part")] == []


def shaped(answer: Any) -> dict[str, Any]:
    name = "ReceiptDoc" if answer.status_code < 300 else "Error"
    told: dict[str, Any] = answer.json()
    assert not faults(document(), {"$ref": f"#/components/schemas/{name}"}, told), told
    return told


def test_a_document_gets_its_receipt_once(oa: OA) -> None:
    answer = oa.file(capture_of())
    assert answer.status_code == 201, answer.content
    receipt = shaped(answer)
    assert receipt["unit"] == "MZJ" and receipt["components"][0]["name"] == "正文.txt"
    assert receipt["components"][0]["sha512"] == hashlib.sha512(MAIN).hexdigest()
    assert shaped(oa.file(capture_of())) == receipt
    assert shaped(oa.ask("GET", f"captures/{receipt['number']}")) == receipt
    assert [one["external_id"] for one in oa.ask("GET", "captures").json()["items"]] == ["OA-2026-1"]
    answer = oa.file(capture_of(values={**VALUES, "题名": "另一题名"}))
    assert answer.status_code == 409
    assert shaped(answer)["error"]["facts"]["fields"] == "values.title"


def test_every_reason_is_told_in_the_callers_language(oa: OA) -> None:
    told = {
        "external_id": 7,
        "colour": "red",
        "values": {"title": "x", "pages": 3},
        "process": ["签发"],
        "components": [
            {"role": "main", "part": "main", "size": -1, "sm3": "00"},
            {"role": "draft", "part": "none"},
            4,
        ],
    }
    answer = oa.file(told, {"main": ("正文.txt", MAIN), "more": ("x.txt", b"x")})
    assert answer.status_code == 400
    reasons = {(one["field"], one["code"]) for one in shaped(answer)["error"]["reasons"]}
    assert reasons >= {
        ("external_id", "exchange.field.wrong"),
        ("colour", "exchange.field.unknown"),
        ("values.pages", "exchange.field.wrong"),
        ("values.author", "recordtypes.element.missing"),
        ("process[0]", "exchange.field.wrong"),
        ("components[0].size", "exchange.field.wrong"),
        ("components[0].sm3", "desk.file.digest_differs"),
        ("components[1]", "desk.file.missing"),
        ("components[2]", "exchange.field.wrong"),
        ("components", "exchange.part.unnamed"),
    }
    english = oa.ask("POST", "captures", *form(told, {}), Accept_Language="en")
    assert any("did not come" in one["message"] for one in english.json()["error"]["reasons"])
    assert oa.ask("GET", "captures").json()["items"] == []


def test_tokens_of_another_purpose_or_unit_and_people_are_refused(oa: OA, cast: dict[str, Actor]) -> None:
    from lantai.people.models import Account

    assert OA("").file(capture_of()).status_code == 401
    for secret, code in (
        (token_of("shenwen", "MZJ", ("read", "catalogue")), "exchange.token.scope_missing"),
        (token_of("luan", "", ("capture",)), "people.permission.missing"),
        (token_of("taju", "JYJ", ("capture",)), "people.permission.missing"),
    ):
        answer = OA(secret).file(capture_of(unit="MZJ"))
        assert (answer.status_code, shaped(answer)["error"]["code"]) == (403, code)
    person = OA("")
    person.client.force_login(Account.objects.get(pk=cast["沈文"].account))
    assert shaped(person.file(capture_of()))["error"]["code"] == "exchange.token.needed"
    number = shaped(oa.file(capture_of()))["number"]
    other = OA(token_of("taju", "JYJ", ("capture",)))
    assert other.ask("GET", f"captures/{number}").status_code == 404
    assert other.ask("GET", "captures").json()["items"] == []


def test_a_big_file_comes_piece_by_piece_and_is_then_named(oa: OA) -> None:
    data = "甲乙丙\n".encode() * 50_000
    begun = oa.ask("POST", "uploads", json.dumps({"name": "大.txt", "size": len(data)}).encode())
    assert begun.status_code == 201, begun.content
    id = begun.json()["id"]
    told = capture_of(components=[{"role": "main", "upload": id}])
    early = shaped(oa.file(told, {}))["error"]["reasons"]
    assert ("components[0].upload", "base.upload.unfinished") in {(r["field"], r["code"]) for r in early}
    for start in (0, 100_000, 200_000, 300_000, 400_000):
        piece = data[start : start + 100_000]
        offset = oa.ask("GET", f"uploads/{id}").json()["offset"]
        answer = oa.ask(
            "PATCH", f"uploads/{id}", piece, "application/octet-stream", Upload_Offset=str(offset)
        )
        assert answer.status_code == 200, answer.content
    receipt = shaped(oa.file(told, {}))
    assert receipt["components"][0]["sha512"] == hashlib.sha512(data).hexdigest()
    assert shaped(oa.file(told, {})) == receipt, "whoever lost the answer sends the same again"
    assert oa.ask("GET", f"uploads/{id}").status_code == 200, "it is the file that is kept and takes no room"
    assert Machine().ask("GET", f"uploads/{id}").status_code == 401


def test_an_eleventh_upload_of_a_machine_is_refused_and_removes_nothing(
    oa: OA, cast: dict[str, Actor]
) -> None:
    def begin() -> Any:
        return oa.ask("POST", "uploads", json.dumps({"name": "文.txt", "size": len(MAIN)}).encode())

    ids = [begin().json()["id"] for _ in range(resumable.OPEN_MOST)]
    refused = begin()
    assert (refused.status_code, shaped(refused)["error"]["code"]) == (409, "base.upload.open")
    assert all(oa.ask("GET", f"uploads/{id}").status_code == 200 for id in ids), "none was removed"
    resumable.begin(cast["沈文"], "页.txt", 5)  # a page counts apart
    assert begin().status_code == 409
    assert oa.ask("DELETE", f"uploads/{ids[0]}").status_code == 204
    assert oa.ask("GET", f"uploads/{ids[0]}").status_code == 404
    assert begin().status_code == 201 and begin().status_code == 409
    oa.ask("PATCH", f"uploads/{ids[1]}", MAIN, "application/octet-stream", Upload_Offset="0")
    shaped(oa.file(capture_of(components=[{"role": "main", "upload": ids[1]}]), {}))
    assert begin().status_code == 201, "what was filed makes room"
    assert resumable.begin(cast["沈文"], "页2.txt", 5)


def test_one_upload_named_twice_is_two_files(oa: OA) -> None:
    begun = oa.ask("POST", "uploads", json.dumps({"name": "正文.txt", "size": len(MAIN)}).encode())
    id = begun.json()["id"]
    oa.ask("PATCH", f"uploads/{id}", MAIN, "application/octet-stream", Upload_Offset="0")
    told = capture_of(
        components=[{"role": "main", "upload": id}, {"role": "附件", "upload": id, "name": "副.txt"}]
    )
    answer = oa.file(told, {})
    assert answer.status_code == 201, answer.content
    assert [one["name"] for one in shaped(answer)["components"]] == ["正文.txt", "副.txt"]


def test_no_upload_of_a_document_with_a_secret_is_left(oa: OA) -> None:
    ids = []
    for text in ("机密★5年\n云岭区民政局文件\n", "附件"):
        data = text.encode()
        begun = oa.ask("POST", "uploads", json.dumps({"name": "文.txt", "size": len(data)}).encode())
        ids.append(begun.json()["id"])
        oa.ask("PATCH", f"uploads/{ids[-1]}", data, "application/octet-stream", Upload_Offset="0")
    told = capture_of(components=[{"role": "main", "upload": ids[0]}, {"role": "附件", "upload": ids[1]}])
    assert "desk.text.secret" in {one["code"] for one in shaped(oa.file(told, {}))["error"]["reasons"]}
    assert list(home().inbox.glob("upload-*")) == []


def test_broken_bodies_are_refused_in_our_shape(oa: OA) -> None:
    for body, kind in (
        (b"{}", "application/json"),
        (b"x", "multipart/form-data; boundary=y"),
        (b"", "multipart/form-data"),
        form(b"{", {}),
        form([1], {}),
        form({}, {}),
    ):
        answer = oa.ask("POST", "captures", body, kind)
        assert answer.status_code in {400, 415}, (body, answer.content)
        assert not faults(document(), {"$ref": "#/components/schemas/Error"}, answer.json())


def test_a_body_that_broke_off_is_no_document(oa: OA) -> None:
    """Half of the last part looks like a whole one to a parser of forms: what was not all sent is not filed."""
    files = {"main": ("正文.txt", MAIN), "slip": ("处理单.txt", "处理单".encode() * 50)}
    parts = [{"role": "main", "part": "main"}, {"role": "slip", "part": "slip"}]
    body, kind = form(capture_of(components=parts), files)
    for came in (len(body) - 100, len(body) - 20, len(body) - 1):
        answer = oa.client.generic(
            "POST",
            API + "captures",
            body,
            kind,
            headers={"Authorization": f"Bearer {oa.secret}"},
            **{"wsgi.input": io.BytesIO(body[:came])},
        )
        assert (answer.status_code, shaped(answer)["error"]["code"]) == (503, "base.upload.broken")
    assert oa.ask("GET", "captures").json()["items"] == []
    assert oa.ask("POST", "captures", body, kind).status_code == 201

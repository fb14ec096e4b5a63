"""The pages of the ways in: bringing files with and without scripts, taking hints over, what the drop folder holds."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantai.base import resumable
from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.desk.models import Capture
from lantai.desk.services.folders import look
from lantai.kernel.errors import Invalid
from tests.pages.conftest import SignedIn
from tests.pages.test_uploads import uploaded
from tests.rooms.test_desk_folders import message
from tests.rooms.test_desk_hints import LETTER, MARKED

BRING = "/desk/bring/"


def given(**changed: Any) -> dict[str, Any]:
    return {"unit": "MZJ", "way": "each", "title": "", "type": "WS", **changed}


def file(name: str, text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def by_script(client: Client, listed: list[dict[str, Any]], **changed: Any) -> Any:
    data = given(list=json.dumps(listed), **changed)
    return client.post(BRING, data, headers={"Accept": "application/json"})


def test_without_scripts_several_files_become_several_documents(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    client = signed_in("沈文")
    shown = client.get(BRING).content.decode()
    assert 'type="file"' in shown and "区民政局" in shown
    files = [file("关于甲的通知.txt", "甲"), file("关于乙的通知.txt", "乙")]
    answer = client.post(BRING, given(files=files))
    assert answer.status_code == 201
    rows = Capture.objects.order_by("id")
    assert [(row.title, row.source) for row in rows] == [
        ("关于甲的通知", "upload"),
        ("关于乙的通知", "upload"),
    ]
    assert all(row.number in answer.content.decode() for row in rows)
    again = client.post(BRING, given(files=[file("关于甲的通知.txt", "甲"), file("空.txt", "")]))
    assert again.status_code == 400 and Capture.objects.count() == 2
    assert rows[0].number in again.content.decode() and "是空的" in again.content.decode()
    assert list(home().inbox.iterdir()) == []


def test_several_files_become_one_document(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("沈文")
    files = [file("附件.txt", "附件"), file("函.txt", "正文")]
    assert client.post(BRING, given(files=files, way="together", title="关于丙的函")).status_code == 201
    row = Capture.objects.get()
    assert row.title == "关于丙的函"
    assert [(one.role, one.name) for one in row.components.order_by("order")] == [
        ("attachment", "附件.txt"),
        ("main", "函.txt"),
    ]
    assert client.post(BRING, given()).status_code == 400
    assert client.post(BRING, given(unit="JYJ", files=[file("x.txt", "x")])).status_code == 400


def test_pieces_are_reconciled_with_the_pages_own_list(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("沈文")
    texts = {"夹/正文.txt": "正文".encode() * 999, "夹/附件/表.csv": "甲,乙".encode()}
    listed = [
        {
            "path": path,
            "size": len(data),
            "sha512": hashlib.sha512(data).hexdigest(),
            "upload": uploaded(client, path.rsplit("/", 1)[1], data, 1000),
        }
        for path, data in texts.items()
    ]
    wrong = [dict(one) for one in listed]
    wrong[0]["sha512"], wrong[1]["size"] = "0" * 128, 5
    refused = by_script(client, [*wrong, {"path": "夹/无.txt", "size": 3, "upload": "x"}], way="together")
    assert refused.status_code == 409
    codes = [reason["message"] for reason in refused.json()["outcomes"][0]["reasons"]]
    assert len(codes) == 3 and Capture.objects.count() == 0
    answer = by_script(client, listed, way="together")
    assert answer.status_code == 201, answer.content.decode()
    (outcome,) = answer.json()["outcomes"]
    assert [one["sha512"] for one in outcome["files"]] == [one["sha512"] for one in listed]
    assert [one["name"] for one in outcome["files"]] == ["正文.txt", "附件_表.csv"]
    assert outcome["name"] == "夹" and client.get(outcome["url"]).status_code == 200
    again = by_script(client, listed, way="together")
    assert again.status_code == 201, "whoever lost the answer sends the same again"
    assert again.json()["outcomes"][0]["number"] == outcome["number"]
    assert {path.stat().st_nlink for path in home().inbox.glob("upload-*/data")} == {2}, "they take no room"
    for bad in ("{", "[1]", '[{"path": "a"}]'):
        data = given(list=bad)
        assert client.post(BRING, data, headers={"Accept": "application/json"}).status_code == 400


def test_an_upload_listed_twice_is_two_files(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("沈文")
    data = "甲".encode()
    listed = {"path": "甲.txt", "size": len(data), "upload": uploaded(client, "甲.txt", data, 1000)}
    answer = by_script(client, [listed, {**listed, "path": "乙.txt"}], way="together")
    assert answer.status_code == 201, answer.content
    assert len(answer.json()["outcomes"][0]["files"]) == 2


def test_what_the_archives_keep_otherwise_leaves_the_inbox(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    """Of a box of mail the messages are kept, not the file that came."""
    client = signed_in("沈文")
    data = message("a1").encode()
    listed = {"path": "信.eml", "size": len(data), "upload": uploaded(client, "信.eml", data, 1000)}
    assert by_script(client, [listed]).status_code == 201
    assert list(home().inbox.glob("upload-*/data")) == []


def test_mail_is_compared_by_its_digest(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    """Of as many bytes, but others: what the page says of a box holds for it, too."""
    client = signed_in("沈文")
    data = message("a1").encode()
    other = data.replace(b"a1", b"a2")
    listed: dict[str, Any] = {
        "path": "信.eml",
        "size": len(data),
        "sha512": hashlib.sha512(other).hexdigest(),
    }
    listed["upload"] = uploaded(client, "信.eml", data, 1000)
    refused = by_script(client, [listed])
    assert refused.status_code == 409
    (reason,) = refused.json()["outcomes"][0]["reasons"]
    assert listed["sha512"] in reason["message"]
    assert Capture.objects.count() == 0
    listed["sha512"] = hashlib.sha512(data).hexdigest()
    assert by_script(client, [listed]).status_code == 201 and Capture.objects.count() == 1


def test_no_upload_of_a_secret_is_left(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("沈文")
    listed = []
    for name, text in (("密.txt", MARKED), ("空题.pdf", "no pdf"), ("好.txt", "好")):
        data = text.encode()
        listed.append({"path": name, "size": len(data), "upload": uploaded(client, name, data, 100_000)})
    answer = by_script(client, listed)
    assert answer.status_code == 409 and Capture.objects.count() == 1
    left = {path.name.removeprefix("upload-") for path in home().inbox.glob("upload-*")}
    assert left == {one["upload"] for one in listed[1:]}, "what can be mended need not be sent again"


def test_what_did_not_come_is_told_though_the_rest_is_known(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    client = signed_in("沈文")
    data = "甲".encode()
    first = {"path": "甲.txt", "size": len(data), "upload": uploaded(client, "甲.txt", data, 1000)}
    assert by_script(client, [first], way="together").status_code == 201
    again = {**first, "upload": uploaded(client, "甲.txt", data, 1000)}
    answer = by_script(client, [again, {"path": "乙.txt", "size": 3, "upload": "x"}], way="together")
    assert answer.status_code == 409 and Capture.objects.count() == 1
    (outcome,) = answer.json()["outcomes"]
    assert outcome["number"] == "" and "乙.txt" in outcome["reasons"][0]["message"]


def test_files_of_one_group_count_as_one(cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    clerk, group = cast["沈文"], "6b0c1f0e-7d0f-4f6e-9a53-6f6f2a4c7a10"
    alone = resumable.begin(clerk, "单.txt", 5)
    ids = [resumable.begin(clerk, f"{n}.txt", 5, group).id for n in range(30)]
    assert resumable.upload(clerk, alone.id) and all(resumable.upload(clerk, id) for id in ids)
    for n in range(resumable.OPEN_MOST):
        resumable.begin(clerk, f"新{n}.txt", 5)
    left = list(home().inbox.glob("upload-*"))
    assert len(left) == resumable.OPEN_MOST
    monkeypatch.setattr(resumable, "GROUP_MOST", 31)
    resumable.begin(clerk, "再.txt", 5, group)
    with pytest.raises(Invalid):
        resumable.begin(clerk, "多.txt", 5, group)


def test_hints_are_shown_and_taken_over(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("沈文")
    assert client.post(BRING, given(files=[file("扫描件1.txt", LETTER)])).status_code == 201
    number = Capture.objects.get().number
    shown = client.get(f"/desk/{number}/").content.decode()
    assert "从正文认出" in shown and "云民〔2026〕8号" in shown and "发文字号" in shown
    taken = {"value-title": "云岭区民政局关于加强汛期值班工作的通知", "value-date": "20260507"}
    assert client.post(f"/desk/{number}/describe/", taken).status_code == 302
    row = Capture.objects.get()
    assert row.title == taken["value-title"] and row.described["date"] == "20260507"
    assert row.values == {"title": "扫描件1"}
    client.post(f"/desk/{number}/describe/", {"value-date": "20261399"})
    assert Capture.objects.get().described["date"] == "20260507"
    watching = signed_in("陆安").get(f"/desk/{number}/").content.decode()
    assert taken["value-title"] in watching and "从正文认出" not in watching


def test_a_secret_is_refused_with_notice(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    answer = signed_in("沈文").post(BRING, given(files=[file("通知.txt", MARKED)]))
    assert answer.status_code == 400 and "国家秘密标志" in answer.content.decode()
    assert Capture.objects.count() == 0 and list(home().inbox.iterdir()) == []
    assert [one for one in home().desk.rglob("*") if one.is_file()] == []


def test_the_page_of_the_drop_folder(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    folder = home().desk_inbox / "MZJ"
    folder.mkdir(parents=True)
    (folder / "某通知.txt").write_text("正文", "utf-8")
    look()
    assert "某通知.txt" in signed_in("沈文").get("/desk/bring/folder/").content.decode()
    assert "某通知.txt" not in signed_in("他局").get("/desk/bring/folder/").content.decode()
    assert "等待写完" in signed_in("陆安").get("/desk/bring/folder/").content.decode()

"""Drop folders: waited for, filed once, told beside, moved aside; nothing lost, nothing doubled."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.desk import queries, queries_ways
from lantai.desk.dropped import things
from lantai.desk.models import Arrival, Capture
from lantai.desk.services.folders import look
from lantai.desk.services.taking import take
from lantai.ledger import queries as ledger
from lantai.people.models import Unit
from tests.corpora import need
from tests.office import VALUES

MAIL = """From: =?utf-8?b?5rKI5paH?= <shenwen@example.org>
To: luan@example.org
Subject: =?utf-8?b?{subject}?=
Date: Mon, 5 Jan 2026 10:00:00 +0800
Message-ID: <{id}@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=edge

--edge
Content-Type: text/plain; charset=utf-8

{words}
--edge
Content-Type: text/csv; charset=utf-8
Content-Disposition: attachment; filename="table.csv"

a,b
1,2
--edge--
"""


class Watch:
    """The drop folder of 区民政局, looked into at moments that the test sets."""

    def __init__(self) -> None:
        self.folder = home().desk_inbox / "MZJ"
        self.folder.mkdir(parents=True)
        self.now: datetime = timezone.now()

    def look(self, seconds: float = 0) -> None:
        self.now += timedelta(seconds=seconds)
        assert look(now=self.now).failed == ()

    def settle(self) -> None:
        self.look()
        self.look(100)

    def lay(self, name: str, data: bytes | str) -> Path:
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode() if isinstance(data, str) else data)
        return place

    def names(self) -> list[str]:
        return sorted(one.name for one in self.folder.iterdir())

    def told(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text("utf-8"))


@pytest.fixture
def watch(cast: Mapping[str, Actor]) -> Watch:
    return Watch()


def states() -> list[tuple[str, str]]:
    return [(row.name, row.state) for row in Arrival.objects.order_by("id")]


def test_a_folder_is_filed_once_it_stands_still(watch: Watch, cast: Mapping[str, Actor]) -> None:
    meta = {"external_id": "OA-9", "values": {"题名": "关于水库的通知", "日期": "20260105"}}
    watch.lay("水库通知/正文.txt", "正文")
    watch.lay("水库通知/meta.json", json.dumps(meta))
    watch.look()
    watch.look(5)
    watch.lay("水库通知/附件/表.csv", "甲,乙")
    watch.look(6)
    assert states() == [("水库通知", "waiting")]
    watch.look(59)
    assert Capture.objects.count() == 0
    watch.look(2)
    row = Capture.objects.get()
    assert (row.external_id, row.source, row.title) == ("OA-9", "folder", "关于水库的通知")
    assert [(one.role, one.name) for one in row.components.order_by("order")] == [
        ("main", "正文.txt"),
        ("attachment", "附件_表.csv"),
    ]
    assert states() == [("水库通知", "done")]
    assert watch.names() == ["_taken", "水库通知.receipt.json", "水库通知.receipt.txt"]
    assert (watch.folder / "_taken" / row.number / "水库通知" / "meta.json").exists()
    receipt = watch.told("水库通知.receipt.json")["receipts"][0]
    assert receipt["components"][0]["sha512"] == hashlib.sha512("正文".encode()).hexdigest()
    text = (watch.folder / "水库通知.receipt.txt").read_text("utf-8")
    assert row.number in text and "收件回执" in text and receipt["components"][0]["sm3"] in text
    shown = queries_ways.arrivals(cast["沈文"]).items
    assert [(one.name, one.state, one.numbers) for one in shown] == [("水库通知", "done", (row.number,))]
    assert queries_ways.arrivals(cast["他局"]).items == []
    assert list(home().inbox.iterdir()) == []


def test_a_file_waits_for_the_description_beside_it(watch: Watch) -> None:
    watch.lay("甲.txt", "甲")
    watch.lay("乙.txt", "乙")
    watch.lay("乙.txt.csv", "题名,日期,责任者,密级\n乙的通知,20260105,云岭区民政局,公开\n".encode("gb18030"))
    watch.look()
    watch.look(11)
    assert [row.title for row in Capture.objects.all()] == ["乙的通知"]
    watch.look(50)
    assert [row.title for row in Capture.objects.order_by("id")] == ["乙的通知", "甲"]
    assert [name for name in watch.names() if name.endswith((".txt", ".csv")) and "receipt" not in name] == []


def test_listed_files_are_waited_for(watch: Watch) -> None:
    listed = [{"role": "正本", "name": "正文.txt", "size": 6}, {"role": "附件", "name": "表.csv"}]
    watch.lay("甲/meta.json", json.dumps({"values": VALUES, "components": listed}))
    watch.lay("甲/正文.txt", "正")
    watch.look()
    watch.look(3600)
    watch.lay("甲/正文.txt", "正文")
    watch.look()
    watch.look(3600)
    assert Capture.objects.count() == 0
    watch.lay("甲/表.csv", "甲")
    watch.settle()
    assert Capture.objects.get().files == 2
    watch.lay(
        "乙/meta.json",
        json.dumps({"values": VALUES, "components": [*listed, {"role": "附件", "name": "无.txt"}]}),
    )
    watch.lay("乙/正文.txt", "正文")
    watch.lay("乙/表.csv", "乙")
    watch.look()
    watch.look(24 * 3600)
    told = watch.told("乙.refused.json")
    assert [one["code"] for one in told["reasons"]] == ["desk.file.missing"]
    assert (watch.folder / "乙" / "正文.txt").exists()


def test_every_reason_lies_beside_and_a_corrected_thing_is_filed(watch: Watch) -> None:
    meta = {"unit": "JYJ", "values": {"日期": "20261399", "xyz": "1", "题名": 5}, "who": 1}
    watch.lay("坏/meta.json", json.dumps(meta))
    watch.lay("坏/正文.txt", "")
    watch.settle()
    told = watch.told("坏.refused.json")
    assert {one["code"] for one in told["reasons"]} == {
        "desk.meta.unit",
        "desk.meta.unknown",
        "desk.meta.text",
        "desk.value.unknown",
        "recordtypes.date.unreadable",
        "desk.file.empty",
    }
    text = (watch.folder / "坏.refused.txt").read_text("utf-8")
    assert all(one["message"] in text for one in told["reasons"])
    size = ledger.pending()
    watch.look(1000)
    assert states() == [("坏", "refused")] and ledger.pending() == size
    watch.lay("坏/meta.json", json.dumps({"values": {"题名": "好的"}}))
    watch.lay("坏/正文.txt", "正文")
    watch.settle()
    assert states() == [("坏", "done")] and Capture.objects.get().title == "好的"
    assert watch.names() == ["_taken", "坏.receipt.json", "坏.receipt.txt"]


def test_the_same_again_is_the_same_and_another_another(watch: Watch) -> None:
    for text in ("正文", "正文", "另一份"):
        watch.lay("通知.txt", text)
        watch.settle()
    assert Capture.objects.count() == 2
    first, again, other = Arrival.objects.order_by("id")
    assert first.numbers == again.numbers != other.numbers
    assert {row.state for row in (first, again, other)} == {"done"}


def test_what_was_not_moved_aside_is_not_filed_again(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    watch.lay("通知.txt", "正文")
    (watch.folder / "_taken").write_text("no folder")
    watch.settle()
    watch.look(100)
    assert states() == [("通知.txt", "filed")] and Capture.objects.count() == 1
    watch.lay("通知.txt", "后来的另一份")
    watch.settle()
    assert [state for _, state in states()] == ["done", "filed"] and Capture.objects.count() == 2
    (watch.folder / "_taken").unlink()
    watch.look()
    assert [state for _, state in states()] == ["done", "done"]
    assert watch.names() == ["_taken", "通知.txt.receipt.json", "通知.txt.receipt.txt"]


def test_what_is_not_taken(watch: Watch, tmp_path: Path) -> None:
    (home().desk_inbox / "XYZ").mkdir()
    (home().desk_inbox / "XYZ" / "通知.txt").write_text("无此单位")
    watch.lay("通知.txt.filepart", "还在传")
    watch.lay(".隐藏", "x")
    watch.lay("夹/正文.txt", "正文")
    watch.lay("夹/大.mp4.part", "还在传")
    watch.lay("孤.json", "{}")
    (tmp_path / "外面.txt").write_text("外面")
    os.symlink(tmp_path / "外面.txt", watch.folder / "链接.txt")
    watch.settle()
    watch.look(100)
    assert dict(states()) == {"夹": "waiting", "孤.json": "waiting", "链接.txt": "refused"}
    assert watch.told("链接.txt.refused.json")["reasons"][0]["code"] == "desk.folder.odd"
    assert Capture.objects.count() == 0
    (watch.folder / "链接.txt").unlink()
    watch.look(1)
    assert dict(states())["链接.txt"] == "gone" and "链接.txt.refused.txt" not in watch.names()


def test_a_secret_is_stopped(watch: Watch) -> None:
    watch.lay("通知.txt", "机密★5年\n云岭区民政局文件\n云民〔2026〕1号\n关于某事的通知\n")
    watch.settle()
    told = watch.told("通知.txt.refused.json")
    assert [one["code"] for one in told["reasons"]] == ["desk.text.secret"]
    assert Capture.objects.count() == 0 and (watch.folder / "通知.txt").exists()


def message(id: str, words: str = "见附件。") -> str:
    import base64

    subject = base64.b64encode(f"关于{id}的函".encode()).decode()
    return MAIL.format(id=id, subject=subject, words=words)


def test_a_message_becomes_a_document_with_its_attachments(watch: Watch) -> None:
    data = message("a1").encode()
    watch.lay("来信.eml", data)
    watch.settle()
    row = Capture.objects.get()
    assert (row.external_id, row.source, row.type) == ("a1@example.org", "mail", "YJ")
    assert row.values["title"] == "关于a1的函" and row.values["sender"] == "沈文"
    assert row.values["sender_address"] == "shenwen@example.org" and row.values["date"] == "20260105"
    files = list(row.components.order_by("order"))
    assert [(one.role, one.name) for one in files] == [
        ("main", "关于a1的函.eml"),
        ("attachment", "table.csv"),
    ]
    assert files[0].sha512 == hashlib.sha512(data).hexdigest()
    assert queries.original(SYSTEM, row.number, 2)[1].read_bytes().startswith(b"a,b")


def test_each_message_of_a_box_is_a_document_of_its_own(watch: Watch) -> None:
    post = "From shenwen@example.org Mon Jan  5 10:00:00 2026\n"
    texts = [message("b1"), message("b2", "机密★5年"), message("b3")]
    watch.lay("信箱.mbox", "\n".join(post + one for one in texts))
    watch.settle()
    assert sorted(row.external_id for row in Capture.objects.all()) == ["b1@example.org", "b3@example.org"]
    told = watch.told("信箱.mbox.refused.json")
    assert [(one["document"], one["code"]) for one in told["reasons"]] == [("关于b2的函", "desk.text.secret")]
    assert len(told["filed"]) == 2
    watch.lay("坏信.eml", b"\x00\x01\x02 no mail")
    watch.settle()
    assert watch.told("坏信.eml.refused.json")["reasons"][0]["code"] == "mail.file.none"


def test_mail_of_the_corpus_is_filed(watch: Watch) -> None:
    """What is refused is refused for its files alone; no header of whatever kind keeps a message out."""
    laid = 0
    for path in sorted(need("13-email").rglob("*")):
        if path.suffix.lower() in {".eml", ".mbox"} and path.is_file():
            watch.lay(f"{laid}-{path.name}", path.read_bytes())
            laid += 1
    watch.settle()
    reasons = {one["code"] for row in Arrival.objects.all() for one in row.reasons}
    assert reasons <= {"desk.file.unreadable", "desk.capture.differs"} and laid > 10
    assert Capture.objects.filter(type="YJ").count() >= laid * 0.8


def test_no_link_is_followed_whenever_it_appears(watch: Watch, tmp_path: Path) -> None:
    """A folder that becomes a link after it was looked at gives nothing away, and nothing is moved through one."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.txt").write_text("geheim")
    watch.lay("夹/附件/key.txt", "附件")
    watch.lay("夹/正文.txt", "正文")
    (thing,) = things(watch.folder, {})
    (watch.folder / "夹" / "附件").rename(tmp_path / "weg")
    os.symlink(tmp_path / "secret", watch.folder / "夹" / "附件")
    assert take(Unit.objects.get(code="MZJ"), thing) is None and Capture.objects.count() == 0
    os.mkfifo(watch.folder / "管.json")
    (watch.folder / "_taken").mkdir()
    os.symlink(tmp_path / "weg", watch.folder / "_taken" / f"C{timezone.localdate().year}-0001")
    watch.lay("好.txt", "好")
    watch.settle()
    assert Capture.objects.get().title == "好" and (watch.folder / "好.txt").exists()
    assert dict(states()) == {"夹": "refused", "管.json": "refused", "好.txt": "filed"}

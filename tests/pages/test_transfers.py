"""The pages of transfers: list, upload, progress, report, decision, printed forms."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from lantai.base import incoming
from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.ingest import queries
from lantai.ingest.models import Transfer
from lantai.ingest.services import submit
from lantai.ingest.workspace import workspace
from lantai.kernel.errors import Unavailable
from lantai.people.services import change_unit
from lantai.site.work import settle
from tests.packages import package
from tests.pages.conftest import SignedIn, Small

HOSTILE = [
    "../x.txt",
    "/etc/passwd",
    "a/../../x",
    "a\\b.txt",
    "a/./b",
    "a//b",
    "a/\x00b",
    "a/b\n",
    "C:/x",
    "",
]
TOO_LONG = "a/" + "长" * 200


def send(client: Client, paths: list[str] | str, count: int | None = None) -> HttpResponse:
    """Post a folder as the page's script does: the files, and the list of their paths."""
    listed = paths if isinstance(paths, str) else json.dumps(paths)
    number = len(paths) if count is None else count
    files = [SimpleUploadedFile(f"file-{n}", f"内容 {n}".encode()) for n in range(number)]
    form = {"unit": "MZJ", "paths": SimpleUploadedFile("paths.json", listed.encode("utf-8", "surrogatepass"))}
    return client.post("/transfers/new/", {**form, "folder": files})  # type: ignore[return-value]


def test_a_package_is_uploaded_and_received(
    cast: dict[str, Actor], signed_in: SignedIn, tmp_path: Path
) -> None:
    source = package(tmp_path, "2011年文书档案.zip")
    with source.open("rb") as data:
        answer = signed_in("沈文").post("/transfers/new/", {"unit": "MZJ", "package": data})
    assert answer.status_code == 302
    row = Transfer.objects.get()
    assert answer.headers["Location"] == f"/transfers/{row.number}/"
    assert (row.owned, row.name) == (True, "2011年文书档案.zip")
    assert Path(row.source).read_bytes() == source.read_bytes()
    settle()
    assert queries.transfer(SYSTEM, row.number).state == "checking"
    assert not list(home().inbox.iterdir()), "what was received is removed from the inbox"


def test_a_folder_keeps_its_structure(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    answer = send(signed_in("沈文"), ["包/目录.xlsx", "包/文件/一/1.txt", "包/文件/一/2.txt"])
    assert answer.status_code == 302
    root = Path(Transfer.objects.get().source)
    assert root.name == "包"
    assert (root / "文件/一/2.txt").read_text() == "内容 2"
    assert sorted(p.relative_to(root).as_posix() for p in root.rglob("*.*")) == [
        "文件/一/1.txt",
        "文件/一/2.txt",
        "目录.xlsx",
    ]


@pytest.mark.parametrize("path", [*HOSTILE, TOO_LONG, "a/\ud800"])
def test_hostile_paths_are_refused(cast: dict[str, Actor], signed_in: SignedIn, path: str) -> None:
    answer = send(signed_in("沈文"), ["a/good.txt", path])
    assert answer.status_code == 400
    assert "没有保存任何文件" in answer.content.decode()
    assert not Transfer.objects.exists()
    assert not list(home().inbox.iterdir())


@pytest.mark.parametrize(
    "paths",
    [
        "",
        "null",
        "{}",
        "[1, 2]",
        "[" * 100_000,
        '["a/x"]',
        '["a/x", "b/y"]',
        '["a/x", "y"]',
        '["a/x", "a/x"]',
        '["a/x", "a/x/y"]',
    ],
)
def test_a_list_that_does_not_fit_is_refused(cast: dict[str, Actor], signed_in: SignedIn, paths: str) -> None:
    answer = send(signed_in("沈文"), paths, count=2)
    assert answer.status_code == 400
    assert not Transfer.objects.exists()
    assert not list(home().inbox.iterdir())


def test_an_upload_needs_one_package_and_a_unit_of_ones_own(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    client = signed_in("沈文")
    assert "没有选择文件" in client.post("/transfers/new/", {"unit": "MZJ"}).content.decode()
    two = [SimpleUploadedFile("a.zip", b"a"), SimpleUploadedFile("b.zip", b"b")]
    assert client.post("/transfers/new/", {"unit": "MZJ", "package": two}).status_code == 400
    other = {"unit": "JYJ", "package": SimpleUploadedFile("a.zip", b"a")}
    assert client.post("/transfers/new/", other).status_code == 400
    assert not Transfer.objects.exists()


def test_a_closed_unit_sends_nothing(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    change_unit(SYSTEM, "MZJ", name="区民政局", is_open=False)
    client = signed_in("沈文")
    assert "没有可以移交的单位" in client.get("/transfers/new/").content.decode()
    sent = {"unit": "MZJ", "package": SimpleUploadedFile("a.zip", b"a")}
    assert client.post("/transfers/new/", sent).status_code == 400


def test_a_full_disk_is_said_before_the_upload(
    cast: dict[str, Actor], signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "MARGIN", 1 << 60)
    answer = signed_in("沈文").post(
        "/transfers/new/", {"unit": "MZJ", "package": SimpleUploadedFile("a.zip", b"a" * 100)}
    )
    assert answer.status_code == 503
    assert "磁盘空间不够" in answer.content.decode()
    assert not list(home().inbox.iterdir())


def test_progress_is_shown_until_it_stands(small: Small, signed_in: SignedIn, tmp_path: Path) -> None:
    client = signed_in("沈文")
    number = submit(SYSTEM, "MZJ", package(tmp_path / "c", "c.zip", start=21))
    row = Transfer.objects.get(number=number)
    workspace(row.uuid).report("submitted", 30, 120)
    part = client.get(f"/transfers/{number}/progress/").content.decode()
    assert "30 / 120" in part
    assert 'hx-trigger="every 2s"' in part
    workspace(row.uuid).stuck("submitted", Unavailable("ingest.disk.short", needed=5, free=1))
    page = client.get(f"/transfers/{number}/").content.decode()
    assert "磁盘空间不够：还需 5 字节" in page
    assert "腾出空间后会自动继续" in page
    assert "停住了" in client.get("/").content.decode()
    assert client.get(f"/transfers/{small.checking}/progress/").headers["HX-Refresh"] == "true"


def test_a_refused_package_tells_its_sender_why(small: Small, signed_in: SignedIn) -> None:
    page = signed_in("沈文").get(f"/transfers/{small.refused}/").content.decode()
    assert "zip" in page
    assert "已自动退回" in page


def test_the_report_is_answered_then_accepted(small: Small, signed_in: SignedIn) -> None:
    client, address = signed_in("陆安"), f"/transfers/{small.checking}/"
    page = client.get(f"{address}report/").content.decode()
    assert "四性检测报告" in page
    assert "确认其余" in page
    early = client.post(f"{address}accept/")
    assert early.status_code == 409
    shown = queries.transfer(SYSTEM, small.checking)
    assert shown.run is not None
    from lantai.checks.queries import run

    first = run(shown.run).waiting[0]["code"]
    assert client.post(f"{address}report/sign/", {"code": first}).status_code == 400
    client.post(f"{address}report/sign/", {"code": first, "passed": "yes", "note": "看过"})
    twice = client.post(f"{address}report/sign/", {"code": first, "passed": "yes"})
    assert twice.status_code == 409
    client.post(f"{address}report/sign-all/", {"note": ""})
    assert run(shown.run).waiting == []
    assert client.post(f"{address}accept/").headers["Location"] == address
    settle()
    assert queries.transfer(SYSTEM, small.checking).state == "closed"
    assert "Z111-WS·2011·Y-0001" in client.get(address).content.decode()


def test_an_item_failed_by_a_person_cannot_be_accepted(small: Small, signed_in: SignedIn) -> None:
    from lantai.checks.queries import run

    client, address = signed_in("陆安"), f"/transfers/{small.checking}/"
    shown = queries.transfer(SYSTEM, small.checking)
    assert shown.run is not None
    first = run(shown.run).waiting[0]["code"]
    client.post(f"{address}report/sign/", {"code": first, "passed": "no", "note": "光盘有划痕"})
    client.post(f"{address}report/sign-all/", {})
    page = client.get(f"{address}report/").content.decode()
    assert "光盘有划痕" in page
    assert f'action="{address}accept/"' not in page
    assert client.post(f"{address}accept/").status_code == 409


def test_a_return_needs_its_reason_and_reaches_the_sender(small: Small, signed_in: SignedIn) -> None:
    client, address = signed_in("陆安"), f"/transfers/{small.checking}/"
    empty = client.post(f"{address}return/", {"reason": "  "})
    assert empty.status_code == 400
    assert "退回须说明原因" in empty.content.decode()
    client.post(f"{address}return/", {"reason": "少一页\n请补"})
    page = signed_in("沈文").get(address).content.decode()
    assert "少一页<br>请补" in page
    late = client.post(f"{address}return/", {"reason": "再退一次"})
    assert late.status_code == 409


def test_the_list_is_filtered_paged_and_exported(
    cast: dict[str, Actor], small: Small, signed_in: SignedIn, tmp_path: Path
) -> None:
    broken = tmp_path / "=1+1.zip"
    broken.write_bytes(b"")
    for _ in range(51):
        submit(cast["他局"], "JYJ", broken)
    client = signed_in("陆安")
    page = client.get("/transfers/?unit=MZJ&state=checking").content.decode()
    assert small.checking in page
    assert small.closed not in page
    first = client.get("/transfers/?unit=JYJ")
    following = first.context["next"]
    assert "unit=JYJ" in following
    second = client.get(f"/transfers/{following}")
    assert len(second.context["transfers"]) == 1
    assert client.get("/transfers/?after=rubbish").status_code == 400
    table = b"".join(client.get("/transfers/export.csv?unit=JYJ").streaming_content).decode("utf-8-sig")
    assert len(table.strip().splitlines()) == 52
    assert "'=1+1.zip" in table, "no cell is taken for a formula"
    mine = b"".join(signed_in("沈文").get("/transfers/export.csv").streaming_content).decode()
    assert "JYJ" not in mine
    assert small.checking in mine


def text_of(pdf: bytes) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(BytesIO(pdf))
    try:
        return "".join("".join(page.get_textpage().get_text_range() for page in document).split())
    finally:
        document.close()


@pytest.mark.parametrize("paper", ["report", "register", "receipt"])
def test_printed_forms_are_the_same_whenever_they_are_printed(
    small: Small, signed_in: SignedIn, paper: str
) -> None:
    address = f"/transfers/{small.closed}/{paper}.pdf"
    answer = signed_in("沈文").get(address)
    assert answer.headers["Content-Type"] == "application/pdf"
    settle()
    again = signed_in("陆安").get(address)
    assert answer.content == again.content, "both sides hold the same paper"
    text = text_of(answer.content)
    assert small.closed in text
    assert "区民政局" in text
    assert "云岭区档案馆" in text


def test_the_receipt_holds_a_signed_checkpoint(small: Small, signed_in: SignedIn) -> None:
    from lantai.kernel.tlog import open_checkpoint
    from lantai.ledger import queries as ledger
    from lantai.ledger.store import verifier

    row = Transfer.objects.get(number=small.closed)
    closing = next(e for e in ledger.history([row.urn]) if e.act == "ingest.transfer.close")
    assert closing.index is not None
    sealed = ledger.sealed(closing.index)
    opened = open_checkpoint(sealed.note.encode(), verifier())
    assert (opened.size, opened.root.hex()) == (closing.index + 1, sealed.root)
    text = text_of(signed_in("沈文").get(f"/transfers/{small.closed}/receipt.pdf").content)
    assert sealed.root in text
    assert sealed.fingerprint in text
    early = signed_in("陆安").get(f"/transfers/{small.checking}/receipt.pdf")
    assert early.status_code == 409


def test_the_report_names_who_signed(small: Small, signed_in: SignedIn) -> None:
    text = text_of(signed_in("陆安").get(f"/transfers/{small.closed}/report.pdf").content)
    assert "人工合格" in text
    assert "已核对" in text

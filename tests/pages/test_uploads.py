"""Files that arrive piece by piece: they go on where they broke off, are nobody else's, and end in both rooms."""

from __future__ import annotations

import io
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from lantai.base import resumable
from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.catalogue import queries as catalogue
from lantai.catalogue.models import Import
from lantai.catalogue.workshop import workshop
from lantai.ingest.models import Transfer
from lantai.ingest.steps import collect_inbox
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from lantai.site.work import settle
from tests.packages import package
from tests.pages.conftest import SignedIn

LIST = "档号,题名,年度,保管期限,文件日期,责任者\n" + "".join(
    f"Z109-WS·2014·Y-{n:04d},关于第{n}号事项的通知,2014,永久,20140101,云岭区民政局\n" for n in range(1, 41)
)


def begun(client: Client, name: str, size: int) -> str:
    answer = client.post("/uploads/", {"name": name, "size": str(size)})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def sent(client: Client, id: str, offset: int, piece: bytes) -> Any:
    return client.post(
        f"/uploads/{id}/", piece, "application/octet-stream", headers={"Upload-Offset": str(offset)}
    )


def uploaded(client: Client, name: str, data: bytes, step: int) -> str:
    id = begun(client, name, len(data))
    for offset in range(0, len(data), step):
        answer = sent(client, id, offset, data[offset : offset + step])
        assert answer.json() == {"id": id, "offset": min(offset + step, len(data)), "size": len(data)}
    return id


def test_a_list_in_pieces_becomes_an_import(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client, data = signed_in("陆安"), LIST.encode()
    id = uploaded(client, "目录.csv", data, 500)
    answer = client.post(
        "/catalogue/imports/new/", {"fonds": "Z109", "type": "WS", "level": "item", "upload": id}
    )
    assert answer.status_code == 302, answer.content.decode()
    row = Import.objects.get()
    assert row.name == "目录.csv" and workshop(row.uuid).source().read_bytes() == data
    assert client.get(f"/uploads/{id}/").status_code == 404 and not list(home().inbox.iterdir())
    settle()
    assert catalogue.import_(cast["陆安"], row.number).rows == 40


def test_a_package_in_pieces_becomes_a_transfer(
    cast: dict[str, Actor], signed_in: SignedIn, tmp_path: Path
) -> None:
    source = package(tmp_path, "2011年文书档案.zip")
    client, data = signed_in("沈文"), source.read_bytes()
    id = uploaded(client, "2011年文书档案.zip", data, 1 << 20)
    refused = client.post("/transfers/new/", {"unit": "", "upload": id})
    assert refused.status_code in {400, 422} or "errorlist" in refused.content.decode()
    assert client.get(f"/uploads/{id}/").json()["offset"] == len(data)  # nothing need be sent again
    answer = client.post("/transfers/new/", {"unit": "MZJ", "upload": id})
    assert answer.status_code == 302
    row = Transfer.objects.get()
    assert (row.name, Path(row.source).read_bytes()) == ("2011年文书档案.zip", data)
    assert client.get(f"/uploads/{id}/").status_code == 404


def test_what_broke_off_goes_on_where_it_was(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    id = begun(client, "目录.csv", 10)
    assert sent(client, id, 0, b"01234").json()["offset"] == 5
    for offset in (0, 4, 6):
        assert sent(client, id, offset, b"x").status_code == 409
    unfinished = client.post("/catalogue/imports/new/", {"upload": id})
    assert unfinished.status_code == 409 and not Import.objects.exists()
    assert client.get(f"/uploads/{id}/").json()["offset"] == 5
    assert sent(client, id, 5, b"56789012").status_code == 400
    assert sent(client, id, 5, b"56789").json()["offset"] == 10
    assert resumable.arrived(cast["陆安"], id).path.read_bytes() == b"0123456789"


class _Broken(io.RawIOBase):
    """A connection that ends in the middle of a piece."""

    def __init__(self) -> None:
        self.left = [b"012", b"34"]

    def read(self, size: int = -1, /) -> bytes:
        if not self.left:
            raise ConnectionResetError
        return self.left.pop(0)


def test_what_arrived_of_a_broken_piece_counts(cast: dict[str, Actor]) -> None:
    actor = cast["陆安"]
    id = resumable.begin(actor, "目录.csv", 10).id
    os.utime(resumable.upload(actor, id).path.parent, (0, 0))
    with pytest.raises(ConnectionResetError):
        resumable.append(actor, id, 0, _Broken())
    assert resumable.upload(actor, id).offset == 5
    assert collect_inbox() == 0 and resumable.upload(actor, id).offset == 5


def test_nobody_touches_the_uploads_of_others(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    id = begun(signed_in("陆安"), "目录.csv", 10)
    other = signed_in("沈文")
    assert other.get(f"/uploads/{id}/").status_code == 404
    assert sent(other, id, 0, b"x").status_code == 404
    for actor in (cast["沈文"], SYSTEM):
        for ask in (resumable.arrived, resumable.forget):
            with pytest.raises(NotFound):
                ask(actor, id)
    for stranger in (cast["方正"], cast["系统管理员"], SYSTEM):
        with pytest.raises(Forbidden, match=r"base\.upload\.forbidden"):
            resumable.begin(stranger, "目录.csv", 10)
    for wrong in ("../x", "", "upload", f"{id}/../{id}", id.upper()):
        with pytest.raises(NotFound):
            resumable.upload(cast["陆安"], wrong)


def test_wrong_uploads_are_refused(
    cast: dict[str, Actor], signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, actor = signed_in("陆安"), cast["陆安"]
    for name, size in (
        ("a/b.csv", "1"),
        ("", "1"),
        ("a\0", "1"),
        ("a.csv", "0"),
        ("a.csv", "x"),
        ("a.csv", "9" * 14),
    ):
        assert client.post("/uploads/", {"name": name, "size": size}).status_code == 400
    id = begun(client, "a.csv", 3)
    assert client.post(f"/uploads/{id}/", b"abc", "application/octet-stream").status_code == 400
    with pytest.raises(Conflict, match=r"base\.upload\.unfinished"):
        resumable.arrived(actor, id)
    for _ in range(resumable.OPEN_MOST):
        resumable.begin(actor, "b.csv", 1)
    assert len(list(home().inbox.glob("upload-*"))) == resumable.OPEN_MOST
    begun_before = resumable.begin(actor, "c.csv", 3).id
    monkeypatch.setattr(resumable, "MARGIN", shutil.disk_usage(home().inbox).free * 2)
    with pytest.raises(Unavailable, match=r"base\.upload\.disk"):
        resumable.begin(actor, "c.csv", 1)
    with pytest.raises(Unavailable, match=r"base\.upload\.disk"):  # the margin is kept from what began before
        resumable.append(actor, begun_before, 0, io.BytesIO(b"abc"))
    assert resumable.upload(actor, begun_before).offset == 0
    with pytest.raises(Invalid, match=r"base\.upload\.size"):
        resumable.begin(actor, "c.csv", resumable.LIMIT + 1)


def test_a_large_file_begins_only_beside_what_is_to_come(
    cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two packages that fit one by one, not both, must not stop each other half way."""
    actor, usage = cast["沈文"], shutil.disk_usage(home().root)
    monkeypatch.setattr(resumable, "LARGE", 1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=resumable.MARGIN + 2_500))
    lost = resumable.begin(actor, "包.zip", 2_000, days=30, machine=True)
    first = resumable.begin(actor, "包.zip", 2_000, days=30, machine=True)
    assert lost != first, "the answer was lost, nothing came: it holds no room"
    resumable.append(actor, first.id, 0, io.BytesIO(b"x"))
    with pytest.raises(Unavailable, match=r"base\.upload\.disk"):
        resumable.begin(actor, "包二.zip", 1_000, machine=True)
    assert resumable.begin(actor, "小.txt", 900, machine=True)
    os.utime(first.path.parent, (0, 0))
    assert resumable.begin(actor, "包二.zip", 1_000, machine=True), "what nobody sends any more holds no room"


def test_lost_answers_do_not_use_up_the_uploads_of_a_machine(cast: dict[str, Actor]) -> None:
    actor = cast["沈文"]
    made = [
        resumable.begin(actor, "包.zip", 9, days=30, machine=True) for _ in range(resumable.OPEN_MOST - 1)
    ]
    begun_well = resumable.begin(actor, "包.zip", 9, days=30, machine=True)
    resumable.append(actor, begun_well.id, 0, io.BytesIO(b"x"))
    with pytest.raises(Conflict, match=r"base\.upload\.open"):
        resumable.begin(actor, "包.zip", 9, days=30, machine=True)
    for one in (*made, begun_well):
        os.utime(one.path.parent, (0, 0))
    for _ in made:
        resumable.begin(actor, "包.zip", 9, days=30, machine=True)
    assert resumable.upload(actor, begun_well.id).offset == 1, "what came is not thrown away"
    with pytest.raises(Conflict, match=r"base\.upload\.open"):
        resumable.begin(actor, "包.zip", 9, days=30, machine=True)


def test_without_scripts_the_file_comes_in_the_form(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    """It is laid on disk as it comes, never held in memory."""
    from django.conf import settings

    assert settings.FILE_UPLOAD_HANDLERS == ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    client = signed_in("陆安")
    file = SimpleUploadedFile("目录.csv", LIST.encode())
    given = {"fonds": "Z109", "type": "WS", "level": "item", "upload": "", "file": file}
    assert client.post("/catalogue/imports/new/", given).status_code == 302
    assert Import.objects.get().name == "目录.csv"


def test_a_form_that_broke_off_brings_nothing(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    """Half of a last file looks like a whole one to a parser of forms: no transfer, no import comes of it."""
    fields = {"unit": "MZJ", "fonds": "Z109", "type": "WS", "level": "item"}
    for name, path, field in (
        ("沈文", "/transfers/new/", "package"),
        ("陆安", "/catalogue/imports/new/", "file"),
    ):
        client = signed_in(name)
        client.handler.enforce_csrf_checks = True
        shown = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(path).content.decode())
        assert shown
        told = {
            "csrfmiddlewaretoken": shown[1],
            **fields,
            field: SimpleUploadedFile("目录.csv", LIST.encode()),
        }
        body, before = encode_multipart(BOUNDARY, told), sorted(home().inbox.iterdir())
        for came in (len(body) // 2, len(body) - 30, len(body) - 1):
            answer = client.generic(
                "POST", path, body, MULTIPART_CONTENT, **{"wsgi.input": io.BytesIO(body[:came])}
            )
            assert answer.status_code in {403, 503}, (path, came, answer.status_code)
            assert sorted(home().inbox.iterdir()) == before
        assert (Transfer.objects.count(), Import.objects.count()) == (int(field == "file"), 0)
        assert client.generic("POST", path, body, MULTIPART_CONTENT).status_code == 302

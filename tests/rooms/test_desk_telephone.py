"""A paper document photographed page by page: one PDF, the photographs beside it, with and without scripts."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import pyvips
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantai.base import resumable
from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.desk import queries
from lantai.desk.darkroom import MOST, Taken
from lantai.desk.errors import Refused
from lantai.desk.models import Capture
from lantai.desk.services.photographs import file_photographs
from lantai.kernel.errors import Conflict, Forbidden, Invalid
from lantai.kernel.photographs import WHOLE, Order
from tests.kernel.formats import heifs
from tests.kernel.photographs.shoot import shoot
from tests.pages.conftest import SignedIn, signed_in
from tests.pages.test_uploads import uploaded

__all__ = ["signed_in"]
ADDRESS = "/desk/bring/telephone/"
TITLE = "关于拨付救灾款的通知"


@cache
def shot(number: int) -> tuple[str, bytes]:
    """Return name and bytes of a photograph: the second comes from an iPhone."""
    data = shoot(number).data
    if number == 1:
        return "image.heic", heifs.photograph(pyvips.Image.new_from_buffer(data, "").numpy())
    return "image.jpg", data


def taken(folder: Path, *orders: Order) -> list[Taken]:
    found = []
    for n, order in enumerate(orders):
        name, data = shot(n)
        place = folder / f"{n}-{len(list(folder.iterdir()))}{Path(name).suffix}"
        place.write_bytes(data)
        found.append(Taken(name, place, order))
    return found


def file(actor: Actor, folder: Path, *orders: Order, title: str = TITLE, **more: str) -> Any:
    inside = folder / "request"
    inside.mkdir(exist_ok=True)
    told = {"date": "20260601", "author": "云岭区民政局", **more}
    return file_photographs(actor, "MZJ", taken(inside, *orders), inside, title=title, **told)


def test_photographs_become_one_document(cast: dict[str, Actor], tmp_path: Path) -> None:
    clerk = cast["沈文"]
    receipt = file(clerk, tmp_path, Order(), Order(WHOLE, turn=1))
    assert [(one.role, one.name) for one in receipt.components] == [
        ("main", f"{TITLE}.pdf"),
        ("draft", "照片01_image.jpg"),
        ("draft", "照片02_image.heic"),
    ]
    assert [one.sha512 for one in receipt.components[1:]] == [
        hashlib.sha512(shot(n)[1]).hexdigest() for n in range(2)
    ], "the photographs lie there as they came"
    assert {one.code for one in receipt.notes} >= {"desk.photographs.found", "desk.photographs.whole"}
    row = Capture.objects.get()
    assert (row.source, row.title, row.described["date"]) == ("telephone", TITLE, "20260601")
    _kept, path = queries.original(clerk, receipt.number, 1)
    document = pypdfium2.PdfDocument(path)
    assert [round(page.get_height()) for page in document] == [842, 631]
    document.close()
    assert file(clerk, tmp_path, Order(), Order(WHOLE, turn=1)) == receipt, "sent again, it is the same"
    with pytest.raises(Conflict, match=r"desk\.capture\.differs"):
        file(clerk, tmp_path, Order(), Order(WHOLE, turn=1), title="别的题名")
    assert file(clerk, tmp_path, Order(), Order(WHOLE)).number != receipt.number, "mended, it is another"


def test_what_gives_no_page_is_told_by_its_place(cast: dict[str, Actor], tmp_path: Path) -> None:
    request = tmp_path / "request"
    request.mkdir()
    pages = taken(request, Order(), Order(), Order())
    pages[1].path.write_bytes(shoot(1).data[:9999])
    pages[2].path.write_bytes(b"%PDF-1.4")
    with pytest.raises(Refused) as refused:
        file_photographs(cast["沈文"], "MZJ", pages, request, title=TITLE, date="", author="")
    told = [(one.path, one.code) for one in refused.value.reasons]
    assert told == [
        ("photographs[1]", "photographs.picture.damaged"),
        ("photographs[2]", "photographs.picture.format"),
    ]
    assert Capture.objects.count() == 0
    for wrong, code in (([], "desk.upload.empty"), (pages[:1] * (MOST + 1), "desk.photographs.many")):
        with pytest.raises(Invalid, match=code.replace(".", r"\.")):
            file_photographs(cast["沈文"], "MZJ", wrong, request, title=TITLE, date="", author="")
    with pytest.raises(Forbidden):
        file_photographs(cast["他局"], "MZJ", pages, request, title=TITLE, date="", author="")


def form(album: str, ids: list[str], **more: Any) -> dict[str, Any]:
    told = {"unit": "MZJ", "title": TITLE, "date": "2026-06-01", "author": "", "album": album}
    states = {
        "photo": ids,
        "corners": [""] * len(ids),
        "turn": ["0"] * len(ids),
        "seen": [""] * len(ids),
    }
    return {**told, **states, **more}


def waiting() -> list[str]:
    return [path.name.removeprefix("upload-") for path in home().inbox.glob("upload-*")]


def picture(n: int) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"IMG_{n}.jpg", shoot(n).data, "image/jpeg")


def test_without_scripts_it_is_looked_at_changed_and_filed(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    client = signed_in("沈文")
    shown = client.get(ADDRESS).content.decode()
    assert 'capture="environment"' in shown and 'accept="image/*,image/heic,image/heif"' in shown
    album = shown.partition('name="album" value="')[2][:36]
    looked = client.post(ADDRESS, form(album, [], photos=[picture(0), picture(1)], do="look"))
    assert looked.status_code == 200 and looked.content.decode().count("已拉直") == 2
    first, second = looked.content.decode().split('data-shot="')[1:]
    ids = [first[:36], second[:36]]
    assert sorted(ids) == sorted(waiting()) and TITLE in looked.content.decode()
    moved = client.post(ADDRESS, form(album, ids, do=f"up:{ids[1]}")).content.decode()
    assert moved.index(ids[1]) < moved.index(ids[0])
    whole = client.post(ADDRESS, form(album, ids, do=f"whole:{ids[0]}")).content.decode()
    assert "不拉直" in whole and 'value="whole"' in whole
    turned = client.post(ADDRESS, form(album, ids, do=f"turn:{ids[0]}")).content.decode()
    assert 'name="turn" value="1"' in turned
    gone = client.post(ADDRESS, form(album, ids, do=f"remove:{ids[0]}")).content.decode()
    assert ids[0] not in gone and ids[1] in gone
    lacking = client.post(ADDRESS, form(album, ids, title="", do="file"))
    assert lacking.status_code == 400 and ids[0] in lacking.content.decode()
    filed = client.post(ADDRESS, form(album, ids, do="file"))
    row = Capture.objects.get()
    assert filed.status_code == 302 and filed["Location"] == f"/desk/{row.number}/"
    assert [one.name for one in row.components.order_by("order")][1:] == [
        "照片01_IMG_0.jpg",
        "照片02_IMG_1.jpg",
    ]
    assert {path.stat().st_nlink for path in home().inbox.glob("upload-*/data")} <= {2}


def test_by_script_each_page_comes_alone(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("沈文")
    id = uploaded(client, "IMG_2.jpg", shoot(2).data, 300_000)
    card = client.get(f"{ADDRESS}{id}/")
    assert card.status_code == 200 and card.content.decode().strip().startswith("<li")
    corners = "0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9"
    for address in (f"{id}/seen/", f"{id}/flat/", f"{id}/flat/?corners={corners}&turn=1"):
        answer = client.get(ADDRESS + address)
        assert answer.status_code == 200 and answer["Content-Type"] == "image/jpeg"
        assert "private" in answer["Cache-Control"]
        drawn = pyvips.Image.new_from_buffer(answer.content, "")
        assert (drawn.width > drawn.height) is ("turn=1" in address), "it lies on its side when it was turned"
    for wrong in ("1 2", "x " * 8, "0 0 1 1 1 0 0 1", "nan " * 8):
        assert client.get(f"{ADDRESS}{id}/flat/?corners={wrong}").status_code == 400
    for other in (signed_in("他局"), signed_in("陆安")):
        for address in ("", "seen/", "flat/"):
            assert other.get(f"{ADDRESS}{id}/{address}").status_code in {403, 404}
    asked = form("", [id], corners=[corners], paper="a3", plain="1", do="file")
    answer = client.post(ADDRESS, asked, headers={"Accept": "application/json"})
    assert answer.status_code == 201, answer.content
    row = Capture.objects.get()
    assert answer.json()["url"] == f"/desk/{row.number}/"
    assert "desk.photographs.given" in {one["code"] for one in row.notes}
    again = client.post(ADDRESS, asked, headers={"Accept": "application/json"})
    assert again.json() == answer.json(), "whoever lost the answer asks again"
    refused = client.post(ADDRESS, form("", [], do="file"), headers={"Accept": "application/json"})
    assert refused.status_code == 400 and refused.json()["reasons"]


def test_what_is_no_photograph_is_said_at_once(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("沈文")
    wrong = SimpleUploadedFile("信.jpg", b"%PDF-1.4", "image/jpeg")
    empty = SimpleUploadedFile("空.jpg", b"", "image/jpeg")
    shown = client.post(ADDRESS, form("", [], photos=[wrong, empty], do="look"))
    text = shown.content.decode()
    assert shown.status_code == 400 and "不能用" in text and "JPEG" in text and "空.jpg" in text
    (id,) = waiting()
    filed = client.post(ADDRESS, form("", [id], do="file"))
    assert filed.status_code == 400 and Capture.objects.count() == 0 and waiting() == [id]
    assert "第 1 页：" in filed.content.decode()
    swept = client.post(ADDRESS, form("", [id, "x" * 36], do="look"))
    assert swept.status_code == 200 and "x" * 36 not in swept.content.decode()


def test_pages_of_one_album_count_as_one(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client, album = signed_in("沈文"), "6b0c1f0e-7d0f-4f6e-9a53-6f6f2a4c7a10"
    small = SimpleUploadedFile
    files = [small(f"{n}.jpg", b"x" * 9, "image/jpeg") for n in range(resumable.OPEN_MOST + 3)]
    client.post(ADDRESS, form(album, [], photos=files, do="look"))
    assert len(waiting()) == resumable.OPEN_MOST + 3


def test_a_stranger_keeps_nothing_here(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    for client in (signed_in("方正"), Client()):
        client.post(ADDRESS, form("", [], photos=[picture(0)], do="look"))
    assert waiting() == []

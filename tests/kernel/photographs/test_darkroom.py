"""Photographs become pages in other processes: straightened, evenly lit, the same bytes every time; hostile ones refused."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
import pyvips
from pikepdf.pdfa import validate_written

from lantai.kernel.errors import Invalid
from lantai.kernel.formats import identify, inspect
from lantai.kernel.photographs import WHOLE, Darkroom, Order, bind, corners_of
from lantai.kernel.photographs.model import Page
from lantai.kernel.photographs.opening import upright
from tests.corpora import corpus
from tests.kernel.formats import heifs
from tests.kernel.photographs.shoot import letter, shoot


@pytest.fixture(scope="module")
def darkroom() -> Iterator[Darkroom]:
    made = Darkroom(1)
    yield made
    made.close()


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    place = tmp_path / "一.jpg"
    place.write_bytes(shoot(0).data)
    return place


def test_a_page_is_the_letter(darkroom: Darkroom, photograph: Path, tmp_path: Path) -> None:
    seen = darkroom.look(photograph)
    assert seen.sure and (seen.width, seen.height) == (1200, 1600)
    page = darkroom.page(photograph, tmp_path / "page.jpg", Order())
    assert page.way == "found" and page.points == (595.276, 841.89)
    made = pyvips.Image.new_from_file(str(page.path))
    assert (made.width, made.height) == (page.width, page.height) and made.get_fields().count(
        "exif-data"
    ) == 0
    true = pyvips.Image.new_from_array(letter(0).astype(np.uint8)).thumbnail_image(
        310, height=438, size="force"
    )
    close = made.thumbnail_image(310, height=438, size="force")
    a, b = (one.colourspace("b-w").gaussblur(1.5).numpy().astype(float).ravel() for one in (true, close))
    assert np.corrcoef(a, b)[0, 1] > 0.9


def test_light_is_evened_and_colours_stay(darkroom: Darkroom, tmp_path: Path) -> None:
    place = tmp_path / "影.jpg"
    place.write_bytes(shoot(3, "shadow").data)
    pages = {}
    for even in (True, False):
        page = darkroom.page(place, tmp_path / f"{even}.jpg", Order(even=even))
        pages[even] = (
            pyvips.Image.new_from_file(str(page.path))
            .thumbnail_image(200, height=280, size="force")
            .numpy()
            .astype(float)
        )

    def spread(page: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
        cells = page.mean(axis=2)
        bright = np.percentile(cells.reshape(-1, 20, 10, 20).swapaxes(1, 2).reshape(-1, 400), 90, axis=1)
        return float(bright.max() - bright.min())

    assert spread(pages[True]) < 0.35 * spread(pages[False])
    head = pages[True][: pages[True].shape[0] // 3]
    red = head[(head[:, :, 0] - head[:, :, 1]) > 60]
    assert len(red) > 50, "the red head of the letter is red"


def test_the_same_photographs_are_the_same_pdf(darkroom: Darkroom, photograph: Path, tmp_path: Path) -> None:
    orders = (Order(), Order(turn=1), Order(WHOLE), Order(paper="a3"))
    for run in ("a", "b"):
        pages = [darkroom.page(photograph, tmp_path / f"{run}{n}.jpg", one) for n, one in enumerate(orders)]
        bind(pages, tmp_path / f"{run}.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    seen = inspect(tmp_path / "a.pdf", identify(tmp_path / "a.pdf"))
    assert seen.readable and seen.pages == 4 and seen.declared == "PDF/A-2b" and not seen.findings
    with pikepdf.open(tmp_path / "a.pdf") as document:
        sizes = [[round(float(edge)) for edge in page.mediabox[2:]] for page in document.pages]
        assert sizes[0] == [595, 842] and sizes[1] == [842, 595] and sizes[3] == [842, 1191]
        image = document.pages[0].obj.Resources.XObject["/Page"]
        assert image.read_raw_bytes() == (tmp_path / "a0.jpg").read_bytes()
        assert "/ID" in document.trailer and not document.docinfo
    document = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    assert document[0].render(scale=0.5).to_numpy().mean() > 180
    document.close()


def test_the_pdf_is_what_it_claims(tmp_path: Path) -> None:
    """Judged by pikepdf's validator, which approves only what it knows to conform; so it is shown to have teeth."""
    sheet = Page(tmp_path / "page.jpg", 90, 120, (595.276, 841.89), "found")
    pyvips.Image.black(90, 120, bands=3).copy(interpretation="srgb").jpegsave(str(sheet.path), keep="none")
    bind([sheet, sheet], tmp_path / "a.pdf")
    assert not validate_written(tmp_path / "a.pdf", "2b").findings
    with pikepdf.open(tmp_path / "a.pdf") as document:
        del document.Root.OutputIntents
        document.save(tmp_path / "b.pdf")
    assert not validate_written(tmp_path / "b.pdf", "2b").passed


def test_the_camera_says_how_it_was_held(darkroom: Darkroom, tmp_path: Path) -> None:
    place = tmp_path / "横.jpg"
    place.write_bytes(shoot(8, "exif").data)
    assert pyvips.Image.new_from_file(str(place)).width == 1600
    seen = darkroom.look(place)
    assert (seen.width, seen.height) == (1200, 1600)
    drawn = pyvips.Image.new_from_buffer(darkroom.seen(place, 400), "")
    assert (drawn.width, drawn.height) == (300, 400)
    assert darkroom.preview(place, Order(), 400) == darkroom.preview(place, Order(), 400)


def test_what_an_iphone_takes_is_read(darkroom: Darkroom, photograph: Path, tmp_path: Path) -> None:
    taken = pyvips.Image.new_from_file(str(photograph))
    place = tmp_path / "一.heic"
    lying = np.ascontiguousarray(np.rot90(taken.numpy(), -1))
    place.write_bytes(heifs.photograph(lying, changes=[heifs.box("irot", b"\1")]))
    seen = darkroom.look(place)
    assert seen.sure and (seen.width, seen.height) == (1200, 1600)
    corners = zip(seen.corners, shoot(0).corners, strict=True)
    assert max(abs(a - b) for one, other in corners for a, b in zip(one, other, strict=True)) < 0.01


def test_colours_of_a_telephone_become_those_of_a_screen(tmp_path: Path) -> None:
    red = np.full((400, 400, 3), (200, 60, 60), np.uint8)
    coded = heifs.coded(red)
    means = []
    for colours in (heifs.NCLX, b"prof" + bytes(pyvips.Operation.call("profile_load", "p3"))):
        place = tmp_path / "红.heic"
        place.write_bytes(heifs.heif(400, 400, [coded], (400, 400), colours=colours))
        means.append([round(band.avg()) for band in upright(place, 400)[0].bandsplit()])
    assert np.abs(np.subtract(means[0], (200, 60, 60))).max() < 3
    assert means[1][0] > 208 and means[1][1] < 50, "the same numbers are a deeper red in Display P3"


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_other_formats_are_read(darkroom: Darkroom, photograph: Path, tmp_path: Path, suffix: str) -> None:
    place = tmp_path / f"一.{suffix}"
    pyvips.Image.new_from_file(str(photograph)).write_to_file(str(place))
    assert darkroom.look(place).sure


def test_corners_that_enclose_no_sheet_are_refused() -> None:
    assert corners_of([(0, 0), (1, 0), (1, 1), (0, 1)]) == WHOLE
    for wrong in (
        [(0, 0), (1, 1), (1, 0), (0, 1)],
        [(0, 0), (0, 1), (1, 1), (1, 0)],
        [(0, 0), (1, 0), (0.2, 0.2), (0, 1)],
        [(0.5, 0.5), (0.51, 0.5), (0.51, 0.51), (0.5, 0.51)],
        [(0, 0), (1, 0), (1, 1)],
        [(0, 0), (9, 0), (9, 9), (0, 9)],
        [(float("nan"), 0), (1, 0), (1, 1), (0, 1)],
    ):
        with pytest.raises(Invalid, match=r"photographs\.corners\.wrong"):
            corners_of(wrong)


def bomb(side: int) -> bytes:
    """Return a PNG of a few kilobytes that unfolds to ``side`` squared pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packed = zlib.compressobj(9)
    out = io.BytesIO()
    for _ in range(64):
        out.write(packed.compress(bytes(1 << 20)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", out.getvalue() + packed.flush())
        + chunk(b"IEND", b"")
    )


def test_hostile_photographs_are_refused(darkroom: Darkroom, photograph: Path, tmp_path: Path) -> None:
    good = photograph.read_bytes()
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    small = pyvips.Image.new_from_file(str(photograph)).resize(0.1).jpegsave_buffer()
    side = struct.pack(">II", 400, 400)
    nothing = heifs.coded(np.zeros((64, 64, 3), np.uint8))
    heic = heifs.heif(400, 400, [nothing], (400, 400))
    for data, code in (
        (bomb(60_000), "large"),
        (good[: len(good) // 2], "damaged"),
        (good[:300], "damaged"),
        (b"%PDF-1.4 no photograph", "format"),
        (svg, "format"),
        (b"", "format"),
        (small, "small"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(200), "heic"),
        (heic, "damaged"),
        (heic[:-9], "damaged"),
        (heic.replace(side, struct.pack(">II", 60_000, 60_000)), "large"),
        (heic.replace(side, struct.pack(">II", 90, 90)), "small"),
        (heic.replace(b"hvc1", b"vvc1"), "heic"),
    ):
        place = tmp_path / "坏.jpg"
        place.write_bytes(data)
        for ask in (darkroom.look, lambda path: darkroom.page(path, tmp_path / "x.jpg", Order())):
            with pytest.raises(Invalid, match=rf"photographs\.picture\.{code}"):
                ask(place)
    assert darkroom.look(photograph).sure, "the next one is looked at as ever"


def test_a_worker_that_dies_or_hangs_costs_one_photograph(tmp_path: Path) -> None:
    worker = "tests.kernel.photographs.faulty_worker"
    darkroom = Darkroom(1, seconds=5, worker=worker)
    for name, code in (("crash.jpg", "crash"), ("hang.jpg", "timeout"), ("defect.jpg", "crash")):
        (tmp_path / name).write_bytes(shoot(0).data)
        with pytest.raises(Invalid, match=rf"photographs\.picture\.{code}"):
            darkroom.look(tmp_path / name)
    (tmp_path / "good.jpg").write_bytes(shoot(0).data)
    assert darkroom.look(tmp_path / "good.jpg").sure
    darkroom.close()


def test_photographs_of_the_world_are_looked_at_or_refused(darkroom: Darkroom) -> None:
    folder = corpus("19-photos-metadata")
    if folder is None:
        pytest.skip("the corpora are not here")
    told = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp", ".heic"}:
            try:
                told.append(darkroom.look(path).sure)
            except Invalid as refused:
                assert refused.code.startswith("photographs.picture."), path
    assert told and not any(told), "none of them is a photograph of a sheet"

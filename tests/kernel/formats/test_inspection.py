from __future__ import annotations

import os
import resource
import zipfile
from pathlib import Path

import pikepdf
import pytest

from lantai.kernel.errors import Corrupt
from lantai.kernel.findings import failed
from lantai.kernel.formats import Examiner, Inspection, extract_text, identify, inspect, inspect_many
from tests.corpora import need
from tests.kernel.formats import samples

CORPORA = ("07-ofd", "08-formats", "09-pdf", "10-jpeg2000", "18-audio-video", "19-photos-metadata")


def look(path: Path) -> Inspection:
    return inspect(path, identify(path))


def codes(inspection: Inspection) -> list[str]:
    return [finding.code for finding in inspection.findings]


def test_pages_sizes_and_durations_are_right(tmp_path: Path) -> None:
    jpeg = look(samples.picture(tmp_path / "a.jpg", 40, 30))
    assert (jpeg.readable, jpeg.pages, jpeg.width, jpeg.height) == (True, 1, 40, 30)
    assert look(samples.multipage_tiff(tmp_path / "b.tif", 4)).pages == 4
    assert look(samples.pdf(tmp_path / "c.pdf", 5)).pages == 5
    assert look(samples.ofd(tmp_path / "d.ofd", "一", "二", "三")).pages == 3
    sound = look(samples.sound(tmp_path / "e.wav", 2))
    assert (sound.readable, sound.duration_seconds) == (True, 2.0)
    film = look(samples.film(tmp_path / "f.mp4", 50))
    assert (film.readable, film.width, film.height, film.duration_seconds) == (True, 64, 48, 2.0)
    assert look(samples.word(tmp_path / "g.docx", "文")).readable is True


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.png", "a.pdf", "a.ofd", "a.docx", "a.mp4", "a.xml"])
def test_a_torn_file_is_not_readable(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    writers = {
        ".jpg": samples.picture,
        ".tif": samples.picture,
        ".png": samples.picture,
        ".pdf": samples.pdf,
        ".mp4": samples.film,
    }
    if path.suffix in writers:
        writers[path.suffix](path)
    elif path.suffix == ".ofd":
        samples.ofd(path, "一", "二")
    elif path.suffix == ".docx":
        samples.word(path, "一", "二")
    else:
        path.write_text("<?xml version='1.0'?><r><a>1</a><a>2</a></r>", "utf-8")
    assert look(path).readable is True
    inspection = look(samples.cut(path))
    assert inspection.readable is False
    assert failed(inspection.findings)


def test_locked_files_are_said_to_be_locked(tmp_path: Path) -> None:
    inspection = look(samples.pdf(tmp_path / "a.pdf", 1, password="secret"))
    assert (inspection.readable, inspection.encrypted) == (False, True)
    assert codes(inspection) == ["formats.content.encrypted"]
    path = samples.word(tmp_path / "b.docx", "文")
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    assert look(path).encrypted


def test_an_empty_file_is_damaged_and_an_unknown_one_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    assert codes(look(tmp_path / "empty.jpg")) == ["formats.content.empty"]
    (tmp_path / "x.zzz").write_bytes(bytes(range(256)))
    inspection = look(tmp_path / "x.zzz")
    assert inspection.readable is None
    assert not failed(inspection.findings)


def test_a_pdfa_claim_is_only_declared(tmp_path: Path) -> None:
    path = samples.pdf(tmp_path / "a.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        with document.open_metadata() as metadata:
            metadata["pdfaid:part"] = "2"
            metadata["pdfaid:conformance"] = "B"
        document.save(path)
    inspection = look(path)
    assert inspection.declared == "PDF/A-2b"
    assert inspection.readable is True


def test_a_long_film_is_decoded_in_part_and_says_so(tmp_path: Path) -> None:
    from lantai.kernel.formats import media

    inspection = media.inspect(samples.film(tmp_path / "f.mp4", 50), seconds=0)
    assert inspection.readable is True
    assert codes(inspection) == ["formats.media.partly"]


def test_an_ofd_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = samples.ofd(tmp_path / "bomb.ofd", "一")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as out,
        out.open("Doc_0/Pages/P0.xml", "w") as member,
    ):
        for _ in range(300):
            member.write(bytes(1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    inspection = look(path)
    assert inspection.readable is None
    assert codes(inspection) == ["formats.ofd.too_large"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("geheim", "utf-8")
    path = tmp_path / "x.xml"
    path.write_text(f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e SYSTEM "{secret}">]><r>a&e;b</r>', "utf-8")
    assert "geheim" not in "".join(extract_text(path, identify(path)))


def test_texts_come_page_by_page(tmp_path: Path) -> None:
    for path, expected in (
        (samples.pdf(tmp_path / "a.pdf", 2), ["Page 1", "Page 2"]),
        (samples.ofd(tmp_path / "b.ofd", "第一页", "第二页"), ["第一页", "第二页"]),
        (samples.word(tmp_path / "c.docx", "甲", "乙"), ["甲\n乙"]),
    ):
        assert [text.strip() for text in extract_text(path, identify(path))] == expected
    (tmp_path / "d.txt").write_bytes("关于做好档案移交工作的通知，请各单位遵照执行。".encode("gb18030"))
    (told,) = extract_text(tmp_path / "d.txt", identify(tmp_path / "d.txt"))
    assert told.startswith("关于做好档案移交工作的通知")
    assert extract_text(tmp_path / "b.ofd", identify(tmp_path / "b.ofd"), limit=2) == ["第一", ""]
    picture = samples.picture(tmp_path / "e.jpg")
    assert extract_text(picture, identify(picture)) == []


def test_the_sheets_of_a_workbook_are_texts(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        first, second = book.add_worksheet("目录"), book.add_worksheet("说明")
        first.write_row(0, 0, ["档号", "题名"])
        first.write_row(1, 0, ["Z109-WS·2020·Y-0001", 42])
        second.write(0, 0, "第二张")
    told = extract_text(tmp_path / "a.xlsx", identify(tmp_path / "a.xlsx"))
    assert told == ["档号\t题名\nZ109-WS·2020·Y-0001\t42", "第二张"]


def test_the_text_of_a_torn_pdf_could_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4\n%%EOF\n")
    with pytest.raises(Corrupt) as caught:
        extract_text(path, identify(path))
    assert caught.value.code == "formats.text.unreadable"


def test_an_inspection_survives_its_document(tmp_path: Path) -> None:
    inspection = look(samples.cut(samples.picture(tmp_path / "a.jpg")))
    assert Inspection.from_json(inspection.as_json()) == inspection


def test_crashes_and_hangs_are_one_file_s_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    names = ["a.jpg", "crash.jpg", "b.jpg", "hang.jpg", "defect.jpg", "c.jpg"]
    for name in names:
        samples.picture(tmp_path / name)
    paths = [*(tmp_path / name for name in names), tmp_path / "missing.jpg"]
    worker = "tests.kernel.formats.faulty_worker"
    told = list(inspect_many(paths, threads=1, seconds=3, worker=worker))
    assert [entry.path for entry in told] == [str(path) for path in paths]
    assert [entry.inspection.readable for entry in told] == [True, None, True, None, None, True, None]
    said = ["".join(codes(entry.inspection)) for entry in told]
    assert said[1] == "formats.content.crash"
    assert said[3] == "formats.content.timeout"
    assert said[4] == "formats.content.tool_failed"
    assert said[6] == "formats.file.missing"


@pytest.mark.parametrize("name", CORPORA)
def test_no_file_of_the_corpora_ends_the_run(name: str) -> None:
    folder = need(name)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    told = list(inspect_many(paths, seconds=30))
    assert [entry.path for entry in told] == [os.fspath(path) for path in paths]
    unlucky = {"formats.content.crash", "formats.content.timeout", "formats.content.tool_failed"}
    assert [
        (entry.path, codes(entry.inspection)) for entry in told if unlucky & set(codes(entry.inspection))
    ] == []


def test_damaged_jpeg_2000_is_told_from_whole(tmp_path: Path) -> None:
    folder = need("10-jpeg2000")
    rows = samples.cases(folder)
    wrong = [
        row["case"]
        for row in rows
        if look(folder / row["case"]).readable is not (row["expected"] != "not a valid JP2")
    ]
    assert wrong == []


def test_hand_broken_pdfs_are_found_and_whole_ones_are_not_accused() -> None:
    folder = need("09-pdf")
    rows = samples.cases(folder)
    broken = [row["case"] for row in rows if row["expected"].startswith("not well-formed")]
    whole = [row["case"] for row in rows if row["expected"].startswith("valid PDF_")]
    found = [case for case in broken if look(folder / case).readable is False]
    accused = [case for case in whole if look(folder / case).readable is False]
    assert accused == []
    assert len(found) >= 0.8 * len(broken), (len(found), len(broken))


def test_texts_are_used_and_used_texts_are_there() -> None:
    import re

    import lantai.kernel.formats as here
    from lantai.kernel.texts import catalogue

    code = "".join(path.read_text("utf-8") for path in Path(here.__file__).parent.glob("*.py"))
    used = set(re.findall(r'"(formats\.[a-z]+\.[a-z_]+)"', code))
    assert used == {name for name in catalogue() if name.startswith("formats.")}


def test_an_examiner_takes_out_the_text_where_it_is_asked(tmp_path: Path) -> None:
    text, broken = tmp_path / "通知.txt", tmp_path / "图.png"
    text.write_text("关于水库的通知\n正文", "utf-8")
    broken.write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    told, other = Examiner(1, characters=9).examine([text, broken])
    assert (told.pages, other.pages) == (("关于水库的通知\n正",), ())
    assert told.inspection.readable is True and other.inspection.readable is False
    assert Examiner(1).examine([text])[0].pages == ()

"""What the sample district's files are made of: letters, OFD, scans, photographs, sound, film."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import av
import pypdfium2
import pytest
import pyvips

from lantai.kernel import formats, recordtypes, refcodes
from lantai.sample import media
from lantai.sample.entries import catalogue
from lantai.sample.letters import Letter, chinese_date, compose
from lantai.sample.material import FORMATS, Kind, make, pages_of, pdf
from lantai.sample.ofd_writer import wrap, write
from lantai.sample.pictures import SCENES, Photograph, draw, photo_jpeg
from lantai.sample.scans import scanned_pages
from lantai.sample.topics import TOPICS

KINDS: tuple[Kind, ...] = ("pdf", "ofd", "jpeg", "tiff-bw", "tiff-grey")
DIGEST = (
    "import hashlib, random, sys, pathlib; from lantai.sample import letters, material, topics;"
    "l = letters.compose(random.Random('t'), topics.TOPICS[2], '云岭区民政局', '云民', 2014, 27, sections=4);"
    "p = pathlib.Path(sys.argv[1]);"
    "m = material.make(l, sys.argv[2], p, 7);"
    "print(hashlib.sha256(b''.join(x.read_bytes() for x in m.paths)).hexdigest())"
)


@pytest.fixture(scope="module")
def letter() -> Letter:
    return compose(random.Random("t"), TOPICS[2], "云岭区民政局", "云民", 2014, 27, sections=4)


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_letter_reads_like_one(letter: Letter) -> None:
    assert letter.number.startswith("云民") and letter.number.endswith("〔2014〕27号")
    assert "最低生活保障" in letter.title
    assert len(letter.paragraphs) >= 6
    assert all("{" not in said for said in (letter.title, *letter.paragraphs))


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_fills_all_its_gaps(topic: object) -> None:
    from lantai.sample.topics import Topic

    assert isinstance(topic, Topic)
    for serial in range(12):
        made = compose(random.Random(serial), topic, "云岭区人民政府办公室", "云政办", topic.first, serial)
        assert all(mark not in said for said in made.paragraphs for mark in "{}")


def test_chinese_dates() -> None:
    assert chinese_date(date(1962, 2, 25)) == "一九六二年二月二十五日"
    assert chinese_date(date(2000, 10, 30)) == "二〇〇〇年十月三十日"
    assert chinese_date(date(1999, 12, 11)) == "一九九九年十二月十一日"


def test_pdf_holds_title_and_body_as_text(letter: Letter) -> None:
    document = pypdfium2.PdfDocument(BytesIO(pdf(letter)))
    try:
        text = squeezed("".join(page.get_textpage().get_text_range() for page in document))
        assert 1 <= len(document) <= 4
    finally:
        document.close()
    for said in (letter.title, letter.number, letter.paragraphs[0], "2014年"):
        assert squeezed(said) in text


def test_ofd_is_read_by_the_kernel(letter: Letter, tmp_path: Path) -> None:
    data, pages = write(letter)
    path = tmp_path / "letter.ofd"
    path.write_bytes(data)
    form = formats.identify(path)
    told = formats.inspect(path, form)
    assert (form.extension, told.pages, told.readable, told.findings) == ("ofd", pages, True, ())
    text = squeezed("".join(formats.extract_text(path, form, 100_000)))
    for number in range(pages):
        text = text.replace(f"-{number + 1}-", "")
    for said in (letter.title, letter.number, *letter.paragraphs):
        assert squeezed(said) in text


def test_lines_stay_within_the_type_area_and_never_begin_with_a_mark() -> None:
    lines = wrap("各乡镇人民政府、街道办事处，" * 20, 5.6, 156.0, 11.2)
    assert len(lines) > 5
    assert not any(line[0] in "，。；：、）" for line in lines[1:])


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_what_they_say_and_count_their_pages(letter: Letter, kind: Kind, tmp_path: Path) -> None:
    made = make(letter, kind, tmp_path / "record", 7)
    counted = 0
    for path in made.paths:
        form = formats.identify(path)
        told = formats.inspect(path, form)
        assert told.readable and not told.encrypted
        counted += told.pages or 0
    assert counted == made.pages == pages_of(pdf(letter)) or kind == "ofd"
    assert FORMATS[kind]


def test_grey_scans_show_the_same_ink_as_coloured_ones(letter: Letter) -> None:
    coloured, grey = (scanned_pages(pdf(letter), 7, "ink", old=False, grey=g) for g in (False, True))
    for page, other in zip(coloured, grey, strict=True):
        ink = (page[1] < 128).avg()
        assert ink > 1
        assert (other < 128).avg() == pytest.approx(ink, rel=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_the_same_in_another_process(kind: Kind, letter: Letter, tmp_path: Path) -> None:
    own = make(letter, kind, tmp_path / "own", 7)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in own.paths)).hexdigest()
    call = [sys.executable, "-c", DIGEST, str(tmp_path / "other"), kind]
    other = subprocess.run(call, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest


@pytest.mark.parametrize("scene", SCENES)
def test_photographs_show_something(scene: str) -> None:
    picture = draw(Photograph(scene, "one"), 7)
    assert picture.shape == (800, 1200, 3)
    assert picture.std() > 25
    assert (picture != draw(Photograph(scene, "two"), 7)).mean() > 0.05


def test_photograph_carries_camera_and_moment() -> None:
    data = photo_jpeg(Photograph("school", "one"), 7, datetime(2018, 5, 6, 10, 24), "李秀英", "小学")
    image = pyvips.Image.new_from_buffer(data, "")
    assert (image.width, image.height) == (1200, 800)
    assert image.get("exif-ifd2-DateTimeOriginal").startswith("2018:05:06 10:24:00")
    assert data == photo_jpeg(Photograph("school", "one"), 7, datetime(2018, 5, 6, 10, 24), "李秀英", "小学")


def test_sound_and_film_play() -> None:
    sound, film = media.sound(7), media.film(7)
    assert (sound, film) == (media.sound(7), media.film(7))
    with av.open(BytesIO(sound)) as opened:
        assert opened.duration == pytest.approx(5_000_000, rel=0.02)
    with av.open(BytesIO(film)) as opened:
        assert sum(1 for _ in opened.decode(video=0)) == 48
        assert (opened.streams.video[0].width, opened.streams.video[0].height) == (320, 240)


def test_catalogue_is_believable_and_clean() -> None:
    entries = list(catalogue(7))
    types = recordtypes.load()
    assert 1900 <= len(entries) <= 2200
    assert len({entry.ref for entry in entries}) == len(entries)
    assert {entry.type for entry in entries} == {"WS", "ZP", "LY", "LX"}
    years = {int(entry.values["year"]) for entry in entries}
    assert (min(years), max(years)) == (1958, 2025)
    told = {entry.values["retention"] for entry in entries}
    assert told == {"永久", "30年", "10年", "长期", "短期"}
    assert {entry.values["open_status"] for entry in entries} == {"开放", "控制", "延期开放", "未审核"}
    parents = {entry.ref for entry in entries if entry.level == "file"}
    for entry in entries:
        assert refcodes.parse(entry.ref, level=entry.level).fonds == entry.fonds
        assert recordtypes.validate(types[entry.type], entry.values, "YJ", level=entry.level) == []
        assert not entry.parent or entry.parent in parents
    assert list(catalogue(7)) == entries
    assert list(catalogue(8)) != entries


def test_a_couple_of_1972_is_there_and_restricted() -> None:
    found = [e for e in catalogue(2026) if e.values["year"] == "1972" and "结婚登记" in e.values["title"]]
    assert found
    assert all(e.values["persons"] and e.values["open_status"] != "开放" for e in found)

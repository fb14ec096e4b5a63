from __future__ import annotations

import re
from pathlib import Path

import pytest

from lantai.kernel.errors import NotFound
from lantai.kernel.formats import UNKNOWN_MIME, Format, identify, identify_many, load_accepted
from tests.corpora import need
from tests.kernel.formats import samples

NAMED = re.compile(r"\(PRONOM v\d+\): ((?:x-)?fmt/\d+)")


def test_kinds_of_our_own_files(tmp_path: Path) -> None:
    files = {
        samples.picture(tmp_path / "a.jpg"): "image",
        samples.multipage_tiff(tmp_path / "b.tif"): "image",
        samples.pdf(tmp_path / "c.pdf"): "pdf",
        samples.sound(tmp_path / "d.wav"): "audio",
        samples.film(tmp_path / "e.mp4"): "video",
        samples.word(tmp_path / "f.docx", "文"): "office",
        samples.ofd(tmp_path / "g.ofd", "文"): "ofd",
    }
    found = list(identify_many(files))
    assert [form.kind for form in found] == list(files.values())
    assert all(form.puid and form.mime != UNKNOWN_MIME and form.basis for form in found)
    assert all(load_accepted().entry(form) for form in found)


def test_ofd_is_known_by_its_root_entry_not_by_its_suffix(tmp_path: Path) -> None:
    form = identify(samples.ofd(tmp_path / "名字.bin", "文"))
    assert (form.puid, form.mime, form.extension) == ("local/ofd", "application/ofd", "bin")
    samples.cut(samples.ofd(tmp_path / "torn.ofd", "文"))
    assert identify(tmp_path / "torn.ofd").puid == "local/ofd"


def test_unknown_bytes_have_no_puid_and_a_mime(tmp_path: Path) -> None:
    (tmp_path / "x.zzz").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("甲乙丙", "utf-8")
    unknown, empty, text = identify_many([tmp_path / "x.zzz", tmp_path / "empty", tmp_path / "text"])
    assert (unknown.puid, unknown.mime, unknown.extension) == ("", UNKNOWN_MIME, "zzz")
    assert (empty.puid, empty.mime, empty.warning) == ("", UNKNOWN_MIME, "empty")
    assert text.kind == "text"


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", Path("/dev/zero")):
        with pytest.raises(NotFound) as caught:
            identify(path)
        assert caught.value.code == "formats.file.missing"


def test_a_format_survives_its_document() -> None:
    form = Format("fmt/43", "image/jpeg", "JPEG", "bytes", "jpg", "", "image")
    assert Format.from_json(form.as_json()) == form


@pytest.mark.parametrize("name", ["08-formats", "10-jpeg2000", "18-audio-video", "19-photos-metadata"])
def test_agrees_with_the_reference_tool(name: str) -> None:
    folder = need(name)
    rows = samples.cases(folder)
    named = [(row["case"], told[1]) for row in rows if (told := NAMED.search(row["detail"]))]
    found = list(identify_many(folder / case for case, _ in named))
    better = {"x-fmt/263": {"local/ofd"}, "fmt/111": {"local/wps", "local/et", "local/dps"}}
    differing = [
        (case, puid, form.puid)
        for (case, puid), form in zip(named, found, strict=True)
        if form.puid != puid and form.puid not in better.get(puid, set())
    ]
    assert differing == []
    assert len(named) > 10


def test_the_list_of_accepted_formats_says_its_basis() -> None:
    accepted = load_accepted()
    assert accepted.version >= 1
    assert all(entry.basis in {"A", "B", "C", "c", "K", "house"} for entry in accepted.entries)
    assert accepted.entry(Format("", UNKNOWN_MIME)) is None

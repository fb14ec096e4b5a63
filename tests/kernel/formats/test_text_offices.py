"""The text of office documents of every kind; damage and hostility end in Corrupt, never otherwise."""

from __future__ import annotations

import random
import struct
import time
import zipfile
from pathlib import Path

import pytest

from lantai.kernel.errors import Corrupt
from lantai.kernel.formats import extract_text, has_text, identify
from lantai.kernel.formats.compound import Compound
from tests.corpora import need
from tests.kernel.formats import samples

ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
)
KNOWN = {
    "LibreOfficeImpress_odp_1.3.odp": ("An example Impress file", 2),
    "LibreOfficeWriter_odt_1.3.odt": ("This is an example document", 1),
    "testODTStyles2.odt": ("Publicatie Onbekwaamverklaring", 1),
    "testODT_svgTitleInStyledSpan.odt": ("國際課程活動甄選", 1),
    "testFooter.ods": ("Data 1\tData 2\nData 3\tData 4", 3),
    "testPPT.pptx": ("Different words to test against", 3),
    "testPPT_groups.pptx": ("Text box5 tika link", 2),
    "testPPT.ppt": ("Sample Powerpoint Slide", 1),
    "testEXCEL_extra_metadata.xls": ("1\t2\t3\n4\t5\t6", 3),
    "testEXCEL_labels-govdocs-515858.xls": ("Cabbage and other brassicas", 1),
    "test_TIKA-1251.doc": ("Ansvar- og oppgavefordeling – Ansvarsvakt\nFormål:", 1),
    "testWORD_boldHyperlink.doc": ("This is a bold hyper  link; bold, I say.", 1),
    "testRTF.rtf": ("Test d’indexation Word", 1),
    "testRTFUmlautSpaces.rtf": ("Übersicht", 1),
    "testRTFUnicodeGothic.rtf": ("𐌲𐌿𐍄𐌹𐍃𐌺", 1),
    "testRTF_nestedHyperlinkPageRef.rtf": ("Before 42 after.", 1),
    "testRTFTableCellSeparation2.rtf": ("Fax / Phone Station\tFax / Phone #", 1),
}
LOCKED = ("password.xls", "testPPT_protected_passtika.ppt")


def told(path: Path, limit: int = 100_000) -> list[str]:
    form = identify(path)
    assert has_text(form.puid, form.mime)
    return extract_text(path, form, limit)


def odf(path: Path, kind: str, body: str, suffix: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        mime = f"application/vnd.oasis.opendocument.{suffix}"
        out.writestr("mimetype", mime, zipfile.ZIP_STORED)
        out.writestr(
            "content.xml",
            f'<office:document-content {ODF} office:version="1.2"><office:body><office:{kind}>{body}'
            f"</office:{kind}></office:body></office:document-content>",
        )
        out.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
            f'manifest:version="1.2"><manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/>'
            "</manifest:manifest>",
        )
    return path


@pytest.mark.parametrize("name", KNOWN)
def test_known_words_of_known_files_are_found(name: str) -> None:
    words, pages = KNOWN[name]
    texts = told(need("08-formats") / "tika" / name)
    assert len(texts) == pages
    assert any(words in text for text in texts)
    assert not any(set(text) & set(map(chr, range(9))) for text in texts)


def test_the_old_and_the_new_form_of_one_document_say_the_same() -> None:
    folder = need("08-formats") / "format-corpus" / "variations" / "variations" / "application"
    old = told(folder / "msword" / "lorem-ipsum.doc")
    new = told(folder / "vnd.oasis.opendocument.text" / "lorem-ipsum.oo3.2.odt")
    assert [text.split() for text in old] == [text.split() for text in new]


def test_slides_of_an_old_presentation_are_its_pages() -> None:
    folder = need("08-formats") / "format-corpus" / "office-examples" / "powerpoint4-mac"
    texts = told(folder / "ecdl+paris2001.ppt")
    assert len(texts) == 16
    assert texts[0].startswith("JISC Digital Library initiatives")
    with pytest.raises(Corrupt):
        told(folder / "ecdl paris.ppt")  # PowerPoint 4


@pytest.mark.parametrize("name", LOCKED)
def test_a_locked_file_has_no_text(name: str) -> None:
    with pytest.raises(Corrupt):
        told(need("08-formats") / "tika" / name)


def test_paragraphs_blanks_and_remarks_of_a_text_document(tmp_path: Path) -> None:
    body = (
        "<text:tracked-changes><text:p>删去的</text:p></text:tracked-changes><text:h>关于 <text:span>移交</text:span>的通知"
        '</text:h><text:p>一、<text:s text:c="3"/>目录<text:tab/>二〇二一年<text:line-break/>另行</text:p><text:p/>'
    )
    (text,) = told(odf(tmp_path / "a.odt", "text", body, "text"))
    assert text == "关于 移交的通知\n一、   目录\t二〇二一年\n另行"


def test_a_million_repeated_cells_are_no_million_cells(tmp_path: Path) -> None:
    row = (
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="16384"><text:p>甲</text:p></table:table-cell></table:table-row>'
    )
    path = odf(tmp_path / "a.ods", "spreadsheet", f"<table:table>{row}</table:table>" * 2, "spreadsheet")
    assert told(path) == ["甲", "甲"]


def test_what_lies_in_itself_is_told_once(tmp_path: Path) -> None:
    cell = "<table:table><table:table-row><table:table-cell>"
    end = "</table:table-cell></table:table-row></table:table>"
    body = cell * 40 + "<text:p/>" * 200_000 + "<text:p>内</text:p>" + end * 40
    began = time.monotonic()
    assert told(odf(tmp_path / "a.ods", "spreadsheet", body, "spreadsheet")) == ["内"]
    assert told(samples.word(tmp_path / "a.docx", "外</w:t><w:p><w:t>内</w:t></w:p><w:t>")) == ["外\n内"]
    assert time.monotonic() - began < 30


def test_a_chinese_rtf_is_read_by_the_code_page_of_its_fonts(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(
        rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset134 \'cb\'ce\'cc\'e5;}}"
        rb"{\info{\title no}}{\*\unknown no}{\f1 \'b5\'b5\'b0\'b8}\f0 abc\par\uc2 \u31227\'d2\'c6"
        rb"\u20132\'bd\'bb {\field{\*\fldinst PAGE}{\fldrslt 7}}\tab\'e9{\pict ffd8ffe0}\par}"
    )
    assert told(path) == ["档案abc\n移交 7\té"]


def test_a_limit_is_kept_and_the_number_of_pages_stays(tmp_path: Path) -> None:
    pages = "".join(f"<draw:page><text:p>第{n}页</text:p></draw:page>" for n in "一二三")
    path = odf(tmp_path / "a.odp", "presentation", pages, "presentation")
    assert told(path) == ["第一页", "第二页", "第三页"]
    assert told(path, 4) == ["第一页", "第", ""]


def test_a_bomb_is_refused_and_entities_are_not_expanded(tmp_path: Path) -> None:
    path = odf(tmp_path / "a.odt", "text", "<text:p>" + " " * (70 << 20) + "</text:p>", "text")
    with pytest.raises(Corrupt, match="67108864"):
        told(path)
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        out.writestr(
            "content.xml", '<!DOCTYPE a [<!ENTITY e "geheim">]><a><body><text><p>&e;</p></text></body></a>'
        )
    with pytest.raises(Corrupt, match="doctype"):
        extract_text(path, identify(odf(tmp_path / "b.odt", "text", "", "text")))


def test_chains_that_go_round_end(tmp_path: Path) -> None:
    data = bytearray((need("08-formats") / "tika" / "test.doc").read_bytes())
    table = (struct.unpack_from("<I", data, 76)[0] + 1) * 512
    for place in range(table, table + 512, 4):
        struct.pack_into("<I", data, place, 0)
    path = tmp_path / "a.doc"
    path.write_bytes(data)
    with pytest.raises(Corrupt):
        Compound(path).stream("WordDocument")


@pytest.mark.parametrize("name", [name for name in KNOWN if not name.endswith(".xls")])
def test_damage_gives_text_or_corrupt_and_nothing_else(tmp_path: Path, name: str) -> None:
    whole = need("08-formats") / "tika" / name
    form, data = identify(whole), whole.read_bytes()
    chance = random.Random(name)
    path = tmp_path / name
    began = time.monotonic()
    for round_ in range(60):
        torn = bytearray(data[: chance.randrange(len(data))] if round_ % 6 == 0 else data)
        for _ in range(chance.choice((1, 8, 200)) if torn else 0):
            torn[chance.randrange(len(torn))] = chance.choice((0, 1, 0xFF, chance.randrange(256)))
        path.write_bytes(torn)
        try:
            texts = extract_text(path, form, 5000)
        except Corrupt:
            continue
        assert sum(map(len, texts)) <= 5000
    assert time.monotonic() - began < 60


def test_a_torn_workbook_is_corrupt(tmp_path: Path) -> None:
    whole = need("08-formats") / "tika" / "testEXCEL_extra_metadata.xls"
    path = tmp_path / "a.xls"
    path.write_bytes(whole.read_bytes()[:3000])
    with pytest.raises(Corrupt):
        extract_text(path, identify(whole))


@pytest.mark.parametrize(
    "damaged", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), b"no"]
)
@pytest.mark.parametrize("name", ["testPPT.pptx", "testPPT.ppt", "test.doc", "testFooter.ods", "testRTF.rtf"])
def test_what_is_no_document_at_all_is_corrupt(tmp_path: Path, name: str, damaged: bytes) -> None:
    form = identify(need("08-formats") / "tika" / name)
    path = tmp_path / name
    path.write_bytes(damaged)
    with pytest.raises(Corrupt):
        extract_text(path, form)


def test_formats_without_words_are_not_asked(tmp_path: Path) -> None:
    for path in (samples.picture(tmp_path / "a.jpg"), samples.sound(tmp_path / "a.wav")):
        form = identify(path)
        assert not has_text(form.puid, form.mime)
        assert extract_text(path, form) == []
    for path in (
        samples.word(tmp_path / "a.docx", "文"),
        samples.ofd(tmp_path / "a.ofd", "文"),
        samples.pdf(tmp_path / "a.pdf"),
    ):
        form = identify(path)
        assert has_text(form.puid, form.mime)

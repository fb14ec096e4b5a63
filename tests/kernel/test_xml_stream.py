"""XML is known to be whole before its first event, and read without trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantai.kernel.errors import Invalid
from lantai.kernel.sources.records import line_of
from lantai.kernel.xml_stream import open_document, release

LAUGHS = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>'


def _texts(path: Path, data: bytes) -> list[str]:
    path.write_bytes(data)
    return [element.text or "" for kind, element in open_document(path).events() if kind == "end"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5"])
def test_declared_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    text = f"<?xml version='1.0' encoding='{name}'?>\n<!-- 注 -->\n<目录><題名>檔案工作會議</題名></目录>"
    if encoding == "big5":
        text = text.replace("目录", "目錄").replace("注", "註")
    assert _texts(tmp_path / "a.xml", text.encode(encoding))[0] == "檔案工作會議"


def test_an_encoding_that_is_not_the_declared_one_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(
        "<?xml version='1.0' encoding='utf-8'?><a>关于城乡建设工作的通知和纪要</a>".encode("gb18030")
    )
    document = open_document(path)
    assert document.encoding == "gb18030"
    assert [finding.code for finding in document.findings] == ["encodings.text.contradicts"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LAUGHS, "doctype"),
        ('<!DOCTYPE ead SYSTEM "x" [<!ENTITY e SYSTEM "file:///etc/passwd">]><ead>&e;</ead>', "doctype"),
        ('<!DOCTYPE svg SYSTEM "http://example.invalid/x.dtd"><svg/>', "doctype"),
        ('<!DOCTYPE ead SYSTEM "ead.dtd"><ead>&nbsp;</ead>', "broken"),
        ("<a><b></a>", "broken"),
        ("<a>", "broken"),
        ("<a/><b/>", "broken"),
        ("<a>\x01</a>", "broken"),
        ("<q:a/>", "broken"),
        ("text", "broken"),
        ("<!-- only -->", "broken"),
        ("<a>" * 400 + "</a>" * 400, "broken"),
        ("<a>" + "x" * 11_000_000 + "</a>", "broken"),
    ],
)
def test_what_is_not_whole_or_not_harmless_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text, "utf-8")
    with pytest.raises(Invalid, match=rf"xml\.document\.{code}"):
        list(open_document(path).events())


def test_the_public_dtd_of_ead_is_not_asked_for(tmp_path: Path) -> None:
    text = '<?xml version="1.0"?>\n<!DOCTYPE ead\n PUBLIC "+//ISBN x//DTD ead.dtd//EN" "http://example.invalid/e">\n<ead/>'
    path = tmp_path / "a.xml"
    path.write_text(text, "utf-8")
    [(_, element), _] = open_document(path).events()
    assert element.tag == "ead"
    assert line_of(element) == 4, "lines are those of the file"


def test_small_faults_in_attributes_are_mended_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text('<a>\n<b k="1" k="2"/>\n<c k="1"l="2"/></a>', "utf-8")
    document = open_document(path)
    found = [dict(element.attrib) for kind, element in document.events() if kind == "start"]
    assert found == [{}, {"k": "1"}, {"k": "1", "l": "2"}]
    assert [finding.facts["line"] for finding in document.findings] == [2, 3]


def test_lines_count_beyond_sixteen_bits(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<a>\n" + "<b>x</b>\n" * 70_000 + "</a>", "utf-8")
    last = 0
    for kind, element in open_document(path).events("b"):
        if kind == "end":
            last = line_of(element)
            release(element)
    assert last == 70_001

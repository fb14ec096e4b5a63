"""XML from outside: refused when it could reach out or inflate, read in the encodings offices use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from lantai.kernel import xml
from lantai.kernel.errors import Invalid
from tests.corpora import need


def test_every_hostile_document_is_refused_for_its_doctype() -> None:
    for path in sorted((need("12-hostile-strings") / "xxe").glob("*.xml")):
        for data in (path.read_bytes(), path.read_bytes().decode("utf-8").encode("utf-16-be")):
            with pytest.raises(Invalid) as refused:
                xml.parse(data, path.name)
            assert refused.value.code in {"xml.document.doctype", "xml.document.broken"}, path.name


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE a><a/>",
        b"<?xml version='1.0'?><!-- x --><?y z?>\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a><a/>".encode("utf-16"),
        b'<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]><a>&m;</a>',
    ],
)
def test_a_doctype_is_refused_wherever_it_hides(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"xml\.document\.doctype"):
        xml.parse(data)


@pytest.mark.parametrize("name", ["UTF-8", "GB18030", "GBK", "GB2312", "UTF-16"])
def test_a_document_is_read_in_its_declared_encoding(name: str) -> None:
    text = f'<?xml version="1.0" encoding="{name}"?><文件目录><题名>关于档案工作的通知</题名></文件目录>'
    parsed = xml.parse(text.encode(name))
    assert xml.value(parsed.root) == "关于档案工作的通知"
    assert not parsed.findings


def test_a_document_in_another_encoding_than_it_says_is_read_with_a_finding() -> None:
    text = '<?xml version="1.0" encoding="UTF-8"?><题名>关于做好二〇一一年度档案移交工作的通知</题名>'
    parsed = xml.parse(text.encode("gb18030"), "x.xml")
    assert xml.value(parsed.root).endswith("通知")
    assert [finding.code for finding in parsed.findings] == ["encodings.text.contradicts"]


def test_size_depth_and_form_have_limits() -> None:
    for data, code in (
        (b"<a>" + b"x" * 100 + b"</a>", "xml.document.too_large"),
        (b"<a><b></a>", "xml.document.broken"),
        (b"", "xml.document.broken"),
    ):
        with pytest.raises(Invalid) as refused:
            xml.parse(data, limit=60)
        assert refused.value.code == code
    with pytest.raises(Invalid, match=r"xml\.document\.broken"):
        xml.parse(b"<a>" * 5000 + b"</a>" * 5000)


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    root = etree.Element("档案")
    xml.add(root, "题名", text)
    assert xml.value(xml.parse(xml.serialize(root)).root[0]) == text

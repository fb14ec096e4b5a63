"""Chinese text of unknown encoding is read right, or says that it was guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.kernel.encodings import decode
from tests.corpora import need

SENTENCE = "本市各单位应当按照档案法的规定，于每年六月底以前向综合档案馆移交应当移交的档案。"
PAIRS = ("big5", "euc_jisx0213", "euc_kr", "gb18030", "gb2312", "johab", "shift_jis")


@pytest.mark.parametrize("encoding", PAIRS)
def test_a_declared_encoding_gives_the_text_of_the_pair(encoding: str) -> None:
    folder = need("14-text-encodings") / "cjk"
    read = decode((folder / f"{encoding}.txt").read_bytes(), declared=encoding)
    assert read.text == (folder / f"{encoding}-utf8.txt").read_bytes().decode("utf-8")
    assert not read.findings


@pytest.mark.parametrize("encoding", PAIRS)
def test_an_undeclared_encoding_is_read_right_or_doubted(encoding: str) -> None:
    folder = need("14-text-encodings") / "cjk"
    read = decode((folder / f"{encoding}.txt").read_bytes())
    wanted = (folder / f"{encoding}-utf8.txt").read_bytes().decode("utf-8")
    assert read.text == wanted or read.findings


def test_official_chinese_is_sure_in_every_encoding_offices_use() -> None:
    for path in sorted(need("15-zh-texts").rglob("*.md")):
        text = path.read_text("utf-8")
        for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-8-sig", "utf-16"):
            read = decode(text.encode(encoding))
            assert (read.text, read.findings) == (text, ()), (path.name, encoding)


def test_traditional_chinese_in_big5_is_read_right() -> None:
    text = "檔案應當按照規定移交國家檔案館保管，並且定期檢查其狀況。" * 3
    assert decode(text.encode("big5")).text == text


def test_a_wrong_declaration_is_told() -> None:
    read = decode(SENTENCE.encode("gb18030"), "说明文件.TXT", declared="utf-8")
    assert read.text == SENTENCE
    assert [finding.code for finding in read.findings] == ["encodings.text.contradicts"]


def test_gb2312_declared_with_rarer_characters_is_no_fault() -> None:
    assert decode("镕𠮷".encode("gb18030"), declared="GB2312").findings == ()


def test_bytes_without_sense_are_an_error() -> None:
    read = decode(b"\xff\xff\xff" * 20, "x")
    assert [finding.code for finding in read.findings] == ["encodings.text.damaged"]
    assert "x" in read.findings[0].message()


@given(st.binary(max_size=300))
def test_whatever_comes_is_text_and_never_raises(data: bytes) -> None:
    assert isinstance(decode(data).text, str)
